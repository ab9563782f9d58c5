//! The queue in front of the writer: bounded in total and per owner, so that no single owner can fill it for everybody
//! else.
//!
//! There are two lanes. Moderation and security operations (log-outs, bans, suspensions, the session sweep, removals)
//! have their own lane and are served first: a full ordinary lane neither delays nor refuses them. In either lane an
//! owner may hold at most a share of the places. Beyond it, only that owner is refused as busy.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use crate::model::{SessionId, UserId};

/// One owner may fill this fraction of a lane (one eighth).
const SHARES: usize = 8;
/// The smallest share, in places: as many as one connection may have sends in flight.
const SHARE_MIN: usize = 64;

/// The owner of a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Owner {
    Person(UserId),
    /// The user of this session, where only the session is known.
    Session(SessionId),
    /// All users who are signing up: they have no account to be distinguished by.
    Newcomers,
    /// The server itself. It has no share: it does not flood itself.
    Server,
}

/// An owner's place in one of the lanes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct WriteTurn {
    owner: Owner,
    is_priority: bool,
}

impl WriteTurn {
    /// In the ordinary lane.
    pub(super) const fn of(user: UserId) -> Self {
        Self::ordinary(Owner::Person(user))
    }

    /// In the ordinary lane.
    pub(super) const fn ordinary(owner: Owner) -> Self {
        Self {
            owner,
            is_priority: false,
        }
    }

    /// In the priority lane.
    pub(super) const fn first(owner: Owner) -> Self {
        Self {
            owner,
            is_priority: true,
        }
    }
}

/// Why a push was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum QueueFull {
    /// The lane is full, or the owner's share is used up.
    Busy,
    /// The writer has stopped accepting jobs.
    Closed,
}

struct State<T> {
    first: VecDeque<(Owner, T)>,
    ordinary: VecDeque<(Owner, T)>,
    /// The number of places each owner holds in each lane; entries are never zero.
    taken: HashMap<WriteTurn, usize>,
    is_closed: bool,
}

struct Shared<T> {
    state: Mutex<State<T>>,
    /// Wakes the receiver: an item was pushed, or the queue was closed.
    changed: Notify,
    capacity: usize,
    share: usize,
}

impl<T> Shared<T> {
    fn lock(&self) -> MutexGuard<'_, State<T>> {
        // No caller's code runs under the lock.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn close(&self) {
        self.lock().is_closed = true;
        self.changed.notify_one();
    }
}

/// The sending end. The queue closes when the last clone is dropped.
pub(super) struct Sender<T>(Arc<Open<T>>);

/// Closes the queue when it is dropped.
struct Open<T>(Arc<Shared<T>>);

impl<T> Drop for Open<T> {
    fn drop(&mut self) {
        self.0.close();
    }
}

impl<T> Clone for Sender<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

/// The receiving end. Dropping it drops the queued items too.
pub(super) struct Receiver<T>(Arc<Shared<T>>);

/// A queue of two lanes, each with room for `capacity` items.
pub(super) fn queue<T>(capacity: usize) -> (Sender<T>, Receiver<T>) {
    let shared = Arc::new(Shared {
        state: Mutex::new(State {
            first: VecDeque::new(),
            ordinary: VecDeque::new(),
            taken: HashMap::new(),
            is_closed: false,
        }),
        changed: Notify::new(),
        capacity,
        share: (capacity / SHARES).max(SHARE_MIN),
    });
    (
        Sender(Arc::new(Open(Arc::clone(&shared)))),
        Receiver(shared),
    )
}

impl<T> Sender<T> {
    /// Appends an item to its lane, or returns it.
    pub(super) fn push(&self, turn: WriteTurn, item: T) -> Result<(), (QueueFull, T)> {
        let shared = &self.0.0;
        let mut state = shared.lock();
        if state.is_closed {
            return Err((QueueFull::Closed, item));
        }
        let taken = state.taken.get(&turn).copied().unwrap_or(0);
        let has_share = turn.owner == Owner::Server || taken < shared.share;
        let lane = match turn.is_priority {
            true => &mut state.first,
            false => &mut state.ordinary,
        };
        if !has_share || lane.len() >= shared.capacity {
            return Err((QueueFull::Busy, item));
        }
        lane.push_back((turn.owner, item));
        state.taken.insert(turn, taken + 1);
        drop(state);
        shared.changed.notify_one();
        Ok(())
    }

    /// The number of queued items.
    pub(super) fn len(&self) -> usize {
        let state = self.0.0.lock();
        state.first.len() + state.ordinary.len()
    }

    /// Refuses new items. Queued ones are still received.
    pub(super) fn close(&self) {
        self.0.0.close();
    }
}

impl<T> Receiver<T> {
    /// Waits for items and moves up to `limit` into `items`; returns how many, which is 0 when the queue is closed and
    /// empty. The priority lane gets at most half of the places while the other lane has items too, so that neither
    /// lane starves the other.
    ///
    /// Cancel safe: items that were not returned remain queued.
    pub(super) async fn recv_many(&mut self, items: &mut Vec<T>, limit: usize) -> usize {
        loop {
            if let Some(count) = self.take(items, limit) {
                return count;
            }
            self.0.changed.notified().await;
        }
    }

    /// `None`: the queue is empty but open.
    fn take(&mut self, items: &mut Vec<T>, limit: usize) -> Option<usize> {
        let mut state = self.0.lock();
        let State {
            first,
            ordinary,
            taken,
            is_closed,
        } = &mut *state;
        let ordinary_count = ordinary
            .len()
            .min(limit - first.len().min(limit.div_ceil(2)));
        let first_count = first.len().min(limit - ordinary_count);
        for (is_priority, (owner, item)) in first
            .drain(..first_count)
            .map(|waiting| (true, waiting))
            .chain(ordinary.drain(..ordinary_count).map(|it| (false, it)))
        {
            release(taken, WriteTurn { owner, is_priority });
            items.push(item);
        }
        let count = first_count + ordinary_count;
        (count > 0 || *is_closed).then_some(count)
    }
}

