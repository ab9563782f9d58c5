//! Sessions, as their owner sees them.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::Millis;

/// What the page of password and sessions starts from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecurityPage {
    pub sessions: Vec<OwnSession>,
    /// Whether the form for the password was just posted, without a script, and has worked.
    pub is_changed: bool,
}

/// One of one's own sessions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnSession {
    /// Names it; it can't be used with this.
    pub id: Uuid,
    /// The browser and the system, in words: `Firefox on Windows`; empty when it isn't known.
    pub browser: String,
    pub created_at: Millis,
    /// When it was last used, to within an hour.
    pub seen_at: Millis,
    /// Whether it is the one that asks.
    pub is_this: bool,
}
