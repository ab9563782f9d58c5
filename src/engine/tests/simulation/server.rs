//! A minimal server: logs, marks, pages. It never loses anything.

use super::*;
use crate::model::{Reader, Receipts};

const PAGE: usize = 20;
const MISSED_MAX: usize = 5;
/// Sends and marks that a user may make at once, and the interval after which there is room for one more.
const BURST: Millis = 4;
const EVERY: Millis = 400;

/// One connection.
struct Wire {
    user: UserId,
    is_subscribed: bool,
    down: Vec<Outgoing>,
}

#[derive(Default)]
pub(super) struct Server {
    logs: BTreeMap<ThreadId, Vec<Event>>,
    marks: BTreeMap<(ThreadId, UserId), ReadMark>,
    sent: BTreeMap<(UserId, ClientId), Seq>,
    wires: Vec<Wire>,
    /// When the rate limit of each user has recovered.
    paid: BTreeMap<UserId, Millis>,
}

impl Server {
    pub(super) fn new() -> Self {
        let mut server = Self::default();
        for (thread, creator, _) in THREADS {
            server.post(thread, creator, None, ("", None));
        }
        server
    }

    fn post(
        &mut self,
        thread: ThreadId,
        actor: UserId,
        id: Option<ClientId>,
        (text, reply_to): (&str, Option<Seq>),
    ) -> Event {
        let seq = self.log(thread).len() as Seq + 1;
        // The first entry is not a message, so that counts and positions differ.
        let body = match seq {
            1 => EventBody::Created,
            _ => EventBody::Message(Message {
                reply: reply_to.and_then(|seq| Quote::of(&self.log(thread)[seq as usize - 1])),
                ..Message::new(text)
            }),
        };
        let event = self.append(thread, actor, id, body);
        self.publish(&event);
        if event.body.is_message() {
            self.mark(thread, actor, seq);
        }
        event
    }

    fn append(
        &mut self,
        thread: ThreadId,
        actor: UserId,
        client_id: Option<ClientId>,
        body: EventBody,
    ) -> Event {
        let log = self.logs.entry(thread).or_default();
        let seq = log.len() as Seq + 1;
        let event = Event {
            thread,
            seq,
            count: log.last().map_or(0, |last| last.count) + Seq::from(body.is_message()),
            at: seq,
            actor,
            client_id,
            body,
        };
        log.push(event.clone());
        event
    }

    /// Sends an event to all subscribed connections.
    fn publish(&mut self, event: &Event) {
        for wire in &mut self.wires {
            if wire.is_subscribed && is_member(event.thread, wire.user) {
                wire.down.push(Ok(ServerFrame::Event(event.clone())));
            }
        }
    }

    /// Moves a mark up, and notifies all tabs of its user.
    fn mark(&mut self, thread: ThreadId, user: UserId, seq: Seq) {
        let seq = seq.min(self.log(thread).len() as Seq);
        let last = usize::try_from(seq - 1).ok();
        let last = last.and_then(|at| self.log(thread).get(at));
        let new = ReadMark {
            turn: 0,
            seq,
            count: last.map_or(0, |event| event.count),
        };
        let mark = self.marks.entry((thread, user)).or_default();
        *mark = mark.merge(new);
        let mark = *mark;
        for wire in self.wires.iter_mut().filter(|wire| wire.user == user) {
            if wire.is_subscribed {
                wire.down.push(Ok(ServerFrame::Read { thread, mark }));
            }
        }
        if !is_member(thread, user) {
            return;
        }
        let reader = Reader {
            user,
            seq: mark.seq,
        };
        for wire in &mut self.wires {
            if wire.is_subscribed && wire.user != user && is_member(thread, wire.user) {
                let receipts = Receipts {
                    thread,
                    read: vec![reader],
                    delivered: 0,
                };
                wire.down.push(Ok(ServerFrame::Receipts(receipts)));
            }
        }
    }

    /// How far the others have read.
    fn receipts(&self, thread: ThreadId, viewer: UserId) -> Receipts {
        let others = USERS.into_iter();
        let others = others.filter(|user| *user != viewer && is_member(thread, *user));
        let read = others.map(|user| Reader {
            user,
            seq: self.marks.get(&(thread, user)).map_or(0, |mark| mark.seq),
        });
        Receipts {
            thread,
            read: read.collect(),
            delivered: 0,
        }
    }

    /// Notifies the others of a thread that a member is typing.
    fn typing(&mut self, thread: ThreadId, user: UserId) {
        for wire in &mut self.wires {
            if wire.is_subscribed && wire.user != user && is_member(thread, wire.user) {
                wire.down.push(Ok(ServerFrame::Typing { thread, user }));
            }
        }
    }

    fn head(&self, thread: ThreadId, viewer: UserId) -> ThreadHead {
        let &(_, a, b) = THREADS
            .iter()
            .find(|(id, ..)| *id == thread)
            .expect("a thread");
        let other = person(if a == viewer { b } else { a });
        let read = self
            .marks
            .get(&(thread, viewer))
            .copied()
            .unwrap_or_default();
        let mut head = ThreadHead {
            id: thread,
            kind: ThreadKind::Direct { other },
            creator: a,
            created_at: 0,
            last_seq: 0,
            count: 0,
            last: None,
            favourite: false,
            notify: NotifyChoice::default(),
            read,
            pins: vec![],
            saved: vec![],
            mentions: Vec::new(),
            deleted: Vec::new(),
            hushed: Vec::new(),
        };
        self.log(thread)
            .iter()
            .for_each(|event| head.apply(event, UserId(0)));
        head
    }

