//! The user's own messages on their way into the log.
//!
//! Of each thread only the first message is in flight; the next is sent when that one is answered. So the log has them
//! in the order in which they were sent, whatever is refused, lost or sent again.
//!
//! When the server answers `too_fast`, all threads wait for as long as it demands, because the limit is per user. After
//! that, messages go out one at a time, so that a long outbox drains at the permitted rate without a storm of refused
//! attempts.

mod own;

use litemap::LiteMap;

use super::clock::{ms, retry_after};
use super::{Engine, Held, Pending, PendingState, Trouble, ViewChange};
use crate::model::{
    ClientId, Event, EventBody, FileRef, Message, Millis, Refusal, Seq, ThreadId, limits,
};
use crate::protocol::ClientFrame;

/// The pause after a transient refusal that specifies none.
const REFUSED_PAUSE: Millis = 2_000;
/// The shortest pause after a transient refusal.
const REFUSED_PAUSE_MIN: Millis = 200;
/// The shortest wait after `too_fast`: messages that become possible meanwhile go out together.
const HOLD_MIN: Millis = 1_000;
/// Messages in flight at a time, over all threads; the server permits 64 per connection.
const IN_FLIGHT: usize = 32;
/// If the event of a `sent` message has not arrived within this, it is fetched.
const EVENT_WITHIN: Millis = 3_000;

/// A message that is in the log, according to `sent`, but not yet in the timeline that shows it.
#[derive(Debug)]
struct Landed {
    pending: Pending,
    seq: Seq,
    fetch_at: Millis,
}

/// Messages sent by the user and not yet seen in the log.
#[derive(Debug, Default)]
pub(super) struct Outbox {
    /// Messages not known to be in the log, in the order sent.
    queue: Vec<Pending>,
    /// When the messages transmitted on this connection are transmitted again.
    again_at: LiteMap<ClientId, Millis>,
    landed: Vec<Landed>,
    /// Nothing is transmitted before this, after `too_fast`. Applies across connections.
    held_until: Millis,
    /// The threads held back by slow mode, and until when. Others go on.
    slow_until: LiteMap<ThreadId, Millis>,
    /// Set by `too_fast` until nothing waits any more: one message is in flight at a time.
    is_paced: bool,
    /// Why the server refused the last message for now, unless it was the user's pace.
    trouble: Option<Trouble>,
    /// The reason for waiting that is currently shown.
    shown: Option<Held>,
    /// Whether the queue has changed since it was saved.
    pub(super) unsaved: bool,
}

/// The order in which messages were written, across tabs. Ids made within one millisecond ascend too.
fn order(pending: &Pending) -> (Millis, ClientId) {
    (pending.at, pending.client_id)
}

impl Outbox {
    /// `stored`: the stored messages, in any order.
    pub(super) fn new(mut stored: Vec<Pending>) -> Self {
        let mut seen = LiteMap::new_vec();
        stored.sort_unstable_by_key(order);
        stored.retain(|pending| seen.insert(pending.client_id, pending.at).is_none());
        Self {
            queue: stored,
            ..Self::default()
        }
    }

    /// Appends a message. Messages are stored one by one and ordered by `at` when loaded, so `at` must ascend even
    /// where the clock doesn't.
    fn push(&mut self, mut pending: Pending) {
        if let Some(last) = self.queue.last() {
            pending.at = pending.at.max(last.at + 1);
        }
        self.queue.push(pending);
        self.unsaved = true;
    }

    pub(super) fn queue(&self) -> &[Pending] {
        &self.queue
    }

    /// The pending messages shown after the events of a thread.
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

    /// The event of this message is known: it is no longer pending.
    pub(super) fn arrived(&mut self, client_id: ClientId) -> bool {
        let landed = self.landed.len();
        self.landed
            .retain(|landed| landed.pending.client_id != client_id);
        self.take(client_id).is_some() || self.landed.len() < landed
    }

    /// The thread is gone: its messages fail, so that the user can read and discard them.
    pub(super) fn fail_all_of(&mut self, thread: ThreadId) {
        for pending in self.queue.iter_mut().filter(|it| it.thread == thread) {
            pending.state = PendingState::Failed(Refusal::NotFound);
            self.again_at.remove(&pending.client_id);
            self.unsaved = true;
        }
        self.landed.retain(|landed| landed.pending.thread != thread);
    }

    /// Messages in flight may be lost: all are sent again on the next connection.
    pub(super) fn unplugged(&mut self) {
        self.again_at.clear();
        self.slow_until.clear();
        self.trouble = None;
    }

