//! Failures of the store, and how they appear to clients.

use std::borrow::Cow;

use thiserror::Error;

use crate::model::Refusal;

/// Why an operation of the store failed.
#[derive(Debug, Error)]
pub enum StoreError {
    /// A rule refused it; nothing was written.
    #[error("refused: {0}")]
    Refused(#[from] Refusal),
    /// The database failed; the transaction was rolled back.
    #[error("database: {0}")]
    Database(#[from] sqlx::Error),
}

impl StoreError {
    /// Whether only this operation is at fault, so that others of the same transaction can proceed.
    pub(super) fn is_job_fault(&self) -> bool {
        match self {
            Self::Refused(_) => true,
            Self::Database(error) => error.as_database_error().is_some_and(|error| {
                error.is_unique_violation()
                    || error.is_foreign_key_violation()
                    || error.is_check_violation()
            }),
        }
    }
}

/// Whether another node interfered, and a retry may succeed: a deadlock, a serialization failure, or the same client id
/// in transactions of two nodes. (A duplicate within one job is [`StoreError::is_job_fault`].)
fn is_conflict(error: &sqlx::Error) -> bool {
    let broken = error
        .as_database_error()
        .and_then(|error| error.constraint());
    broken == Some("events_client_id")
        || code(error).is_some_and(|code| ["40P01", "40001"].contains(&&*code))
}

/// Whether a COMMIT that failed with this error certainly had no effect: a conflict, or SQLite had no room in its log
/// (13, `SQLITE_FULL`), which it detects before the sync.
pub(super) fn is_rolled_back(error: &sqlx::Error) -> bool {
    let is_full = error
        .as_database_error()
        .is_some_and(|error| error.code().as_deref() == Some("13"));
    is_full || is_conflict(error)
}

/// Whether the same transaction may succeed when retried on a new connection: a conflict, or a broken connection. Never
/// the case with SQLite.
pub(super) fn is_transient(error: &sqlx::Error) -> bool {
    /// The server is stopping, has crashed or is starting; or it ended a transaction that was idle for too long.
    const GONE: [&str; 6] = ["57P01", "57P02", "57P03", "53300", "25P03", "25P04"];
    match error {
        sqlx::Error::Io(_) => true,
        error => {
            is_conflict(error)
                || code(error).is_some_and(|code| GONE.contains(&&*code) || code.starts_with("08"))
        }
    }
}

/// A PostgreSQL error code has five characters; SQLite's are shorter numbers.
fn code(error: &sqlx::Error) -> Option<Cow<'_, str>> {
    let code = error.as_database_error()?.code()?;
    (code.len() == 5).then_some(code)
}

/// Logs a database failure, once, and turns it into [`Refusal::Unavailable`].
impl From<StoreError> for Refusal {
    fn from(failure: StoreError) -> Self {
        match failure {
            StoreError::Refused(refusal) => refusal,
            StoreError::Database(error) => {
                tracing::error!(%error, "the database failed");
                Refusal::Unavailable
            }
        }
    }
}
