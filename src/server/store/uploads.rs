//! Uploads: files on their way into a message, from the first byte until a message takes them.

use sqlx::any::AnyRow;
use sqlx::{AnyConnection, AssertSqlSafe, Row};

use super::contents::{self, ContentHash};
use super::dialect;
use super::dialect::Column::Bytes;
use super::dialect::Dialect;
use super::files::{facts_of, facts_text, file_id, hex};
use super::standing::{Rule, standing_of};
use super::write_queue::{Owner, WriteTurn};
use super::writer::Needs;
use super::{Outcome, Store, StoreError};
use crate::model::{FileId, FileRef, Millis, Refusal, ThreadId, Upload, UserId, limits};
use crate::server::clock;

/// An upload to create.
#[derive(Clone, Debug)]
pub struct NewUpload {
    pub user: UserId,
    pub thread: ThreadId,
    /// What is known of the file: its id, name and size.
    pub file: FileRef,
    /// The authorization rule, evaluated inside the transaction.
    pub may: Rule,
    pub quota: Quota,
}

/// The most bytes of files, in messages and uploads together; 0: no limit.
#[derive(Clone, Copy, Debug, Default)]
pub struct Quota {
    pub per_person: i64,
    pub in_all: i64,
}

/// An upload, with what only the server knows of it.
#[derive(Clone, Debug)]
pub struct StoredUpload {
    pub upload: Upload,
    /// The declared size. The file in the message may be smaller, without its metadata.
    pub size: i64,
    /// The content, once it is complete.
    pub hash: Option<ContentHash>,
}

const UPLOAD: &str =
    "SELECT id, thread_id, size, stored, facts, hash, is_finished, expires_at FROM uploads";

/// When an upload expires of which something has just arrived.
fn expiry() -> Millis {
    let lifetime = limits::UPLOAD_LIFETIME.as_millis();
    clock::now() + Millis::try_from(lifetime).unwrap_or(Millis::MAX / 2)
}

impl Store {
    /// Creates an upload and takes its size from the quota.
    ///
    /// # Errors
    /// Those of the rule; [`Refusal::TooMany`], [`Refusal::FilesQuota`], [`Refusal::SiteFilesQuota`].
    pub async fn begin_upload(&self, new: NewUpload) -> Result<(), StoreError> {
        self.writer
            .run(WriteTurn::of(new.user), move |db| {
                Box::pin(async move {
                    let standing = standing_of(db, new.user, new.thread).await?;
                    (new.may)(&standing.unwrap_or_default(), None)?;
                    check_quota(db, &new).await?;
                    sqlx::query(
                        "INSERT INTO uploads (id, user_id, thread_id, size, facts, created_at, expires_at) \
                         VALUES ($1, $2, $3, $4, $5, $6, $7)",
                    )
                    .bind(new.file.id.0.as_bytes().to_vec())
                    .bind(new.user.0)
                    .bind(new.thread.0)
                    .bind(new.file.size)
                    .bind(facts_text(&new.file))
                    .bind(clock::now())
                    .bind(expiry())
                    .execute(db)
                    .await?;
                    Ok(Outcome::silent(()))
                })
            })
            .await
    }

    /// An upload of this user.
    pub async fn upload(
        &self,
        user: UserId,
        id: FileId,
    ) -> Result<Option<StoredUpload>, StoreError> {
        let text = format!("{UPLOAD} WHERE id = $1 AND user_id = $2");
        let row = sqlx::query(AssertSqlSafe(text))
            .bind(id.0.as_bytes().to_vec())
            .bind(user.0)
            .fetch_optional(&self.readers)
            .await?;
        Ok(row.as_ref().map(upload).transpose()?)
    }

    /// All uploads of this user, the latest first.
    pub async fn uploads(&self, user: UserId) -> Result<Vec<Upload>, StoreError> {
        let text = format!("{UPLOAD} WHERE user_id = $1 ORDER BY created_at DESC, id");
        let rows = sqlx::query(AssertSqlSafe(text))
            .bind(user.0)
            .fetch_all(&self.readers)
            .await?;
        let uploads = rows.iter().map(|row| Ok(upload(row)?.upload));
        Ok(uploads.collect::<Result<_, sqlx::Error>>()?)
    }

