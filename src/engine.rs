//! The client state machine, without I/O: connection, resume, gaps, outbox, read marks, unread counts.
//!
//! A driver (the browser `client`, the load tool, the fault test, a bot) passes in [`Input`]s with the current time and
//! carries out the [`Effect`]s that come back. The engine is deterministic: the same inputs at the same times produce
//! the same effects, so any run can be replayed.
//!
//! Each input first changes the state ([`Engine::handle`] and the submodules); then [`Engine::pump`] does what the new
//! state requires. Only `pump` sends messages and read marks and requests pages, so each has a single place of origin.

mod amendments;
mod arrivals;
mod blocks;
mod connection;
mod history;
mod interface;
mod looking;
mod members;
mod outbox;
mod people;
mod pump;
mod receipts;
mod threads;
mod timeline;
mod typing;

mod clock;
mod rate_limit;
mod read_marks;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

pub use self::interface::{
    ConnectionState, Effect, Held, Input, Pending, PendingState, Timeline, Trouble, ViewChange,
};
pub use self::receipts::Reached;

use self::clock::Clock;
use self::connection::Connection;
use self::looking::Looking;
use self::outbox::Outbox;
use self::people::People;
use self::rate_limit::SendPace;
use self::read_marks::Reading;
use self::receipts::ReceiptMarks;
use self::threads::Threads;
use self::timeline::LoadedRange;
use self::typing::Typing;
use crate::model::{Boot, Departure, Millis, Person, Refusal, ThreadHead, ThreadId, UserId};
use crate::protocol::{ClientFrame, ServerFrame};

/// The client state machine. See the module documentation.
#[derive(Debug)]
pub struct Engine {
    me: Person,
    clock: Clock,
    /// The time of the input being handled, on `clock`.
    now: Millis,
    connection: Connection,
    threads: Threads,
    people: People,
    windows: BTreeMap<ThreadId, LoadedRange>,
    open: Option<ThreadId>,
    /// Threads that were taken away since the page loaded, with the title they had.
    departures: BTreeMap<ThreadId, (String, Departure)>,
    /// Counts thread openings; orders windows by age.
    opened: u64,
    outbox: Outbox,
    pace: SendPace,
    reading: Reading,
    typing: Typing,
    looking: Looking,
    marks: ReceiptMarks,
    /// The members of the room whose member list is shown.
    members: Option<members::Members>,
    /// The users whom this user blocks, in ascending order.
    blocked: Vec<UserId>,
    /// Effects of the input being handled.
    effects: Vec<Effect>,
    changes: Vec<ViewChange>,
}

