//! Rate limits on users: one limit per user and kind of action, by the generic cell rate algorithm (GCRA; ITU-T I.371,
//! annex A).
//!
//! Pure except for a lock: callers pass the time. The state is in the memory of one node: a user of several nodes gets
//! each limit once per node, and a restart resets everything. That is enough for their purpose, which is to stop
//! floods.

pub mod kinds;

use std::collections::HashMap;
use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde::Deserialize;

pub use kinds::{ActionKind, Rates};

use crate::model::{Refusal, UserId};

/// The most entries, one per user and kind that owes time: about 20 MB. Entries that are paid back are dropped first.
const ENTRIES_MAX: usize = 200_000;
/// Below this many entries nothing is swept.
const SWEEP_FROM: usize = 1_024;
/// How often the refusals of one user are logged.
const LOG_RATE: Rate = Rate::new(1, 60);
/// The longest period of a limit: a day.
pub const WITHIN_MAX: Duration = Duration::from_secs(24 * 60 * 60);

/// A burst, and the same number of further actions spread evenly over a period: `"60/3s"` is a burst of 60, then one
/// every 50 ms. `"0"`: no limit.
#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Rate {
    /// 0: no limit.
    most: u32,
    within: Duration,
}

impl Rate {
    /// A burst of `most`, refilled evenly over `seconds`.
    #[must_use]
    pub const fn new(most: u32, seconds: u64) -> Self {
        Self {
            most,
            within: Duration::from_secs(seconds),
        }
    }

    /// Charges an action. `until` is when the user's earlier actions are paid back (`None`: they are), and the result
    /// is that time after this action. A single action never costs more than the burst, so that it is possible at all.
    ///
    /// # Errors
    /// The wait until the action is possible. A refused action costs nothing.
    fn charge(self, until: Option<Instant>, cost: u32, now: Instant) -> Result<Instant, Duration> {
        if self.most == 0 {
            return Ok(now);
        }
        let nanos = self.within.as_nanos() * u128::from(cost.min(self.most));
        let nanos = nanos / u128::from(self.most);
        let spent = Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX));
        let until = until.map_or(now, |until| until.max(now)) + spent;
        match until.saturating_duration_since(now + self.within) {
            Duration::ZERO => Ok(until),
            wait => Err(wait),
        }
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.most, self.within.as_secs()) {
            (0, _) => f.write_str("0"),
            (most, seconds) if seconds % 3_600 == 0 => write!(f, "{most}/{}h", seconds / 3_600),
            (most, seconds) if seconds % 60 == 0 => write!(f, "{most}/{}m", seconds / 60),
            (most, seconds) => write!(f, "{most}/{seconds}s"),
        }
    }
}

impl fmt::Debug for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl TryFrom<String> for Rate {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let wrong = || format!("`{text}` is neither `0` nor like `60/3s`, `30/10m` or `10/1h`");
        if text.trim() == "0" {
            return Ok(Self::new(0, 1));
        }
        let (most, within) = text.trim().split_once('/').ok_or_else(wrong)?;
        let (number, unit) = within
            .split_at_checked(within.len().wrapping_sub(1))
            .ok_or_else(wrong)?;
        let unit = match unit {
            "s" => 1,
            "m" => 60,
            "h" => 60 * 60,
            _ => return Err(wrong()),
        };
        let most = most.parse().map_err(|_| wrong())?;
        let seconds = number
            .parse::<u64>()
            .map_err(|_| wrong())?
            .saturating_mul(unit);
        if most == 0 || seconds == 0 || seconds > WITHIN_MAX.as_secs() {
            return Err(wrong());
        }
        Ok(Self::new(most, seconds))
    }
}

/// The rate limits, and what each user owes.
#[derive(Debug)]
pub struct RateLimiter {
    rates: Rates,
    owed: Mutex<Owed>,
}

impl RateLimiter {
    #[must_use]
    pub fn new(rates: Rates) -> Self {
        Self {
            rates,
            owed: Mutex::default(),
        }
    }

    /// Whether to log a refusal of this user: once a minute, so that a flood does not fill the log.
    #[must_use]
    pub fn should_log(&self, user: UserId, now: Instant) -> bool {
        let mut owed = self.owed.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (user, None);
        match LOG_RATE.charge(owed.until.get(&key).copied(), 1, now) {
            Ok(until) => {
                owed.until.insert(key, until);
                owed.sweep(now);
                true
            }
            Err(_) => false,
        }
    }

    /// Charges all of these to a user, or none of them.
    ///
    /// # Errors
    /// [`Refusal::TooFast`], with the wait until all of them would be possible.
    pub fn admit(
        &self,
        user: UserId,
        costs: &[(ActionKind, u32)],
        now: Instant,
    ) -> Result<(), Refusal> {
        if !self.rates.enabled {
            return Ok(());
        }
        // The table is consistent even if a thread panicked while it held the lock.
        let mut owed = self.owed.lock().unwrap_or_else(PoisonError::into_inner);
        let mut wait = Duration::ZERO;
        let mut taken = Vec::with_capacity(costs.len());
        for &(kind, cost) in costs {
            let key = (user, Some(kind));
            let until = owed.until.get(&key).copied();
            match self.rates.of(kind).charge(until, cost, now) {
                Ok(until) => taken.push((key, until)),
                Err(longer) => wait = wait.max(longer),
            }
        }
        if wait > Duration::ZERO {
            return Err(Refusal::TooFast {
                retry_after_ms: u64::try_from(wait.as_nanos().div_ceil(1_000_000))
                    .unwrap_or(u64::MAX),
            });
        }
        owed.until
            .extend(taken.into_iter().filter(|(_, until)| *until > now));
        owed.sweep(now);
        Ok(())
    }
}

/// When each user will have paid back their actions.
#[derive(Debug)]
struct Owed {
    /// Without a kind: the log lines about refusals.
    until: HashMap<(UserId, Option<ActionKind>), Instant>,
    /// The number of entries above which those that are paid back are dropped.
    sweep_at: usize,
}

impl Default for Owed {
    fn default() -> Self {
        Self {
            until: HashMap::new(),
            sweep_at: SWEEP_FROM,
        }
    }
}

impl Owed {
    /// Bounds the table. If too many entries still owe, those that owe the least are dropped: a flood of other accounts
    /// can't evict the user who is furthest ahead.
    fn sweep(&mut self, now: Instant) {
        if self.until.len() <= self.sweep_at {
            return;
        }
        self.until.retain(|_, until| *until > now);
        if self.until.len() > ENTRIES_MAX / 2 {
            let mut all: Vec<Instant> = self.until.values().copied().collect();
            let middle = all.len() / 2;
            let middle = *all.select_nth_unstable(middle).1;
            self.until.retain(|_, until| *until > middle);
        }
        self.until.shrink_to(2 * self.until.len());
        self.sweep_at = (2 * self.until.len()).clamp(SWEEP_FROM, ENTRIES_MAX);
    }
}

#[cfg(test)]
mod tests;