    /// The slow mode of a thread may have changed: its message is retried at once.
    pub(super) fn lift_slow_mode(&mut self, thread: ThreadId) {
        self.slow_until.remove(&thread);
    }

    /// The messages that may be in flight: the first unfailed one of each thread that slow mode doesn't hold back.
    fn sendable(&self) -> impl Iterator<Item = &Pending> {
        let mut threads = LiteMap::new_vec();
        self.queue.iter().filter(move |pending| {
            pending.state == PendingState::Sending
                && threads.insert(pending.thread, pending.at).is_none()
                && !self.slow_until.contains_key(&pending.thread)
        })
    }

    /// Whether anything waits to be sent.
    fn is_waiting(&self) -> bool {
        self.sendable().next().is_some()
    }

    /// The message of a thread that waits although there is a connection, and why.
    pub(super) fn held(&self, thread: ThreadId) -> Option<(ClientId, Held)> {
        let mut first = self.sendable();
        let held = first.find(|pending| pending.thread == thread)?;
        Some((held.client_id, self.shown?))
    }

    /// Why messages wait on a live connection.
    fn held_reason(&self, now: Millis) -> Option<Held> {
        let wait = self.held_until - now;
        if wait > 0 {
            let seconds = (wait - 1) / 1_000 + 1;
            Some(Held::Seconds(u32::try_from(seconds).unwrap_or(u32::MAX)))
        } else {
            (self.trouble == Some(Trouble::DiskFull)).then_some(Held::ReadOnly)
        }
    }

    /// When to send again, update the countdown or fetch a missing event, on a live connection. Messages already due
    /// wait for the answer to another message.
    pub(super) fn deadline(&self, now: Millis) -> Option<Millis> {
        let again = self
            .sendable()
            .filter_map(|pending| self.again_at.get(&pending.client_id).copied());
        let again = again.map(|at| at.max(self.held_until));
        let next_second = match self.shown {
            Some(Held::Seconds(seconds)) => Millis::from(seconds.saturating_sub(1)) * 1_000,
            _ => 0,
        };
        let count = self.is_waiting().then_some(self.held_until - next_second);
        again
            .chain(count)
            .chain(self.slow_until.values().copied())
            .filter(|&at| at > now)
            .chain(self.landed.iter().map(|landed| landed.fetch_at))
            .min()
    }
}

impl Engine {
    pub(super) fn send(&mut self, pending: Pending) {
        self.message_sent();
        let known = self.windows.get(&pending.thread);
        let id = pending.client_id;
        if self.outbox.holds(id) || known.is_some_and(|window| window.has_own(id, self.me.id)) {
            return;
        }
        self.touch(ViewChange::Timeline(pending.thread));
        self.outbox.push(pending);
    }

    /// Another tab stored this message. It is sent from here too: the other tab may close before it can send it, and
    /// the log deduplicates messages by id.
    pub(super) fn stored_elsewhere(&mut self, pending: Pending) {
        let thread = pending.thread;
        match self.outbox.position(pending.client_id) {
            None => {
                let known = self.windows.get(&thread);
                let id = pending.client_id;
                if self.outbox.holds(id) || known.is_some_and(|it| it.has_own(id, self.me.id)) {
                    return;
                }
                let place = order(&pending);
                let index = self.outbox.queue.partition_point(|it| order(it) < place);
                self.outbox.queue.insert(index, pending);
            }
            // It is being retried there. If it fails again, this tab learns that by itself.
            Some(index) if self.is_failed(pending.client_id) => {
                self.outbox.queue[index].state = pending.state;
            }
            Some(_) => return,
        }
        self.touch(ViewChange::Timeline(thread));
    }

    /// Another tab has sent this message, or the user discarded it there. A message in flight from here stays until it
    /// is answered, so that it doesn't vanish before its event arrives.
    pub(super) fn removed_elsewhere(&mut self, client_id: ClientId) {
        if (self.is_failed(client_id) || !self.connection.is_live())
            && let Some(pending) = self.outbox.take(client_id)
        {
            self.touch(ViewChange::Timeline(pending.thread));
        }
    }

