//! The client's mind, without any I/O: connection state, resume, gaps, outbox, read marks, unread.
//!
//! Something drives it: the browser (`client`), the load tool, the fault test, a bot. The driver hands it
//! [`Input`]s with the time, and carries out the [`Effect`]s it gets back. The same inputs at the same
//! times give the same effects, so any run can be replayed.
//!
//! Each input first changes the state ([`Engine::handle`] and the files below); then what the state calls
//! for is done ([`Engine::pump`]): nothing is fetched or sent from two places.

mod amendments;
mod blocks;
mod connection;
mod history;
mod interface;
mod outbox;
mod pace;
mod people;
mod reading;
mod receipts;
mod threads;
mod time;
mod timeline;
mod typing;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

pub use self::interface::{Change, Effect, Held, Input, Link, Pending, PendingState, Timeline};
pub use self::receipts::Reached;

use self::connection::Connection;
use self::outbox::Outbox;
use self::pace::Pace;
use self::people::People;
use self::reading::Reading;
use self::receipts::Marks;
use self::threads::Threads;
use self::time::Clock;
use self::timeline::Window;
use self::typing::Typing;
use crate::model::{Boot, Departure, Millis, Person, Refusal, ThreadHead, ThreadId, UserId};
use crate::protocol::{ClientFrame, ServerFrame};

/// The client's mind. See the module's page.
#[derive(Debug)]
pub struct Engine {
    me: Person,
    clock: Clock,
    /// The time of the input that is being handled, by `clock`.
    now: Millis,
    connection: Connection,
    threads: Threads,
    people: People,
    windows: BTreeMap<ThreadId, Window>,
    open: Option<ThreadId>,
    /// The threads that were taken away while the page is open, with the name they had.
    departures: BTreeMap<ThreadId, (String, Departure)>,
    /// How often a thread was opened: the age of windows.
    opened: u64,
    outbox: Outbox,
    pace: Pace,
    reading: Reading,
    typing: Typing,
    marks: Marks,
    /// Whom one blocks, in ascending order.
    blocked: Vec<UserId>,
    /// What the input that is being handled has led to.
    effects: Vec<Effect>,
    changes: Vec<Change>,
}

impl Engine {
    /// An engine with what the page brought. `random` seeds the jitter of reconnects.
    #[must_use]
    pub fn new(boot: Boot, outbox: Vec<Pending>, now: Millis, random: u64) -> Self {
        let mut engine = Self {
            clock: Clock::new(now),
            now,
            connection: Connection::new(random),
            people: People::new(boot.me.clone(), boot.people, boot.online),
            me: boot.me,
            windows: BTreeMap::new(),
            departures: BTreeMap::new(),
            open: None,
            opened: 0,
            outbox: Outbox::new(outbox),
            pace: Pace::default(),
            reading: Reading::default(),
            typing: Typing::default(),
            marks: Marks::default(),
            blocked: boot.blocked,
            threads: Threads::default(),
            effects: Vec::new(),
            changes: Vec::new(),
        };
        for head in &boot.threads.threads {
            engine.take_head(head.clone());
        }
        engine.threads.begin(&boot.threads);
        engine.marks.privacy = boot.privacy;
        if let Some(page) = boot.open {
            engine.seed(page);
        }
        engine.people.sort();
        engine.changes.clear();
        engine
    }

    /// For a server that doesn't limit frames: from here on this engine sends as fast as it likes.
    pub fn keep_no_pace(&mut self) {
        self.pace.end();
    }

