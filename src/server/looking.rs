//! Who looks at a page now, on any node: their other devices show no notifications meanwhile.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use crate::model::{UserId, limits};

/// Entries beyond which those that have expired are removed.
const TIDIED_AT: usize = 1_000;

/// See the module documentation.
#[derive(Debug, Default)]
pub struct LookingUsers {
    /// When each of these users last said so.
    users: Mutex<HashMap<UserId, Instant>>,
}

impl LookingUsers {
    /// A user looks at one of their pages, or no longer at this one: if they look at another, it says so again soon.
    pub fn set(&self, user: UserId, on: bool, now: Instant) {
        let mut users = self.users.lock().unwrap_or_else(PoisonError::into_inner);
        if !on {
            users.remove(&user);
            return;
        }
        users.insert(user, now);
        if users.len() >= TIDIED_AT && users.len().is_power_of_two() {
            users.retain(|_, at| is_recent(*at, now));
        }
    }

    /// Whether a user looks at one of their pages.
    #[must_use]
    pub fn is_on(&self, user: UserId, now: Instant) -> bool {
        let users = self.users.lock().unwrap_or_else(PoisonError::into_inner);
        users.get(&user).is_some_and(|at| is_recent(*at, now))
    }
}

fn is_recent(at: Instant, now: Instant) -> bool {
    now.saturating_duration_since(at) < limits::LOOKING_FOR
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_looks_until_they_say_otherwise_or_nothing_for_a_while() {
        let looking = LookingUsers::default();
        let (ana, bob, start) = (UserId(1), UserId(2), Instant::now());
        assert!(!looking.is_on(ana, start));
        looking.set(ana, true, start);
        assert!(looking.is_on(ana, start + limits::LOOKING_EVERY));
        assert!(!looking.is_on(bob, start));
        assert!(!looking.is_on(ana, start + limits::LOOKING_FOR));
        looking.set(ana, true, start + limits::LOOKING_EVERY);
        assert!(looking.is_on(ana, start + limits::LOOKING_FOR));
        looking.set(ana, false, start + limits::LOOKING_FOR);
        assert!(!looking.is_on(ana, start + limits::LOOKING_FOR));
    }

    #[test]
    fn those_who_went_away_without_a_word_are_forgotten() {
        let looking = LookingUsers::default();
        let start = Instant::now();
        for number in 0..1_023 {
            looking.set(UserId(number), true, start);
        }
        looking.set(UserId(5_000), true, start + limits::LOOKING_FOR);
        assert_eq!(looking.users.lock().unwrap().len(), 1);
    }
}
