//! The network of the simulation, and the properties checked on it.

use std::collections::{BTreeSet, VecDeque};

use super::*;

/// One connection. Frames of a client may reach the server after the client has abandoned the connection.
struct Wire {
    /// The server's number for it.
    number: usize,
    up: VecDeque<ClientFrame>,
    down: VecDeque<Outgoing>,
}

struct Client {
    user: UserId,
    engine: Engine,
    wires: Vec<Wire>,
    /// Whether the last of `wires` is connected.
    connected: bool,
    asked: Vec<Effect>,
    answers: Vec<Input>,
    open: Option<ThreadId>,
    /// The messages its user has sent, in order.
    sent: Vec<(ThreadId, ClientId)>,
    /// Threads of which it missed something on a connection that stayed up, with no event since: only a reconnect can
    /// reveal the gap.
    deceived: BTreeSet<ThreadId>,
    /// The messages that its user was to be told of.
    reported: BTreeSet<(ThreadId, Seq)>,
}

pub(super) struct World<S> {
    now: Millis,
    server: S,
    clients: Vec<Client>,
    ids: u128,
    /// How many of the next sends the server refuses as busy.
    busy: u8,
}

/// One step: the kind of event, the client it happens to, and a parameter.
pub(super) type Step = (u8, u8, u16);

impl<S: Backend> World<S> {
    pub(super) fn new(server: S, seed: u64, knows_threads: bool) -> Self {
        let client = |(n, &user): (usize, &UserId)| {
            let threads = if knows_threads {
                server.heads(user)
            } else {
                Vec::new()
            };
            let boot = Boot {
                me: person(user),
                ..boot(threads)
            };
            Client {
                user,
                engine: Engine::new(boot, Vec::new(), 0, seed.wrapping_add(n as u64)),
                wires: Vec::new(),
                connected: false,
                asked: Vec::new(),
                reported: BTreeSet::new(),
                answers: Vec::new(),
                open: None,
                sent: Vec::new(),
                deceived: BTreeSet::new(),
            }
        };
        let clients = TABS.iter().enumerate().map(client).collect();
        let mut world = Self {
            now: 0,
            server,
            clients,
            ids: 0,
            busy: 0,
        };
        (0..TABS.len()).for_each(|n| world.give(n, Input::Start));
        world
    }

    fn give(&mut self, n: usize, input: Input) {
        let client = &mut self.clients[n];
        let mut inputs = VecDeque::from([input]);
        while let Some(input) = inputs.pop_front() {
            for effect in client.engine.handle(input, self.now) {
                match effect {
                    Effect::Connect => {
                        client.wires.push(Wire {
                            number: self.server.connect(client.user),
                            up: VecDeque::new(),
                            down: VecDeque::new(),
                        });
                        client.connected = true;
                        inputs.push_back(Input::Opened);
                    }
                    Effect::Disconnect => client.connected = false,
                    Effect::Transmit(frame) => {
                        assert!(client.connected, "{frame:?} on no connection");
                        client.wires.last_mut().expect("a wire").up.push_back(frame);
                    }
                    Effect::SaveOutbox | Effect::Changed(_) => {}
                    Effect::Missed { thread, after } => {
                        let head = client.engine.thread(thread).expect("it is known");
                        assert!(after < head.last_seq, "nothing came after {after}");
                    }
                    Effect::Arrived(event) => {
                        assert_ne!(event.actor, client.user, "{event:?}");
                        let is_first = client.reported.insert((event.thread, event.seq));
                        assert!(is_first, "reported twice: {event:?}");
                    }
                    fetch => client.asked.push(fetch),
                }
            }
        }
        let due = client.engine.next_tick();
        assert!(
            due.is_none_or(|at| at > self.now),
            "a tick that does nothing"
        );
        self.check(n);
    }

