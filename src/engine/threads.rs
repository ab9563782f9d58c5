//! The thread list: heads, kept up to date by whatever comes, and fetched a page at a time.

use std::collections::{BTreeMap, BTreeSet};

use super::time::Pause;
use super::{Change, Effect, Engine};
use crate::model::{
    Departure, Event, EventBody, Refusal, Seq, ThreadHead, ThreadId, ThreadKind, ThreadsPage,
    UserId, limits,
};

/// The thread list.
#[derive(Debug, Default)]
pub(super) struct Threads {
    heads: BTreeMap<ThreadId, ThreadHead>,
    /// The last of the list as far as it is fetched.
    cursor: Option<ThreadId>,
    pub(super) more: bool,
    /// Heads that the last `ready` did not bring; the list is fetched anew until they are all renewed.
    stale: BTreeSet<ThreadId>,
    wanted: bool,
    fetching: bool,
    /// Whether what is being fetched was asked for before the last `ready`.
    outrun: bool,
    pub(super) pause: Pause,
}

impl Threads {
    /// The list begins with this page, whose heads have been taken in.
    pub(super) fn begin(&mut self, page: &ThreadsPage) {
        self.cursor = page.threads.last().map(|head| head.id);
        self.more = page.more;
    }

    pub(super) fn get(&self, id: ThreadId) -> Option<&ThreadHead> {
        self.heads.get(&id)
    }

    pub(super) fn get_mut(&mut self, id: ThreadId) -> Option<&mut ThreadHead> {
        self.heads.get_mut(&id)
    }

    /// The direct thread with somebody, if it is known.
    pub(super) fn direct_with(&self, user: UserId) -> Option<&ThreadHead> {
        let is_it = |head: &&ThreadHead| matches!(&head.kind, ThreadKind::Direct { other } if other.id == user);
        self.heads.values().find(is_it)
    }

    /// Whether something was missed that only a fresh head can make good.
    pub(super) fn missed_some_before(&self, event: &Event) -> bool {
        let head = self.get(event.thread);
        head.is_none_or(|head| event.seq > head.last_seq + 1)
    }

    /// The list as it is shown.
    pub(super) fn listed(&self, viewer: UserId, open: Option<ThreadId>) -> Vec<&ThreadHead> {
        let mut listed: Vec<_> = self
            .heads
            .values()
            .filter(|head| head.is_listed_for(viewer) || open == Some(head.id))
            .collect();
        listed.sort_by_key(|head| std::cmp::Reverse((head.active_at(), head.id)));
        listed
    }

    /// Takes in a head. What is known to be later than it, and the read mark, never go back.
    fn merge(&mut self, mut head: ThreadHead) {
        self.stale.remove(&head.id);
        if let Some(old) = self.heads.get_mut(&head.id) {
            let read = head.read.merge(old.read);
            if head.last_seq < old.last_seq {
                head = old.clone();
            }
            head.mark_read(read);
        }
        self.heads.insert(head.id, head);
    }

    /// After `ready`: the list goes on after its last, and what it did not bring is renewed.
    fn begin_anew(&mut self, cursor: Option<ThreadId>, more: bool) {
        self.more = more;
        self.cursor = cursor.or(self.cursor);
        self.outrun = self.fetching;
    }

    /// The list has come to its end: what it did not bring is not there any more. (A direct thread that
    /// is not listed is none of the list's.)
    fn forgotten(&mut self) -> Vec<ThreadId> {
        let stale = std::mem::take(&mut self.stale);
        let is_room = |id: &ThreadId| self.heads.get(id).is_some_and(|it| it.room().is_some());
        stale.into_iter().filter(is_room).collect()
    }

    fn wants_more(&self) -> bool {
        self.more && !self.fetching && (self.wanted || !self.stale.is_empty())
    }
}

/// The people that a head names.
fn people_of(head: &ThreadHead) -> impl Iterator<Item = crate::model::Person> + use<> {
    match &head.kind {
        ThreadKind::Direct { other } => Some(other.clone()),
        ThreadKind::Room(_) => None,
    }
    .into_iter()
}

