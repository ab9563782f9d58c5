//! Accounting of deliveries: which member got which message when.

use std::time::Instant;

use hdrhistogram::Histogram;

use crate::message::{Heard, Reader};
use crate::report;
use crate::swarm::Handler;

/// Counts the deliveries of the messages from number 0 on to all members.
pub struct Counting {
    reader: Reader,
    /// For each member, the number of the next expected message.
    next: Vec<usize>,
    /// When each message was due.
    due: Vec<Instant>,
    /// The number of members that each has reached.
    reached: Vec<usize>,
    /// Messages that have reached everyone.
    complete: usize,
    pub found: Found,
}

/// The result of one or several rounds.
pub struct Found {
    pub sent: usize,
    /// Deliveries to be made.
    pub expected: usize,
    /// Deliveries made, counting each message once per member.
    pub delivered: usize,
    /// Deliveries of a message that its member had already.
    pub repeated: usize,
    /// Deliveries before which another was missing.
    pub early: usize,
    pub refused: usize,
    pub closed: usize,
    /// Bytes of the frames of these deliveries.
    pub bytes: usize,
    /// Microseconds from when a message was due until a member had it; by the node of the member.
    pub times: Vec<Histogram<u64>>,
}

impl Found {
    pub fn new(nodes: usize) -> Self {
        Self {
            sent: 0,
            expected: 0,
            delivered: 0,
            repeated: 0,
            early: 0,
            refused: 0,
            closed: 0,
            bytes: 0,
            times: vec![report::times(); nodes],
        }
    }

    pub fn add(&mut self, other: &Self) {
        self.sent += other.sent;
        self.expected += other.expected;
        self.delivered += other.delivered;
        self.repeated += other.repeated;
        self.early += other.early;
        self.refused += other.refused;
        self.closed += other.closed;
        self.bytes += other.bytes;
        for (times, more) in self.times.iter_mut().zip(&other.times) {
            // Both have the same bounds: it can't fail.
            let _ = times.add(more);
        }
    }
}

impl Counting {
    /// For this many members, distributed over this many nodes as by [`crate::swarm::Swarm::over`].
    pub fn new(members: usize, nodes: usize) -> Self {
        Self {
            reader: Reader::new(),
            next: vec![0; members],
            due: Vec::new(),
            reached: Vec::new(),
            complete: 0,
            found: Found::new(nodes),
        }
    }

    /// The number of the next message, which is due at this time.
    pub fn send(&mut self, due: Instant) -> usize {
        self.due.push(due);
        self.reached.push(0);
        self.found.sent += 1;
        self.found.expected += self.next.len();
        self.due.len() - 1
    }

    /// Messages that have not reached everyone.
    pub fn in_flight(&self) -> usize {
        self.due.len() - self.complete
    }
}

impl Handler for Counting {
    fn opened(&mut self, _: usize, _: &mut Vec<u8>) {}

    fn text(&mut self, client: usize, payload: &[u8], _: &mut Vec<u8>) {
        let number = match self.reader.read(payload) {
            Heard::Message(number) if number < self.due.len() => number,
            Heard::Refused => {
                self.found.refused += 1;
                return;
            }
            _ => return,
        };
        let next = &mut self.next[client];
        if number < *next {
            self.found.repeated += 1;
            return;
        }
        self.found.early += usize::from(number > *next);
        *next = number + 1;
        self.found.delivered += 1;
        self.reached[number] += 1;
        self.complete += usize::from(self.reached[number] == self.next.len());
        let waited = self.due[number].elapsed().as_micros();
        self.found.bytes += payload.len();
        let node = client % self.found.times.len();
        self.found.times[node].saturating_record(u64::try_from(waited).unwrap_or(u64::MAX));
    }

    fn closed(&mut self, _: usize, _: u16) {
        self.found.closed += 1;
    }
}
