//! Engine tests: driven by hand (one file per subject) and by a simulated network (`simulation`).

mod arrivals;
mod connecting;
mod listing;
mod looking;
mod members;
mod reading_history;
mod receipts;
mod rooms;
mod sending;
mod simulation;
mod tabs;
mod typing;

use super::*;
use crate::model::notify::NotifyChoice;
use crate::model::{
    ClientId, Event, EventBody, Message, Page, PeoplePage, Position, Privacy, Quote, ReadMark, Seq,
    ThreadKind, ThreadsPage,
};
use crate::protocol::{Missed, Resume, VERSION};

const ME: UserId = UserId(1);
const BOB: UserId = UserId(2);
const T: ThreadId = ThreadId(10);
const U: ThreadId = ThreadId(11);

fn person(id: UserId) -> Person {
    Person {
        id,
        username: format!("user{:05}", id.0),
        display_name: format!("User {}", id.0),
        is_ambiguous: false,
    }
}

fn client_id(n: u128) -> ClientId {
    ClientId(uuid::Uuid::from_u128(n))
}

/// A message of a thread that contains only messages, so that its count equals its position.
fn message(thread: ThreadId, seq: Seq, actor: UserId) -> Event {
    let body = EventBody::message(format!("message {seq}"));
    Event {
        thread,
        seq,
        count: seq,
        at: 1_000 + seq,
        actor,
        client_id: None,
        body,
    }
}

fn own(thread: ThreadId, seq: Seq, id: u128) -> Event {
    Event {
        client_id: Some(client_id(id)),
        ..message(thread, seq, ME)
    }
}

/// Messages by Bob.
fn messages(thread: ThreadId, from: Seq, to: Seq) -> Vec<Event> {
    (from..=to).map(|seq| message(thread, seq, BOB)).collect()
}

fn page(thread: ThreadId, from: Seq, to: Seq, last_seq: Seq) -> Page {
    let events = messages(thread, from, to);
    Page {
        thread,
        events,
        more_before: from > 1,
        last_seq,
        people: vec![person(BOB)],
        receipts: None,
    }
}

/// A thread with Bob that has `last_seq` messages, `read` of them read.
fn head(id: ThreadId, last_seq: Seq, read: Seq) -> ThreadHead {
    ThreadHead {
        id,
        kind: ThreadKind::Direct { other: person(BOB) },
        creator: BOB,
        created_at: 0,
        last_seq,
        count: last_seq,
        last: None,
        pins: vec![],
        saved: vec![],
        favourite: false,
        notify: NotifyChoice::default(),
        read: ReadMark {
            turn: 0,
            seq: read,
            count: read,
        },
        mentions: Vec::new(),
        deleted: Vec::new(),
        hushed: Vec::new(),
    }
}

fn boot(threads: Vec<ThreadHead>) -> Boot {
    Boot {
        is_site_admin: false,
        files: Default::default(),
        open_reports: 0,
        me: person(ME),
        privacy: Privacy::default(),
        blocked: Vec::new(),
        threads: ThreadsPage {
            threads,
            more: false,
        },
        people: PeoplePage::default(),
        online: Vec::new(),
        open: None,
    }
}

fn ready(threads: Vec<ThreadHead>) -> ServerFrame {
    ready_with(threads, Vec::new())
}

fn ready_with(threads: Vec<ThreadHead>, missed: Vec<Missed>) -> ServerFrame {
    ServerFrame::Ready {
        version: VERSION,
        me: ME,
        threads,
        more_threads: false,
        missed,
        online: Vec::new(),
        receipts: Vec::new(),
        privacy: Privacy::default(),
        blocked: Vec::new(),
    }
}

/// An engine with a clock.
struct Driven {
    engine: Engine,
    now: Millis,
}

impl Driven {
    fn new(boot: Boot) -> Self {
        Self::with_outbox(boot, Vec::new())
    }

    fn with_outbox(boot: Boot, outbox: Vec<Pending>) -> Self {
        Self {
            engine: Engine::new(boot, outbox, 1_000_000, 7),
            now: 1_000_000,
        }
    }

    /// An engine with a live connection.
    fn live(threads: Vec<ThreadHead>) -> Self {
        let mut driven = Self::new(boot(threads.clone()));
        driven.go_live(threads);
        driven
    }

    /// A live engine whose user has `T` open, loaded to its end and read.
    fn looking_at(last_seq: Seq) -> Self {
        let mut driven = Self::live(vec![head(T, last_seq, last_seq)]);
        driven.give(Input::Open(Some(T)));
        driven.give_page(
            Position::Latest,
            page(T, (last_seq - 49).max(1), last_seq, last_seq),
        );
        assert!(driven.timeline().at_end);
        driven
    }

