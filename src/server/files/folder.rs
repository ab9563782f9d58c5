//! The folder with the bytes: `staging` has uploads under their ids, `contents` and `thumbnails` what is complete, under
//! the hash of the content.
//!
//! With S3, `contents` and `thumbnails` are in a bucket instead.
//!
//! What is complete is reached through `object_store`, with a sync after every change. An upload is a plain file, because
//! it grows piece by piece and across restarts.

use std::fs::{File, OpenOptions};
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use anyhow::{Context, ensure};
use bytes::Bytes;
use futures_util::StreamExt;
use object_store::local::LocalFileSystem;
use object_store::path::Path as Address;
use object_store::{ObjectStore, ObjectStoreExt, PutPayload};
use rustix::fs::{FlockOperation, flock};
use sha2::{Digest, Sha256};

use super::bucket::{self, BucketSettings};
use super::staged::{CLEAN, Staged, clean_path};
use crate::model::FileId;
use crate::model::file::Thumbnail;
use crate::server::store::ContentHash;

const STAGING: &str = "staging";

/// The folder.
pub struct Folder {
    root: PathBuf,
    /// What is complete: the folder itself, or a bucket.
    store: Arc<dyn ObjectStore>,
    is_bucket: bool,
}

/// Why an upload can't be had.
#[derive(Debug)]
pub enum NotStaged {
    /// It has no file.
    Missing,
    /// Another request writes to it.
    Locked,
    Broken(io::Error),
}

impl Folder {
    /// Opens the folder, creating what is missing. With a bucket, only uploads in progress are in the folder.
    ///
    /// # Errors
    /// When it can't be read or created, or the settings of the bucket are wrong.
    pub fn open(root: PathBuf, bucket: Option<&BucketSettings>) -> anyhow::Result<Self> {
        let staging = root.join(STAGING);
        create_private(&staging)
            .with_context(|| format!("the folder for files, {}", root.display()))?;
        let store: Arc<dyn ObjectStore> = match bucket {
            Some(bucket) => bucket::open(bucket)?,
            None => Arc::new(LocalFileSystem::new_with_prefix(&root)?.with_fsync(true)),
        };
        Ok(Self {
            root,
            store,
            is_bucket: bucket.is_some(),
        })
    }

    /// The path of an upload. Its name is an id, never one that a client chose.
    fn staged_path(&self, id: FileId) -> PathBuf {
        self.root.join(STAGING).join(id.to_string())
    }

    /// Creates the file of a new upload.
    ///
    /// # Errors
    /// When it can't be created.
    pub fn create(&self, id: FileId) -> io::Result<()> {
        let path = self.staged_path(id);
        File::create_new(&path)?.sync_all()?;
        File::open(self.root.join(STAGING))?.sync_all()
    }

    /// The stored length of an upload; `None`: it has no file.
    #[must_use]
    pub fn staged_length(&self, id: FileId) -> Option<i64> {
        let found = std::fs::metadata(self.staged_path(id)).ok()?;
        i64::try_from(found.len()).ok()
    }

    /// Locks an upload.
    ///
    /// # Errors
    /// See [`NotStaged`].
    pub fn lock(&self, id: FileId) -> Result<Staged, NotStaged> {
        let path = self.staged_path(id);
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .open(&path)
            .map_err(|error| match error.kind() {
                io::ErrorKind::NotFound => NotStaged::Missing,
                _ => NotStaged::Broken(error),
            })?;
        flock(&file, FlockOperation::NonBlockingLockExclusive).map_err(|_| NotStaged::Locked)?;
        // It may have been completed or discarded before it was locked.
        if !path.exists() {
            return Err(NotStaged::Missing);
        }
        Ok(Staged { id, path, file })
    }

