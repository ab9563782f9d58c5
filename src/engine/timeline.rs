//! The loaded part of one thread's log: always contiguous, in whatever order events and pages arrive.
//!
//! A [`LoadedRange`] knows what it holds, what exists beyond it, and what it still needs. It performs no I/O: `history`
//! carries out its requests.

mod requests;

use litemap::LiteMap;

use self::requests::{InFlight, Wanted};
use super::amendments::Amendments;
use super::clock::Backoff;
use crate::model::{ClientId, Event, Millis, Page, Position, Refusal, Seq, UserId, limits};

/// Maximum number of events set aside beyond a gap; dropped ones are fetched together with the gap.
const ASIDE_MAX: usize = limits::WINDOW;

/// The loaded part of one thread.
#[derive(Debug, Default)]
pub(super) struct LoadedRange {
    pub(super) events: Vec<Event>,
    /// The position before the first of `events`.
    base: Seq,
    pub(super) more_before: bool,
    /// Whether any page has arrived.
    loaded: bool,
    /// Whether the window should hold the end of the thread, so that gaps there are fetched.
    follow: bool,
    /// Set once it follows the thread and has caught up with its end.
    pub(super) at_end: bool,
    /// The highest position known to exist.
    known_end: Seq,
    /// Every event after this position was received live. A page that ends before it may lack amendments that were
    /// missed.
    live_from: Seq,
    /// Whether the page in flight was requested before this connection: how far others had read then is outdated.
    is_outdated: bool,
    /// Live events from beyond a gap.
    aside: LiteMap<Seq, Event>,
    /// Whether the `hello` of this connection resumed it.
    pub(super) is_resumed: bool,
    amendments: Amendments,
    wanted: Wanted,
    in_flight: InFlight,
    pub(super) pause: Backoff,
    pub(super) failed: Option<Refusal>,
    /// The read mark when the thread was opened, until the first unread message is known.
    unread_after: Option<Seq>,
    pub(super) first_unread: Option<Seq>,
    /// The value of the engine's opening counter when it was opened last.
    pub(super) opened: u64,
}

impl LoadedRange {
    /// A window that waits for its first page.
    pub(super) fn wanting(position: Position, known_end: Seq) -> Self {
        let wanted = Wanted {
            anew: Some(position),
            ..Wanted::default()
        };
        Self {
            wanted,
            known_end,
            live_from: known_end,
            ..Self::default()
        }
    }

    /// The position up to which it holds everything.
    pub(super) fn last(&self) -> Seq {
        self.events.last().map_or(self.base, |event| event.seq)
    }

    pub(super) fn is_loading(&self) -> bool {
        let InFlight {
            anew, older, newer, ..
        } = &self.in_flight;
        anew.is_some() || older.is_some() || newer.is_some()
    }

    /// Whether it holds the end of the thread or is catching up with it.
    pub(super) fn is_following(&self) -> bool {
        self.loaded && self.follow
    }

    /// Whether events at the end are missing and must be fetched.
    pub(super) fn is_behind(&self) -> bool {
        self.is_following() && self.last() < self.known_end
    }

    /// Whether it will hold `seq` but does not yet.
    pub(super) fn awaits(&self, seq: Seq) -> bool {
        self.is_following() && self.last() < seq
    }

    pub(super) fn event(&self, seq: Seq) -> Option<&Event> {
        self.events
            .binary_search_by_key(&seq, |event| event.seq)
            .ok()
            .map(|at| &self.events[at])
    }

    pub(super) fn has_own(&self, client_id: ClientId, me: UserId) -> bool {
        self.events
            .iter()
            .any(|event| event.client_id == Some(client_id) && event.actor == me)
    }

    /// There is an event at `seq`.
    pub(super) fn note_end(&mut self, seq: Seq) {
        self.known_end = self.known_end.max(seq);
    }

    /// Whether it can be shown at once when the thread is opened with `unread` messages beyond `mark`.
    pub(super) fn suits(&self, unread: i64, mark: Seq) -> bool {
        self.loaded
            && self.wanted.anew.is_none()
            && if unread > 0 {
                (self.base..self.last()).contains(&mark)
            } else {
                self.at_end
            }
    }

    /// Whether the first page at this position is already requested.
    pub(super) fn is_awaiting(&self, position: Position) -> bool {
        !self.loaded && self.wanted.anew == Some(position)
    }

    /// The thread was opened with unread messages beyond `mark`; `None`: it has none.
    pub(super) fn mark_unread(&mut self, mark: Option<Seq>, me: UserId) {
        self.first_unread = None;
        self.unread_after = mark;
        self.find_first_unread(me);
    }

    fn find_first_unread(&mut self, me: UserId) {
        if !self.loaded {
            return;
        }
        if let Some(mark) = self.unread_after.take().filter(|&mark| mark >= self.base) {
            self.first_unread = self
                .events
                .iter()
                .find(|event| event.seq > mark && event.body.text().is_some() && event.actor != me)
                .map(|event| event.seq);
        }
    }

