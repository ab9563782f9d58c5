//! Read and delivery receipts, and what users share of them.

use serde::{Deserialize, Serialize};

use super::{Seq, ThreadId, UserId};

/// How far another user has read a thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reader {
    pub user: UserId,
    /// Everything up to this position is read.
    pub seq: Seq,
}

/// How far the others of a thread have got.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipts {
    pub thread: ThreadId,
    /// Only members who share it.
    pub read: Vec<Reader>,
    /// For a direct thread: the other member has been online since everything up to this position was stored. 0 for
    /// rooms, and where it is unknown or not shared.
    #[serde(default, skip_serializing_if = "is_none")]
    pub delivered: Seq,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "as serde calls it")]
fn is_none(seq: &Seq) -> bool {
    *seq == 0
}

/// What a user shares with others. Sharing is mutual: a user who hides something doesn't see it of others either.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Privacy {
    /// How far the user has read, and when they are typing.
    pub reading: bool,
    /// Whether the user is online, and so also what was delivered to them.
    pub online: bool,
}

impl Default for Privacy {
    fn default() -> Self {
        Self {
            reading: true,
            online: true,
        }
    }
}

impl Privacy {
    /// Whether nothing is hidden.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.reading && self.online
    }
}
