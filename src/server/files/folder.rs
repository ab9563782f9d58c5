//! The folder with the bytes: `staging` has uploads under their ids, `contents` and `thumbnails` what is complete, under
//! the hash of the content.
//!
//! What is complete is reached through `object_store`, with a sync after every change. An upload is a plain file, because
//! it grows piece by piece and across restarts.

use std::fs::{File, OpenOptions};
use std::io::{self, Seek, SeekFrom};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use anyhow::Context;
use bytes::Bytes;
use futures_util::{Stream, StreamExt};
use object_store::local::LocalFileSystem;
use object_store::path::Path as Address;
use object_store::{ObjectStoreExt, PutPayload};
use rustix::fs::{FlockOperation, flock};
use tokio::io::AsyncWriteExt;
use tokio::time::timeout;

use crate::model::FileId;
use crate::model::file::Thumbnail;
use crate::server::store::ContentHash;

const STAGING: &str = "staging";
/// The end of the name of a picture's copy without metadata, beside the upload.
const CLEAN: &str = ".clean";
/// Bytes collected before they are written.
const BUFFER: usize = 256 * 1024;

/// The folder.
pub struct Folder {
    root: PathBuf,
    store: LocalFileSystem,
}

/// An upload that nobody else writes to or completes meanwhile, also from another node: its file is locked.
#[derive(Debug)]
pub struct Staged {
    id: FileId,
    path: PathBuf,
    file: File,
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

/// Why not all of a body was written.
#[derive(Debug)]
pub enum WriteError {
    /// The body ended early, or paused for too long.
    Cut,
    /// There is more than was declared.
    TooMuch,
    /// The space ran out.
    NoSpace,
    Broken(io::Error),
}

impl Folder {
    /// Opens the folder, creating what is missing.
    ///
    /// # Errors
    /// When it can't be read or created.
    pub fn open(root: PathBuf) -> anyhow::Result<Self> {
        let staging = root.join(STAGING);
        create_private(&staging)
            .with_context(|| format!("the folder for files, {}", root.display()))?;
        let store = LocalFileSystem::new_with_prefix(&root)?.with_fsync(true);
        Ok(Self { root, store })
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

    /// Moves a file from the staging folder to the place of its content.
    ///
    /// # Errors
    /// When the folder can't be written.
    pub async fn place(&self, from: &Path, hash: ContentHash) -> anyhow::Result<()> {
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
    match size {
        Thumbnail::Small => address("thumbnails", hash, "-small"),
        Thumbnail::Large => address("thumbnails", hash, "-large"),
    }
}

/// In subfolders, since folders of a million files are slow.
fn address(folder: &str, hash: ContentHash, end: &str) -> Address {
    let hash = hash.to_string();
    Address::from(format!("{folder}/{}/{hash}{end}", &hash[..2]))
}

fn clean_path(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(CLEAN);
    name.into()
}

/// Creates a folder that only this user can open.
fn create_private(folder: &Path) -> io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.recursive(true).create(folder)
}

impl Staged {
    #[must_use]
    pub fn id(&self) -> FileId {
        self.id
    }

    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Where a picture's copy without metadata is written.
    pub(super) fn clean_path(&self) -> PathBuf {
        clean_path(&self.path)
    }

    /// The length of the file, of which the end may not be synced.
    ///
    /// # Errors
    /// When it can't be read.
    pub fn length(&self) -> io::Result<i64> {
        Ok(i64::try_from(self.file.metadata()?.len()).unwrap_or(i64::MAX))
    }

    /// The file, from its beginning.
    ///
    /// # Errors
    /// When it can't be read.
    pub fn reader(&self) -> io::Result<File> {
        let mut file = self.file.try_clone()?;
        file.rewind()?;
        Ok(file)
    }

    /// Writes a body at `at`, where the file ends then, and syncs it. At most `room` bytes are taken, and `goes_on` is
    /// asked before each piece. Returns how many bytes are safe on the disk, and why there are no more.
    pub async fn write<E>(
        &self,
        (at, room): (i64, i64),
        pause: Duration,
        body: impl Stream<Item = Result<Bytes, E>> + Unpin,
        goes_on: impl Fn() -> bool,
    ) -> (i64, Result<(), WriteError>) {
        let mut written = 0;
        let mut file = match self.open_at(at) {
            Ok(file) => file,
            Err(error) => return (0, Err(broken(error))),
        };
        let copied = copy(&mut file, &mut written, room, pause, body, goes_on).await;
        let synced = async {
            file.flush().await?;
            file.sync_all().await
        };
        match synced.await {
            Ok(()) => (written, copied),
            Err(error) => (0, Err(broken(error))),
        }
    }

    /// The file, ready to write at `at`. What is behind that was never confirmed.
    fn open_at(&self, at: i64) -> io::Result<tokio::fs::File> {
        let at = at.unsigned_abs();
        let mut file = self.file.try_clone()?;
        file.set_len(at)?;
        file.seek(SeekFrom::Start(at))?;
        let mut file = tokio::fs::File::from_std(file);
        file.set_max_buf_size(BUFFER);
        Ok(file)
    }
}

async fn copy<E>(
    file: &mut tokio::fs::File,
    written: &mut i64,
    room: i64,
    pause: Duration,
    mut body: impl Stream<Item = Result<Bytes, E>> + Unpin,
    goes_on: impl Fn() -> bool,
) -> Result<(), WriteError> {
    loop {
        let piece = match timeout(pause, body.next()).await {
            Ok(None) => return Ok(()),
            Ok(Some(Ok(piece))) => piece,
            Ok(Some(Err(_))) | Err(_) => return Err(WriteError::Cut),
        };
        if !goes_on() {
            return Err(WriteError::NoSpace);
        }
        let length = i64::try_from(piece.len()).unwrap_or(i64::MAX);
        if length > room - *written {
            return Err(WriteError::TooMuch);
        }
        file.write_all(&piece).await.map_err(broken)?;
        *written += length;
    }
}

fn broken(error: io::Error) -> WriteError {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => WriteError::NoSpace,
        _ => WriteError::Broken(error),
    }
}
