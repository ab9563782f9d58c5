//! The engine's monotonic clock, its random source, and the backoff after failed fetches.

use std::time::Duration;

use crate::model::{Millis, Refusal};

/// The first pause after a failed fetch, doubled at each further failure.
const RETRY_FIRST: Millis = 1_000;
/// The longest pause after failed fetches.
const RETRY_CAP: Millis = 30_000;

/// A duration in [`Millis`].
pub(super) const fn ms(duration: Duration) -> Millis {
    duration.as_millis() as Millis
}

/// A monotonic clock on top of the driver's, which may go back: users set clocks, and deadlines must survive that.
#[derive(Debug)]
pub(super) struct Clock {
    /// How far the driver's clock is ahead of this one.
    skew: Millis,
    /// The driver's last time.
    last: Millis,
}

impl Clock {
    pub(super) fn new(now: Millis) -> Self {
        Self { skew: 0, last: now }
    }

    /// This clock's time, given the driver's.
    pub(super) fn read(&mut self, now: Millis) -> Millis {
        self.skew += (now - self.last).min(0);
        self.last = now;
        now - self.skew
    }

    /// The driver's time, given this clock's.
    pub(super) fn outside(&self, at: Millis) -> Millis {
        at + self.skew
    }
}

/// SplitMix64 (Steele, Lea and Flood 2014): good enough to spread reconnects, and the same on every machine.
#[derive(Debug)]
pub(super) struct Random(pub(super) u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number from `low` to `high`, both inclusive.
    pub(super) fn between(&mut self, low: Millis, high: Millis) -> Millis {
        let span = (high - low).max(0).unsigned_abs() + 1;
        low + (self.next() % span) as Millis
    }
}

/// The pause between a failed fetch and the next.
#[derive(Debug, Default)]
pub(super) struct Backoff {
    failures: u32,
    /// The end of the pause; `Millis::MAX` when only a user action ends it.
    until: Option<Millis>,
    /// The earliest time at which a user action ends the pause, so that impatient users can't cause a storm of fetches.
    retry_from: Millis,
}

impl Backoff {
    /// A fetch failed: pauses after transient failures end by themselves, others wait for a user action.
    pub(super) fn begin(&mut self, why: &Refusal, now: Millis) {
        self.retry_from = now + RETRY_FIRST;
        self.until = Some(match retry_after(why) {
            Some(wait) => now + self.doubled().max(wait),
            // Reading changes nothing, so an internal error of the server is worth a retry too.
            None if *why == Refusal::Internal => now + self.doubled(),
            None => Millis::MAX,
        });
        self.failures = self.failures.saturating_add(1);
    }

    fn doubled(&self) -> Millis {
        (RETRY_FIRST << self.failures.min(8)).min(RETRY_CAP)
    }

    /// A fetch succeeded.
    pub(super) fn reset(&mut self) {
        *self = Self::default();
    }

    /// The user wants to try again.
    pub(super) fn retry_soon(&mut self) {
        self.until = self.until.map(|until| until.min(self.retry_from));
    }

    /// The network is back: everything that failed is retried at once.
    pub(super) fn network_is_back(&mut self) {
        self.until = None;
    }

    /// Clears a pause that is over.
    pub(super) fn expire(&mut self, now: Millis) {
        self.until = self.until.filter(|&until| until > now);
    }

    pub(super) fn is_over(&self, now: Millis) -> bool {
        self.until.is_none_or(|until| until <= now)
    }

    /// When the pause ends by itself.
    pub(super) fn ends(&self) -> Option<Millis> {
        self.until.filter(|&until| until != Millis::MAX)
    }
}

/// The minimum wait before the same request is worth a retry; `None`: it is not worth one.
pub(super) fn retry_after(why: &Refusal) -> Option<Millis> {
    match why.retry_after_ms() {
        Some(wait) => Some(Millis::try_from(wait).unwrap_or(RETRY_CAP)),
        None => why.is_transient().then_some(0),
    }
}
