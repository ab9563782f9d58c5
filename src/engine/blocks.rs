//! Blocked users: badges ignore them, and their messages are collapsed.

use super::{Change, Engine};
use crate::model::{ThreadHead, ThreadKind, UserId};

impl Engine {
    /// Replaces the list of blocked users.
    pub(super) fn set_blocked(&mut self, users: Vec<UserId>) {
        if self.blocked != users {
            self.blocked = users;
            self.touch(Change::People);
            self.touch(Change::Threads);
            self.touch(Change::Typing);
        }
    }

    /// The users whom this user blocks.
    #[must_use]
    pub fn blocked(&self) -> &[UserId] {
        &self.blocked
    }

    /// The number of unread messages of a thread; 0 for a direct thread with a blocked user.
    #[must_use]
    pub fn unread(&self, head: &ThreadHead) -> i64 {
        match &head.kind {
            ThreadKind::Direct { other } if self.blocked.contains(&other.id) => 0,
            _ => head.unread(),
        }
    }
}
