//! Counters that all nodes share: settings with a number, which one node increments and the others poll.

use sqlx::AnyConnection;

use super::{Store, StoreError};

/// Adds one to a counter, and returns its new value.
pub(super) async fn increment(db: &mut AnyConnection, name: &str) -> Result<i64, sqlx::Error> {
    let text = "INSERT INTO settings (name, value) VALUES ($1, '1') ON CONFLICT (name) DO UPDATE \
                SET value = CAST(CAST(settings.value AS BIGINT) + 1 AS TEXT) \
                RETURNING CAST(value AS BIGINT)";
    sqlx::query_scalar(text).bind(name).fetch_one(db).await
}

impl Store {
    /// The value of a counter; 0 before its first increment.
    pub(super) async fn counter(&self, name: &str) -> Result<i64, StoreError> {
        let text = "SELECT CAST(value AS BIGINT) FROM settings WHERE name = $1";
        let value: Option<i64> = sqlx::query_scalar(text)
            .bind(name)
            .fetch_optional(&self.readers)
            .await?;
        Ok(value.unwrap_or(0))
    }
}