    /// Checks what must be true at every moment.
    fn check(&self, n: usize) {
        let client = &self.clients[n];
        for (thread, ..) in THREADS {
            let log = self.server.log(thread);
            for user in client.engine.typing(thread) {
                assert!(
                    is_member(thread, user) && user != client.user,
                    "{user} types"
                );
            }
            if let Some(head) = client.engine.thread(thread) {
                assert!(head.last_seq as usize <= log.len());
                assert!(head.read.seq as usize <= log.len());
            }
            let Some(timeline) = client.engine.timeline(thread) else {
                continue;
            };
            let Timeline {
                events, pending, ..
            } = &timeline;
            let shown = events.iter().filter(|it| it.body.amends().is_none());
            assert!(shown.count() <= crate::model::limits::WINDOW);
            let base = events.first().map_or(0, |event| event.seq as usize - 1);
            assert_eq!(
                events.iter().map(|event| event.seq).collect::<Vec<_>>(),
                (base as Seq + 1..=(base + events.len()) as Seq).collect::<Vec<_>>(),
                "a piece of the log"
            );
            for (event, logged) in events.iter().zip(&log[base..]) {
                // Amendments of a message may not have arrived yet.
                let is_same = (event.actor, event.client_id) == (logged.actor, logged.client_id);
                let is_so = event == logged || (is_same && event.amendable()[0].is_some());
                assert!(is_so, "{event:?} is {logged:?}");
            }
            assert_eq!(timeline.more_before, base > 0 && !events.is_empty());
            let mine = events.iter().filter(|event| event.actor == client.user);
            let shown: Vec<_> = mine
                .filter_map(|event| event.client_id)
                .chain(pending.iter().map(|pending| pending.client_id))
                .collect();
            let unique: BTreeSet<_> = shown.iter().collect();
            assert_eq!(unique.len(), shown.len(), "no message is shown twice");
            if timeline.at_end {
                let sent = client.sent.iter().filter(|(to, _)| *to == thread);
                for (_, id) in sent {
                    let at = self.server.position(client.user, *id);
                    let is_above = at.is_some_and(|seq| seq as usize <= base);
                    assert!(
                        is_above || unique.contains(id),
                        "a sent message stays visible"
                    );
                }
            }
        }
    }

    /// Puts what the server has sent to a client into transit.
    fn collect(&mut self, n: usize) {
        let client = &mut self.clients[n];
        for wire in &mut client.wires {
            let outgoing = self.server.outgoing(wire.number);
            for event in outgoing.iter().filter_map(event_of) {
                client.deceived.remove(&event.thread);
            }
            wire.down.extend(outgoing);
        }
    }

    /// The server does something that one client misses, without its connection breaking.
    fn deceiving(&mut self, deceived: Option<usize>, act: impl FnOnce(&mut S)) {
        (0..TABS.len()).for_each(|n| self.collect(n));
        act(&mut self.server);
        let Some(n) = deceived else { return };
        let client = &mut self.clients[n];
        for wire in &mut client.wires {
            for outgoing in self.server.outgoing(wire.number) {
                match event_of(&outgoing) {
                    Some(event) => drop(client.deceived.insert(event.thread)),
                    None => wire.down.push_back(outgoing),
                }
            }
        }
    }

    /// The server reads one frame of a client, from any of its connections.
    fn read_one(&mut self, n: usize, which: usize, deceived: Option<usize>) {
        let waiting: Vec<_> = (0..self.clients[n].wires.len())
            .filter(|&w| !self.clients[n].wires[w].up.is_empty())
            .collect();
        if waiting.is_empty() {
            return;
        }
        let wire = &mut self.clients[n].wires[waiting[which % waiting.len()]];
        let frame = wire.up.pop_front().expect("a frame");
        let number = wire.number;
        if let Err(refusal) = self.server.admit(self.clients[n].user, &frame, self.now) {
            let client_id = match frame {
                ClientFrame::Send { client_id, .. } => Some(client_id),
                _ => None,
            };
            let wire = &mut self.clients[n].wires[waiting[which % waiting.len()]];
            wire.down.push_back(Ok(refused(client_id, refusal)));
            return;
        }
        let wire = &mut self.clients[n].wires[waiting[which % waiting.len()]];
        if let ClientFrame::Send { client_id, .. } = frame {
            if self.busy > 0 {
                self.busy -= 1;
                let refusal = Refusal::Busy {
                    retry_after_ms: 700,
                };
                wire.down.push_back(Ok(refused(Some(client_id), refusal)));
                return;
            }
            if which % 7 == 3 {
                // It arrives twice, as if an earlier connection had delivered it too.
                self.server.take(number, frame.clone());
            }
        }
        match deceived {
            Some(_) => self.deceiving(deceived, |server| server.take(number, frame)),
            None => self.server.take(number, frame),
        }
    }

