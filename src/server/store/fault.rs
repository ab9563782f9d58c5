//! What goes wrong in the store, and what is said of it outside.

use std::borrow::Cow;

use thiserror::Error;

use crate::model::Refusal;

/// Why an operation of the store was not carried out.
#[derive(Debug, Error)]
pub enum Failure {
    /// A rule said no; nothing was written.
    #[error("refused: {0}")]
    Refused(#[from] Refusal),
    /// The database failed; the transaction was rolled back.
    #[error("database: {0}")]
    Database(#[from] sqlx::Error),
}

impl Failure {
    /// Whether only this operation is wrong, so that others of the same transaction can go on.
    pub(super) fn is_own_fault(&self) -> bool {
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

/// Whether another node was in the way, and it may go well next time: a deadlock, a transaction that can't be
/// put in an order with others, or the same client id in two nodes' transactions. (What a job itself did
/// twice is [`Failure::is_own_fault`].)
fn is_conflict(error: &sqlx::Error) -> bool {
    let broken = error
        .as_database_error()
        .and_then(|error| error.constraint());
    broken == Some("events_client_id")
        || code(error).is_some_and(|code| ["40P01", "40001"].contains(&&*code))
}

/// Whether a COMMIT that says so has certainly not been carried out: another was in the way, or SQLite found no
/// room in its log (13, `SQLITE_FULL`), which it notices before the sync.
pub(super) fn is_undone(error: &sqlx::Error) -> bool {
    let is_full = error
        .as_database_error()
        .is_some_and(|error| error.code().as_deref() == Some("13"));
    is_full || is_conflict(error)
}

/// Whether the same transaction may go well when it is run again, on a new connection: a conflict, or the
/// connection broke. SQLite has none of this.
pub(super) fn is_passing(error: &sqlx::Error) -> bool {
    /// The server stops, has crashed or is starting; or has ended a transaction that was idle for too long.
    const GONE: [&str; 6] = ["57P01", "57P02", "57P03", "53300", "25P03", "25P04"];
    match error {
        sqlx::Error::Io(_) => true,
        error => {
            is_conflict(error)
                || code(error).is_some_and(|code| GONE.contains(&&*code) || code.starts_with("08"))
        }
    }
}

/// PostgreSQL's code of an error has five characters; SQLite's are shorter numbers.
fn code(error: &sqlx::Error) -> Option<Cow<'_, str>> {
    let code = error.as_database_error()?.code()?;
    (code.len() == 5).then_some(code)
}

/// A database failure is logged here, once, and told outside as [`Refusal::Unavailable`].
impl From<Failure> for Refusal {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Refused(refusal) => refusal,
            Failure::Database(error) => {
                tracing::error!(%error, "the database failed");
                Refusal::Unavailable
            }
        }
    }
}
