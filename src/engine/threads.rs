//! The thread list: heads, kept current by everything that arrives, and fetched a page at a time.

use litemap::LiteMap;

use super::clock::Backoff;
use super::{Effect, Engine, ViewChange};
use crate::model::{
    Departure, Event, EventBody, Millis, Refusal, Seq, ThreadHead, ThreadId, ThreadKind,
    ThreadsPage, UserId, limits,
};

/// How often mutes that have ended are looked for, in milliseconds.
const MUTES_EVERY: Millis = 10_000;

/// The thread list.
#[derive(Debug, Default)]
pub(super) struct Threads {
    heads: LiteMap<ThreadId, ThreadHead>,
    /// The last thread of the list as far as it is fetched.
    cursor: Option<ThreadId>,
    pub(super) more: bool,
    /// Heads that the last `ready` didn't include; the list is fetched again until all of them are renewed.
    stale: Vec<ThreadId>,
    wanted: bool,
    fetching: bool,
    /// Whether the request in flight was made before the last `ready`.
    is_outdated: bool,
    pub(super) pause: Backoff,
    /// When it was last checked whether mutes have ended.
    mutes_checked: Millis,
}

impl Threads {
    /// The time of the last activity in any of them.
    pub(super) fn latest_activity(&self) -> Option<Millis> {
        self.heads.values().map(ThreadHead::active_at).max()
    }

    /// Starts the list with this page, whose heads are already merged.
    pub(super) fn start(&mut self, page: &ThreadsPage) {
        // After the page come favourites and the open thread, which may be older.
        let last = page.threads.get(limits::THREADS_PAGE - 1);
        self.cursor = last.or(page.threads.last()).map(|head| head.id);
        self.more = page.more;
    }

    pub(super) fn get(&self, id: ThreadId) -> Option<&ThreadHead> {
        self.heads.get(&id)
    }

    pub(super) fn get_mut(&mut self, id: ThreadId) -> Option<&mut ThreadHead> {
        self.heads.get_mut(&id)
    }

    /// The direct thread with a user, if it is known.
    pub(super) fn direct_with(&self, user: UserId) -> Option<&ThreadHead> {
        let is_it = |head: &&ThreadHead| matches!(&head.kind, ThreadKind::Direct { other } if other.id == user);
        self.heads.values().find(is_it)
    }

    /// Whether something was missed that only a fresh head can restore.
    pub(super) fn missed_some_before(&self, event: &Event) -> bool {
        let head = self.get(event.thread);
        head.is_none_or(|head| event.seq > head.last_seq + 1)
    }

    /// The list as shown.
    pub(super) fn listed(&self, viewer: UserId, open: Option<ThreadId>) -> Vec<&ThreadHead> {
        let mut listed: Vec<_> = self
            .heads
            .values()
            .filter(|head| head.is_listed_for(viewer) || open == Some(head.id))
            .collect();
        listed.sort_unstable_by_key(|head| {
            std::cmp::Reverse((head.favourite, head.active_at(), head.id))
        });
        listed
    }

    /// Merges a head. Neither a later state that is already known nor the read mark goes back.
    fn merge(&mut self, mut head: ThreadHead) {
        self.stale.retain(|id| *id != head.id);
        if let Some(old) = self.heads.get_mut(&head.id) {
            let read = head.read.merge(old.read);
            if head.last_seq < old.last_seq {
                let marked_unread = (head.read.turn > old.read.turn).then_some(head);
                head = old.clone();
                if let Some(from) = marked_unread {
                    head.unread_again(from);
                }
            }
            head.mark_read(read);
        }
        self.heads.insert(head.id, head);
    }

    /// After `ready`: the list continues after its last head, and heads that it didn't include are renewed.
    fn continue_list(&mut self, cursor: Option<ThreadId>, more: bool) {
        self.more = more;
        self.cursor = cursor.or(self.cursor);
        self.is_outdated = self.fetching;
    }

    /// The list is complete: the rooms that it didn't include are gone. (Unlisted direct threads are never part of it.)
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
    /// A head arrived from the server.
    pub(super) fn merge_head(&mut self, head: ThreadHead) {
        self.departures.remove(&head.id);
        if self.people.merge(people_of(&head)) {
            self.touch(ViewChange::People);
        }
        let (id, last_seq) = (head.id, head.last_seq);
        let mark = head.read;
        self.reading.confirmed(id, mark);
        let is_later = |old: &ThreadHead| mark.turn > old.read.turn;
        let is_unread_again = self.threads.get(id).is_some_and(is_later);
        self.threads.merge(head);
        if is_unread_again && self.open == Some(id) {
            self.reading.hold(id, mark);
            if let Some(window) = self.windows.get_mut(&id) {
                window.mark_unread(Some(mark.seq), self.me.id);
            }
            self.touch(ViewChange::Timeline(id));
        }
        if let Some(window) = self.windows.get_mut(&id) {
            window.note_end(last_seq);
        }
        self.touch(ViewChange::Threads);
    }

