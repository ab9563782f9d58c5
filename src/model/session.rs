//! Sessions as their owner sees them.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::Millis;

/// Identifies a session, for live sockets and logs. It reveals nothing about the token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct SessionId(pub Uuid);

/// The initial state of the page for password and sessions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecurityPage {
    pub sessions: Vec<OwnSession>,
    /// Whether the password form was just submitted successfully, without JavaScript.
    pub is_changed: bool,
}

/// One of the user's sessions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnSession {
    /// Identifies the session, but is no credential.
    pub id: Uuid,
    /// Browser and operating system: `Firefox on Windows`; empty if unknown.
    pub browser: String,
    pub created_at: Millis,
    /// When it was last used, with a resolution of one hour.
    pub seen_at: Millis,
    /// Whether it is the current session.
    pub is_this: bool,
}
