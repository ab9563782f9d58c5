//! What was decided of each user's latest messages that could have been pushed, on any node, and why. In memory: a node
//! that starts has none.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};

use crate::model::notify::{NotifyDecision, NotifyVerdict};
use crate::model::{Millis, Seq, ThreadId, UserId, limits};

/// Users whose decisions are remembered, at 3 KB each. Beyond, those with the oldest are forgotten.
const USERS_MAX: usize = 10_000;

/// The decisions of each user, the oldest first.
type Users = HashMap<UserId, VecDeque<NotifyDecision>>;

/// See the module documentation.
#[derive(Debug, Default)]
pub struct NotifyDecisions {
    users: Mutex<Users>,
}

impl NotifyDecisions {
    /// Remembers decisions, the oldest first, each instead of an earlier one of the same message.
    pub fn add(&self, decisions: &[(UserId, NotifyDecision)]) {
        let mut users = self.users.lock().unwrap_or_else(PoisonError::into_inner);
        for (user, decision) in decisions {
            add(&mut users, *user, *decision);
        }
    }

    /// The decisions of a user, the latest first.
    #[must_use]
    pub fn of(&self, user: UserId) -> Vec<NotifyDecision> {
        let users = self.users.lock().unwrap_or_else(PoisonError::into_inner);
        let decisions = users.get(&user);
        decisions.map_or_else(Vec::new, |all| all.iter().rev().copied().collect())
    }
}

fn add(users: &mut Users, user: UserId, decision: NotifyDecision) {
    if users.len() >= USERS_MAX && !users.contains_key(&user) {
        forget_half(users);
    }
    let decisions = users.entry(user).or_default();
    let of = |it: &NotifyDecision| (it.thread, it.seq);
    decisions.retain(|before| of(before) != of(&decision));
    while decisions.len() >= limits::DECISIONS_MAX {
        decisions.pop_front();
    }
    decisions.push_back(decision);
}

/// A push of this message could not be delivered.
#[must_use]
pub fn undelivered((thread, seq): (ThreadId, Seq), at: Millis) -> NotifyDecision {
    let verdict = NotifyVerdict::Undelivered;
    NotifyDecision {
        thread,
        seq,
        at,
        verdict,
    }
}

fn forget_half(users: &mut Users) {
    let latest = |all: &VecDeque<NotifyDecision>| all.back().map(|it| it.at);
    let mut ages: Vec<_> = users.values().map(latest).collect();
    let middle = ages.len() / 2;
    let (_, middle, _) = ages.select_nth_unstable(middle);
    let middle = *middle;
    users.retain(|_, all| latest(all) > middle);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::notify::{Cause, Silence};

    fn decided(seq: Seq, verdict: NotifyVerdict) -> NotifyDecision {
        NotifyDecision {
            thread: ThreadId(1),
            seq,
            at: seq,
            verdict,
        }
    }

    #[test]
    fn the_latest_hundred_are_remembered_each_message_once() {
        let decisions = NotifyDecisions::default();
        let (ana, bob) = (UserId(1), UserId(2));
        for seq in 1..=150 {
            decisions.add(&[(ana, decided(seq, Err(Silence::Muted).into()))]);
        }
        decisions.add(&[(ana, decided(150, NotifyVerdict::Undelivered))]);
        let all = decisions.of(ana);
        assert_eq!(all.len(), limits::DECISIONS_MAX);
        assert_eq!(all[0], decided(150, NotifyVerdict::Undelivered));
        assert_eq!(all[99], decided(51, Err(Silence::Muted).into()));
        assert_eq!(decisions.of(bob), []);
    }

    #[test]
    fn only_so_many_users_are_remembered_those_with_the_latest() {
        let decisions = NotifyDecisions::default();
        let last = 3 * i64::try_from(USERS_MAX).unwrap();
        for user in 0..=last {
            decisions.add(&[(UserId(user), decided(user, Ok(Cause::Level).into()))]);
        }
        assert!(decisions.users.lock().unwrap().len() <= USERS_MAX);
        assert_eq!(decisions.of(UserId(0)), []);
        assert_eq!(decisions.of(UserId(last)).len(), 1);
    }
}
