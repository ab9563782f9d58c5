//! Senders that wait for nothing but acknowledgements.

use std::time::{Duration, Instant};

use anyhow::ensure;
use chapp::model::ThreadId;
use hdrhistogram::Histogram;

use crate::message::{self, Heard, Reader};
use crate::report;
use crate::seed;
use crate::swarm::{Handler, Swarm, write_text};

/// Threads of each sender.
pub const THREADS_EACH: usize = 16;

/// Sends the next message when one is acknowledged.
pub struct Sending<'a> {
    reader: Reader,
    threads: &'a [ThreadId],
    /// For each sender, how many it has sent.
    sent: Vec<usize>,
    /// For each sender, when its last sends were sent, by number.
    times_sent: Vec<[Instant; WINDOW]>,
    pub acked: usize,
    pub refused: usize,
    /// Events received: of the sender's own messages, and of those of other members.
    pub received: usize,
    lost: usize,
    /// Once set, acknowledgements no longer trigger sends.
    pub is_over: bool,
    /// Microseconds from a send to its acknowledgement.
    pub times: Histogram<u64>,
}

/// Sends of one connection whose times are remembered: more than the server permits in flight.
const WINDOW: usize = 128;

impl<'a> Sending<'a> {
    /// The threads of the first sender, then those of the second…
    pub fn new(threads: &'a [ThreadId], senders: usize) -> Self {
        Self {
            reader: Reader::new(),
            threads,
            sent: vec![0; senders],
            times_sent: vec![[Instant::now(); WINDOW]; senders],
            acked: 0,
            refused: 0,
            received: 0,
            lost: 0,
            is_over: false,
            times: report::times(),
        }
    }

    /// Starts with this many sends in flight, and discards the figures of the first second as a warm-up.
    pub fn begin(&mut self, swarm: &mut Swarm, in_flight: usize) -> anyhow::Result<()> {
        let senders = self.sent.len();
        for number in 0..in_flight {
            let frame = self.next(number % senders);
            swarm.send(number % senders, &frame);
        }
        swarm.run_until(Instant::now() + Duration::from_secs(1), self)?;
        self.acked = 0;
        self.times.reset();
        Ok(())
    }

    /// Continues for this long; returns the elapsed seconds.
    pub fn run_for(&mut self, swarm: &mut Swarm, seconds: u64) -> anyhow::Result<f64> {
        let bar = seed::bar(usize::try_from(seconds)?, "seconds");
        let start = Instant::now();
        for second in 1..=seconds {
            swarm.run_until(start + Duration::from_secs(second), self)?;
            bar.set_position(second);
        }
        bar.finish_and_clear();
        Ok(start.elapsed().as_secs_f64())
    }

    /// Stops sending, and waits for the outstanding acknowledgements.
    pub fn end(&mut self, swarm: &mut Swarm) -> anyhow::Result<()> {
        self.is_over = true;
        swarm.run_until(Instant::now() + Duration::from_secs(1), self)?;
        ensure!(self.lost == 0, "the server closed a connection");
        Ok(())
    }

    /// Messages sent so far that were not refused.
    pub fn accepted(&self) -> usize {
        self.sent.iter().sum::<usize>() - self.refused
    }

    pub fn senders(&self) -> usize {
        self.sent.len()
    }

    /// The frame of this sender's next message.
    pub fn next(&mut self, sender: usize) -> String {
        let number = self.sent[sender];
        self.sent[sender] += 1;
        self.times_sent[sender][number % WINDOW] = Instant::now();
        let thread = self.threads[sender * THREADS_EACH + number % THREADS_EACH];
        message::send(thread, sender, number)
    }
}

impl Handler for Sending<'_> {
    fn opened(&mut self, _: usize, _: &mut Vec<u8>) {}

    fn text(&mut self, client: usize, payload: &[u8], out: &mut Vec<u8>) {
        match self.reader.read(payload) {
            Heard::Sent(number) => {
                self.acked += 1;
                let waited = self.times_sent[client][number % WINDOW]
                    .elapsed()
                    .as_micros();
                self.times
                    .saturating_record(u64::try_from(waited).unwrap_or(u64::MAX));
            }
            Heard::Refused => self.refused += 1,
            Heard::Message(_) => {
                self.received += 1;
                return;
            }
            _ => return,
        }
        if !self.is_over {
            let frame = self.next(client);
            write_text(out, &frame);
        }
    }

    fn closed(&mut self, _: usize, _: u16) {
        self.lost += 1;
    }
}
