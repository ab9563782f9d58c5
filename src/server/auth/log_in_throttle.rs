//! Rate limits of attempts: how many an account and an address get, and how long they then pause.
//!
//! Pure except for a lock: the time is passed in. In memory only, so a restart clears it.
//!
//! `rate_limit` uses the same algorithm for the actions of logged-in users, but the two share no code. There, a refusal
//! costs nothing and the wait follows from what is owed. Here, a successful attempt is refunded, pauses grow with every
//! failure, keys can be anything hashable, and a full table must not forget any of them. The common part is one
//! addition and one comparison; a type for both would be longer than that.

use std::collections::HashMap;
use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hash};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::model::{Refusal, limits};

/// The first pause, doubled at each further failure.
pub const PAUSE_FIRST: Duration = Duration::from_secs(5);
/// The longest pause, so that guesses of others never lock an owner out permanently.
pub const PAUSE_CAP: Duration = Duration::from_secs(15 * 60);
/// The most keys with a state of their own, which bounds memory at about 10 MB.
pub const KEYS_MAX: usize = 100_000;
/// The number of states shared by all further keys, so that filling the table evicts nobody.
const SHARED: u64 = 4_096;
/// Below this many keys, recovered ones are not purged.
const TIDY_MIN: usize = 1_024;
/// While the table is full, recovered keys are purged this often.
const TIDY_EVERY: Duration = Duration::from_secs(1);

/// How many attempts a key has available, and the time in which they are replenished.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allowance {
    attempts: u32,
    window: Duration,
}

impl Allowance {
    /// `attempts` (at least 1) in `window`.
    #[must_use]
    pub const fn new(attempts: u32, window: Duration) -> Self {
        let attempts = if attempts == 0 { 1 } else { attempts };
        Self { attempts, window }
    }

    /// `factor` times as many attempts.
    #[must_use]
    pub const fn times(self, factor: u32) -> Self {
        Self::new(self.attempts.saturating_mul(factor), self.window)
    }

    /// The time after which one attempt is replenished.
    fn step(self) -> Duration {
        self.window / self.attempts
    }
}

/// A key that an attempt counts against. A keyed 64-bit hash: of fixed size whatever is sent, and no names in memory.
#[derive(Clone, Copy, Debug)]
pub struct Counted {
    key: u64,
    allowance: Allowance,
}

/// Limits failed attempts per key (an account, an address).
///
/// A key has an [`Allowance`], which is replenished evenly over its window. The attempt that uses up the last of it
/// starts a pause of [`PAUSE_FIRST`]; from then on there is one attempt per pause, and each failed one doubles it, up
/// to [`PAUSE_CAP`]. A key without attempts for its window after its pause starts afresh.
///
/// An attempt counts from [`Self::begin`], before its outcome is known, so that many concurrent ones can't all pass; a
/// success refunds it. It refunds no more than that: otherwise an attacker could clear an address by logging in to an
/// account of their own between guesses.
///
/// A refused attempt leaves no trace: it creates no state and extends no pause. A state is retained as long as it has
/// an effect. Beyond [`KEYS_MAX`] keys, further ones share a fixed number of states: under such an attack some of them
/// wait for others' failures, but none is forgotten.
pub struct Throttle {
    allowance: Allowance,
    table: Mutex<Table>,
    hasher: RandomState,
}

impl Default for Throttle {
    /// [`limits::LOGIN_ATTEMPTS`] in [`limits::LOGIN_WINDOW`].
    fn default() -> Self {
        Self::new(limits::LOGIN_ATTEMPTS, limits::LOGIN_WINDOW)
    }
}

impl Throttle {
    /// `attempts` (at least 1) in `window`, for keys without an allowance of their own.
    #[must_use]
    pub fn new(attempts: u32, window: Duration) -> Self {
        Self {
            allowance: Allowance::new(attempts, window),
            table: Mutex::default(),
            hasher: RandomState::new(),
        }
    }

    /// A key with the default allowance of this throttle.
    pub fn key(&self, key: impl Hash) -> Counted {
        self.key_with(key, self.allowance)
    }

    /// A key with an allowance of its own, which must always be the same.
    pub fn key_with(&self, key: impl Hash, allowance: Allowance) -> Counted {
        Counted {
            key: self.hasher.hash_one(key),
            allowance,
        }
    }

    /// Starts an attempt. It counts as failed against all of these keys until [`Self::refund`].
    ///
    /// # Errors
    /// [`Refusal::Throttled`] with the rest of the longest pause; the attempt is then not counted.
    pub fn begin(&self, counted: &[Counted], now: Instant) -> Result<(), Refusal> {
        let mut table = self.table();
        table.tidy(now);
        let rests = counted
            .iter()
            .filter_map(|one| Some(table.get(one.key)?.rest(now)));
        let rest = rests.max().unwrap_or_default();
        if rest > Duration::ZERO {
            return Err(Refusal::Throttled {
                retry_after_ms: u64::try_from(rest.as_millis().max(1)).unwrap_or(u64::MAX),
            });
        }
        for one in counted {
            table.entry(*one, now).spend(one.allowance, now);
        }
        Ok(())
    }