    /// Records that so many bytes of an upload are synced to the disk.
    ///
    /// # Errors
    /// [`Refusal::UnknownUpload`] when it has been discarded.
    pub async fn record_stored(
        &self,
        user: UserId,
        id: FileId,
        stored: i64,
    ) -> Result<(), StoreError> {
        self.update_upload(
            user,
            "UPDATE uploads SET stored = $2, expires_at = $3 WHERE id = $1",
            (id, stored, expiry()),
        )
        .await
    }

    /// Records that the content of an upload is complete. From here on the content is not swept. Precedes its move into
    /// the folder of contents.
    ///
    /// # Errors
    /// [`Refusal::UnknownUpload`]; [`Refusal::Busy`] while the same content is being deleted from the folder.
    pub async fn name_content(
        &self,
        user: UserId,
        file: FileRef,
        hash: ContentHash,
    ) -> Result<(), StoreError> {
        self.writer
            .run(WriteTurn::of(user), move |db| {
                Box::pin(async move {
                    contents::name(db, hash, file.size).await?;
                    let done =
                        sqlx::query("UPDATE uploads SET hash = $2, facts = $3 WHERE id = $1")
                            .bind(file.id.0.as_bytes().to_vec())
                            .bind(hash.0.to_vec())
                            .bind(facts_text(&file))
                            .execute(db)
                            .await?;
                    known(done.rows_affected())?;
                    Ok(Outcome::silent(()))
                })
            })
            .await
    }

    /// Records that the content of an upload is in its place, so that a message can take it.
    ///
    /// # Errors
    /// [`Refusal::UnknownUpload`] when it has been discarded.
    pub async fn finish_upload(
        &self,
        user: UserId,
        id: FileId,
        size: i64,
    ) -> Result<(), StoreError> {
        self.update_upload(
            user,
            "UPDATE uploads SET is_finished = 1, stored = $2, expires_at = $3 WHERE id = $1",
            (id, size, expiry()),
        )
        .await
    }

    /// Records that an upload ends here, before the declared size.
    ///
    /// # Errors
    /// [`Refusal::UnknownUpload`] when it has been discarded.
    pub async fn shrink_upload(
        &self,
        user: UserId,
        id: FileId,
        size: i64,
    ) -> Result<(), StoreError> {
        self.update_upload(
            user,
            "UPDATE uploads SET size = $2, stored = $2, expires_at = $3 WHERE id = $1",
            (id, size, expiry()),
        )
        .await
    }

    async fn update_upload(
        &self,
        user: UserId,
        text: &'static str,
        (id, stored, expires_at): (FileId, i64, Millis),
    ) -> Result<(), StoreError> {
        self.writer
            .run_with(WriteTurn::of(user), Needs::Nothing, move |db| {
                Box::pin(async move {
                    let done = sqlx::query(text)
                        .bind(id.0.as_bytes().to_vec())
                        .bind(stored)
                        .bind(expires_at)
                        .execute(db)
                        .await?;
                    known(done.rows_affected())?;
                    Ok(Outcome::silent(()))
                })
            })
            .await
    }

    /// Discards an upload of this user.
    ///
    /// # Errors
    /// [`Refusal::UnknownUpload`].
    pub async fn discard_upload(&self, user: UserId, id: FileId) -> Result<(), StoreError> {
        self.writer
            .run_with(WriteTurn::of(user), Needs::Nothing, move |db| {
                Box::pin(async move {
                    let text =
                        "DELETE FROM uploads WHERE id = $1 AND user_id = $2 RETURNING id, hash";
                    let rows = sqlx::query(text)
                        .bind(id.0.as_bytes().to_vec())
                        .bind(user.0)
                        .fetch_all(&mut *db)
                        .await?;
                    known(rows.len() as u64)?;
                    contents::perhaps_unused(db, &hashes(&rows)?).await?;
                    Ok(Outcome::silent(()))
                })
            })
            .await
    }

