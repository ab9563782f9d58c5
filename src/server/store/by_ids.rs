//! Reads for a set of users or threads.

use sqlx::AssertSqlSafe;
use sqlx::any::AnyRow;

use super::dialect::{self, Column, Dialect};
use super::{Store, StoreError};

impl Store {
    /// Runs a query in one snapshot. `text` receives the SQL of a table with these ids in its column `id`.
    pub(super) async fn read_by_ids(
        &self,
        ids: impl Iterator<Item = i64>,
        text: impl FnOnce(&str) -> String,
    ) -> Result<Vec<AnyRow>, StoreError> {
        let keys: Vec<_> = ids.map(|id| (id,)).collect();
        let mut db = self.readers.acquire().await?;
        let text = text(&Dialect::of(&db).rows(&[Column::Number("id")]));
        let rows = sqlx::query(AssertSqlSafe(text))
            .bind(dialect::json(&keys))
            .fetch_all(&mut *db)
            .await?;
        Ok(rows)
    }
}