    /// Events arrived; those that are next for their head are applied to it.
    pub(super) fn apply_to_heads(&mut self, events: &[Event]) {
        let me = self.me.id;
        for event in events {
            let Some(head) = self.threads.get_mut(event.thread) else {
                return;
            };
            // A head (its pins, the room's attributes) is the result of every event of its thread. If one is missing,
            // those after it wait until it arrives (live, in order) or until `ready` brings the whole head.
            if event.seq == head.last_seq + 1 {
                if let EventBody::SlowModeSet { .. } | EventBody::RoleSet { .. } = event.body {
                    self.outbox.lift_slow_mode(event.thread);
                }
                match self.blocked.contains(&event.actor) {
                    true => head.apply_hushed(event, me),
                    false => head.apply(event, me),
                }
                self.touch(ViewChange::Threads);
            }
        }
    }

    /// The heads of `ready`.
    pub(super) fn ready_threads(&mut self, heads: Vec<ThreadHead>, more: bool) {
        // The page of the list comes first, then the resumed threads.
        let last = heads.get(limits::THREADS_PAGE - 1).or(heads.last());
        let cursor = last.map(|head| head.id);
        self.threads.stale = self.threads.heads.keys().copied().collect();
        for head in heads {
            self.merge_head(head);
        }
        self.threads.continue_list(cursor, more);
        self.end_of_list();
        self.touch(ViewChange::Threads);
    }

    pub(super) fn want_threads(&mut self) {
        self.threads.wanted = self.threads.more;
        self.threads.pause.retry_soon();
    }

    /// Handles the answer to a request for a page of threads.
    pub(super) fn threads_page(&mut self, result: Result<ThreadsPage, Refusal>) {
        self.threads.fetching = false;
        let is_outdated = std::mem::take(&mut self.threads.is_outdated);
        let page = match result {
            Ok(page) => page,
            Err(Refusal::NotLoggedIn) => return self.session_ended(),
            Err(why) => return self.threads.pause.begin(&why, self.now),
        };
        self.threads.pause.reset();
        let last = page.threads.last().map(|head| head.id);
        for head in page.threads {
            self.merge_head(head);
        }
        if !is_outdated {
            self.threads.wanted = false;
            self.threads.more = page.more && last.is_some();
            self.threads.cursor = last.or(self.threads.cursor);
            self.end_of_list();
        }
        self.touch(ViewChange::Threads);
    }

    fn end_of_list(&mut self) {
        if !self.threads.more {
            for thread in self.threads.forgotten() {
                // The reason is unknown: it happened while there was no connection.
                self.gone(thread, Departure::Removed);
            }
        }
    }

    /// The user lost access to a thread: drop everything about it.
    pub(super) fn gone(&mut self, thread: ThreadId, why: Departure) {
        let Some(head) = self.threads.heads.remove(&thread) else {
            return;
        };
        self.departures
            .insert(thread, (head.title().to_owned(), why));
        self.threads.stale.retain(|stale| *stale != thread);
        self.windows.remove(&thread);
        self.outbox.fail_all_of(thread);
        self.reading.forget(thread);
        self.touch(ViewChange::Threads);
        self.touch(ViewChange::Timeline(thread));
    }

    /// Notices mutes that have ended. They are looked for every [`MUTES_EVERY`].
    pub(super) fn end_mutes(&mut self) {
        if self.now < self.threads.mutes_checked + MUTES_EVERY {
            return;
        }
        let since = std::mem::replace(&mut self.threads.mutes_checked, self.now);
        let passed = since + 1..=self.now;
        let has_ended = |head: &ThreadHead| passed.contains(&head.notify.muted_until);
        if self.threads.heads.values().any(has_ended) {
            self.touch(ViewChange::Threads);
        }
    }

    pub(super) fn apply_saved(&mut self, thread: ThreadId, saved: Vec<Seq>) {
        if let Some(head) = self.threads.get_mut(thread) {
            head.saved = saved;
            self.touch(ViewChange::Threads);
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
