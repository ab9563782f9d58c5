//! Opening threads, fetching their history, and applying events and pages.

use super::timeline::LoadedRange;
use super::{Effect, Engine, ViewChange};
use crate::model::{Event, Page, Position, Refusal, Seq, ThreadId, limits};
use crate::protocol::Resume;

/// Threads whose loaded part is cached, so that returning to them shows them at once.
const CACHED: usize = 20;

impl Engine {
    /// Makes the page of the boot data the first window.
    pub(super) fn seed(&mut self, page: Page) {
        let thread = page.thread;
        let (unread, mark) = self.unread_of(thread);
        let mut window = LoadedRange::default();
        self.apply_to_heads(&page.events);
        let own = self.own(&page.events);
        window.note_end(self.threads.get(thread).map_or(0, |head| head.last_seq));
        self.people.merge(page.people.iter().cloned());
        if let Some(receipts) = page.receipts.clone() {
            self.apply_receipts(receipts);
        }
        window.replace(Position::Around(mark), page);
        window.settle();
        window.mark_unread((unread > 0).then_some(mark), self.me.id);
        self.windows.insert(thread, window);
        self.settle_own(&own);
        self.open = Some(thread);
    }

    fn unread_of(&self, thread: ThreadId) -> (i64, Seq) {
        self.threads
            .get(thread)
            .map_or((0, 0), |head| (head.unread(), head.read.seq))
    }

    /// The user opened a thread (`None`: left it without opening another).
    pub(super) fn open(&mut self, thread: Option<ThreadId>) {
        if self.open != thread {
            // A thread that isn't normally listed is listed while it is open.
            self.touch(ViewChange::Threads);
        }
        self.open = thread;
        self.reading.release();
        let Some(thread) = thread else { return };
        let (unread, mark) = self.unread_of(thread);
        let position = if unread > 0 {
            Position::Around(mark)
        } else {
            Position::Latest
        };
        let end = self.threads.get(thread).map_or(0, |head| head.last_seq);
        let window = self.windows.entry(thread).or_default();
        if window.is_awaiting(position) {
            window.pause.retry_soon();
        } else if !window.suits(unread, mark) {
            *window = LoadedRange::wanting(position, end);
        }
        window.mark_unread((unread > 0).then_some(mark), self.me.id);
        self.opened += 1;
        window.opened = self.opened;
        self.touch(ViewChange::Timeline(thread));
        self.evict_oldest();
    }

    fn evict_oldest(&mut self) {
        while self.windows.len() > CACHED {
            let oldest = self.windows.iter().min_by_key(|(_, window)| window.opened);
            let Some(thread) = oldest.map(|(&thread, _)| thread) else {
                return;
            };
            self.windows.remove(&thread);
        }
    }

    /// The user wants more of a thread.
    pub(super) fn want(&mut self, thread: ThreadId, want: impl FnOnce(&mut LoadedRange)) {
        if let Some(window) = self.windows.get_mut(&thread) {
            want(window);
        }
    }

    /// The user wants to see the message at `seq`.
    pub(super) fn show(&mut self, thread: ThreadId, seq: Seq) {
        self.want(thread, |window| window.want_around(seq));
        self.touch(ViewChange::Timeline(thread));
    }

    /// The threads to resume in `hello`: those loaded up to their end, latest opened first.
    pub(super) fn resumable(&mut self) -> Vec<Resume> {
        let mut held: Vec<_> = self.windows.iter_mut().collect();
        held.sort_unstable_by_key(|(_, window)| std::cmp::Reverse(window.opened));
        let mut resume = Vec::new();
        for (&thread, window) in held {
            window.is_resumed = window.at_end && resume.len() < limits::RESUME_MAX;
            if window.is_resumed {
                let seq = window.last();
                resume.push(Resume { thread, seq });
            }
        }
        resume
    }

    /// `ready` says nothing about windows that were not resumed: reread the open one, and drop the others, which are
    /// loaded again when opened.
    pub(super) fn invalidate_windows(&mut self) {
        let open = self.open;
        self.windows
            .retain(|&thread, window| window.is_resumed || open == Some(thread));
        for (&thread, window) in self.windows.iter_mut().filter(|(_, it)| !it.is_resumed) {
            window.invalidate(self.threads.get(thread).map_or(0, |head| head.last_seq));
        }
    }

    /// Applies an event, received live or as missed.
    pub(super) fn apply_event(&mut self, event: Event) {
        let thread = event.thread;
        self.clear_typing_of(&event);
        self.advance_reader(&event);
        self.event_of_members(&event);
        self.arrived(&event);
        self.apply_to_heads(std::slice::from_ref(&event));
        let own = self.own(std::slice::from_ref(&event));
        if let Some(window) = self.windows.get_mut(&thread)
            && window.take(event)
        {
            self.touch(ViewChange::Timeline(thread));
        }
        self.settle_own(&own);
    }

    /// Handles the answer to a page request.
    pub(super) fn page(
        &mut self,
        thread: ThreadId,
        position: Position,
        result: Result<Page, Refusal>,
    ) {
        let is_requested = self
            .windows
            .get_mut(&thread)
            .is_some_and(|window| window.answers(position));
        match result {
            Ok(page) if page.thread == thread => {
                if self.people.merge(page.people.iter().cloned()) {
                    self.touch(ViewChange::People);
                }
                if let Some(receipts) = page.receipts.clone() {
                    self.apply_receipts(receipts);
                }
                self.apply_to_heads(&page.events);
                let own = self.own(&page.events);
                let (me, now) = (self.me.id, self.now);
                // Even a page that an earlier window requested shows how far the thread goes.
                let window = self.windows.get_mut(&thread);
                window
                    .into_iter()
                    .for_each(|window| window.note_end(page.last_seq));
                if let Some(window) = self.windows.get_mut(&thread).filter(|_| is_requested) {
                    window.apply_page(position, page, me, now);
                    self.touch(ViewChange::Timeline(thread));
                }
                self.settle_own(&own);
            }
            Ok(_) => self.page_failed(thread, is_requested, Refusal::Internal),
            Err(Refusal::NotLoggedIn) => self.session_ended(),
            Err(why) => self.page_failed(thread, is_requested, why),
        }
    }

    fn page_failed(&mut self, thread: ThreadId, is_requested: bool, why: Refusal) {
        let now = self.now;
        if let Some(window) = self.windows.get_mut(&thread).filter(|_| is_requested) {
            window.fail(why, now);
            self.touch(ViewChange::Timeline(thread));
        }
    }

    /// Checks what the windows lack, and fetches what is due.
    pub(super) fn pump_windows(&mut self) {
        let (now, open) = (self.now, self.open);
        let mut changed = Vec::new();
        self.windows.retain(|&thread, window| {
            // A gap in a thread that isn't open is not worth a fetch: the window is dropped, and loaded again when
            // opened.
            let worthwhile = open == Some(thread)
                || window.is_loading()
                || !(window.is_behind() || window.failed.is_some());
            if !worthwhile || window.settle() {
                changed.push(thread);
            }
            worthwhile
        });
        for (&thread, window) in &mut self.windows {
            for position in window.due(now) {
                self.effects.push(Effect::FetchPage { thread, position });
                changed.push(thread);
            }
        }
        for thread in changed {
            self.touch(ViewChange::Timeline(thread));
        }
    }
}
