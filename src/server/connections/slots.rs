//! The slots for open connections of a listener, and which connection is closed when there are too many.
//!
//! At a limit, the connection that has been idle longest makes room: a client that opens connections and sends nothing
//! takes slots from nobody but itself. Only when all are busy is a new one refused.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::Notify;

use crate::server::metrics::METRICS;

/// The slots of one listener.
pub(super) struct Slots {
    most: usize,
    most_per_address: Option<usize>,
    state: Mutex<State>,
}

/// Why a connection was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NoSlot {
    /// Too many from this address.
    Address,
    /// Too many in total.
    All,
}

impl NoSlot {
    pub(super) fn text(self) -> &'static str {
        match self {
            Self::Address => "Too many connections from your address. Try again in a moment.\n",
            Self::All => "Too many connections. Try again in a moment.\n",
        }
    }
}

type Id = u64;
/// The position of an idle connection: it became idle after all those with smaller numbers.
type IdleOrder = u64;

#[derive(Default)]
struct State {
    /// The next [`Id`] and the next [`IdleOrder`].
    next: u64,
    open: HashMap<Id, Open>,
    /// The connections that wait for a request.
    waiting: BTreeMap<IdleOrder, Id>,
    addresses: HashMap<IpAddr, Address>,
}

struct Open {
    address: IpAddr,
    /// When it was opened, became idle or became busy.
    since: Instant,
    /// Set while it waits for a request.
    idle_order: Option<IdleOrder>,
    close: Arc<Notify>,
}

#[derive(Default)]
struct Address {
    open: usize,
    waiting: BTreeSet<IdleOrder>,
}

