//! Whom one blocks: they are not heard of in badges, and what they write is folded.

use super::{Change, Engine};
use crate::model::{ThreadHead, ThreadKind, UserId};

impl Engine {
    /// One blocks these from now on.
    pub(super) fn set_blocked(&mut self, users: Vec<UserId>) {
        if self.blocked != users {
            self.blocked = users;
            self.touch(Change::People);
            self.touch(Change::Threads);
            self.touch(Change::Typing);
        }
    }

    /// Whom one blocks.
    #[must_use]
    pub fn blocked(&self) -> &[UserId] {
        &self.blocked
    }

    /// How many messages of a thread are unread. Of a direct one with somebody whom one blocks: none.
    #[must_use]
    pub fn unread(&self, head: &ThreadHead) -> i64 {
        match &head.kind {
            ThreadKind::Direct { other } if self.blocked.contains(&other.id) => 0,
            _ => head.unread(),
        }
    }
}