    /// Deletes what is stored of an upload.
    ///
    /// # Errors
    /// When the folder can't be written.
    pub fn discard(&self, id: FileId) -> io::Result<()> {
        let path = self.staged_path(id);
        for path in [clean_path(&path), path] {
            match std::fs::remove_file(path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        Ok(())
    }

    /// The uploads that have a file which was last written before this.
    ///
    /// # Errors
    /// When the folder can't be read.
    pub fn staged_before(&self, before: SystemTime) -> io::Result<Vec<FileId>> {
        let mut found = Vec::new();
        for entry in std::fs::read_dir(self.root.join(STAGING))? {
            let entry = entry?;
            let name = entry.file_name();
            let name = name.to_string_lossy();
            let id = name.strip_suffix(CLEAN).unwrap_or(&name).parse();
            // A file may disappear meanwhile.
            let Ok(modified) = entry.metadata().and_then(|found| found.modified()) else {
                continue;
            };
            if let Ok(id) = id
                && modified < before
            {
                found.push(id);
            }
        }
        Ok(found)
    }

    /// Moves a file from the staging folder to the place of its content. A bucket has all of it before the file is
    /// deleted.
    ///
    /// # Errors
    /// When the folder, or the bucket, can't be written.
    pub async fn place(&self, from: &Path, hash: ContentHash) -> anyhow::Result<()> {
        if self.is_bucket {
            bucket::put(&self.store, from, content(hash)).await?;
            return Ok(tokio::fs::remove_file(from).await?);
        }
        let name = from.file_name().context("a file")?.to_string_lossy();
        let from = Address::from(format!("{STAGING}/{name}"));
        Ok(self.store.rename(&from, &content(hash)).await?)
    }

    /// Whether this content is in its place, with this size.
    pub async fn has(&self, hash: ContentHash, size: i64) -> bool {
        let found = self.store.head(&content(hash)).await;
        found.is_ok_and(|found| i64::try_from(found.size) == Ok(size))
    }

    /// A part of a content.
    ///
    /// # Errors
    /// When it isn't there, or can't be read.
    pub async fn read(&self, hash: ContentHash, range: Range<u64>) -> anyhow::Result<Bytes> {
        Ok(self.store.get_range(&content(hash), range).await?)
    }

    /// Checks that a content is in its place, whole.
    ///
    /// # Errors
    /// When it is missing or damaged.
    pub async fn check(&self, hash: ContentHash) -> anyhow::Result<()> {
        let mut content = self.store.get(&content(hash)).await?.into_stream();
        let mut found = Sha256::new();
        while let Some(piece) = content.next().await {
            found.update(&piece?);
        }
        let found = ContentHash(found.finalize().into());
        ensure!(found == hash, "the file {hash} is damaged");
        Ok(())
    }

    /// Stores a thumbnail.
    ///
    /// # Errors
    /// When the folder can't be written.
    pub async fn put_thumbnail(
        &self,
        hash: ContentHash,
        size: Thumbnail,
        bytes: Bytes,
    ) -> anyhow::Result<()> {
        let payload = PutPayload::from(bytes);
        self.store.put(&thumbnail(hash, size), payload).await?;
        Ok(())
    }

    /// A thumbnail.
    ///
    /// # Errors
    /// When it isn't there, or can't be read.
    pub async fn thumbnail(&self, hash: ContentHash, size: Thumbnail) -> anyhow::Result<Bytes> {
        Ok(self
            .store
            .get(&thumbnail(hash, size))
            .await?
            .bytes()
            .await?)
    }

    /// Deletes a content and its thumbnails, as far as they are there.
    ///
    /// # Errors
    /// When the folder can't be written.
    pub async fn delete(&self, hash: ContentHash) -> anyhow::Result<()> {
        let addresses = [
            thumbnail(hash, Thumbnail::Small),
            thumbnail(hash, Thumbnail::Large),
            content(hash),
        ];
        for address in addresses {
            match self.store.delete(&address).await {
                Ok(()) | Err(object_store::Error::NotFound { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    /// The paths of a content and its thumbnails, relative to the folder.
    #[must_use]
    pub fn paths(hash: ContentHash) -> [String; 3] {
        [
            content(hash).to_string(),
            thumbnail(hash, Thumbnail::Small).to_string(),
            thumbnail(hash, Thumbnail::Large).to_string(),
        ]
    }

    /// The folder itself.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }
}

fn content(hash: ContentHash) -> Address {
    address("contents", hash, "")
}

fn thumbnail(hash: ContentHash, size: Thumbnail) -> Address {
    address("thumbnails", hash, &["-", size.name()].concat())
}

/// In subfolders, since folders of a million files are slow.
fn address(folder: &str, hash: ContentHash, end: &str) -> Address {
    let hash = hash.to_string();
    Address::from(format!("{folder}/{}/{hash}{end}", &hash[..2]))
}

/// Creates a folder that only this user can open.
fn create_private(folder: &Path) -> io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.recursive(true).create(folder)
}
