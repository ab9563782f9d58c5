//! The server of the simulation: logs, marks, pages. Nothing of it is ever lost.

use super::*;

const PAGE: usize = 20;
const MISSED_MAX: usize = 5;

/// The truth.
#[derive(Default)]
pub(super) struct Server {
    pub(super) logs: BTreeMap<ThreadId, Vec<Event>>,
    pub(super) marks: BTreeMap<(ThreadId, UserId), ReadMark>,
    pub(super) sent: BTreeMap<(UserId, ClientId), (ThreadId, Seq)>,
}

impl Server {
    pub(super) fn log(&self, thread: ThreadId) -> &[Event] {
        self.logs.get(&thread).map_or(&[], Vec::as_slice)
    }

    pub(super) fn is_member(thread: ThreadId, user: UserId) -> bool {
        THREADS
            .iter()
            .any(|&(id, a, b)| id == thread && (a == user || b == user))
    }

    pub(super) fn post(
        &mut self,
        thread: ThreadId,
        actor: UserId,
        id: Option<ClientId>,
        text: &str,
        reply_to: Option<Seq>,
    ) -> Event {
        let seq = self.log(thread).len() as Seq + 1;
        // The first entry is no message, so that counts and positions differ.
        let body = match seq {
            1 => EventBody::Created,
            _ => EventBody::Message(Message {
                reply: reply_to.and_then(|seq| Quote::of(&self.log(thread)[seq as usize - 1])),
                ..Message::new(text)
            }),
        };
        let event = self.append(thread, actor, id, body);
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

    /// Does something to the message at `seq`, if there is one.
    pub(super) fn amend(
        &mut self,
        thread: ThreadId,
        actor: UserId,
        body: EventBody,
    ) -> Option<Event> {
        let seq = body.amends()?;
        let at = usize::try_from(seq - 1).ok()?;
        self.log(thread).get(at)?.body.text()?;
        let by = self.append(thread, actor, None, body);
        let log = self.logs.get_mut(&thread)?;
        log.iter_mut().for_each(|event| event.amend(&by));
        Some(by)
    }

    pub(super) fn mark(&mut self, thread: ThreadId, user: UserId, seq: Seq) -> ReadMark {
        let seq = seq.min(self.log(thread).len() as Seq);
        let last = usize::try_from(seq - 1).ok();
        let last = last.and_then(|at| self.log(thread).get(at));
        let new = ReadMark {
            seq,
            count: last.map_or(0, |event| event.count),
        };
        let mark = self.marks.entry((thread, user)).or_default();
        *mark = mark.merge(new);
        *mark
    }

    pub(super) fn head(&self, thread: ThreadId, viewer: UserId) -> ThreadHead {
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
            read,
        };
        self.log(thread)
            .iter()
            .for_each(|event| head.apply(event, UserId(0)));
        head
    }

    pub(super) fn heads(&self, viewer: UserId) -> Vec<ThreadHead> {
        let own = THREADS
            .iter()
            .filter(|(id, ..)| Self::is_member(*id, viewer));
        own.map(|(id, ..)| self.head(*id, viewer)).collect()
    }

    pub(super) fn page(&self, thread: ThreadId, position: Position) -> Page {
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
        }
    }

    pub(super) fn ready(&self, user: UserId, resume: &[Resume]) -> ServerFrame {
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
        }
    }
}
