//! Delivery and read receipts of the user's threads, and the user's own privacy settings. Marks only move up, so they
//! can be merged from pages, from `ready` and live, in any order.

use litemap::LiteMap;

use super::{Engine, ViewChange};
use crate::model::{Event, Privacy, Receipts, Seq, ThreadId, ThreadKind, UserId};

/// The receipts known for one thread.
#[derive(Debug, Default)]
struct Known {
    read: LiteMap<UserId, Seq>,
    delivered: Seq,
}

/// See the module documentation.
#[derive(Debug, Default)]
pub(super) struct ReceiptMarks {
    pub(super) privacy: Privacy,
    threads: LiteMap<ThreadId, Known>,
}

/// How far the other member of a direct thread has got.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reached {
    /// They have been online since everything up to here was stored.
    pub delivered: Seq,
    /// They have read everything up to here; `None` if they don't share it.
    pub read: Option<Seq>,
}

impl Engine {
    pub(super) fn apply_receipts(&mut self, receipts: Receipts) {
        let known = self.marks.threads.entry(receipts.thread).or_default();
        let mut is_new = receipts.delivered > known.delivered;
        known.delivered = known.delivered.max(receipts.delivered);
        for reader in receipts.read {
            let before = known.read.insert(reader.user, reader.seq);
            if let Some(before) = before.filter(|before| *before >= reader.seq) {
                known.read.insert(reader.user, before);
            } else {
                is_new = true;
            }
        }
        if is_new {
            self.touch(ViewChange::Receipts);
        }
    }

    /// These users no longer share their read marks.
    pub(super) fn forget_readers(&mut self, users: &[UserId]) {
        for (_, known) in &mut self.marks.threads {
            known.read.retain(|user, _| !users.contains(user));
        }
        self.touch(ViewChange::Receipts);
    }

    /// Replaces the receipts with those of `ready`, which omits users who meanwhile hid theirs.
    pub(super) fn replace_receipts(&mut self, receipts: Vec<Receipts>, privacy: Privacy) {
        self.marks.threads.clear();
        self.marks.privacy = privacy;
        receipts.into_iter().for_each(|it| self.apply_receipts(it));
        self.touch(ViewChange::Receipts);
    }

    /// The user's own privacy settings changed. Sharing is mutual, so what is seen of others changes with it.
    pub(super) fn apply_privacy(&mut self, privacy: Privacy) {
        let before = std::mem::replace(&mut self.marks.privacy, privacy);
        if before == privacy {
            return;
        }
        if !privacy.reading {
            for (_, known) in &mut self.marks.threads {
                known.read.clear();
            }
            self.stop_typing();
        }
        if !privacy.online {
            for (_, known) in &mut self.marks.threads {
                known.delivered = 0;
            }
            self.people.set_online(Vec::new());
        }
        self.touch(ViewChange::Receipts);
        self.touch(ViewChange::Presence);
        if (privacy.reading && !before.reading) || (privacy.online && !before.online) {
            // `ready` brings what the server withheld until now.
            self.resync();
        }
    }

    /// The sender of a message has read everything above it, if they share that.
    pub(super) fn advance_reader(&mut self, event: &Event) {
        if let Some(known) = self.marks.threads.get_mut(&event.thread)
            && event.body.is_message()
            && let Some(mark) = known.read.get_mut(&event.actor)
            && *mark < event.seq
        {
            *mark = event.seq;
            self.touch(ViewChange::Receipts);
        }
    }

    /// These users go offline: everything stored so far was delivered to them, later messages are not.
    pub(super) fn note_delivered(&mut self, offline: &[UserId]) {
        let last = |id: &UserId| {
            let head = self.threads.direct_with(*id)?;
            let is_online = self.people.is_online(*id);
            is_online.then_some((head.id, head.last_seq))
        };
        let last: Vec<_> = offline.iter().filter_map(last).collect();
        for (thread, seq) in last {
            let known = self.marks.threads.entry(thread).or_default();
            known.delivered = known.delivered.max(seq);
        }
    }

    /// What the user shares.
    #[must_use]
    pub fn privacy(&self) -> Privacy {
        self.marks.privacy
    }

    /// How far the other member of a direct thread has got; `None` for rooms and for the user's notes.
    #[must_use]
    pub fn reached(&self, thread: ThreadId) -> Option<Reached> {
        let head = self.threads.get(thread)?;
        let ThreadKind::Direct { other } = &head.kind else {
            return None;
        };
        if other.id == self.me.id {
            return None;
        }
        let known = self.marks.threads.get(&thread);
        let delivered = match self.is_online(other.id) {
            true => head.last_seq,
            false => known.map_or(0, |known| known.delivered),
        };
        let read = known.and_then(|known| known.read.get(&other.id).copied());
        Some(Reached { delivered, read })
    }

    /// How far the other members of a thread have read it, as far as they share it.
    #[must_use]
    pub fn readers(&self, thread: ThreadId) -> Vec<(UserId, Seq)> {
        let known = self.marks.threads.get(&thread);
        let read = known.into_iter().flat_map(|known| &known.read);
        let others = read.filter(|(user, _)| **user != self.me.id);
        others.map(|(user, seq)| (*user, *seq)).collect()
    }
}
