//! The pace of log-ins: how many attempts one account and one address get, and how long they then wait.
//!
//! Pure but for a lock: the time is passed in. Kept in memory only; a restart forgives everything.

use std::collections::HashMap;
use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::model::{Refusal, limits};

/// The first pause, doubled at each further failure.
pub const PAUSE_FIRST: Duration = Duration::from_secs(5);
/// The longest pause: nobody is locked out for good by somebody else's guesses.
pub const PAUSE_CAP: Duration = Duration::from_secs(15 * 60);
/// Most keys that are remembered: a bound of about 10 MB, whatever is sent.
pub const KEYS_MAX: usize = 100_000;

/// Limits failed attempts per key (an account, an address).
///
/// A key has `attempts` in hand and gets them back evenly over `window`. The attempt that spends the last
/// one starts a pause of [`PAUSE_FIRST`]; from then on there is one attempt a pause, and each failed one
/// doubles it, to [`PAUSE_CAP`]. A key that is left alone for `window` after its pause starts afresh.
///
/// An attempt counts from [`Self::check`], before its outcome is known, so that many at once can't all
/// pass; a success gives it back. It gives back no more than that: otherwise an attacker would wipe an
/// address clean by logging in to an account of their own between guesses.
pub struct Throttle {
    attempts: u32,
    window: Duration,
    keys: Mutex<Generations>,
    hasher: RandomState,
}

impl Default for Throttle {
    /// [`limits::LOGIN_ATTEMPTS`] in [`limits::LOGIN_WINDOW`].
    fn default() -> Self {
        Self::new(limits::LOGIN_ATTEMPTS, limits::LOGIN_WINDOW)
    }
}

impl Throttle {
    /// `attempts` (at least 1) in `window`.
    #[must_use]
    pub fn new(attempts: u32, window: Duration) -> Self {
        Self {
            attempts: attempts.max(1),
            window,
            keys: Mutex::new(Generations::default()),
            hasher: RandomState::new(),
        }
    }

    /// Begins an attempt, and counts it as failed until [`Self::succeeded`] says otherwise.
    ///
    /// # Errors
    /// [`Refusal::Throttled`] with the rest of the pause; the attempt is then not counted.
    pub fn check(&self, key: &str, now: Instant) -> Result<(), Refusal> {
        let (step, window) = (self.step(), self.window);
        let mut keys = self.keys();
        let state = keys.entry(self.hasher.hash_one(key), now, PAUSE_CAP + 2 * window);
        if state.strikes > 0 && now >= state.pause_until + window {
            *state = State::new(now);
        }
        if now < state.pause_until {
            let rest = state.pause_until - now;
            return Err(Refusal::Throttled {
                retry_after_ms: u64::try_from(rest.as_millis()).unwrap_or(u64::MAX),
            });
        }
        state.spent_until = state.spent_until.max(now) + step;
        // By a clock that has moved on since the first one, a little of the window is back: what counts is
        // whether one more attempt has room in it.
        if state.strikes > 0 || state.spent_until + step - now > step * self.attempts {
            state.strikes += 1;
            state.pause_until = now + pause(state.strikes);
        }
        Ok(())
    }

    /// An attempt has failed: the pause it started, if any, runs from now.
    pub fn failed(&self, key: &str, now: Instant) {
        let mut keys = self.keys();
        if let Some(state) = keys.get(self.hasher.hash_one(key))
            && state.strikes > 0
        {
            state.pause_until = state.pause_until.max(now + pause(state.strikes));
        }
    }

    /// An attempt was right, or was never judged (the server was busy): it is given back.
    pub fn succeeded(&self, key: &str, now: Instant) {
        let step = self.step();
        let mut keys = self.keys();
        let Some(state) = keys.get(self.hasher.hash_one(key)) else {
            return;
        };
        state.spent_until = state.spent_until.checked_sub(step).unwrap_or(now);
        if state.strikes > 0 {
            state.strikes -= 1;
            state.pause_until = now;
        }
    }

    /// How long it takes to get one attempt back.
    fn step(&self) -> Duration {
        self.window / self.attempts
    }

    /// The table. It is whole even if a thread panicked while it held the lock.
    fn keys(&self) -> MutexGuard<'_, Generations> {
        self.keys.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The pause after the given strike, from 1 on.
fn pause(strikes: u32) -> Duration {
    let doubled = 2u32.saturating_pow(strikes.saturating_sub(1));
    PAUSE_FIRST.saturating_mul(doubled).min(PAUSE_CAP)
}

/// What is known of one key.
struct State {
    /// A leaky bucket as one moment (GCRA): so far ahead of now as attempts are spent.
    spent_until: Instant,
    /// Attempts made beyond the allowance.
    strikes: u32,
    /// No attempt before this.
    pause_until: Instant,
}

impl State {
    fn new(now: Instant) -> Self {
        Self {
            spent_until: now,
            strikes: 0,
            pause_until: now,
        }
    }
}

/// A bounded table that forgets what has not been touched for long: what is touched moves to `young`;
/// when `young` is full or old, it becomes `old`, and what was there is dropped. Keys are kept as keyed
/// 64-bit hashes: of fixed size whatever is sent, and no names in memory.
#[derive(Default)]
struct Generations {
    young: HashMap<u64, State>,
    old: HashMap<u64, State>,
    since: Option<Instant>,
}

impl Generations {
    /// The state of a key, new if there is none. `keep`: longest time for which a state has a meaning.
    fn entry(&mut self, key: u64, now: Instant, keep: Duration) -> &mut State {
        let since = *self.since.get_or_insert(now);
        if self.young.len() >= KEYS_MAX / 2 || now.saturating_duration_since(since) > keep {
            self.old = std::mem::take(&mut self.young);
            self.since = Some(now);
        }
        let known = self.old.remove(&key);
        self.young
            .entry(key)
            .or_insert_with(|| known.unwrap_or_else(|| State::new(now)))
    }

    fn get(&mut self, key: u64) -> Option<&mut State> {
        self.young.get_mut(&key).or_else(|| self.old.get_mut(&key))
    }

    #[cfg(test)]
    fn len(&self) -> usize {
        self.young.len() + self.old.len()
    }
}

#[cfg(test)]
mod tests;
