//! How far others have got what is in one's threads, and what one shows of oneself. Marks only move up, so they are
//! taken in from pages, from `ready` and live in whatever order they come.

use std::collections::BTreeMap;

use super::{Change, Engine};
use crate::model::{Event, Privacy, Receipts, Seq, ThreadId, ThreadKind, UserId};

/// What is known of one thread.
#[derive(Debug, Default)]
struct Known {
    read: BTreeMap<UserId, Seq>,
    delivered: Seq,
}

/// See the module's page.
#[derive(Debug, Default)]
pub(super) struct Marks {
    pub(super) privacy: Privacy,
    threads: BTreeMap<ThreadId, Known>,
}

/// How far the other one of a direct thread has got.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reached {
    /// They have been online since everything up to here was there.
    pub delivered: Seq,
    /// They have read everything up to here; `None` where they do not show it.
    pub read: Option<Seq>,
}

impl Engine {
    pub(super) fn take_receipts(&mut self, receipts: Receipts) {
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
            self.touch(Change::Receipts);
        }
    }

    /// These people show it no more.
    pub(super) fn forget_readers(&mut self, users: &[UserId]) {
        for known in self.marks.threads.values_mut() {
            known.read.retain(|user, _| !users.contains(user));
        }
        self.touch(Change::Receipts);
    }

    /// `ready` has brought what holds now: who has hidden it meanwhile is not in it.
    pub(super) fn renew_receipts(&mut self, receipts: Vec<Receipts>, privacy: Privacy) {
        self.marks.threads.clear();
        self.marks.privacy = privacy;
        receipts.into_iter().for_each(|it| self.take_receipts(it));
        self.touch(Change::Receipts);
    }

    /// One shows something else of oneself from now on, and sees it of others accordingly.
    pub(super) fn take_privacy(&mut self, privacy: Privacy) {
        let before = std::mem::replace(&mut self.marks.privacy, privacy);
        if before == privacy {
            return;
        }
        if !privacy.reading {
            self.marks
                .threads
                .values_mut()
                .for_each(|it| it.read.clear());
            self.stop_typing();
        }
        if !privacy.online {
            self.marks
                .threads
                .values_mut()
                .for_each(|it| it.delivered = 0);
            self.people.online.clear();
        }
        self.touch(Change::Receipts);
        self.touch(Change::Presence);
        if (privacy.reading && !before.reading) || (privacy.online && !before.online) {
            // What was not told is told by `ready`.
            self.resync();
        }
    }

    /// Who has written something has read what is above, if they show that.
    pub(super) fn has_read(&mut self, event: &Event) {
        if let Some(known) = self.marks.threads.get_mut(&event.thread)
            && event.body.is_message()
            && let Some(mark) = known.read.get_mut(&event.actor)
            && *mark < event.seq
        {
            *mark = event.seq;
            self.touch(Change::Receipts);
        }
    }

    /// These go offline: what is there now they have got, what comes later they have not.
    pub(super) fn note_delivered(&mut self, offline: &[UserId]) {
        let last = |id: &UserId| {
            let head = self.threads.direct_with(*id)?;
            let is_online = self.people.online.contains(id);
            is_online.then_some((head.id, head.last_seq))
        };
        let last: Vec<_> = offline.iter().filter_map(last).collect();
        for (thread, seq) in last {
            let known = self.marks.threads.entry(thread).or_default();
            known.delivered = known.delivered.max(seq);
        }
    }

    /// What one shows of oneself.
    #[must_use]
    pub fn privacy(&self) -> Privacy {
        self.marks.privacy
    }

    /// How far the other one of a direct thread has got; `None` of a room.
    #[must_use]
    pub fn reached(&self, thread: ThreadId) -> Option<Reached> {
        let head = self.threads.get(thread)?;
        let ThreadKind::Direct { other } = &head.kind else {
            return None;
        };
        let known = self.marks.threads.get(&thread);
        let delivered = match self.is_online(other.id) {
            true => head.last_seq,
            false => known.map_or(0, |known| known.delivered),
        };
        let read = known.and_then(|known| known.read.get(&other.id).copied());
        Some(Reached { delivered, read })
    }

    /// How far the others of a thread have read it, as far as they show it.
    #[must_use]
    pub fn readers(&self, thread: ThreadId) -> Vec<(UserId, Seq)> {
        let known = self.marks.threads.get(&thread);
        let read = known.into_iter().flat_map(|known| &known.read);
        let others = read.filter(|(user, _)| **user != self.me.id);
        others.map(|(user, seq)| (*user, *seq)).collect()
    }
}