    /// The client receives one frame, or the end of its connection.
    fn receive_one(&mut self, n: usize) -> bool {
        self.collect(n);
        let client = &mut self.clients[n];
        let Some(outgoing) = client
            .wires
            .last_mut()
            .filter(|_| client.connected)
            .and_then(|wire| wire.down.pop_front())
        else {
            return false;
        };
        match outgoing {
            Ok(frame) => self.give(n, Input::Frame(frame)),
            Err(code) => {
                client.connected = false;
                client.deceived.clear();
                self.give(n, Input::Closed { code });
            }
        }
        true
    }

    fn drop_connection(&mut self, n: usize) {
        if std::mem::take(&mut self.clients[n].connected) {
            // Frames in flight to the client are lost.
            self.clients[n].deceived.clear();
            self.give(n, Input::Closed { code: 1006 });
        }
    }

    /// The server answers one request now; the client receives the answer at some other time.
    fn serve_one(&mut self, n: usize, which: usize, fails: bool) -> bool {
        let client = &mut self.clients[n];
        if client.asked.is_empty() {
            return false;
        }
        let asked = client.asked.swap_remove(which % client.asked.len());
        let failure = fails.then_some(Refusal::Unreachable);
        client.answers.push(match asked {
            Effect::FetchPage { thread, position } => {
                let page = || self.server.page(client.user, thread, position);
                let result = failure.map_or_else(|| Ok(page()), Err);
                Input::Page {
                    thread,
                    position,
                    result,
                }
            }
            Effect::FetchPeople { .. } => {
                let people = USERS.map(person).to_vec();
                let page = PeoplePage {
                    people,
                    more: false,
                };
                Input::People(failure.map_or(Ok(page), Err))
            }
            other => panic!("{other:?}"),
        });
        true
    }

    fn answer_one(&mut self, n: usize, which: usize) -> bool {
        let answers = &mut self.clients[n].answers;
        if answers.is_empty() {
            return false;
        }
        let answer = answers.swap_remove(which % answers.len());
        self.give(n, answer);
        true
    }

    fn send(&mut self, n: usize, thread: ThreadId) {
        self.ids += 1;
        let text = format!("text {}{}", self.ids, mention_suffix(self.ids as usize));
        let client_id = client_id(self.ids);
        if self.clients[n].engine.thread(thread).is_some() {
            // Two messages in three are replies, often to one that changes later.
            let quotes = self.server.log(thread).iter().rev().filter_map(Quote::of);
            let reply = quotes.take((self.ids % 3) as usize).last();
            self.clients[n].sent.push((thread, client_id));
            self.give(
                n,
                Input::Send {
                    thread,
                    client_id,
                    text,
                    reply,
                    files: Vec::new(),
                },
            );
        }
    }