    /// Takes in what happened at `now`, and says what is to be done, in this order.
    pub fn handle(&mut self, input: Input, now: Millis) -> Vec<Effect> {
        self.now = self.clock.read(now);
        if input.is_use() {
            self.used();
        }
        match input {
            Input::Start => self.start(),
            Input::Opened => self.opened(),
            Input::Closed { code } => self.closed(code),
            Input::Frame(frame) => self.frame(frame),
            Input::Page {
                thread,
                position,
                result,
            } => self.page(thread, position, result),
            Input::People(result) => self.people_page(result),
            Input::Threads(result) => self.threads_page(result),
            Input::Tick => self.tick_connection(),
            Input::Wake => self.wake(),
            Input::Open(thread) => self.open(thread),
            Input::Thread(head) => self.take_head(head),
            Input::WantOlder(thread) => self.want(thread, Window::want_older),
            Input::WantNewer(thread) => self.want(thread, Window::want_newer),
            Input::Show { thread, seq } => self.show(thread, seq),
            Input::WantLatest(thread) => self.want(thread, Window::want_latest),
            Input::WantThreads => self.want_threads(),
            Input::Send {
                thread,
                client_id,
                text,
                reply,
            } => {
                self.has_sent();
                let state = PendingState::Sending;
                self.send(Pending {
                    client_id,
                    thread,
                    text,
                    reply,
                    at: now,
                    state,
                });
            }
            Input::Retry(client_id) => self.retry(client_id, now),
            Input::Discard(client_id) => self.discard(client_id),
            Input::Stored(pending) => self.stored_elsewhere(pending),
            Input::Removed(client_id) => self.removed_elsewhere(client_id),
            Input::Seen { thread, seq } => self.seen(thread, seq),
            Input::Typed(thread) => self.typed(thread),
        }
        self.pump();
        self.people.sort();
        let mut effects = std::mem::take(&mut self.effects);
        effects.extend(self.changes.drain(..).map(Effect::Changed));
        effects
    }

    fn frame(&mut self, frame: ServerFrame) {
        if !self.is_listening() {
            return;
        }
        self.heard();
        match frame {
            ServerFrame::Ready { .. } => self.ready(frame),
            // The server tells of a thread before of its events, and of all of them in their order, so
            // something was missed. Only `ready` can say what: begin anew.
            ServerFrame::Event(event) if self.threads.missed_some_before(&event) => self.resync(),
            ServerFrame::Event(event) => self.take_event(event),
            ServerFrame::Sent {
                client_id,
                seq,
                count,
                at,
                ..
            } => {
                self.acknowledged(client_id, seq, count, at);
            }
            ServerFrame::Refused {
                client_id, refusal, ..
            } => match (client_id, refusal) {
                (_, refusal @ (Refusal::NotLoggedIn | Refusal::Version)) => self.refused(&refusal),
                (Some(client_id), refusal) => self.send_refused(client_id, refusal),
                // Which frame it was is not said: all that is not known to have arrived is said again.
                (None, Refusal::TooFast { .. }) => self.reading.refused(self.now),
                // About a frame that is said again on the next connection, if it still matters.
                (None, _) => {}
            },
            ServerFrame::Thread(head) => self.take_head(head),
            ServerFrame::Gone { thread, why } => self.gone(thread, why),
            ServerFrame::Muted { thread, muted } => self.take_muted(thread, muted),
            ServerFrame::Saved { thread, saved } => self.take_saved(thread, saved),
            ServerFrame::Read { thread, mark } => self.take_mark(thread, mark),
            ServerFrame::Receipts(receipts) => self.take_receipts(receipts),
            ServerFrame::ReadingHidden { users } => self.forget_readers(&users),
            ServerFrame::Privacy(privacy) => self.take_privacy(privacy),
            ServerFrame::Blocked { users } => {
                self.set_blocked(users);
                // Which mentions are left, `ready` says.
                self.resync();
            }
            ServerFrame::Typing { thread, user } => self.take_typing(thread, user),
            ServerFrame::Person(person) => self.take_person(person),
            ServerFrame::Presence { online, offline } => self.take_presence(online, &offline),
            ServerFrame::Ping => self.transmit(ClientFrame::Pong),
            ServerFrame::Pong => {}
        }
    }

    /// Does what the state calls for at this time.
    fn pump(&mut self) {
        self.end_pauses();
        self.end_typing();
        self.settle_landed();
        self.show_held();
        if std::mem::take(&mut self.outbox.unsaved) {
            self.effects.push(Effect::SaveOutbox);
        }
        if self.connection.is_over() {
            return;
        }
        self.pump_outbox();
        self.pump_reading();
        self.pump_windows();
        self.pump_threads();
        self.pump_people();
    }