fn release(taken: &mut HashMap<WriteTurn, usize>, turn: WriteTurn) {
    if let Some(places) = taken.get_mut(&turn) {
        *places -= 1;
        if *places == 0 {
            taken.remove(&turn);
        }
    }
}

impl<T> Drop for Receiver<T> {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        state.is_closed = true;
        let waiting = (
            std::mem::take(&mut state.first),
            std::mem::take(&mut state.ordinary),
        );
        state.taken.clear();
        // Outside the lock: dropping a job notifies whoever waits for its answer.
        drop(state);
        drop(waiting);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::*;
    use tokio::time::timeout;

    use super::*;

    const ANA: WriteTurn = WriteTurn::of(UserId(1));
    const BOB: WriteTurn = WriteTurn::of(UserId(2));
    const MODERATOR: WriteTurn = WriteTurn::first(Owner::Person(UserId(3)));

    async fn taken(receiver: &mut Receiver<usize>, limit: usize) -> Vec<usize> {
        let mut items = Vec::new();
        receiver.recv_many(&mut items, limit).await;
        items
    }

    #[tokio::test]
    async fn one_person_fills_only_their_own_share() {
        let (sender, mut receiver) = queue(1_024);
        let share = 1_024 / SHARES;
        for item in 0..share {
            assert_eq!(sender.push(ANA, item), Ok(()));
        }
        assert_eq!(sender.push(ANA, 0), Err((QueueFull::Busy, 0)));
        assert_eq!(sender.push(BOB, 0), Ok(()));
        // Her share in the other lane is separate.
        let anas_first = WriteTurn::first(Owner::Person(UserId(1)));
        assert_eq!(sender.push(anas_first, 0), Ok(()));
        assert_eq!(taken(&mut receiver, 2).await.len(), 2);
        assert_eq!(
            sender.push(ANA, share),
            Ok(()),
            "a received job frees its place"
        );
    }

    #[tokio::test]
    async fn the_priority_lane_is_accepted_and_served_first() {
        let (sender, mut receiver) = queue(128);
        let mut user = 100;
        while sender.push(WriteTurn::of(UserId(user)), 7) == Ok(()) {
            user += 1;
        }
        assert_eq!(sender.len(), 128);
        assert_eq!(sender.push(MODERATOR, 1), Ok(()));
        assert_eq!(sender.push(WriteTurn::first(Owner::Server), 2), Ok(()));
        assert_eq!(taken(&mut receiver, 8).await, [1, 2, 7, 7, 7, 7, 7, 7]);
    }

    #[tokio::test]
    async fn neither_lane_starves_the_other() {
        let (sender, mut receiver) = queue(1_024);
        for _ in 0..SHARE_MIN {
            sender.push(MODERATOR, 1).expect("room");
            sender.push(ANA, 7).expect("room");
        }
        assert_eq!(taken(&mut receiver, 6).await, [1, 1, 1, 7, 7, 7]);
    }

    #[tokio::test]
    async fn a_closed_queue_drains_and_accepts_nothing() {
        let (sender, mut receiver) = queue(16);
        sender.push(ANA, 1).expect("room");
        sender.close();
        assert_eq!(sender.push(ANA, 2), Err((QueueFull::Closed, 2)));
        assert_eq!(taken(&mut receiver, 8).await, [1]);
        assert!(taken(&mut receiver, 8).await.is_empty());
    }

    #[tokio::test]
    async fn a_queue_without_a_sender_or_without_a_receiver_is_closed() {
        let (sender, mut receiver) = queue(16);
        let waiting = tokio::spawn(async move { taken(&mut receiver, 8).await });
        drop(sender.clone());
        drop(sender);
        let waited = timeout(Duration::from_secs(5), waiting).await;
        assert!(waited.expect("an end").expect("no panic").is_empty());
        let (sender, receiver) = queue(16);
        let answer = Arc::new(());
        sender.push(ANA, Arc::clone(&answer)).expect("room");
        drop(receiver);
        assert_eq!(Arc::strong_count(&answer), 1, "the caller is notified");
        assert!(sender.push(ANA, answer).is_err());
    }

    proptest! {
        /// Whoever pushes and however much is received at a time: each owner's items stay in order, no item is lost,
        /// and shares balance.
        #[test]
        fn items_of_one_owner_stay_in_order(steps in prop::collection::vec((0..3_i64, any::<bool>(), 1..9_usize), 1..400)) {
            let (sender, mut receiver) = queue(16);
            let mut pushed: HashMap<(i64, bool), Vec<usize>> = HashMap::new();
            let mut came: HashMap<(i64, bool), Vec<usize>> = HashMap::new();
            let (mut all, mut items) = (Vec::new(), Vec::new());
            for (number, &(user, is_priority, limit)) in steps.iter().enumerate() {
                let owner = Owner::Person(UserId(user));
                if sender.push(WriteTurn { owner, is_priority }, number).is_ok() {
                    pushed.entry((user, is_priority)).or_default().push(number);
                }
                if number % 3 == 0 {
                    receiver.take(&mut items, limit);
                    all.append(&mut items);
                }
            }
            while receiver.take(&mut items, 4).is_some() {
                all.append(&mut items);
            }
            for number in all {
                let (user, is_priority, _) = steps[number];
                came.entry((user, is_priority)).or_default().push(number);
            }
            prop_assert_eq!(came, pushed);
            prop_assert!(receiver.0.lock().taken.is_empty());
        }
    }
}
