//! The contents of files, by their hash.

use std::fmt;

use data_encoding::HEXLOWER;
use sqlx::{AnyConnection, AssertSqlSafe, Row};

use super::StoreError;
use super::dialect;
use super::dialect::Column::Bytes;
use super::dialect::Dialect;
use crate::model::Refusal;
use crate::server::clock;

/// Contents in one page of all.
const PAGE: i64 = 1_000;
/// When to try again to name a content that is being deleted.
const DOOMED_RETRY_MS: u64 = 1_000;

/// The SHA-256 of a content, computed by the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ContentHash(pub [u8; 32]);

impl ContentHash {
    pub(super) fn of_bytes(bytes: &[u8]) -> Result<Self, sqlx::Error> {
        let hash = bytes.try_into().map(Self);
        hash.map_err(|_| sqlx::Error::Decode("a hash has 32 bytes".into()))
    }
}

impl fmt::Display for ContentHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&HEXLOWER.encode(&self.0))
    }
}

/// The contents after this one, in the order of their hashes.
pub(super) async fn page(
    db: &mut AnyConnection,
    after: Option<ContentHash>,
) -> Result<Vec<ContentHash>, sqlx::Error> {
    let text = "SELECT hash FROM contents WHERE hash > $1 AND is_doomed = 0 ORDER BY hash LIMIT $2";
    let rows = sqlx::query(text)
        .bind(after.map_or_else(Vec::new, |hash| hash.0.to_vec()))
        .bind(PAGE)
        .fetch_all(db)
        .await?;
    let hashes = rows
        .iter()
        .map(|row| ContentHash::of_bytes(&row.try_get::<Vec<u8>, _>(0)?));
    hashes.collect()
}

/// Names a content, which is then not deleted as long as there is a reference.
pub(super) async fn name(
    db: &mut AnyConnection,
    hash: ContentHash,
    size: i64,
) -> Result<(), StoreError> {
    let text = "INSERT INTO contents (hash, size) VALUES ($1, $2) \
         ON CONFLICT (hash) DO UPDATE SET unused_at = \
           CASE WHEN contents.is_doomed = 0 THEN NULL ELSE contents.unused_at END \
         RETURNING is_doomed";
    let row = sqlx::query(text)
        .bind(hash.0.to_vec())
        .bind(size)
        .fetch_one(db)
        .await?;
    match dialect::flag(&row, 0)? {
        true => Err(Refusal::Busy {
            retry_after_ms: DOOMED_RETRY_MS,
        }
        .into()),
        false => Ok(()),
    }
}

/// Records that a reference to each of these was deleted.
pub(super) async fn perhaps_unused(
    db: &mut AnyConnection,
    hashes: &[ContentHash],
) -> Result<(), sqlx::Error> {
    if hashes.is_empty() {
        return Ok(());
    }
    let text = format!(
        "UPDATE contents SET unused_at = $2 WHERE is_doomed = 0 AND hash IN \
         (SELECT hash FROM {} AS k)",
        Dialect::of(db).rows(&[Bytes("hash")])
    );
    sqlx::query(AssertSqlSafe(text))
        .bind(keys(hashes))
        .bind(clock::now())
        .execute(db)
        .await?;
    Ok(())
}

pub(super) fn keys(hashes: &[ContentHash]) -> String {
    let keys: Vec<_> = hashes.iter().map(|hash| (hash.to_string(),)).collect();
    dialect::json(&keys)
}