    fn end_pauses(&mut self) {
        let now = self.now;
        self.windows
            .values_mut()
            .for_each(|window| window.pause.expire(now));
        self.threads.pause.expire(now);
        self.people.pause.expire(now);
    }

    /// What failed for want of a network is worth a try.
    fn network_is_back(&mut self) {
        self.windows
            .values_mut()
            .for_each(|window| window.pause.network_is_back());
        self.threads.pause.network_is_back();
        self.people.pause.network_is_back();
    }

    fn transmit(&mut self, frame: ClientFrame) {
        self.pace.said(&frame, self.now);
        self.effects.push(Effect::Transmit(frame));
    }

    fn touch(&mut self, change: Change) {
        if !self.changes.contains(&change) {
            self.changes.push(change);
        }
    }

    /// When the engine wants an [`Input::Tick`] next; `None` while it waits for nothing.
    #[must_use]
    pub fn next_tick(&self) -> Option<Millis> {
        if self.connection.is_over() {
            return None;
        }
        let live = self.connection.is_live();
        let pauses = self.windows.values().map(|window| &window.pause);
        let pauses = pauses.chain([&self.threads.pause, &self.people.pause]);
        let fetches = pauses.filter_map(|pause| pause.ends());
        self.connection
            .deadline()
            .into_iter()
            .chain(self.outbox.deadline(self.now).filter(|_| live))
            .chain(self.reading.deadline().filter(|_| live))
            .chain(self.typing.deadline())
            .chain(fetches)
            .min()
            .map(|at| self.clock.outside(at))
    }

    /// Who one is.
    #[must_use]
    pub fn me(&self) -> &Person {
        &self.me
    }

    /// How the engine stands with the server.
    #[must_use]
    pub fn link(&self) -> Link {
        match self.connection.link() {
            Link::Waiting { retry_at } => Link::Waiting {
                retry_at: self.clock.outside(retry_at),
            },
            link => link,
        }
    }

    /// Since when there has been no live connection; `None` while there is one (or none was ever begun).
    #[must_use]
    pub fn offline_since(&self) -> Option<Millis> {
        self.connection
            .offline_since()
            .map(|at| self.clock.outside(at))
    }

    /// The threads of the list, latest first, without those that are not to be listed.
    #[must_use]
    pub fn threads(&self) -> Vec<&ThreadHead> {
        self.threads.listed(self.me.id, self.open)
    }

    /// Whether there are more threads to fetch.
    #[must_use]
    pub fn more_threads(&self) -> bool {
        self.threads.more
    }

    /// One thread, listed or not.
    #[must_use]
    pub fn thread(&self, id: ThreadId) -> Option<&ThreadHead> {
        self.threads.get(id)
    }

    /// Why a thread that was here is not any more, with the name it had.
    #[must_use]
    pub fn departure(&self, id: ThreadId) -> Option<&(String, Departure)> {
        self.departures.get(&id)
    }

    /// The loaded piece of a thread; `None` when nothing of it was ever asked for.
    #[must_use]
    pub fn timeline(&self, id: ThreadId) -> Option<Timeline> {
        let window = self.windows.get(&id)?;
        Some(Timeline {
            events: window.events.clone(),
            pending: self.outbox.shown(id),
            held: self.outbox.held(id),
            more_before: window.more_before,
            at_end: window.at_end,
            loading: window.is_loading(),
            failed: window.failed.clone(),
            first_unread: window.first_unread,
        })
    }

    /// Everyone known, oneself too, by display name.
    #[must_use]
    pub fn people(&self) -> Vec<&Person> {
        self.people.sorted()
    }

    /// One person, if known.
    #[must_use]
    pub fn person(&self, id: UserId) -> Option<&Person> {
        self.people.get(id)
    }

    /// Whether that person has a tab open anywhere.
    #[must_use]
    pub fn is_online(&self, id: UserId) -> bool {
        self.people.online.contains(&id)
    }

    /// What is not in the log yet, to be kept over a reload.
    #[must_use]
    pub fn outbox(&self) -> &[Pending] {
        self.outbox.queue()
    }
}
