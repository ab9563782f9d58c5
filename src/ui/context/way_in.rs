//! How the user came to a room that they are not in.

use crate::model::ThreadId;

/// How the user came to a room that they are not in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WayIn {
    /// By the room's own address.
    Room(ThreadId),
    /// By an invite link with this token.
    Invite(String),
}
