//! Read marks: moved locally at once, sent to the server at a limited rate, and resent until the server has them.

use litemap::LiteMap;

use super::clock::ms;
use super::{Engine, ViewChange};
use crate::model::{Millis, ReadMark, Seq, ThreadId, limits};
use crate::protocol::ClientFrame;

/// The pause after the server refused a frame as too fast.
const REFUSED_PAUSE: Millis = 2_000;

/// A mark that the server is not known to have.
#[derive(Debug)]
struct Unconfirmed {
    mark: ReadMark,
    /// Whether it was sent on this connection.
    sent: bool,
}

/// The marks that the server is not known to have.
#[derive(Debug, Default)]
pub(super) struct Reading {
    marks: LiteMap<ThreadId, Unconfirmed>,
    /// The mark of a thread that was open when its messages were marked as unread: they stay so, although they are on
    /// the screen, until the thread is opened again or the mark moves.
    held: Option<(ThreadId, ReadMark)>,
    /// No mark is sent before this.
    not_before: Millis,
}

impl Reading {
    /// The server has this mark.
    pub(super) fn confirmed(&mut self, thread: ThreadId, mark: ReadMark) {
        let is_newer = |it: &Unconfirmed| it.mark.is_after(mark);
        if !self.marks.get(&thread).is_some_and(is_newer) {
            self.marks.remove(&thread);
        }
    }

    /// Messages of the open thread were marked as unread.
    pub(super) fn hold(&mut self, thread: ThreadId, mark: ReadMark) {
        self.held = Some((thread, mark));
    }

    /// A thread was opened: what is on the screen counts as read again.
    pub(super) fn release(&mut self) {
        self.held = None;
    }

    /// The thread is gone, and its mark with it.
    pub(super) fn forget(&mut self, thread: ThreadId) {
        self.marks.remove(&thread);
    }

    /// Marks sent on the lost connection may not have arrived.
    pub(super) fn unplugged(&mut self) {
        for (_, mark) in &mut self.marks {
            mark.sent = false;
        }
    }

    /// A frame was refused as too fast; it may have been a mark.
    pub(super) fn refused(&mut self, now: Millis) {
        self.unplugged();
        self.not_before = now + REFUSED_PAUSE;
    }

    /// When to send marks next, on a live connection.
    pub(super) fn deadline(&self) -> Option<Millis> {
        self.marks
            .values()
            .any(|mark| !mark.sent)
            .then_some(self.not_before)
    }
}

impl Engine {
    /// The message at `seq` was on screen.
    pub(super) fn seen(&mut self, thread: ThreadId, seq: Seq) {
        let event = self
            .windows
            .get(&thread)
            .and_then(|window| window.event(seq));
        let Some(count) = event.map(|event| event.count) else {
            return;
        };
        let Some(head) = self.threads.get_mut(thread) else {
            return;
        };
        if self.reading.held == Some((thread, head.read)) {
            return;
        }
        if seq > head.read.seq && seq <= head.last_seq {
            let turn = head.read.turn;
            let mark = ReadMark { turn, seq, count };
            head.mark_read(mark);
            self.reading
                .marks
                .insert(thread, Unconfirmed { mark, sent: false });
            self.touch(ViewChange::Threads);
        }
    }

    /// The user takes back that messages were marked as unread.
    pub(super) fn read_again(&mut self, thread: ThreadId, seq: Seq) {
        self.reading.release();
        if let Some(window) = self.windows.get_mut(&thread) {
            window.mark_unread(None, self.me.id);
        }
        self.touch(ViewChange::Timeline(thread));
        self.seen(thread, seq);
    }

    /// The server's mark moved, because of this tab or another.
    pub(super) fn apply_mark(&mut self, thread: ThreadId, mark: ReadMark) {
        self.reading.confirmed(thread, mark);
        if let Some(head) = self.threads.get_mut(thread)
            && mark.is_after(head.read)
        {
            head.mark_read(mark);
            self.touch(ViewChange::Threads);
        }
    }

    pub(super) fn pump_reading(&mut self) {
        let due = self.reading.deadline().is_some_and(|at| at <= self.now);
        if !due || !self.connection.is_live() {
            return;
        }
        self.reading.not_before = self.now + ms(limits::READ_EVERY);
        let unsent = self.reading.marks.iter().filter(|(_, mark)| !mark.sent);
        let unsent: Vec<_> = unsent.map(|(&thread, it)| (thread, it.mark)).collect();
        for (thread, ReadMark { seq, turn, .. }) in unsent {
            if self.pace.room_at() > self.now {
                // The rest is sent next time.
                return;
            }
            if let Some(mark) = self.reading.marks.get_mut(&thread) {
                mark.sent = true;
            }
            self.transmit(ClientFrame::Read { thread, seq, turn });
        }
    }
}