    /// Applies a live event. Returns whether `events` changed.
    pub(super) fn take(&mut self, event: Event) -> bool {
        self.note_end(event.seq);
        let amended = self.amendments.record(&event) && self.amend();
        let (seq, last) = (event.seq, self.last());
        if self.is_following() && seq == last + 1 {
            self.events.push(event);
            self.append_from_aside();
            return true;
        }
        let wanted_later = self.follow || self.wanted.anew.is_some();
        if wanted_later && (seq > last || !self.loaded) {
            self.aside.insert(seq, event);
            if self.aside.len() > ASIDE_MAX
                && let Some((&last, _)) = self.aside.last()
            {
                self.aside.remove(&last);
            }
        }
        amended
    }

    /// Applies all amendments to the held events. Returns whether that changed any.
    fn amend(&mut self) -> bool {
        let aside = self.aside.iter_mut().map(|(_, event)| event);
        let held = self.events.iter_mut().chain(aside);
        let changed: Vec<bool> = held.map(|event| self.amendments.apply(event)).collect();
        changed.contains(&true)
    }

    /// There was no connection, or none yet: amendments up to `end` of the events held here, or in flight, may have
    /// been missed.
    pub(super) fn invalidate(&mut self, end: Seq) {
        self.live_from = end;
        self.is_outdated = self.in_flight.anew.is_some();
        self.aside.clear();
        if self.loaded {
            self.wanted.again = Some(self.base);
        }
    }

    /// Replaces held events by their current versions.
    fn overlay(&mut self, from: Seq, page: Page) {
        let read_to = page.events.last().map_or(Seq::MAX, |event| event.seq);
        for event in page.events {
            let found = self.events.binary_search_by_key(&event.seq, |it| it.seq);
            if let Ok(at) = found {
                self.events[at] = event;
            }
        }
        if self.wanted.again == Some(from) {
            self.wanted.again = (read_to < self.last()).then_some(read_to);
        }
    }

    /// Appends the events set aside, up to the next gap.
    fn append_from_aside(&mut self) {
        while let Some((&seq, _)) = self.aside.first() {
            let last = self.events.last().map_or(self.base, |event| event.seq);
            if seq > last + 1 {
                break;
            }
            let event = self.aside.remove(&seq);
            self.events.extend(event.filter(|_| seq > last));
        }
        if !self.follow {
            self.aside.clear();
        }
        self.trim_start();
    }

    /// How many shown events exceed the limit of a window. Events without a place of their own (amendments) don't
    /// count: they are small, and a flood of them must not push everything else out.
    fn surplus(&self) -> usize {
        let shown = self
            .events
            .iter()
            .filter(|event| event.body.amends().is_none());
        shown.count().saturating_sub(limits::WINDOW)
    }

    fn trim_start(&mut self) {
        let surplus = self.surplus();
        if surplus > 0 {
            let shown = self.events.iter().enumerate();
            let mut shown = shown.filter(|(_, event)| event.body.amends().is_none());
            let cut = shown.nth(surplus - 1).map_or(0, |(at, _)| at + 1);
            self.base = self.events[cut - 1].seq;
            self.events.drain(..cut);
            self.more_before = true;
            self.wanted.older = false;
            self.in_flight.older = None;
        }
    }

    fn trim_end(&mut self) {
        let surplus = self.surplus();
        if surplus > 0 {
            let shown = self.events.iter().enumerate().rev();
            let mut shown = shown.filter(|(_, event)| event.body.amends().is_none());
            let keep = shown.nth(surplus - 1).map_or(0, |(at, _)| at);
            self.events.truncate(keep);
            self.follow = false;
            self.at_end = false;
            self.aside.clear();
            self.wanted.newer = false;
            self.in_flight.newer = None;
        }
    }

    /// Notices that nothing is missing any more. Returns whether that is new.
    pub(super) fn settle(&mut self) -> bool {
        let arrived = self.is_following() && !self.at_end && !self.is_behind();
        self.at_end |= arrived;
        // What failed to load may have arrived another way: live, or as missed.
        let in_vain = self.failed.is_some() && !self.wants_anything();
        if in_vain {
            self.failed = None;
            self.pause.reset();
        }
        arrived || in_vain
    }

    fn wants_anything(&self) -> bool {
        let Wanted {
            anew,
            older,
            newer,
            again,
        } = self.wanted;
        again.is_some() || anew.is_some() || older || newer || self.is_behind()
    }

    pub(super) fn want_older(&mut self) {
        if self.loaded && self.more_before {
            self.wanted.older = true;
        }
        self.pause.retry_soon();
    }

    pub(super) fn want_newer(&mut self) {
        if self.loaded && !self.follow {
            self.wanted.newer = true;
        }
        self.pause.retry_soon();
    }

