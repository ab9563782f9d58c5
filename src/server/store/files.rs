//! The files of messages: references to contents, and what a message says about them.

use std::collections::HashMap;

use sqlx::{AnyConnection, AssertSqlSafe, Row};
use uuid::Uuid;

use super::contents::{self, ContentHash};
use super::dialect;
use super::dialect::Column::{Bytes, Number, Text};
use super::dialect::Dialect;
use super::{Store, StoreError};
use crate::model::file::{FileEntry, FilesPage};
use crate::model::{
    Event, EventBody, FileId, FileKind, FileRef, Refusal, Seq, ThreadId, UserId, limits,
};

/// A file of a message, for a download.
#[derive(Clone, Debug)]
pub struct StoredFile {
    pub thread: ThreadId,
    pub hash: ContentHash,
    pub file: FileRef,
}

impl Store {
    /// A file of a message. The caller checks that it may be read.
    pub async fn file(&self, id: FileId) -> Result<Option<StoredFile>, StoreError> {
        let row = sqlx::query("SELECT thread_id, hash, facts FROM files WHERE id = $1")
            .bind(id.0.as_bytes().to_vec())
            .fetch_optional(&self.readers)
            .await?;
        let Some(row) = row else { return Ok(None) };
        Ok(Some(StoredFile {
            thread: ThreadId(row.try_get(0)?),
            hash: ContentHash::of_bytes(&row.try_get::<Vec<u8>, _>(1)?)?,
            file: facts_of(id, row.try_get(2)?),
        }))
    }

    /// The files of a thread before this message, the latest first: pictures and videos, or the others. The caller has
    /// checked that the thread may be read.
    pub async fn files(
        &self,
        thread: ThreadId,
        pictures: bool,
        before: Option<Seq>,
    ) -> Result<FilesPage, StoreError> {
        // Whole messages only, so that the next page begins at a message.
        let text = "SELECT id, seq, user_id, at, facts FROM files \
             WHERE thread_id = $1 AND is_picture = $2 AND seq < $3 AND seq >= COALESCE(\
               (SELECT seq FROM files WHERE thread_id = $1 AND is_picture = $2 AND seq < $3 \
                ORDER BY seq DESC LIMIT 1 OFFSET $4), 0) \
             ORDER BY seq DESC, place";
        let rows = sqlx::query(text)
            .bind(thread.0)
            .bind(i64::from(pictures))
            .bind(before.unwrap_or(Seq::MAX))
            .bind(limits::FILES_PAGE as i64)
            .fetch_all(&self.readers)
            .await?;
        let entries = rows.iter().map(|row| {
            let id = file_id(&row.try_get::<Vec<u8>, _>(0)?)?;
            Ok(FileEntry {
                seq: row.try_get(1)?,
                author: UserId(row.try_get(2)?),
                at: row.try_get(3)?,
                file: facts_of(id, row.try_get(4)?),
            })
        });
        let files: Vec<_> = entries.collect::<Result<_, sqlx::Error>>()?;
        let authors = super::distinct(files.iter().map(|entry| entry.author));
        Ok(FilesPage {
            more: files.len() > limits::FILES_PAGE,
            people: self.people_by_id(&authors).await?,
            files,
        })
    }
}

/// The files that a body has.
pub(super) fn of_body(body: &EventBody) -> &[FileRef] {
    match body {
        EventBody::Message(message) => &message.files,
        _ => &[],
    }
}

/// Uploads named by messages, each with its owner and its thread; `None`: not finished.
pub(super) type NamedUploads = HashMap<(UserId, ThreadId, FileId), Option<FileRef>>;

/// The uploads that these bodies name. Without any, no statement is run.
pub(super) async fn named<'b>(
    db: &mut AnyConnection,
    bodies: impl Iterator<Item = &'b EventBody>,
) -> Result<NamedUploads, sqlx::Error> {
    let files = bodies.flat_map(of_body);
    let keys: Vec<_> = files.map(|file| (hex(file.id),)).collect();
    if keys.is_empty() {
        return Ok(NamedUploads::new());
    }
    let text = format!(
        "SELECT u.id, u.user_id, u.thread_id, u.is_finished, u.facts \
         FROM {} AS k CROSS JOIN uploads AS u WHERE u.id = k.id",
        Dialect::of(db).rows(&[Bytes("id")])
    );
    let rows = sqlx::query(AssertSqlSafe(text))
        .bind(dialect::json(&keys))
        .fetch_all(&mut *db)
        .await?;
    let uploads = rows.iter().map(|row| {
        let id = file_id(&row.try_get::<Vec<u8>, _>(0)?)?;
        let owner = (UserId(row.try_get(1)?), ThreadId(row.try_get(2)?));
        let file = match dialect::flag(row, 3)? {
            true => Some(facts_of(id, row.try_get(4)?)),
            false => None,
        };
        Ok(((owner.0, owner.1, id), file))
    });
    uploads.collect()
}