    /// The attempt failed: the pause it started, if any, runs from now.
    pub fn fail(&self, counted: &[Counted], now: Instant) {
        let mut table = self.table();
        for one in counted {
            if let Some(state) = table.get(one.key)
                && state.strikes > 0
            {
                state.pause_until = state.pause_until.max(now + pause(state.strikes));
            }
        }
    }

    /// The attempt succeeded, or was never judged (the server was busy).
    pub fn refund(&self, counted: &[Counted], now: Instant) {
        let mut table = self.table();
        for one in counted {
            let step = one.allowance.step();
            let Some(state) = table.get(one.key) else {
                continue;
            };
            state.spent_until = state.spent_until.checked_sub(step).unwrap_or(now);
            if state.strikes > 0 {
                state.strikes -= 1;
                state.pause_until = now;
            }
        }
    }

    /// [`Self::begin`] for a single key.
    ///
    /// # Errors
    /// [`Refusal::Throttled`].
    pub fn check(&self, key: &str, now: Instant) -> Result<(), Refusal> {
        self.begin(&[self.key(key)], now)
    }

    /// [`Self::fail`] for a single key.
    pub fn failed(&self, key: &str, now: Instant) {
        self.fail(&[self.key(key)], now);
    }

    /// [`Self::refund`] for a single key.
    pub fn succeeded(&self, key: &str, now: Instant) {
        self.refund(&[self.key(key)], now);
    }

    /// The table is consistent even if a thread panicked while it held the lock.
    fn table(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The pause after the given strike, from 1 on.
fn pause(strikes: u32) -> Duration {
    let doubled = 2u32.saturating_pow(strikes.saturating_sub(1));
    PAUSE_FIRST.saturating_mul(doubled).min(PAUSE_CAP)
}

/// The state of one key.
struct State {
    /// A leaky bucket as one moment (GCRA): as far ahead of now as attempts are used up.
    spent_until: Instant,
    /// Attempts made beyond the allowance.
    strikes: u32,
    /// The end of the current pause.
    pause_until: Instant,
    /// Of the key's allowance.
    window: Duration,
}

impl State {
    fn new(allowance: Allowance, now: Instant) -> Self {
        Self {
            spent_until: now,
            strikes: 0,
            pause_until: now,
            window: allowance.window,
        }
    }

    fn rest(&self, now: Instant) -> Duration {
        self.pause_until.saturating_duration_since(now)
    }

    /// Whether the state has no more effect than a missing one.
    fn has_recovered(&self, now: Instant) -> bool {
        if self.strikes > 0 {
            now >= self.pause_until + self.window
        } else {
            now >= self.spent_until
        }
    }

    fn spend(&mut self, allowance: Allowance, now: Instant) {
        if self.has_recovered(now) {
            *self = Self::new(allowance, now);
        }
        let step = allowance.step();
        self.spent_until = self.spent_until.max(now) + step;
        // The clock has advanced since the first attempt, so a little of the window is replenished: the question is
        // whether one more attempt fits.
        if self.strikes > 0 || self.spent_until + step - now > step * allowance.attempts {
            self.strikes += 1;
            self.pause_until = now + pause(self.strikes);
        }
    }
}

/// A bounded table: see [`Throttle`].
#[derive(Default)]
struct Table {
    states: HashMap<u64, State>,
    /// The number of states from which recovered ones are purged.
    tidy_at: usize,
    /// The earliest time of the next purge.
    tidy_after: Option<Instant>,
}

impl Table {
    fn tidy(&mut self, now: Instant) {
        let is_due = self.tidy_after.is_none_or(|after| now >= after);
        if self.states.len() < self.tidy_at.max(TIDY_MIN) || !is_due {
            return;
        }
        self.states.retain(|_, state| !state.has_recovered(now));
        let left = self.states.len();
        self.states.shrink_to(2 * left);
        self.tidy_at = (2 * left).min(KEYS_MAX);
        self.tidy_after = Some(now + TIDY_EVERY);
    }

    /// The state of a key, new if there is none.
    fn entry(&mut self, one: Counted, now: Instant) -> &mut State {
        let place = self.place(one.key);
        self.states
            .entry(place)
            .or_insert_with(|| State::new(one.allowance, now))
    }

    fn get(&mut self, key: u64) -> Option<&mut State> {
        let place = self.place(key);
        self.states.get_mut(&place)
    }

    /// The slot of a key's state: the key itself, or a shared slot when the table is full.
    fn place(&self, key: u64) -> u64 {
        if self.states.len() < KEYS_MAX || self.states.contains_key(&key) {
            key
        } else {
            key % SHARED
        }
    }

    #[cfg(test)]
    fn len(&self) -> usize {
        self.states.len()
    }
}

#[cfg(test)]
mod tests;