    pub(super) fn step(&mut self, (what, who, number): Step) {
        let n = usize::from(who) % TABS.len();
        let number = usize::from(number);
        let user = self.clients[n].user;
        let own: Vec<_> = THREADS
            .iter()
            .map(|&(id, ..)| id)
            .filter(|&id| is_member(id, user))
            .collect();
        let thread = own[number % own.len()];
        match what % 20 {
            0..=2 => self.send(n, thread),
            3 => self.open(n, Some(thread)),
            4 if number % 4 == 0 => self.open(n, None),
            4 => self.give(n, Input::WantOlder(thread)),
            5 => self.give(n, Input::WantNewer(thread)),
            6 if number % 2 == 0 => self.give(n, Input::WantLatest(thread)),
            6 => self.give(n, Input::Typed(thread)),
            7 => {
                let shown = self.clients[n]
                    .engine
                    .timeline(thread)
                    .unwrap_or_default()
                    .events;
                let seq = shown
                    .iter()
                    .rev()
                    .nth(number % 3)
                    .map_or(1, |event| event.seq);
                self.give(n, Input::Seen { thread, seq });
            }
            8..=9 => self.read_one(n, number, None),
            10 => self.read_one(n, number, (number % 5 == 0).then_some((n + 1) % TABS.len())),
            11..=13 => (0..=number % 6).for_each(|_| {
                let _ = self.receive_one(n);
            }),
            14 => self.drop_connection(n),
            15 => {
                let _ = self.serve_one(n, number, number % 4 == 0);
            }
            16 => {
                self.serve_one(n, number, false);
                self.answer_one(n, number);
            }
            17 => {
                let _ = self.answer_one(n, number);
            }
            18 if number % 3 == 0 => self.busy = (number % 4) as u8,
            18 => self.pass((number * 7 % 12_000) as Millis),
            _ if number % 4 == 0 => self.give(n, Input::Wake),
            _ if number % 4 == 1 => {
                let end = self.server.log(thread).len() as Seq;
                let seq = end - (number / 4 % 10) as Seq;
                let emoji = "👍".to_owned();
                let body = match number / 40 % 8 {
                    0 => EventBody::MessageDeleted { seq },
                    1 | 2 => EventBody::edited(
                        seq,
                        format!("changed {number}{}", mention_suffix(number)),
                    ),
                    3 | 4 => EventBody::Reacted { seq, emoji },
                    5 => EventBody::Unreacted { seq, emoji },
                    6 => EventBody::Pinned { seq },
                    _ => EventBody::Unpinned { seq },
                };
                let deceived = (number % 3 == 0).then_some((n + 1) % TABS.len());
                self.deceiving(deceived, |server| server.amend(thread, user, body));
            }
            _ => self.server.write_much(thread, number % 40),
        }
    }

    fn open(&mut self, n: usize, thread: Option<ThreadId>) {
        self.clients[n].open = thread;
        self.give(n, Input::Open(thread));
    }

    fn pass(&mut self, ms: Millis) {
        self.now += ms;
        (0..TABS.len()).for_each(|n| self.give(n, Input::Tick));
    }

    /// From here on the network is good, until nothing is left to happen.
    pub(super) fn heal(&mut self) {
        self.busy = 0;
        for n in 0..TABS.len() {
            if !self.clients[n].deceived.is_empty() {
                self.drop_connection(n);
            }
        }
        self.settle();
        // All clients are connected, and these are the last events: no later one reveals a gap that a full connection
        // made.
        for (thread, ..) in THREADS {
            self.server.write_much(thread, 40);
        }
        self.settle();
    }

    /// Runs long enough for every pause and every resend.
    fn settle(&mut self) {
        for _ in 0..120 {
            self.flow();
            self.pass(1_000);
        }
        self.flow();
    }

    /// Delivers everything in flight.
    fn flow(&mut self) {
        let mut moving = true;
        while moving {
            moving = false;
            for n in 0..TABS.len() {
                while self.clients[n].wires.iter().any(|wire| !wire.up.is_empty()) {
                    self.read_one(n, 0, None);
                }
                while self.receive_one(n) || self.serve_one(n, 0, false) || self.answer_one(n, 0) {
                    moving = true;
                }
                moving |= self.clients[n].wires.iter().any(|wire| !wire.up.is_empty());
            }
        }
    }

