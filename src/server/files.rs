//! The bytes of files: uploads on their way, contents in their folder, and what is found out about them.
//!
//! Nothing here decides who may do what (`chat` does), or knows which message has which file (`store` does).

pub mod bucket;
pub mod copying;
pub mod file_name;
pub mod folder;
mod kind;
mod metadata;
mod picture;
mod pictures;
pub mod scanner;
pub mod staged;
pub mod sweep;
pub mod thumbnail;

use std::io::{self, Read, Seek};
use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;
use data_encoding::BASE64;
use sha2::{Digest, Sha256};
use tokio::task::spawn_blocking;

use self::bucket::BucketSettings;
use self::folder::Folder;
use self::kind::Sniffed;
use self::pictures::Pictures;
use self::scanner::{Scanner, Verdict};
use self::staged::Staged;
use super::disk_space::DiskSpace;
use super::store::{ContentHash, Quota};
use crate::model::file::Thumbnail;
use crate::model::{FileKind, FileLimits, FileRef, FreeSpace, Refusal};

/// How files are stored, and how many.
#[derive(Clone, Debug)]
pub struct FileSettings {
    pub folder: PathBuf,
    /// Where complete files are instead.
    pub bucket: Option<BucketSettings>,
    pub scanner: Option<Scanner>,
    pub limits: FileLimits,
    pub quota: Quota,
    /// The part of the disk that must stay free, in percent.
    pub min_free_percent: u32,
}

/// The files of the site.
pub struct Files {
    pub folder: Folder,
    pub limits: FileLimits,
    pub quota: Quota,
    scanner: Option<Scanner>,
    pictures: Pictures,
    /// The disk with the folder.
    space: Arc<DiskSpace>,
}

/// What was found out about a complete upload.
pub struct Examined {
    pub file: FileRef,
    pub hash: ContentHash,
    /// Where the content is now: the upload, or a copy of it without metadata.
    source: PathBuf,
    thumbnails: Option<[Bytes; 2]>,
}

impl Files {
    /// Opens the folder, creating it if there is none. `space`: the disk with the folder; `None`: one of its own.
    ///
    /// # Errors
    /// When it can't be opened.
    pub fn open(settings: FileSettings, space: Option<Arc<DiskSpace>>) -> anyhow::Result<Self> {
        let folder = Folder::open(settings.folder, settings.bucket.as_ref())?;
        let space = space.unwrap_or_else(|| {
            let root = folder.root().to_owned();
            Arc::new(DiskSpace::new(Some(root), settings.min_free_percent))
        });
        Ok(Self {
            folder,
            limits: settings.limits,
            quota: settings.quota,
            scanner: settings.scanner,
            pictures: Pictures::default(),
            space,
        })
    }

    /// The disk with the folder.
    #[must_use]
    pub fn space(&self) -> &Arc<DiskSpace> {
        &self.space
    }

    /// Checks that there is space for more files. It runs out before the space for messages does.
    ///
    /// # Errors
    /// [`Refusal::FilesReadOnly`].
    pub fn check_space(&self) -> Result<(), Refusal> {
        match self.space.storage().space {
            FreeSpace::Ample => Ok(()),
            FreeSpace::Low | FreeSpace::Full => Err(Refusal::FilesReadOnly),
        }
    }

    /// Has a complete upload scanned for viruses, if there is a scanner.
    ///
    /// # Errors
    /// [`Refusal::InfectedFile`]; [`Refusal::ScannerAway`].
    pub async fn scan(&self, staged: &Staged) -> Result<(), Refusal> {
        let Some(scanner) = &self.scanner else {
            return Ok(());
        };
        match scanner.scan(staged.path()).await {
            Ok(Verdict::Clean) => Ok(()),
            Ok(Verdict::Infected(name)) => {
                tracing::warn!(%name, "the virus scanner refused a file");
                Err(Refusal::InfectedFile)
            }
            Err(error) => {
                tracing::error!(%error, "the virus scanner doesn't answer");
                Err(Refusal::ScannerAway)
            }
        }
    }

    /// Finds out what a complete upload contains. `declared`: what its sender said of it.
    ///
    /// # Errors
    /// When it can't be read, or there is no space for the copy of a picture.
    pub async fn examine(&self, staged: &Staged, declared: FileRef) -> io::Result<Examined> {
        let mut source = staged.path().to_owned();
        let mut thumbnails = None;
        let mut file = declared;
        match kind::sniff(staged.reader()?)? {
            Sniffed::Known(kind, mime) => describe(&mut file, kind, mime),
            Sniffed::Picture(format) => {
                describe(&mut file, FileKind::Other, kind::UNKNOWN);
                let read = self.pictures.read(staged, format).await?;
                if let Some((clean, size)) = read.clean {
                    source = clean;
                    file.size = size;
                }
                if let Some(picture) = read.picture {
                    file.kind = FileKind::Image;
                    file.mime = format.mime().into();
                    file.width = picture.facts.width.into();
                    file.height = picture.facts.height.into();
                    file.animated = picture.facts.animated;
                    file.thumbhash = BASE64.encode(&picture.facts.thumbhash);
                    thumbnails = Some([picture.small, picture.large]);
                }
            }
        }
        let path = source.clone();
        let hash = spawn_blocking(move || hash_of(&path)).await??;
        Ok(Examined {
            file,
            hash,
            source,
            thumbnails,
        })
    }

    /// Moves the content of an upload, and its thumbnails, to their places; synced when this returns. The same content
    /// may be there already, and is replaced. The upload's own file is gone afterwards.
    ///
    /// # Errors
    /// When the folder can't be written.
    pub async fn keep(&self, staged: &Staged, examined: Examined) -> anyhow::Result<()> {
        if let Some([small, large]) = examined.thumbnails {
            let folder = &self.folder;
            folder
                .put_thumbnail(examined.hash, Thumbnail::Small, small)
                .await?;
            folder
                .put_thumbnail(examined.hash, Thumbnail::Large, large)
                .await?;
        }
        self.folder.place(&examined.source, examined.hash).await?;
        if examined.source != staged.path() {
            self.folder.discard(staged.id())?;
        }
        Ok(())
    }
}

/// Sets what the content says; what its sender said remains where it fits the kind.
fn describe(file: &mut FileRef, kind: FileKind, mime: &str) {
    // A recording may be in a container that video has too: that is up to the sender.
    let (kind, mime) = match (file.kind, kind, mime) {
        (FileKind::Voice, FileKind::Video, "video/webm") => (FileKind::Voice, "audio/webm"),
        (FileKind::Voice, FileKind::Video, "video/mp4") => (FileKind::Voice, "audio/mp4"),
        (FileKind::Voice, FileKind::Audio, mime) => (FileKind::Voice, mime),
        (_, kind, mime) => (kind, mime),
    };
    file.kind = kind;
    mime.clone_into(&mut file.mime);
    if kind != FileKind::Video {
        (file.width, file.height) = (0, 0);
    }
    if !matches!(kind, FileKind::Video | FileKind::Audio | FileKind::Voice) {
        file.duration = 0;
    }
    if kind != FileKind::Voice {
        file.waveform.clear();
    }
}

/// The hash of a file's content.
///
/// # Errors
/// When it can't be read.
pub fn hash_of(path: &std::path::Path) -> io::Result<ContentHash> {
    let mut file = std::fs::File::open(path)?;
    file.rewind()?;
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 256 * 1024];
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(ContentHash(hash.finalize().into())),
            count => hash.update(&buffer[..count]),
        }
    }
}