    /// The event at `seq` must be loaded.
    pub(super) fn want_around(&mut self, seq: Seq) {
        if self.event(seq).is_none() {
            self.wanted.anew = Some(Position::Around(seq));
        }
        self.pause.retry_soon();
    }

    pub(super) fn want_latest(&mut self) {
        if !self.at_end {
            self.wanted.anew = Some(Position::Latest);
        }
        self.pause.retry_soon();
    }

    /// The pages to fetch now; from here on they count as in flight.
    pub(super) fn due(&mut self, now: Millis) -> Vec<Position> {
        let mut due = Vec::new();
        if !self.pause.is_over(now) {
            return due;
        }
        if let Some(position) = self.wanted.anew {
            if self.in_flight.anew != Some(position) {
                self.in_flight.anew = Some(position);
                due.push(position);
            }
            return due;
        }
        if let Some(from) = self.wanted.again
            && self.in_flight.again.is_none()
        {
            self.in_flight.again = Some(from);
            due.push(Position::After(from));
        }
        if self.wanted.older && self.in_flight.older.is_none() {
            self.in_flight.older = Some(self.base + 1);
            due.push(Position::Before(self.base + 1));
        }
        let is_apart = self.in_flight.again != Some(self.last());
        if (self.wanted.newer || self.is_behind()) && self.in_flight.newer.is_none() && is_apart {
            self.in_flight.newer = Some(self.last());
            due.push(Position::After(self.last()));
        }
        due
    }

    /// Whether this answers a request in flight, which is thereby completed.
    pub(super) fn answers(&mut self, position: Position) -> bool {
        let InFlight {
            anew,
            older,
            newer,
            again,
        } = &mut self.in_flight;
        match position {
            Position::Before(seq) => older.take_if(|requested| *requested == seq).is_some(),
            Position::After(seq) if *again == Some(seq) => true,
            Position::After(seq) => newer.take_if(|requested| *requested == seq).is_some(),
            _ => anew.take_if(|requested| *requested == position).is_some(),
        }
    }

    /// A page could not be fetched.
    pub(super) fn fail(&mut self, why: Refusal, now: Millis) {
        self.in_flight.again = None;
        self.pause.begin(&why, now);
        self.failed = Some(why);
    }

    /// Applies a page for which [`Self::answers`] returned true.
    pub(super) fn apply_page(&mut self, position: Position, page: Page, me: UserId, now: Millis) {
        let dense = page
            .events
            .windows(2)
            .all(|pair| pair[0].seq + 1 == pair[1].seq);
        if !dense {
            return self.fail(Refusal::Internal, now);
        }
        self.failed = None;
        self.pause.reset();
        self.note_end(page.last_seq);
        let is_early = page.last_seq < self.live_from;
        self.amendments.read(&page.events);
        match position {
            Position::Before(_) => self.prepend(page, now),
            Position::After(seq) if self.in_flight.again == Some(seq) => {
                self.in_flight.again = None;
                self.overlay(seq, page);
            }
            Position::After(_) => self.append(page, now),
            Position::Latest | Position::Around(_) => self.replace(position, page),
        }
        if is_early {
            self.wanted.again = Some(self.base);
            self.pause.begin(&Refusal::Unavailable, now);
        }
        if self.loaded && std::mem::take(&mut self.is_outdated) {
            self.wanted.again = Some(self.base);
        }
        self.amend();
        self.find_first_unread(me);
    }

    /// Replaces the window's content by this page.
    pub(super) fn replace(&mut self, position: Position, page: Page) {
        self.note_end(page.last_seq);
        self.base = page
            .events
            .first()
            .map_or(page.last_seq, |event| event.seq - 1);
        self.more_before = page.more_before;
        self.events = page.events;
        self.loaded = true;
        self.follow = position == Position::Latest || self.last() >= page.last_seq;
        self.at_end = false;
        self.wanted = Wanted::default();
        self.in_flight = InFlight::default();
        self.append_from_aside();
    }

    fn prepend(&mut self, page: Page, now: Millis) {
        let Some(before) = page.events.last().map(|event| event.seq) else {
            self.more_before = false;
            self.wanted.older = false;
            return;
        };
        if before != self.base {
            return self.fail(Refusal::Internal, now); // Not the requested page.
        }
        self.base = page.events[0].seq - 1;
        self.more_before = page.more_before;
        self.wanted.older = false;
        self.events.splice(..0, page.events);
        self.trim_end();
    }

    fn append(&mut self, page: Page, now: Millis) {
        let before = self.last();
        for event in page.events {
            if event.seq == self.last() + 1 {
                self.events.push(event);
            }
        }
        self.wanted.newer = false;
        self.follow |= self.last() >= page.last_seq;
        self.append_from_aside();
        if self.last() == before && self.is_behind() {
            // The server doesn't know yet what is known here: retry, but not at once.
            self.pause.begin(&Refusal::Unavailable, now);
        }
    }
}