    /// Everything of a thread, as this client sees it by going to the end and then scrolling back.
    fn seen_by(&mut self, n: usize, thread: ThreadId) -> Vec<Event> {
        self.give(n, Input::Open(Some(thread)));
        self.flow();
        self.give(n, Input::WantLatest(thread));
        self.flow();
        let timeline = self.clients[n].engine.timeline(thread).expect("loaded");
        assert!(timeline.at_end, "{timeline:?}");
        assert_eq!(timeline.pending, []);
        let mut all: BTreeMap<_, _> = timeline.events.into_iter().map(|e| (e.seq, e)).collect();
        while self.clients[n]
            .engine
            .timeline(thread)
            .expect("loaded")
            .more_before
        {
            self.give(n, Input::WantOlder(thread));
            self.flow();
            let timeline = self.clients[n].engine.timeline(thread).expect("loaded");
            all.extend(timeline.events.into_iter().map(|event| (event.seq, event)));
        }
        all.into_values().collect()
    }

    /// Checks what must be true in the end.
    pub(super) fn check_all(&mut self) {
        for n in 0..TABS.len() {
            let client = &self.clients[n];
            assert_eq!(client.engine.link(), ConnectionState::Live);
            assert_eq!(client.engine.outbox(), [], "the outbox is empty");
            for (thread, ..) in THREADS {
                assert_eq!(client.engine.typing(thread), [], "typing notices expire");
                let sent = client.sent.iter().filter(|(to, _)| *to == thread);
                let sent: Vec<_> = sent.map(|(_, id)| *id).collect();
                let log = self
                    .server
                    .log(thread)
                    .iter()
                    .filter_map(|event| event.client_id);
                let logged: Vec<_> = log.filter(|id| sent.contains(id)).collect();
                assert_eq!(sent, logged, "each message once, in the order sent");
            }
            if let Some(open) = client.open {
                let timeline = client.engine.timeline(open).expect("loaded");
                assert!(
                    !timeline.loading && timeline.failed.is_none(),
                    "{timeline:?}"
                );
                let base = timeline
                    .events
                    .first()
                    .map_or(0, |event| event.seq as usize - 1);
                let held = &self.server.log(open)[base..base + timeline.events.len()];
                assert_eq!(timeline.events, held, "the timeline equals the log");
            }
            for head in self.server.heads(client.user) {
                let seen = client
                    .engine
                    .thread(head.id)
                    .expect("every thread is known");
                assert_eq!(seen, &head, "the list equals the server's");
                let log = self.server.log(head.id).iter();
                let beyond = log.filter(|event| event.seq > head.read.seq);
                let unread = beyond.filter(|event| event.body.text().is_some());
                assert!(
                    unread.clone().all(|event| event.actor != client.user),
                    "the user's own message is read"
                );
                assert_eq!(seen.unread(), unread.count() as i64, "as found in the log");
            }
        }
        for n in 0..TABS.len() {
            for (thread, ..) in THREADS {
                let user = self.clients[n].user;
                if is_member(thread, user) {
                    assert_eq!(self.seen_by(n, thread), self.server.log(thread));
                    let mut readers = self.clients[n].engine.readers(thread);
                    let mut held = self.server.readers(user, thread);
                    // Members who have read nothing may be missing.
                    for readers in [&mut readers, &mut held] {
                        readers.retain(|(_, seq)| *seq > 0);
                    }
                    assert_eq!(readers, held, "the readers");
                }
            }
        }
    }
}

/// The end of a message; some of them mention users.
fn mention_suffix(number: usize) -> &'static str {
    [
        "",
        "",
        " @user00001",
        " @user00002 @user00003",
        " @room",
        "",
    ][number % 6]
}

fn event_of(outgoing: &Outgoing) -> Option<&Event> {
    match outgoing {
        Ok(ServerFrame::Event(event)) => Some(event),
        _ => None,
    }
}

fn refused(client_id: Option<ClientId>, refusal: Refusal) -> ServerFrame {
    ServerFrame::Refused {
        client_id,
        message: refusal.to_string(),
        refusal,
    }
}