impl Engine {
    /// An engine initialized from the boot data of the page. `random` seeds the jitter of reconnects.
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
            pace: SendPace::default(),
            reading: Reading::default(),
            typing: Typing::default(),
            looking: Looking::default(),
            marks: ReceiptMarks::default(),
            members: None,
            blocked: boot.blocked,
            threads: Threads::default(),
            effects: Vec::new(),
            changes: Vec::new(),
        };
        for head in &boot.threads.threads {
            engine.merge_head(head.clone());
        }
        engine.threads.start(&boot.threads);
        engine.marks.privacy = boot.privacy;
        if let Some(page) = boot.open {
            engine.seed(page);
        }
        engine.people.sort();
        engine.changes.clear();
        engine
    }

    /// Turns off pacing, for servers that don't limit frames.
    pub fn disable_pacing(&mut self) {
        self.pace.disable();
    }

    /// Handles an input that happened at `now`. Returns the effects to carry out, in this order.
    pub fn handle(&mut self, input: Input, now: Millis) -> Vec<Effect> {
        self.now = self.clock.read(now);
        self.end_mutes();
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
            Input::WatchMembers(thread) => self.watch_members(thread),
            Input::Members {
                thread,
                after,
                result,
            } => self.members_page(thread, after.as_deref(), result),
            Input::Tick => self.tick_connection(),
            Input::Wake => self.wake(),
            Input::NetworkLost => self.network_lost(),
            Input::Open(thread) => self.open(thread),
            Input::Thread(head) => self.merge_head(head),
            Input::WantOlder(thread) => self.want(thread, LoadedRange::want_older),
            Input::WantNewer(thread) => self.want(thread, LoadedRange::want_newer),
            Input::Show { thread, seq } => self.show(thread, seq),
            Input::WantLatest(thread) => self.want(thread, LoadedRange::want_latest),
            Input::WantThreads => self.want_threads(),
            Input::Send {
                thread,
                client_id,
                text,
                reply,
                files,
            } => self.send(Pending {
                client_id,
                thread,
                text,
                reply,
                files,
                at: now,
                state: PendingState::Sending,
            }),
            Input::Retry(client_id) => self.retry(client_id, now),
            Input::Discard(client_id) => self.discard(client_id),
            Input::Restore(pending) => self.restore(pending),
            Input::ReadAgain { thread, seq } => self.read_again(thread, seq),
            Input::Stored(pending) => self.stored_elsewhere(pending),
            Input::Removed(client_id) => self.removed_elsewhere(client_id),
            Input::Seen { thread, seq } => self.seen(thread, seq),
            Input::Typed(thread) => self.typed(thread),
            Input::Looking(on) => self.look(on),
        }
        self.pump();
        self.take_effects()
    }

    fn take_effects(&mut self) -> Vec<Effect> {
        self.people.sort();
        let mut effects = std::mem::take(&mut self.effects);
        effects.extend(self.changes.drain(..).map(Effect::Changed));
        effects
    }

    fn frame(&mut self, frame: ServerFrame) {
        if !self.expects_frames() {
            return;
        }
        self.frame_arrived();
        match frame {
            ServerFrame::Ready { .. } => self.ready(frame),
            // The server announces a thread before its events and sends all of them in order, so an unknown thread or a
            // gap means that something was missed. Only `ready` can restore it: start over.
            ServerFrame::Event(event) if self.threads.missed_some_before(&event) => self.resync(),
            ServerFrame::Event(event) => self.apply_event(event),
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
                // The refusal doesn't name the frame: resend every mark that is not confirmed.
                (None, Refusal::TooFast { .. }) => self.reading.refused(self.now),
                // Concerns a frame that is sent again on the next connection, if it still matters.
                (None, _) => {}
            },
            ServerFrame::Thread(head) => self.merge_head(head),
            ServerFrame::Gone { thread, why } => self.gone(thread, why),
            ServerFrame::Saved { thread, saved } => self.apply_saved(thread, saved),
            ServerFrame::Read { thread, mark } => self.apply_mark(thread, mark),
            ServerFrame::Receipts(receipts) => self.apply_receipts(receipts),
            ServerFrame::ReadingHidden { users } => self.forget_readers(&users),
            ServerFrame::Privacy(privacy) => self.apply_privacy(privacy),
            ServerFrame::NotifySettings => self.touch(ViewChange::NotifySettings),
            ServerFrame::Blocked { users } => {
                self.set_blocked(users);
                // `ready` brings the mentions that remain.
                self.resync();
            }
            ServerFrame::Typing { thread, user } => self.apply_typing(thread, user),
            ServerFrame::Person(person) => self.apply_person(person),
            ServerFrame::Presence { online, offline } => self.apply_presence(online, &offline),
            ServerFrame::Ping => self.transmit(ClientFrame::Pong),
            ServerFrame::Pong => {}
        }
    }

    fn end_pauses(&mut self) {
        let now = self.now;
        self.windows
            .values_mut()
            .for_each(|window| window.pause.expire(now));
        self.threads.pause.expire(now);
        self.people.pause.expire(now);
    }

    /// Retries fetches that failed for lack of a network.
    fn network_is_back(&mut self) {
        self.windows
            .values_mut()
            .for_each(|window| window.pause.network_is_back());
        self.threads.pause.network_is_back();
        self.people.pause.network_is_back();
    }

    fn transmit(&mut self, frame: ClientFrame) {
        self.pace.record(&frame, self.now);
        self.effects.push(Effect::Transmit(frame));
    }

    fn touch(&mut self, change: ViewChange) {
        if !self.changes.contains(&change) {
            self.changes.push(change);
        }
    }

    /// The logged-in user.
    #[must_use]
    pub fn me(&self) -> &Person {
        &self.me
    }

    /// The state of the connection to the server.
    #[must_use]
    pub fn link(&self) -> ConnectionState {
        match self.connection.link() {
            ConnectionState::Waiting { retry_at } => ConnectionState::Waiting {
                retry_at: self.clock.outside(retry_at),
            },
            link => link,
        }
    }

    /// Since when there has been no live connection; `None` while there is one, or before the first attempt.
    #[must_use]
    pub fn offline_since(&self) -> Option<Millis> {
        self.connection
            .offline_since()
            .map(|at| self.clock.outside(at))
    }

    /// The listed threads, latest first.
    #[must_use]
    pub fn threads(&self) -> Vec<&ThreadHead> {
        self.threads.listed(self.me.id, self.open)
    }

    /// Whether there are more threads to fetch.
    #[must_use]
    pub fn more_threads(&self) -> bool {
        self.threads.more
    }

    /// A thread, listed or not.
    #[must_use]
    pub fn thread(&self, id: ThreadId) -> Option<&ThreadHead> {
        self.threads.get(id)
    }

    /// Why a thread disappeared, with the title it had.
    #[must_use]
    pub fn departure(&self, id: ThreadId) -> Option<&(String, Departure)> {
        self.departures.get(&id)
    }

    /// The loaded part of a thread; `None` if none of it was ever requested.
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

    /// All known people, including the user, by display name.
    #[must_use]
    pub fn people(&self) -> Vec<&Person> {
        self.people.sorted()
    }

    /// One person, if known.
    #[must_use]
    pub fn person(&self, id: UserId) -> Option<&Person> {
        self.people.get(id)
    }

    /// Whether that person has a tab open anywhere, as far as they show it.
    #[must_use]
    pub fn is_online(&self, id: UserId) -> bool {
        self.people.is_online(id)
    }

    /// Messages not in the log yet, to be stored across reloads.
    #[must_use]
    pub fn outbox(&self) -> &[Pending] {
        self.outbox.queue()
    }
}
