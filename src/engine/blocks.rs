//! What blocking changes for the blocker. In rooms, messages by a blocked user are collapsed wherever they are shown and
//! count nowhere: not as unread, not as a mention, not as typing. In the direct thread with a blocked user, messages stay
//! as they are, but there is no badge. The server applies the same rule to thread heads and search results; see
//! "Blocking" in `docs/SECURITY.md`.

use super::{Engine, ViewChange};
use crate::model::{ThreadHead, ThreadId, ThreadKind, UserId};

impl Engine {
    /// Replaces the list of blocked users.
    pub(super) fn set_blocked(&mut self, users: Vec<UserId>) {
        if self.blocked != users {
            self.blocked = users;
            self.touch(ViewChange::People);
            self.touch(ViewChange::Threads);
            self.touch(ViewChange::Typing);
        }
    }

    /// The users whom this user blocks.
    #[must_use]
    pub fn blocked(&self) -> &[UserId] {
        &self.blocked
    }

    /// Whether messages by this user are shown collapsed in this thread.
    #[must_use]
    pub fn is_folded(&self, thread: ThreadId, author: UserId) -> bool {
        let is_room = |head: &ThreadHead| head.room().is_some();
        self.blocked.contains(&author) && self.thread(thread).is_some_and(is_room)
    }

    /// The number of unread messages of a thread; 0 for a direct thread with a blocked user.
    #[must_use]
    pub fn unread(&self, head: &ThreadHead) -> i64 {
        match &head.kind {
            ThreadKind::Direct { other } if self.blocked.contains(&other.id) => 0,
            _ => head.unread(),
        }
    }

    /// The unread messages of a thread that call for attention: in a muted one only those that mention the user.
    #[must_use]
    pub fn calling(&self, head: &ThreadHead) -> i64 {
        match self.is_muted(head) {
            true => head.mentions.len() as i64,
            false => self.unread(head),
        }
    }

    /// Whether the user has muted a thread, for now.
    #[must_use]
    pub fn is_muted(&self, head: &ThreadHead) -> bool {
        head.notify.is_muted(self.now)
    }
}
