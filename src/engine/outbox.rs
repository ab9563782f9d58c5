//! One's own messages on their way into the log.
//!
//! Of each thread only the first message is in flight; the next is sent when that one is answered. So the
//! log has them in the order in which they were sent, whatever is refused, lost or sent again.

use std::collections::{BTreeMap, BTreeSet};

use super::time::{ms, retry_after};
use super::{Change, Engine, Pending, PendingState};
use crate::model::{ClientId, Event, EventBody, Message, Millis, Refusal, Seq, ThreadId, limits};
use crate::protocol::ClientFrame;

/// The pause after a transient refusal that names none.
const REFUSED_PAUSE: Millis = 2_000;
/// The shortest pause after a transient refusal.
const REFUSED_PAUSE_MIN: Millis = 200;
/// A message that is `sent` but whose event has not come within this is fetched.
const EVENT_WITHIN: Millis = 3_000;

/// A message that is in the log, as `sent` told, but not yet in the timeline that shows it.
#[derive(Debug)]
struct Landed {
    pending: Pending,
    seq: Seq,
    fetch_at: Millis,
}

/// What one has sent and is not seen in the log yet.
#[derive(Debug, Default)]
pub(super) struct Outbox {
    /// Not in the log as far as is known, in the order sent.
    queue: Vec<Pending>,
    /// When those that have been transmitted on this connection are transmitted again.
    again_at: BTreeMap<ClientId, Millis>,
    landed: Vec<Landed>,
    /// Whether the queue has changed since it was saved.
    pub(super) unsaved: bool,
}

impl Outbox {
    pub(super) fn new(kept: Vec<Pending>) -> Self {
        let mut seen = BTreeSet::new();
        let queue: Vec<_> = kept
            .into_iter()
            .filter(|pending| seen.insert(pending.client_id))
            .collect();
        Self {
            queue,
            ..Self::default()
        }
    }

    pub(super) fn queue(&self) -> &[Pending] {
        &self.queue
    }

    /// What is shown after the events of a thread.
    pub(super) fn shown(&self, thread: ThreadId) -> Vec<Pending> {
        let landed = self.landed.iter().map(|landed| &landed.pending);
        landed
            .chain(&self.queue)
            .filter(|pending| pending.thread == thread)
            .cloned()
            .collect()
    }

    fn position(&self, client_id: ClientId) -> Option<usize> {
        self.queue
            .iter()
            .position(|pending| pending.client_id == client_id)
    }

    fn holds(&self, client_id: ClientId) -> bool {
        self.position(client_id).is_some()
            || self
                .landed
                .iter()
                .any(|landed| landed.pending.client_id == client_id)
    }

    fn take(&mut self, client_id: ClientId) -> Option<Pending> {
        let index = self.position(client_id)?;
        self.again_at.remove(&client_id);
        self.unsaved = true;
        Some(self.queue.remove(index))
    }

    /// The event of this message is known: it is pending no more.
    pub(super) fn arrived(&mut self, client_id: ClientId) -> bool {
        let landed = self.landed.len();
        self.landed
            .retain(|landed| landed.pending.client_id != client_id);
        self.take(client_id).is_some() || self.landed.len() < landed
    }

    /// A thread is not there any more: what waits for it has failed, and can be read and given up.
    pub(super) fn fail_all_of(&mut self, thread: ThreadId) {
        for pending in self.queue.iter_mut().filter(|it| it.thread == thread) {
            pending.state = PendingState::Failed(Refusal::NotFound);
            self.again_at.remove(&pending.client_id);
            self.unsaved = true;
        }
        self.landed.retain(|landed| landed.pending.thread != thread);
    }

    /// What was in flight may be lost: all is sent again on the next connection.
    pub(super) fn unplugged(&mut self) {
        self.again_at.clear();
    }

    /// The messages that may be in flight: the first of each thread that is not failed.
    fn first_of_each_thread(&self) -> impl Iterator<Item = &Pending> {
        let mut threads = BTreeSet::new();
        self.queue.iter().filter(move |pending| {
            pending.state == PendingState::Sending && threads.insert(pending.thread)
        })
    }

    /// When something is to be sent again or looked for, on a live connection.
    pub(super) fn deadline(&self) -> Option<Millis> {
        let again = self
            .first_of_each_thread()
            .filter_map(|pending| self.again_at.get(&pending.client_id).copied());
        again
            .chain(self.landed.iter().map(|landed| landed.fetch_at))
            .min()
    }
}

impl Engine {
    pub(super) fn send(&mut self, pending: Pending) {
        let known = self.windows.get(&pending.thread);
        let id = pending.client_id;
        if self.outbox.holds(id) || known.is_some_and(|window| window.has_own(id, self.me.id)) {
            return;
        }
        self.touch(Change::Timeline(pending.thread));
        self.outbox.queue.push(pending);
        self.outbox.unsaved = true;
    }

    /// A failed message is sent again, as if it were written now: after those that wait already.
    pub(super) fn retry(&mut self, client_id: ClientId, at: Millis) {
        if self.is_failed(client_id)
            && let Some(pending) = self.outbox.take(client_id)
        {
            self.touch(Change::Timeline(pending.thread));
            self.outbox.queue.push(Pending {
                state: PendingState::Sending,
                at,
                ..pending
            });
        }
    }

