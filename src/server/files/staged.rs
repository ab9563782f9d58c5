//! The file of an upload in progress.

use std::fs::File;
use std::io::{self, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::time::Duration;

use bytes::Bytes;
use futures_util::{Stream, StreamExt};
use tokio::io::AsyncWriteExt;
use tokio::time::timeout;

use crate::model::FileId;

/// The end of the name of a picture's copy without metadata, beside the upload.
pub(super) const CLEAN: &str = ".clean";
/// Bytes collected before they are written.
const BUFFER: usize = 256 * 1024;

/// An upload that nobody else writes to or completes meanwhile, also from another node: its file is locked.
#[derive(Debug)]
pub struct Staged {
    pub(super) id: FileId,
    pub(super) path: PathBuf,
    pub(super) file: File,
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

pub(super) fn clean_path(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(CLEAN);
    name.into()
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
