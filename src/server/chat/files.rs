//! Uploads and files: who may make, finish and read them.

use std::sync::Arc;

use bytes::Bytes;
use futures_util::Stream;
use tokio::time::{Duration, Instant, sleep};

use super::{Chat, policy};
use crate::model::file::FilesPage;
use crate::model::{FileId, FileLimits, FileRef, Refusal, Seq, ThreadId, Upload, UserId, limits};
use crate::server::files::Files;
use crate::server::files::file_name::clean;
use crate::server::files::folder::NotStaged;
use crate::server::files::staged::{Staged, WriteError};
use crate::server::store::{NewUpload, StoredFile, StoredUpload};

/// How long a request waits while another one completes the same upload.
const COMPLETION: Duration = Duration::from_secs(90);
/// How often it looks.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// Why a part of an upload was not stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PartError {
    Refused(Refusal),
    /// The upload continues here.
    WrongOffset(i64),
    /// Another request still writes to it.
    Locked,
    /// The body ended early. What arrived is stored, up to here.
    Cut(i64),
    /// The body is longer than what was declared.
    TooMuch,
}

impl From<Refusal> for PartError {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl Chat {
    /// The site's limits on files.
    #[must_use]
    pub fn file_limits(&self) -> FileLimits {
        self.files.limits
    }

    /// The bytes of files.
    #[must_use]
    pub fn stored_files(&self) -> &Arc<Files> {
        &self.files
    }

    /// Creates an upload for a message in a thread. `declared`: what the sender says of the file.
    ///
    /// # Errors
    /// Those of [`policy::may_upload`]; [`Refusal::FileTooLarge`]; [`Refusal::FilesReadOnly`]; those of the quota.
    pub async fn begin_upload(
        &self,
        me: UserId,
        thread: ThreadId,
        declared: FileRef,
    ) -> Result<Upload, Refusal> {
        let max = self.files.limits.max_size;
        if declared.size > max {
            return Err(Refusal::FileTooLarge { max });
        }
        self.files.check_space()?;
        let file = FileRef {
            id: FileId::random(),
            name: clean(&declared.name),
            ..declared
        };
        let id = file.id;
        self.files
            .folder
            .create(id)
            .map_err(|error| broken(&error))?;
        let begun = self.store.begin_upload(NewUpload {
            user: me,
            thread,
            file,
            may: policy::may_upload,
            quota: self.files.quota,
        });
        if let Err(error) = begun.await {
            // If it fails, the sweep does it.
            let _ = self.files.folder.discard(id);
            return Err(error.into());
        }
        let begun = self.stored_upload(me, id).await?;
        match begun.size {
            0 => self.completed(me, id).await,
            _ => Ok(begun.upload),
        }
    }

    /// The user's uploads that no message has taken, the latest first.
    pub async fn uploads(&self, me: UserId) -> Result<Vec<Upload>, Refusal> {
        let mut uploads = self.store.uploads(me).await?;
        uploads
            .iter_mut()
            .for_each(|upload| self.set_offset(upload));
        Ok(uploads)
    }

    /// An upload of the user's. If all of it is stored, it is finished when this returns.
    ///
    /// # Errors
    /// [`Refusal::UnknownUpload`].
    pub async fn upload(&self, me: UserId, id: FileId) -> Result<StoredUpload, Refusal> {
        let mut found = self.stored_upload(me, id).await?;
        self.set_offset(&mut found.upload);
        if found.upload.offset >= found.size && !found.upload.finished {
            found.upload = self.completed(me, id).await?;
        }
        Ok(found)
    }

    async fn stored_upload(&self, me: UserId, id: FileId) -> Result<StoredUpload, Refusal> {
        let found = self.store.upload(me, id).await?;
        found.ok_or(Refusal::UnknownUpload)
    }

    /// The offset is what was confirmed, as far as it is there: after a crash, the file may have more or less.
    fn set_offset(&self, upload: &mut Upload) {
        if !upload.finished
            && let Some(length) = self.files.folder.staged_length(upload.file.id)
        {
            upload.offset = upload.offset.min(length);
        }
    }