impl Engine {
    /// A head came from the server.
    pub(super) fn take_head(&mut self, head: ThreadHead) {
        self.departures.remove(&head.id);
        if self.people.merge(people_of(&head)) {
            self.touch(Change::People);
        }
        let (id, last_seq) = (head.id, head.last_seq);
        self.reading.confirmed(id, head.read.seq);
        self.threads.merge(head);
        if let Some(window) = self.windows.get_mut(&id) {
            window.note_end(last_seq);
        }
        self.touch(Change::Threads);
    }

    /// Events came; those that are news to the list are taken into it.
    pub(super) fn take_into_heads(&mut self, events: &[Event]) {
        let me = self.me.id;
        for event in events {
            let Some(head) = self.threads.get_mut(event.thread) else {
                return;
            };
            // What a head says, of its pins or of what a room is, follows from every event of its thread: where one
            // is missing, those after it wait until it comes (live, in order) or until `ready` brings the whole.
            if event.seq == head.last_seq + 1 {
                if let EventBody::SlowModeSet { .. } | EventBody::RoleSet { .. } = event.body {
                    self.outbox.hurry(event.thread);
                }
                let called = head.mentions.clone();
                head.apply(event, me);
                if self.blocked.contains(&event.actor) {
                    // They call one no more.
                    head.mentions.retain(|seq| called.contains(seq));
                }
                self.touch(Change::Threads);
            }
        }
    }

    /// The heads that `ready` brought.
    pub(super) fn ready_threads(&mut self, heads: Vec<ThreadHead>, more: bool) {
        // First the page of the list, then those that were resumed.
        let last = heads.get(limits::THREADS_PAGE - 1).or(heads.last());
        let cursor = last.map(|head| head.id);
        self.threads.stale = self.threads.heads.keys().copied().collect();
        for head in heads {
            self.take_head(head);
        }
        self.threads.begin_anew(cursor, more);
        self.end_of_list();
        self.touch(Change::Threads);
    }

    pub(super) fn want_threads(&mut self) {
        self.threads.wanted = self.threads.more;
        self.threads.pause.wish();
    }

    /// A piece of the list came, or did not.
    pub(super) fn threads_page(&mut self, result: Result<ThreadsPage, Refusal>) {
        self.threads.fetching = false;
        let outrun = std::mem::take(&mut self.threads.outrun);
        let page = match result {
            Ok(page) => page,
            Err(Refusal::NotLoggedIn) => return self.session_ended(),
            Err(why) => return self.threads.pause.begin(&why, self.now),
        };
        self.threads.pause.reset();
        let last = page.threads.last().map(|head| head.id);
        for head in page.threads {
            self.take_head(head);
        }
        if !outrun {
            self.threads.wanted = false;
            self.threads.more = page.more && last.is_some();
            self.threads.cursor = last.or(self.threads.cursor);
            self.end_of_list();
        }
        self.touch(Change::Threads);
    }

    fn end_of_list(&mut self) {
        if !self.threads.more {
            for thread in self.threads.forgotten() {
                // Why is not known: it happened while there was no connection.
                self.gone(thread, Departure::Removed);
            }
        }
    }

    /// A thread is not for one any more: nothing of it is kept.
    pub(super) fn gone(&mut self, thread: ThreadId, why: Departure) {
        let Some(head) = self.threads.heads.remove(&thread) else {
            return;
        };
        self.departures
            .insert(thread, (head.title().to_owned(), why));
        self.threads.stale.remove(&thread);
        self.windows.remove(&thread);
        self.outbox.fail_all_of(thread);
        self.reading.forget(thread);
        self.touch(Change::Threads);
        self.touch(Change::Timeline(thread));
    }

    pub(super) fn take_muted(&mut self, thread: ThreadId, muted: bool) {
        if let Some(head) = self.threads.get_mut(thread)
            && let ThreadKind::Room(room) = &mut head.kind
        {
            room.muted = muted;
            self.touch(Change::Threads);
        }
    }

    pub(super) fn take_saved(&mut self, thread: ThreadId, saved: Vec<Seq>) {
        if let Some(head) = self.threads.get_mut(thread) {
            head.saved = saved;
            self.touch(Change::Threads);
        }
    }

    pub(super) fn pump_threads(&mut self) {
        if self.threads.wants_more()
            && self.threads.pause.is_over(self.now)
            && let Some(after) = self.threads.cursor
        {
            self.threads.fetching = true;
            self.effects.push(Effect::FetchThreads { after });
        }
    }
}
