//! The server's side of the child process that decodes pictures: one at a time, within a time limit.

use std::io;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use bytes::Bytes;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::{ChildStdout, Command};
use tokio::sync::Semaphore;
use tokio::time::timeout;

use super::kind::Format;
use super::picture::{Picture, PictureFacts};
use super::staged::Staged;

/// Larger pictures are not decoded, only downloaded.
const SIZE_MAX: i64 = 100_000_000;
/// How long one picture may take.
const WITHIN: Duration = Duration::from_secs(30);
/// The most bytes of a thumbnail, and of what is said of a picture: a PNG without any compression.
const PART_MAX: u64 = 8_000_000;
/// So much larger than the given one is a picture without metadata at most: padding, and an end that was missing.
const LARGER_BY: u64 = 1_024;

/// Decodes pictures.
pub(super) struct Pictures {
    one: Semaphore,
    program: PathBuf,
}

/// What could be read of a picture.
#[derive(Default)]
pub(super) struct ReadPicture {
    /// The copy without metadata, and its size.
    pub(super) clean: Option<(PathBuf, i64)>,
    pub(super) picture: Option<Picture<Bytes>>,
}

impl Default for Pictures {
    fn default() -> Self {
        Self {
            one: Semaphore::new(1),
            program: program(),
        }
    }
}

/// This program. On Linux also after the file was replaced by an upgrade.
fn program() -> PathBuf {
    let own = Path::new("/proc/self/exe");
    match own.exists() {
        true => own.to_owned(),
        false => std::env::current_exe().unwrap_or_default(),
    }
}

impl Pictures {
    /// Reads a picture in a child process. What can't be read is missing from the answer.
    ///
    /// # Errors
    /// When the copy can't be written.
    pub(super) async fn read(&self, staged: &Staged, format: Format) -> io::Result<ReadPicture> {
        let size = staged.length()?;
        let mut read = ReadPicture::default();
        if size > SIZE_MAX {
            return Ok(read);
        }
        let Ok(_turn) = self.one.acquire().await else {
            return Ok(read);
        };
        let child = Command::new(&self.program)
            .arg("thumbnail")
            .arg(format.name())
            .env_clear()
            .current_dir("/")
            .stdin(staged.reader()?)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn();
        let mut child = match child {
            Ok(child) => child,
            Err(error) => {
                tracing::error!(%error, "can't start the process that decodes pictures");
                return Ok(read);
            }
        };
        let Some(mut out) = child.stdout.take() else {
            return Ok(read);
        };
        let most = size.unsigned_abs() + LARGER_BY;
        let reading = async {
            read.clean = copy_clean(&mut out, &staged.clean_path(), most).await?;
            if read.clean.is_some() {
                read.picture = read_picture(&mut out).await;
            }
            io::Result::Ok(())
        };
        let ended = timeout(WITHIN, reading).await;
        // It has ended, or is of no more use.
        let _ = child.kill().await;
        match ended {
            Ok(Err(error)) => return Err(error),
            Ok(Ok(())) if read.picture.is_some() => {}
            _ => tracing::info!(size, format = format.name(), "a picture can't be decoded"),
        }
        Ok(read)
    }
}

/// Copies the picture without metadata into a file, synced. `None`: there is none.
async fn copy_clean(
    out: &mut ChildStdout,
    path: &Path,
    most: u64,
) -> io::Result<Option<(PathBuf, i64)>> {
    let Ok(length) = out.read_u64().await else {
        return Ok(None);
    };
    if length == 0 || length > most {
        return Ok(None);
    }
    let mut file = tokio::fs::File::create(path).await?;
    let copied = tokio::io::copy(&mut out.take(length), &mut file).await?;
    file.flush().await?;
    file.sync_all().await?;
    let size = i64::try_from(length).unwrap_or(i64::MAX);
    Ok((copied == length).then(|| (path.to_owned(), size)))
}

async fn read_picture(out: &mut ChildStdout) -> Option<Picture<Bytes>> {
    let facts: PictureFacts = serde_json::from_slice(&read_part(out).await?).ok()?;
    Some(Picture {
        facts,
        small: read_part(out).await?,
        large: read_part(out).await?,
    })
}

async fn read_part(out: &mut ChildStdout) -> Option<Bytes> {
    let length = out.read_u64().await.ok().filter(|it| *it <= PART_MAX)?;
    let mut part = Vec::new();
    let read = out.take(length).read_to_end(&mut part).await.ok()?;
    (read as u64 == length).then(|| part.into())
}