    /// Stores a part of an upload at this offset. Returns the new offset, when the part is synced to the disk and, if it
    /// was the last one, the upload is finished.
    ///
    /// # Errors
    /// See [`PartError`]; [`Refusal::UnknownUpload`], [`Refusal::FilesReadOnly`].
    pub async fn store_part<E>(
        &self,
        me: UserId,
        id: FileId,
        offset: i64,
        body: impl Stream<Item = Result<Bytes, E>> + Unpin,
    ) -> Result<i64, PartError> {
        let found = self.stored_upload(me, id).await?;
        if found.upload.finished {
            return of_complete(&found, offset);
        }
        let staged = match self.files.folder.lock(id) {
            Ok(staged) => staged,
            Err(NotStaged::Locked) => return Err(PartError::Locked),
            Err(NotStaged::Missing) => {
                let found = self.finish_placed(me, id).await?;
                return of_complete(&found, offset);
            }
            Err(NotStaged::Broken(error)) => return Err(broken(&error).into()),
        };
        // Another request may have written before this one locked it.
        let found = self.stored_upload(me, id).await?;
        let length = staged.length().map_err(|error| broken(&error))?;
        let stored = found.upload.offset.min(length);
        if offset != stored {
            return Err(PartError::WrongOffset(stored));
        }
        self.files.check_space()?;
        let goes_on = || self.files.check_space().is_ok();
        let place = (stored, found.size - stored);
        let written = staged.write(place, limits::UPLOAD_PAUSE, body, goes_on);
        let (written, ended) = written.await;
        let stored = stored + written;
        if written > 0 {
            self.store
                .record_stored(me, id, stored)
                .await
                .map_err(Refusal::from)?;
        }
        match ended {
            Ok(()) if stored == found.size => self.finish(me, &staged, found).await?,
            Ok(()) => {}
            Err(WriteError::Cut) => return Err(PartError::Cut(stored)),
            Err(WriteError::TooMuch) => return Err(PartError::TooMuch),
            Err(WriteError::NoSpace) => return Err(Refusal::FilesReadOnly.into()),
            Err(WriteError::Broken(error)) => return Err(broken(&error).into()),
        }
        Ok(stored)
    }

    /// An upload of which everything is stored, finished. Waits while another request does that.
    async fn completed(&self, me: UserId, id: FileId) -> Result<Upload, Refusal> {
        let until = Instant::now() + COMPLETION;
        loop {
            let found = self.stored_upload(me, id).await?;
            if found.upload.finished {
                return Ok(found.upload);
            }
            match self.files.folder.lock(id) {
                Ok(staged) => {
                    let found = self.stored_upload(me, id).await?;
                    if !found.upload.finished {
                        self.finish(me, &staged, found).await?;
                    }
                    return Ok(self.stored_upload(me, id).await?.upload);
                }
                Err(NotStaged::Locked) if Instant::now() < until => sleep(LOOK_EVERY).await,
                Err(NotStaged::Locked) => return Err(Refusal::UnfinishedUpload),
                Err(NotStaged::Missing) => return Ok(self.finish_placed(me, id).await?.upload),
                Err(NotStaged::Broken(error)) => return Err(broken(&error)),
            }
        }
    }

    /// Finishes an upload without a file of its own, because its content is in its place: another request is about to
    /// record that, or the server stopped before it did.
    async fn finish_placed(&self, me: UserId, id: FileId) -> Result<StoredUpload, Refusal> {
        // The content is named before it is moved: what was read before the file was missing may be older.
        let found = self.stored_upload(me, id).await?;
        if found.upload.finished {
            return Ok(found);
        }
        let hash = found.hash.ok_or(Refusal::UnknownUpload)?;
        if !self.files.folder.has(hash, found.upload.file.size).await {
            return Err(Refusal::UnknownUpload);
        }
        self.store.finish_upload(me, id, found.size).await?;
        self.stored_upload(me, id).await
    }

