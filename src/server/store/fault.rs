//! What goes wrong in the store, and what is said of it outside.

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