    pub(super) fn discard(&mut self, client_id: ClientId) {
        if self.is_failed(client_id)
            && let Some(pending) = self.outbox.take(client_id)
        {
            self.touch(Change::Timeline(pending.thread));
        }
    }

    fn is_failed(&self, client_id: ClientId) -> bool {
        let found = self
            .outbox
            .position(client_id)
            .map(|index| &self.outbox.queue[index].state);
        matches!(found, Some(PendingState::Failed(_)))
    }

    /// The server says that it has the message: with what is known of it here, that is the whole event.
    /// The list takes it at once; the timeline waits for the server's own words.
    pub(super) fn acknowledged(&mut self, client_id: ClientId, seq: Seq, count: i64, at: Millis) {
        if let Some(index) = self.outbox.position(client_id) {
            let Pending {
                thread,
                text,
                reply,
                ..
            } = self.outbox.queue[index].clone();
            let (actor, client_id) = (self.me.id, Some(client_id));
            let body = EventBody::Message(Message {
                reply,
                ..Message::new(text)
            });
            self.take_into_heads(&[Event {
                thread,
                seq,
                count,
                at,
                actor,
                client_id,
                body,
            }]);
        }
        self.sent(client_id, seq);
    }

    /// The message is in the log. Until its event is here too it stays to be seen where it is.
    pub(super) fn sent(&mut self, client_id: ClientId, seq: Seq) {
        let Some(pending) = self.outbox.take(client_id) else {
            return;
        };
        let thread = pending.thread;
        self.touch(Change::Timeline(thread));
        if let Some(window) = self.windows.get_mut(&thread) {
            if window.is_following() {
                let fetch_at = self.now + EVENT_WITHIN;
                self.outbox.landed.push(Landed {
                    pending,
                    seq,
                    fetch_at,
                });
            } else {
                window.note_end(seq);
            }
        }
    }

    /// The server refused the message.
    pub(super) fn send_refused(&mut self, client_id: ClientId, refusal: Refusal) {
        let Some(index) = self.outbox.position(client_id) else {
            return;
        };
        if let Some(pause) = retry_after(&refusal) {
            let pause = if pause == 0 {
                REFUSED_PAUSE
            } else {
                pause.max(REFUSED_PAUSE_MIN)
            };
            self.outbox.again_at.insert(client_id, self.now + pause);
            return;
        }
        self.outbox.again_at.remove(&client_id);
        self.outbox.unsaved = true;
        let pending = &mut self.outbox.queue[index];
        pending.state = PendingState::Failed(refusal);
        let thread = pending.thread;
        self.touch(Change::Timeline(thread));
    }

    /// These events are in the log: one's own among them are pending no more, but for those that the
    /// timeline can't show yet because of a hole before them.
    pub(super) fn settle_own(&mut self, events: &[(ClientId, ThreadId, Seq)]) {
        for &(client_id, thread, seq) in events {
            let window = self.windows.get(&thread);
            if window.is_some_and(|window| window.awaits(seq)) {
                self.sent(client_id, seq);
            } else if self.outbox.arrived(client_id) {
                self.touch(Change::Timeline(thread));
            }
        }
    }

    /// Those of these events that one has sent oneself.
    pub(super) fn own(&self, events: &[Event]) -> Vec<(ClientId, ThreadId, Seq)> {
        let own = events.iter().filter(|event| event.actor == self.me.id);
        own.filter_map(|event| Some((event.client_id?, event.thread, event.seq)))
            .collect()
    }

    /// Lets go what the timelines show by now, and looks for what should have come.
    pub(super) fn settle_landed(&mut self) {
        let (windows, now) = (&mut self.windows, self.now);
        let mut gone = Vec::new();
        self.outbox.landed.retain_mut(|landed| {
            let thread = landed.pending.thread;
            let window = windows.get_mut(&thread);
            let Some(window) = window.filter(|window| window.awaits(landed.seq)) else {
                gone.push(thread);
                return false;
            };
            if landed.fetch_at <= now {
                window.note_end(landed.seq);
                landed.fetch_at = now + EVENT_WITHIN;
            }
            true
        });
        for thread in gone {
            self.touch(Change::Timeline(thread));
        }
    }

    /// Transmits what is due.
    pub(super) fn pump_outbox(&mut self) {
        if !self.connection.is_live() || self.outbox.queue.is_empty() {
            return;
        }
        let due: Vec<_> = self
            .outbox
            .first_of_each_thread()
            .filter(|pending| {
                self.outbox
                    .again_at
                    .get(&pending.client_id)
                    .is_none_or(|&at| at <= self.now)
            })
            .cloned()
            .collect();
        for Pending {
            client_id,
            thread,
            text,
            reply,
            ..
        } in due
        {
            let room_at = self.pace.room_at();
            if room_at > self.now {
                self.outbox.again_at.insert(client_id, room_at);
                continue;
            }
            let again_at = self.now + ms(limits::RESEND_AFTER);
            self.outbox.again_at.insert(client_id, again_at);
            self.transmit(ClientFrame::Send {
                client_id,
                thread,
                text,
                reply_to: reply.map(|quote| quote.seq),
            });
        }
    }
}