    /// Examines a complete upload, puts its content in its place and records that. The content is named before it is
    /// moved, so that the sweep leaves it, and the upload is finished after it was synced.
    async fn finish(
        &self,
        me: UserId,
        staged: &Staged,
        found: StoredUpload,
    ) -> Result<(), Refusal> {
        let id = staged.id();
        match self.files.scan(staged).await {
            Err(Refusal::InfectedFile) => {
                self.discard_upload(me, id).await?;
                return Err(Refusal::InfectedFile);
            }
            scanned => scanned?,
        }
        let declared = FileRef {
            size: found.size,
            ..found.upload.file
        };
        let examined = self.files.examine(staged, declared).await;
        let examined = examined.map_err(|error| broken(&error))?;
        let (file, hash) = (examined.file.clone(), examined.hash);
        self.store.name_content(me, file, hash).await?;
        self.files.keep(staged, examined).await.map_err(|error| {
            tracing::error!(%error, "storing a file failed");
            Refusal::Unavailable
        })?;
        Ok(self.store.finish_upload(me, id, found.size).await?)
    }

    /// Uploads the file of a plain form, whose size is not known before its end: at most `bound` bytes.
    ///
    /// # Errors
    /// Those of [`Self::begin_upload`] and [`Self::store_part`].
    pub async fn upload_whole<E>(
        &self,
        me: UserId,
        thread: ThreadId,
        (name, bound): (String, i64),
        body: impl Stream<Item = Result<Bytes, E>> + Unpin,
    ) -> Result<FileId, Refusal> {
        let max = self.files.limits.max_size;
        let declared = FileRef {
            name,
            size: bound.min(max),
            ..FileRef::default()
        };
        let id = self.begin_upload(me, thread, declared).await?.file.id;
        let stored = self.store_part(me, id, 0, body).await;
        let size = match stored {
            Ok(size) => Ok(size),
            Err(PartError::TooMuch) => Err(Refusal::FileTooLarge { max }),
            Err(PartError::Refused(refusal)) => Err(refusal),
            Err(_) => Err(Refusal::UnfinishedUpload),
        };
        let finished = async {
            self.store.shrink_upload(me, id, size?).await?;
            self.completed(me, id).await
        };
        match finished.await {
            Ok(_) => Ok(id),
            Err(refusal) => {
                // If it fails, it expires.
                let _ = self.discard_upload(me, id).await;
                Err(refusal)
            }
        }
    }

    /// Discards an upload.
    ///
    /// # Errors
    /// [`Refusal::UnknownUpload`].
    pub async fn discard_upload(&self, me: UserId, id: FileId) -> Result<(), Refusal> {
        self.store.discard_upload(me, id).await?;
        self.files
            .folder
            .discard(id)
            .map_err(|error| broken(&error))
    }

    /// A file of a message.
    ///
    /// # Errors
    /// [`Refusal::NotFound`], also when `me` may not read its thread.
    pub async fn file(&self, me: UserId, id: FileId) -> Result<StoredFile, Refusal> {
        let found = self.store.file(id).await?.ok_or(Refusal::NotFound)?;
        self.check_reader(me, found.thread).await?;
        Ok(found)
    }

    /// Whether the user may read a thread now. Asked again during a download.
    ///
    /// # Errors
    /// [`Refusal::NotFound`], without the reason: whoever has the id of a file doesn't learn where it is.
    pub async fn check_reader(&self, me: UserId, thread: ThreadId) -> Result<(), Refusal> {
        let asked = self.ask(me, thread, policy::may_read).await;
        asked.map_err(|refusal| match refusal {
            Refusal::NotMember | Refusal::Banned { .. } => Refusal::NotFound,
            other => other,
        })
    }

    /// The files of a thread before this message, the latest first: pictures and videos, or the others.
    ///
    /// # Errors
    /// Those of the rules.
    pub async fn files(
        &self,
        me: UserId,
        thread: ThreadId,
        pictures: bool,
        before: Option<Seq>,
    ) -> Result<FilesPage, Refusal> {
        let files = self.store.files(thread, pictures, before);
        self.reading(me, thread, policy::may_read, files).await
    }
}

/// Logs an error of the folder.
fn broken(error: &std::io::Error) -> Refusal {
    use std::io::ErrorKind::{QuotaExceeded, StorageFull};
    match error.kind() {
        StorageFull | QuotaExceeded => Refusal::FilesReadOnly,
        _ => {
            tracing::error!(%error, "the folder for files can't be used");
            Refusal::Unavailable
        }
    }
}

/// The answer to a part of a complete upload.
fn of_complete(found: &StoredUpload, offset: i64) -> Result<i64, PartError> {
    match offset == found.size {
        true => Ok(offset),
        false => Err(PartError::WrongOffset(found.size)),
    }
}