impl Slots {
    pub(super) fn new(most: usize, most_per_address: Option<usize>) -> Arc<Self> {
        Arc::new(Self {
            most,
            most_per_address,
            state: Mutex::default(),
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Admits a connection of this address, closing an idle one if necessary. Until [`Slot::wait`] is called it can't
    /// be closed to make room: its request may have arrived already.
    pub(super) fn admit(self: &Arc<Self>, address: IpAddr, now: Instant) -> Result<Slot, NoSlot> {
        let mut state = self.state();
        let here = state.addresses.get(&address);
        if self
            .most_per_address
            .is_some_and(|most| here.is_some_and(|here| here.open >= most))
        {
            let oldest = here.and_then(|here| here.waiting.first().copied());
            state.make_room(oldest).ok_or(NoSlot::Address)?;
        }
        if state.open.len() >= self.most {
            let oldest = state.waiting.keys().next().copied();
            state.make_room(oldest).ok_or(NoSlot::All)?;
        }
        let id = state.number();
        let close = Arc::new(Notify::new());
        let open = Open {
            address,
            since: now,
            idle_order: None,
            close: Arc::clone(&close),
        };
        state.open.insert(id, open);
        state.addresses.entry(address).or_default().open += 1;
        drop(state);
        Ok(Slot {
            slots: Arc::clone(self),
            id,
            close,
        })
    }

    /// Closes the connection that has been idle longest.
    pub(super) fn close_oldest(&self) {
        let mut state = self.state();
        if let Some((_, &id)) = state.waiting.first_key_value() {
            state.close(id);
        }
    }

    /// Closes all idle connections.
    pub(super) fn close_waiting(&self) {
        let mut state = self.state();
        for id in state.waiting.values().copied().collect::<Vec<_>>() {
            state.close(id);
        }
    }

    /// Closes the connections that have been busy with one request for longer than `within`.
    pub(super) fn close_overdue(&self, now: Instant, within: Duration) {
        let mut state = self.state();
        let overdue = state.open.iter().filter(|(_, open)| {
            open.idle_order.is_none() && now.saturating_duration_since(open.since) > within
        });
        let overdue: Vec<Id> = overdue.map(|(id, _)| *id).collect();
        for id in overdue {
            state.close(id);
        }
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.state().open.len()
    }

    /// The number of idle connections.
    #[cfg(test)]
    pub(super) fn waiting(&self) -> usize {
        self.state().waiting.len()
    }
}

impl State {
    fn number(&mut self) -> u64 {
        self.next += 1;
        self.next
    }

    /// Closes the connection with this position. `None`: there is none.
    fn make_room(&mut self, oldest: Option<IdleOrder>) -> Option<()> {
        let id = *self.waiting.get(&oldest?)?;
        self.close(id);
        METRICS.connections_closed.increment(1);
        Some(())
    }

    fn close(&mut self, id: Id) {
        if let Some(open) = self.remove(id) {
            open.close.notify_one();
        }
    }

    fn remove(&mut self, id: Id) -> Option<Open> {
        self.stop_waiting(id);
        let open = self.open.remove(&id)?;
        if let Some(address) = self.addresses.get_mut(&open.address) {
            address.open -= 1;
            if address.open == 0 {
                self.addresses.remove(&open.address);
            }
        }
        Some(open)
    }

    /// Marks a connection as idle from now on, unless it has been closed.
    fn wait(&mut self, id: Id, now: Instant) {
        let idle_order = self.number();
        if let Some(open) = self.open.get_mut(&id) {
            open.since = now;
            open.idle_order = Some(idle_order);
            self.waiting.insert(idle_order, id);
            if let Some(address) = self.addresses.get_mut(&open.address) {
                address.waiting.insert(idle_order);
            }
        }
    }

    fn stop_waiting(&mut self, id: Id) {
        if let Some(open) = self.open.get_mut(&id)
            && let Some(idle_order) = open.idle_order.take()
        {
            self.waiting.remove(&idle_order);
            if let Some(address) = self.addresses.get_mut(&open.address) {
                address.waiting.remove(&idle_order);
            }
        }
    }
}

/// The slot of one connection, freed on drop.
pub(super) struct Slot {
    slots: Arc<Slots>,
    id: Id,
    close: Arc<Notify>,
}

impl Slot {
    /// Returns when the connection must be closed, to make room or because it is overdue.
    pub(super) async fn closed(&self) {
        self.close.notified().await;
    }

    /// Marks the connection as waiting for a request, now that its task is listening.
    pub(super) fn wait(&self) {
        self.slots.state().wait(self.id, Instant::now());
    }

    /// Marks the connection as busy with a request, until the returned guard is dropped.
    pub(super) fn busy(&self) -> BusyGuard {
        let mut state = self.slots.state();
        state.stop_waiting(self.id);
        if let Some(open) = state.open.get_mut(&self.id) {
            open.since = Instant::now();
        }
        drop(state);
        BusyGuard {
            slots: Arc::clone(&self.slots),
            id: self.id,
        }
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.slots.state().remove(self.id);
    }
}

/// A request in progress.
pub(super) struct BusyGuard {
    slots: Arc<Slots>,
    id: Id,
}

impl BusyGuard {
    /// For a request that may take long as long as it advances.
    pub(super) fn progress(&self) -> RequestProgress {
        RequestProgress {
            slots: Arc::clone(&self.slots),
            id: self.id,
        }
    }
}

/// A request in progress, for its handler: among the extensions of the request.
#[derive(Clone)]
pub struct RequestProgress {
    slots: Arc<Slots>,
    id: Id,
}

impl RequestProgress {
    /// The request has advanced: its time begins anew.
    pub fn renew(&self) {
        let mut state = self.slots.state();
        if let Some(open) = state.open.get_mut(&self.id)
            && open.idle_order.is_none()
        {
            open.since = Instant::now();
        }
    }
}

impl Drop for BusyGuard {
    fn drop(&mut self) {
        self.slots.state().wait(self.id, Instant::now());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(last: u8) -> IpAddr {
        [192, 0, 2, last].into()
    }

    fn is_closed(slot: &Slot) -> bool {
        let slots = slot.slots.state();
        !slots.open.contains_key(&slot.id)
    }

    /// A connection that waits for a request.
    fn waiting(slots: &Arc<Slots>, last: u8) -> Slot {
        let slot = slots.admit(address(last), Instant::now()).ok().unwrap();
        slot.wait();
        slot
    }

    fn refused(slots: &Arc<Slots>, last: u8) -> Option<NoSlot> {
        slots.admit(address(last), Instant::now()).err()
    }

    #[test]
    fn a_request_that_advances_is_not_overdue() {
        let slots = Slots::new(10, None);
        let within = Duration::from_secs(10);
        let (advancing, stuck) = (
            slots.admit(address(1), Instant::now()).unwrap(),
            slots.admit(address(2), Instant::now()).unwrap(),
        );
        let (busy, _stuck_guard) = (advancing.busy(), stuck.busy());
        let begun = Instant::now();
        while begun.elapsed() < Duration::from_millis(1) {}
        let passed = begun.elapsed();
        busy.progress().renew();
        slots.close_overdue(begun + within + passed / 2, within);
        assert!(!is_closed(&advancing));
        assert!(is_closed(&stuck));
    }

    #[test]
    fn the_one_that_waits_longest_makes_room() {
        let slots = Slots::new(3, None);
        let first = waiting(&slots, 1);
        let second = waiting(&slots, 2);
        let third = waiting(&slots, 3);
        // The first has been answered since, so it has been idle for less time than the second.
        drop(first.busy());
        let fourth = waiting(&slots, 4);
        assert!(is_closed(&second) && !is_closed(&first) && !is_closed(&third));
        let _busy = third.busy();
        let _fifth = waiting(&slots, 5);
        assert!(is_closed(&first) && !is_closed(&third) && !is_closed(&fourth));
        assert_eq!(slots.len(), 3);
    }

    #[test]
    fn who_is_busy_or_has_not_been_listened_to_does_not_make_room() {
        let slots = Slots::new(2, None);
        let first = waiting(&slots, 1);
        let _second = slots.admit(address(2), Instant::now()).ok().unwrap();
        let busy = first.busy();
        assert_eq!(refused(&slots, 3), Some(NoSlot::All));
        drop(busy);
        assert_eq!(refused(&slots, 3), None);
        assert!(is_closed(&first));
    }

    #[test]
    fn one_address_makes_room_for_itself_only() {
        let slots = Slots::new(100, Some(2));
        let other = waiting(&slots, 2);
        let first = waiting(&slots, 1);
        let second = waiting(&slots, 1);
        let third = waiting(&slots, 1);
        assert!(is_closed(&first) && !is_closed(&other) && !is_closed(&second));
        let _busy = (second.busy(), third.busy());
        assert_eq!(refused(&slots, 1), Some(NoSlot::Address));
        assert_eq!(refused(&slots, 3), None);
    }

    #[test]
    fn a_request_that_never_ends_is_overdue_and_a_wait_is_not() {
        let slots = Slots::new(3, None);
        let (one, other) = (waiting(&slots, 1), waiting(&slots, 2));
        let busy = one.busy();
        let hour = Duration::from_secs(3_600);
        slots.close_overdue(Instant::now(), hour);
        assert!(!is_closed(&one));
        slots.close_overdue(Instant::now() + hour * 2, hour);
        assert!(is_closed(&one) && !is_closed(&other));
        // A request that ends later changes nothing.
        drop(busy);
        drop(one);
        assert_eq!(slots.len(), 1);
    }

    #[test]
    fn nothing_is_left_of_those_that_have_gone() {
        let slots = Slots::new(3, Some(3));
        let (one, other) = (waiting(&slots, 1), waiting(&slots, 1));
        slots.close_oldest();
        assert!(is_closed(&one));
        drop(other.busy());
        drop((one, other));
        let state = slots.state();
        assert!(state.open.is_empty() && state.waiting.is_empty() && state.addresses.is_empty());
    }
}
