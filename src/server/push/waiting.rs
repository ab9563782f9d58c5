//! How many pushes wait, of each person and in all: nobody's browsers take the place of everybody's.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::model::{UserId, limits};

/// The most pushes that wait, in all.
pub const WAITING_MAX: usize = 10_000;
/// The most of one person: two for each browser that they can be logged in with.
const OF_ONE: usize = 2 * limits::SESSIONS_MAX;

/// See the module documentation.
#[derive(Debug, Default)]
pub struct Waiting(Mutex<Counts>);

#[derive(Debug, Default)]
struct Counts {
    all: usize,
    people: HashMap<UserId, usize>,
}

/// The slot of a push that waits, until it is dropped.
#[derive(Debug)]
pub struct PushSlot {
    waiting: Arc<Waiting>,
    user: UserId,
}

impl Waiting {
    /// A slot for a push to this person; `None` if they, or all together, have as many as they may have.
    #[must_use]
    pub fn slot(self: &Arc<Self>, user: UserId) -> Option<PushSlot> {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let of_one = counts.people.get(&user).copied().unwrap_or(0);
        if counts.all >= WAITING_MAX || of_one >= OF_ONE {
            return None;
        }
        counts.all += 1;
        counts.people.insert(user, of_one + 1);
        let waiting = Arc::clone(self);
        Some(PushSlot { waiting, user })
    }
}

impl Drop for PushSlot {
    fn drop(&mut self) {
        let counts = self.waiting.0.lock();
        let mut counts = counts.unwrap_or_else(PoisonError::into_inner);
        counts.all -= 1;
        if let Some(count) = counts.people.get_mut(&self.user) {
            *count -= 1;
            if *count == 0 {
                counts.people.remove(&self.user);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_person_leaves_room_for_others_and_slots_are_given_back() {
        let waiting = Arc::<Waiting>::default();
        let (ana, bob) = (UserId(1), UserId(2));
        let mut slots: Vec<_> = std::iter::from_fn(|| waiting.slot(ana)).collect();
        assert_eq!(slots.len(), OF_ONE);
        assert!(waiting.slot(bob).is_some());
        slots.pop();
        assert!(waiting.slot(ana).is_some());
        drop(slots);
        assert!(waiting.0.lock().unwrap().people.is_empty());
    }

    #[test]
    fn there_are_only_so_many_in_all() {
        let waiting = Arc::<Waiting>::default();
        let slots: Vec<_> = (0..).map_while(|id| waiting.slot(UserId(id))).collect();
        assert_eq!(slots.len(), WAITING_MAX);
    }
}