    fn ready(&self, user: UserId, resume: &[Resume]) -> ServerFrame {
        let missed = |resume: &Resume| {
            let events = &self.log(resume.thread)[resume.seq as usize..];
            let some = &events[..events.len().min(MISSED_MAX)];
            Missed {
                thread: resume.thread,
                events: some.to_vec(),
                complete: some.len() == events.len(),
            }
        };
        ServerFrame::Ready {
            version: VERSION,
            me: user,
            threads: self.heads(user),
            more_threads: false,
            missed: resume.iter().map(missed).collect(),
            online: USERS.to_vec(),
            receipts: resume
                .iter()
                .map(|it| self.receipts(it.thread, user))
                .collect(),
            privacy: crate::model::Privacy::default(),
            blocked: Vec::new(),
        }
    }

    fn send(
        &mut self,
        user: UserId,
        client_id: ClientId,
        thread: ThreadId,
        content: (&str, Option<Seq>),
    ) -> ServerFrame {
        let known = self.position(user, client_id);
        let seq = known.unwrap_or_else(|| {
            let seq = self.post(thread, user, Some(client_id), content).seq;
            self.sent.insert((user, client_id), seq);
            seq
        });
        ServerFrame::Sent {
            client_id,
            thread,
            seq,
            count: self.log(thread)[seq as usize - 1].count,
            at: seq,
        }
    }
}

impl Backend for Server {
    fn connect(&mut self, user: UserId) -> usize {
        self.wires.push(Wire {
            user,
            is_subscribed: false,
            down: Vec::new(),
        });
        self.wires.len() - 1
    }

    fn admit(&mut self, user: UserId, frame: &ClientFrame, now: Millis) -> Result<(), Refusal> {
        if !matches!(frame, ClientFrame::Send { .. } | ClientFrame::Read { .. }) {
            return Ok(());
        }
        let paid = self.paid.entry(user).or_default();
        let until = now.max(*paid) + EVERY;
        let ahead = until - now - BURST * EVERY;
        if ahead > 0 {
            return Err(Refusal::TooFast {
                retry_after_ms: ahead.unsigned_abs(),
            });
        }
        *paid = until;
        Ok(())
    }

    fn take(&mut self, connection: usize, frame: ClientFrame) {
        let user = self.wires[connection].user;
        let answer = match frame {
            ClientFrame::Hello { resume, .. } => {
                self.wires[connection].is_subscribed = true;
                Some(self.ready(user, &resume))
            }
            ClientFrame::Send {
                client_id,
                thread,
                text,
                reply_to,
                ..
            } => Some(self.send(user, client_id, thread, (&text, reply_to))),
            ClientFrame::Read { thread, seq, .. } => {
                self.mark(thread, user, seq);
                None
            }
            ClientFrame::Typing { thread } => {
                self.typing(thread, user);
                None
            }
            ClientFrame::Ping => Some(ServerFrame::Pong),
            ClientFrame::Looking { .. } | ClientFrame::Pong => None,
        };
        self.wires[connection].down.extend(answer.map(Ok));
    }

    fn outgoing(&mut self, connection: usize) -> Vec<Outgoing> {
        std::mem::take(&mut self.wires[connection].down)
    }

    fn write_much(&mut self, thread: ThreadId, count: usize) {
        for _ in 0..count {
            self.post(thread, UserId(9), None, ("from a bot", None));
        }
    }

    fn amend(&mut self, thread: ThreadId, actor: UserId, body: EventBody) {
        let seq = body.amends().unwrap_or(0);
        let found = usize::try_from(seq - 1)
            .ok()
            .and_then(|at| self.log(thread).get(at));
        if found.is_none_or(|event| event.body.text().is_none()) {
            return;
        }
        let by = self.append(thread, actor, None, body);
        let log = self.logs.entry(thread).or_default();
        log.iter_mut().for_each(|event| event.amend(&by));
        self.publish(&by);
    }

    fn log(&self, thread: ThreadId) -> &[Event] {
        self.logs.get(&thread).map_or(&[], Vec::as_slice)
    }

    fn position(&self, user: UserId, id: ClientId) -> Option<Seq> {
        self.sent.get(&(user, id)).copied()
    }

    fn heads(&self, user: UserId) -> Vec<ThreadHead> {
        let own = THREADS.iter().filter(|(id, ..)| is_member(*id, user));
        own.map(|(id, ..)| self.head(*id, user)).collect()
    }

    fn page(&self, viewer: UserId, thread: ThreadId, position: Position) -> Page {
        let log = self.log(thread);
        let at = |seq: Seq| (seq.max(0) as usize).min(log.len());
        let (from, to) = match position {
            Position::Latest => (log.len().saturating_sub(PAGE), log.len()),
            Position::Before(seq) => (at(seq - 1).saturating_sub(PAGE), at(seq - 1)),
            Position::After(seq) => (at(seq), at(seq + PAGE as Seq)),
            Position::Around(seq) => (at(seq).saturating_sub(PAGE / 2), at(seq + PAGE as Seq / 2)),
        };
        let (events, last_seq) = (log[from..to].to_vec(), log.len() as Seq);
        Page {
            thread,
            events,
            more_before: from > 0,
            last_seq,
            people: Vec::new(),
            receipts: Some(self.receipts(thread, viewer)),
        }
    }

    fn readers(&self, viewer: UserId, thread: ThreadId) -> Vec<(UserId, Seq)> {
        let read = self.receipts(thread, viewer).read.into_iter();
        read.map(|reader| (reader.user, reader.seq)).collect()
    }
}