    fn go_live(&mut self, threads: Vec<ThreadHead>) -> Vec<Effect> {
        self.give(Input::Start);
        self.give(Input::Opened);
        self.receive(ready(threads))
    }

    fn give(&mut self, input: Input) -> Vec<Effect> {
        let effects = self.engine.handle(input, self.now);
        assert!(
            self.engine.next_tick().is_none_or(|at| at > self.now),
            "a tick that does nothing"
        );
        effects
    }

    fn receive(&mut self, frame: ServerFrame) -> Vec<Effect> {
        self.give(Input::Frame(frame))
    }

    fn give_page(&mut self, position: Position, page: Page) -> Vec<Effect> {
        self.give(Input::Page {
            thread: page.thread,
            position,
            result: Ok(page),
        })
    }

    fn send(&mut self, thread: ThreadId, id: u128) -> Vec<Effect> {
        let text = format!("text {id}");
        self.give(Input::Send {
            thread,
            client_id: client_id(id),
            text,
            reply: None,
            files: Vec::new(),
        })
    }

    fn sent(&mut self, id: u128, seq: Seq) -> Vec<Effect> {
        let (client_id, thread) = (client_id(id), T);
        self.receive(ServerFrame::Sent {
            client_id,
            thread,
            seq,
            count: seq,
            at: 0,
        })
    }

    fn refuse(&mut self, id: u128, refusal: Refusal) -> Vec<Effect> {
        let message = refusal.to_string();
        self.receive(ServerFrame::Refused {
            client_id: Some(client_id(id)),
            refusal,
            message,
        })
    }

    /// Advances the clock by `ms`, then ticks.
    fn pass(&mut self, ms: Millis) -> Vec<Effect> {
        self.now += ms;
        self.give(Input::Tick)
    }

    /// Advances the clock to the tick that the engine requested, then ticks.
    fn tick(&mut self) -> Vec<Effect> {
        self.now = self.engine.next_tick().expect("a requested tick");
        self.give(Input::Tick)
    }

    /// Drops the connection and goes live again, with these heads and missed events.
    fn reconnect(&mut self, threads: Vec<ThreadHead>, missed: Vec<Missed>) -> Vec<Effect> {
        self.give(Input::Closed { code: 1006 });
        self.give(Input::Wake);
        self.give(Input::Opened);
        self.receive(ready_with(threads, missed))
    }

    fn timeline(&self) -> Timeline {
        self.engine.timeline(T).expect("the thread is loaded")
    }

    fn seqs(&self) -> Vec<Seq> {
        self.timeline()
            .events
            .iter()
            .map(|event| event.seq)
            .collect()
    }

    /// The pending messages, by the numbers with which they were sent.
    fn pending(&self) -> Vec<u128> {
        self.timeline()
            .pending
            .iter()
            .map(|pending| pending.client_id.0.as_u128())
            .collect()
    }
}

/// The transmitted messages, by the numbers with which they were sent.
fn sends(effects: &[Effect]) -> Vec<u128> {
    let id = |effect: &Effect| match effect {
        Effect::Transmit(ClientFrame::Send { client_id, .. }) => Some(client_id.0.as_u128()),
        _ => None,
    };
    effects.iter().filter_map(id).collect()
}

/// The pages that are fetched.
fn fetches(effects: &[Effect]) -> Vec<Position> {
    let position = |effect: &Effect| match effect {
        Effect::FetchPage { position, .. } => Some(*position),
        _ => None,
    };
    effects.iter().filter_map(position).collect()
}

/// The read marks that are sent.
fn reads(effects: &[Effect]) -> Vec<(ThreadId, Seq)> {
    let read = |effect: &Effect| match effect {
        Effect::Transmit(ClientFrame::Read { thread, seq, .. }) => Some((*thread, *seq)),
        _ => None,
    };
    effects.iter().filter_map(read).collect()
}

fn missed(thread: ThreadId, events: Vec<Event>, complete: bool) -> Missed {
    Missed {
        thread,
        events,
        complete,
    }
}

fn resumed(effects: &[Effect]) -> Vec<Resume> {
    let hello = |effect: &Effect| match effect {
        Effect::Transmit(ClientFrame::Hello { resume, .. }) => Some(resume.clone()),
        _ => None,
    };
    effects.iter().find_map(hello).expect("a hello")
}
