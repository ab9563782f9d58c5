//! The rules, as pure functions of what somebody is to a thread.

use crate::model::Refusal;
use crate::server::store::Standing;

/// Whether somebody may read a thread and hear of it.
///
/// # Errors
/// [`Refusal::NotFound`] for those who may not: a stranger can't tell whether the thread exists.
pub fn may_read(standing: &Standing) -> Result<(), Refusal> {
    if standing.is_member {
        Ok(())
    } else {
        Err(Refusal::NotFound)
    }
}

/// Whether somebody may post to a thread.
///
/// # Errors
/// As [`may_read`].
pub fn may_post(standing: &Standing) -> Result<(), Refusal> {
    may_read(standing)
}
