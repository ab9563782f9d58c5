//! The end of contents. One without a reference is deleted some time after its last reference was: whoever restores a
//! backup of the database then still finds every file that it knows.
//!
//! Two steps delete one, with the deletion from the folder in between. Meanwhile it is doomed, and can't be named
//! anew: an upload of the same content would lose it.

use sqlx::{AssertSqlSafe, Row};

use super::contents::{ContentHash, keys};
use super::dialect::Column::Bytes;
use super::dialect::Dialect;
use super::write_queue::{Owner, WriteTurn};
use super::writer::Needs;
use super::{Outcome, Store, StoreError};
use crate::model::Millis;

/// Contents deleted in one transaction.
const SWEPT_AT_ONCE: i64 = 200;

impl Store {
    /// Marks contents as doomed whose last reference was deleted at `before` or earlier. Returns all that are doomed,
    /// to be deleted from the folder, at most a few hundred at once.
    pub async fn doom_contents(&self, before: Millis) -> Result<Vec<ContentHash>, StoreError> {
        self.writer
            .run(WriteTurn::ordinary(Owner::Server), move |db| {
                Box::pin(async move {
                    let is_used = "(EXISTS (SELECT 1 FROM files f WHERE f.hash = contents.hash) \
                         OR EXISTS (SELECT 1 FROM uploads u WHERE u.hash = contents.hash))";
                    let due = format!(
                        "SELECT hash FROM contents WHERE unused_at <= $1 AND is_doomed = 0 \
                         ORDER BY unused_at LIMIT {SWEPT_AT_ONCE}"
                    );
                    for (set, which) in [("unused_at = NULL", ""), ("is_doomed = 1", "NOT ")] {
                        let text = format!(
                            "UPDATE contents SET {set} WHERE hash IN ({due}) AND {which}{is_used}"
                        );
                        let query = sqlx::query(AssertSqlSafe(text)).bind(before);
                        query.execute(&mut *db).await?;
                    }
                    let text = format!(
                        "SELECT hash FROM contents WHERE unused_at IS NOT NULL AND is_doomed = 1 \
                         LIMIT {SWEPT_AT_ONCE}"
                    );
                    let rows = sqlx::query(AssertSqlSafe(text)).fetch_all(db).await?;
                    let hashes = rows
                        .iter()
                        .map(|row| ContentHash::of_bytes(&row.try_get::<Vec<u8>, _>(0)?));
                    Ok(Outcome::silent(hashes.collect::<Result<_, sqlx::Error>>()?))
                })
            })
            .await
    }

    /// Forgets doomed contents that are no longer in the folder.
    pub async fn forget_contents(&self, gone: Vec<ContentHash>) -> Result<(), StoreError> {
        self.writer
            .run_with(
                WriteTurn::ordinary(Owner::Server),
                Needs::Nothing,
                move |db| {
                    Box::pin(async move {
                        let text = format!(
                            "DELETE FROM contents WHERE is_doomed = 1 AND hash IN \
                             (SELECT hash FROM {} AS k)",
                            Dialect::of(db).rows(&[Bytes("hash")])
                        );
                        sqlx::query(AssertSqlSafe(text))
                            .bind(keys(&gone))
                            .execute(db)
                            .await?;
                        Ok(Outcome::silent(()))
                    })
                },
            )
            .await
    }
}
