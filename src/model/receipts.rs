//! How far others have got what is in a thread, and what one shows of oneself.

use serde::{Deserialize, Serialize};

use super::{Seq, ThreadId, UserId};

/// How far somebody else has read a thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reader {
    pub user: UserId,
    /// Everything up to this position is read.
    pub seq: Seq,
}

/// How far the others of a thread have got what is in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipts {
    pub thread: ThreadId,
    /// Those who show it.
    pub read: Vec<Reader>,
    /// Of a direct thread: the other one has been online since everything up to this position was there; 0 where
    /// that is not known, not shown, or a room.
    #[serde(default, skip_serializing_if = "is_none")]
    pub delivered: Seq,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "as serde calls it")]
fn is_none(seq: &Seq) -> bool {
    *seq == 0
}

/// What somebody shows to others. Who does not show it does not see it of others either.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Privacy {
    /// How far one has read, and that one is typing.
    pub reading: bool,
    /// That one is online, and so also that one has got a message.
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