    /// The server confirms the message. Together with what is known here, that makes up the whole event: the list
    /// applies it at once; the timeline waits for the server's event.
    pub(super) fn acknowledged(&mut self, client_id: ClientId, seq: Seq, count: i64, at: Millis) {
        if let Some(index) = self.outbox.position(client_id) {
            let pending = self.outbox.queue[index].clone();
            let (actor, client_id) = (self.me.id, Some(client_id));
            let body = EventBody::Message(Message {
                reply: pending.reply,
                files: pending.files,
                ..Message::new(pending.text)
            });
            self.apply_to_heads(&[Event {
                thread: pending.thread,
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

    /// The message is in the log. Until its event arrives too, it stays visible where it is.
    pub(super) fn sent(&mut self, client_id: ClientId, seq: Seq) {
        let Some(pending) = self.outbox.take(client_id) else {
            return;
        };
        self.note_trouble(None);
        let thread = pending.thread;
        self.touch(ViewChange::Timeline(thread));
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
        self.note_trouble(Some(&refusal));
        if let Refusal::TooFast { retry_after_ms } = refusal {
            let wait = Millis::try_from(retry_after_ms).unwrap_or(Millis::MAX / 2);
            let until = self.now.saturating_add(wait.max(HOLD_MIN));
            self.outbox.held_until = self.outbox.held_until.max(until);
            self.outbox.is_paced = true;
            self.outbox.again_at.remove(&client_id);
            return;
        }
        if let Refusal::SlowMode { retry_after_ms } = refusal {
            let wait = Millis::try_from(retry_after_ms).unwrap_or(Millis::MAX / 2);
            let until = self.now.saturating_add(wait.max(REFUSED_PAUSE_MIN));
            let thread = self.outbox.queue[index].thread;
            self.outbox.slow_until.insert(thread, until);
            self.outbox.again_at.remove(&client_id);
            return;
        }
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
        self.touch(ViewChange::Timeline(thread));
    }

    /// These events are in the log: the user's own among them are no longer pending, except those that the timeline
    /// can't show yet because of a gap before them.
    pub(super) fn settle_own(&mut self, events: &[(ClientId, ThreadId, Seq)]) {
        for &(client_id, thread, seq) in events {
            let window = self.windows.get(&thread);
            if window.is_some_and(|window| window.awaits(seq)) {
                self.sent(client_id, seq);
            } else if self.outbox.arrived(client_id) {
                self.note_trouble(None);
                self.touch(ViewChange::Timeline(thread));
            }
        }
    }

    /// Those of these events that the user sent.
    pub(super) fn own(&self, events: &[Event]) -> Vec<(ClientId, ThreadId, Seq)> {
        let own = events.iter().filter(|event| event.actor == self.me.id);
        own.filter_map(|event| Some((event.client_id?, event.thread, event.seq)))
            .collect()
    }

    /// Drops messages that the timelines show by now, and fetches events that are overdue.
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
            self.touch(ViewChange::Timeline(thread));
        }
    }

    /// Updates the reason why messages wait, and the countdown.
    pub(super) fn show_held(&mut self) {
        let shown = match self.connection.is_live() && self.outbox.is_waiting() {
            true => self.outbox.held_reason(self.now),
            false => None,
        };
        if shown != self.outbox.shown {
            self.outbox.shown = shown;
            let first = self.outbox.sendable();
            let threads: Vec<_> = first.map(|pending| pending.thread).collect();
            for thread in threads {
                self.touch(ViewChange::Timeline(thread));
            }
        }
    }

    /// Transmits what is due.
    pub(super) fn pump_outbox(&mut self) {
        let now = self.now;
        self.outbox.slow_until.retain(|_, until| *until > now);
        self.outbox.is_paced &= self.outbox.is_waiting();
        if !self.connection.is_live() || self.now < self.outbox.held_until {
            return;
        }
        let is_due = |pending: &&Pending| {
            let again_at = self.outbox.again_at.get(&pending.client_id);
            again_at.is_none_or(|&at| at <= self.now)
        };
        let first = self.outbox.sendable();
        let in_flight = first.filter(|pending| !is_due(pending)).count();
        let most = if self.outbox.is_paced { 1 } else { IN_FLIGHT };
        let due: Vec<_> = self
            .outbox
            .sendable()
            .filter(is_due)
            .take(most.saturating_sub(in_flight))
            .cloned()
            .collect();
        for pending in due {
            let client_id = pending.client_id;
            let room_at = self.pace.room_at();
            if room_at > self.now {
                self.outbox.again_at.insert(client_id, room_at);
                continue;
            }
            let again_at = self.now + ms(limits::RESEND_AFTER);
            self.outbox.again_at.insert(client_id, again_at);
            self.transmit(ClientFrame::Send {
                client_id,
                thread: pending.thread,
                text: pending.text,
                reply_to: pending.reply.map(|quote| quote.seq),
                files: pending.files.iter().map(FileRef::attachment).collect(),
            });
        }
    }
}