/// The files of a message that takes these uploads, which no other message of the batch can take then.
///
/// # Errors
/// [`Refusal::UnknownUpload`], [`Refusal::UnfinishedUpload`].
pub(super) fn claim(
    (actor, thread): (UserId, ThreadId),
    body: &EventBody,
    uploads: &mut NamedUploads,
) -> Result<Vec<FileRef>, Refusal> {
    let key = |file: &FileRef| (actor, thread, file.id);
    let named = of_body(body);
    let mut claimed = Vec::with_capacity(named.len());
    for (place, file) in named.iter().enumerate() {
        let found = uploads.get(&key(file)).ok_or(Refusal::UnknownUpload)?;
        let found = found.as_ref().ok_or(Refusal::UnfinishedUpload)?;
        if named[..place].iter().any(|other| other.id == file.id) {
            return Err(Refusal::UnknownUpload);
        }
        claimed.push(FileRef {
            alt: file.alt.clone(),
            ..found.clone()
        });
    }
    for file in named {
        uploads.remove(&key(file));
    }
    Ok(claimed)
}

/// Turns the uploads that these messages have taken into their files. Without any, no statement is run.
pub(super) async fn take(db: &mut AnyConnection, events: &[Event]) -> Result<(), sqlx::Error> {
    let mut rows = Vec::new();
    for event in events {
        for (place, file) in of_body(&event.body).iter().enumerate() {
            let is_picture = matches!(file.kind, FileKind::Image | FileKind::Video);
            rows.push((
                hex(file.id),
                event.seq,
                place,
                event.at,
                file.size,
                i64::from(is_picture),
                facts_text(file),
            ));
        }
    }
    if rows.is_empty() {
        return Ok(());
    }
    let table = Dialect::of(db).rows(&[
        Bytes("id"),
        Number("seq"),
        Number("place"),
        Number("at"),
        Number("size"),
        Number("is_picture"),
        Text("facts"),
    ]);
    let insert = format!(
        "INSERT INTO files (id, thread_id, seq, place, user_id, at, hash, size, is_picture, facts) \
         SELECT u.id, u.thread_id, k.seq, k.place, u.user_id, k.at, u.hash, k.size, k.is_picture, k.facts \
         FROM {table} AS k CROSS JOIN uploads AS u WHERE u.id = k.id"
    );
    let delete = format!("DELETE FROM uploads WHERE id IN (SELECT id FROM {table} AS k)");
    let rows = dialect::json(&rows);
    for text in [insert, delete] {
        sqlx::query(AssertSqlSafe(text))
            .bind(&rows)
            .execute(&mut *db)
            .await?;
    }
    Ok(())
}

/// Deletes the references of a message; with `None`, of all messages and uploads of the thread.
pub(super) async fn forget(
    db: &mut AnyConnection,
    thread: ThreadId,
    seq: Option<Seq>,
) -> Result<(), sqlx::Error> {
    let mut hashes = Vec::new();
    let texts: &[&str] = match seq {
        Some(_) => &["DELETE FROM files WHERE thread_id = $1 AND seq = $2 RETURNING hash"],
        None => &[
            "DELETE FROM files WHERE thread_id = $1 AND seq > $2 RETURNING hash",
            "DELETE FROM uploads WHERE thread_id = $1 AND stored >= $2 RETURNING hash",
        ],
    };
    for text in texts {
        let rows = sqlx::query(*text)
            .bind(thread.0)
            .bind(seq.unwrap_or(0))
            .fetch_all(&mut *db)
            .await?;
        for row in &rows {
            if let Some(bytes) = row.try_get::<Option<Vec<u8>>, _>(0)? {
                hashes.push(ContentHash::of_bytes(&bytes)?);
            }
        }
    }
    contents::perhaps_unused(db, &hashes).await
}

/// An id in the form that statements over rows expect.
pub(super) fn hex(id: FileId) -> String {
    id.0.simple().to_string()
}

pub(super) fn file_id(bytes: &[u8]) -> Result<FileId, sqlx::Error> {
    let id = Uuid::from_slice(bytes).map(FileId);
    id.map_err(|error| sqlx::Error::Decode(error.into()))
}

pub(super) fn facts_text(file: &FileRef) -> String {
    serde_json::to_string(file).unwrap_or_default()
}

/// Facts that this build can't read leave a file that can be downloaded.
pub(super) fn facts_of(id: FileId, text: &str) -> FileRef {
    let facts = serde_json::from_str(text).unwrap_or_default();
    FileRef { id, ..facts }
}