    /// Discards the uploads that have expired by `now`; returns them.
    pub async fn expire_uploads(&self, now: Millis) -> Result<Vec<FileId>, StoreError> {
        self.writer
            .run(WriteTurn::ordinary(Owner::Server), move |db| {
                Box::pin(async move {
                    let text = "DELETE FROM uploads WHERE expires_at <= $1 RETURNING id, hash";
                    let rows = sqlx::query(text).bind(now).fetch_all(&mut *db).await?;
                    contents::perhaps_unused(db, &hashes(&rows)?).await?;
                    let ids = rows
                        .iter()
                        .map(|row| file_id(&row.try_get::<Vec<u8>, _>(0)?));
                    Ok(Outcome::silent(ids.collect::<Result<_, sqlx::Error>>()?))
                })
            })
            .await
    }

    /// Those of these ids that are uploads.
    pub async fn known_uploads(&self, ids: &[FileId]) -> Result<Vec<FileId>, StoreError> {
        let mut db = self.readers.acquire().await?;
        let text = format!(
            "SELECT u.id FROM {} AS k CROSS JOIN uploads AS u WHERE u.id = k.id",
            Dialect::of(&db).rows(&[Bytes("id")])
        );
        let keys: Vec<_> = ids.iter().map(|id| (hex(*id),)).collect();
        let rows = sqlx::query(AssertSqlSafe(text))
            .bind(dialect::json(&keys))
            .fetch_all(&mut *db)
            .await?;
        let ids = rows
            .iter()
            .map(|row| file_id(&row.try_get::<Vec<u8>, _>(0)?));
        Ok(ids.collect::<Result<_, sqlx::Error>>()?)
    }
}

fn known(rows: u64) -> Result<(), Refusal> {
    match rows {
        0 => Err(Refusal::UnknownUpload),
        _ => Ok(()),
    }
}

async fn check_quota(db: &mut AnyConnection, new: &NewUpload) -> Result<(), StoreError> {
    let counted = "SELECT COUNT(*) FROM uploads WHERE user_id = $1";
    let unsent: i64 = sqlx::query_scalar(counted)
        .bind(new.user.0)
        .fetch_one(&mut *db)
        .await?;
    if unsent >= limits::UPLOADS_MAX as i64 {
        let max = limits::UPLOADS_MAX;
        return Err(Refusal::TooMany { max }.into());
    }
    let Quota { per_person, in_all } = new.quota;
    if per_person > 0 && used(db, Some(new.user)).await? + new.file.size > per_person {
        return Err(Refusal::FilesQuota { max: per_person }.into());
    }
    if in_all > 0 && used(db, None).await? + new.file.size > in_all {
        return Err(Refusal::SiteFilesQuota.into());
    }
    Ok(())
}

/// The bytes of the files and uploads of a user; `None`: of all users.
async fn used(db: &mut AnyConnection, user: Option<UserId>) -> Result<i64, sqlx::Error> {
    let mut sum = 0;
    for table in ["files", "uploads"] {
        let whose = if user.is_some() {
            "WHERE user_id = $1"
        } else {
            ""
        };
        let text = format!("SELECT CAST(COALESCE(SUM(size), 0) AS BIGINT) FROM {table} {whose}");
        let mut query = sqlx::query_scalar(AssertSqlSafe(text));
        if let Some(user) = user {
            query = query.bind(user.0);
        }
        sum += query.fetch_one(&mut *db).await.map(|sum: i64| sum)?;
    }
    Ok(sum)
}

/// The contents in the second column.
fn hashes(rows: &[AnyRow]) -> Result<Vec<ContentHash>, sqlx::Error> {
    let hashes = rows.iter().filter_map(|row| {
        let bytes = row.try_get::<Option<Vec<u8>>, _>(1).transpose()?;
        Some(bytes.and_then(|bytes| ContentHash::of_bytes(&bytes)))
    });
    hashes.collect()
}

fn upload(row: &AnyRow) -> Result<StoredUpload, sqlx::Error> {
    let hash: Option<Vec<u8>> = row.try_get(5)?;
    Ok(StoredUpload {
        size: row.try_get(2)?,
        hash: hash.as_deref().map(ContentHash::of_bytes).transpose()?,
        upload: Upload {
            file: facts_of(file_id(&row.try_get::<Vec<u8>, _>(0)?)?, row.try_get(4)?),
            thread: ThreadId(row.try_get(1)?),
            offset: row.try_get(3)?,
            finished: dialect::flag(row, 6)?,
            expires_at: row.try_get(7)?,
        },
    })
}
