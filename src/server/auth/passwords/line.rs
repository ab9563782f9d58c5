//! The queue in front of the hashing: how many hashes may wait and run, in total and per client.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::memory::{Buffer, Memory};
use crate::model::{Refusal, UserId};
use crate::server::auth::network::Network;

/// The retry delay when the queue is full: about the time in which the default queue drains.
const BUSY: Refusal = Refusal::Busy {
    retry_after_ms: 2_000,
};
/// One client address may hold this fraction of all places (one eighth).
const NETWORK_SHARE: usize = 8;

/// The client that requests a hash, and its purpose. They determine which places the hash may use.
#[derive(Clone, Copy, Debug)]
pub struct Asker {
    purpose: Purpose,
    person: Option<Holder>,
    network: Option<Holder>,
}

/// Each purpose can use only places that later ones can use as well, so that a later one finds a place when all others
/// are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Purpose {
    /// Sign-up, room keys, a password change.
    Other,
    LogIn,
    /// A log-in from a browser that has logged in to this account before.
    KnownDevice,
}

/// The client whose concurrent hashes are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Holder {
    Person(UserId),
    Device(u64),
    Network(Network),
}

impl Asker {
    /// The operator at the command line, exempt from any share.
    pub const OPERATOR: Self = Self {
        purpose: Purpose::KnownDevice,
        person: None,
        network: None,
    };

    /// A logged-in user: one hash at a time.
    #[must_use]
    pub fn person(user: UserId) -> Self {
        Self {
            purpose: Purpose::Other,
            person: Some(Holder::Person(user)),
            network: None,
        }
    }

    /// An anonymous client for any purpose except log-in: a few hashes at a time per address.
    #[must_use]
    pub fn stranger(address: IpAddr) -> Self {
        Self {
            purpose: Purpose::Other,
            person: None,
            network: Some(Holder::Network(Network::of(address))),
        }
    }

    /// A log-in. It is not counted for the account: otherwise anybody who knows a user name could lock its owner out.
    #[must_use]
    pub fn log_in(address: IpAddr) -> Self {
        Self {
            purpose: Purpose::LogIn,
            ..Self::stranger(address)
        }
    }

    /// A log-in from a browser known to the account, one at a time. Its address is not counted: others behind the same
    /// one must not lock its owner out.
    #[must_use]
    pub fn known_device(device: u64) -> Self {
        Self {
            purpose: Purpose::KnownDevice,
            person: Some(Holder::Device(device)),
            network: None,
        }
    }

    /// The same, counted for this address too.
    #[must_use]
    pub fn at(self, address: IpAddr) -> Self {
        Self {
            network: Some(Holder::Network(Network::of(address))),
            ..self
        }
    }
}

/// The queue. Places cover running and waiting hashes together.
pub(super) struct HashQueue {
    /// Indexed by [`Purpose`]. A hash takes a place of its own lane and of all that follow.
    lanes: [Lane; 3],
    held: Arc<Held>,
    per_network: usize,
    memory: Arc<Memory>,
}

struct Lane {
    places: Arc<Semaphore>,
    /// Places at work. A hash that waits for one holds those of the lanes before it, so that at most a few of the first
    /// purpose are ahead of a log-in.
    work: Arc<Semaphore>,
}

impl Lane {
    fn new(places: usize, work: usize) -> Self {
        Self {
            places: Arc::new(Semaphore::new(places.max(1))),
            work: Arc::new(Semaphore::new(work.max(1))),
        }
    }
}

impl HashQueue {
    /// `parallel` at work and `waiting` more, each with `blocks` of memory.
    pub(super) fn new(parallel: usize, waiting: usize, blocks: usize) -> Self {
        let places = parallel + waiting;
        Self {
            lanes: [
                Lane::new(places / 2, parallel - 1),
                Lane::new(places - places / 8, parallel),
                Lane::new(places, parallel),
            ],
            held: Arc::default(),
            per_network: (places / NETWORK_SHARE).max(1),
            memory: Arc::new(Memory::new(blocks)),
        }
    }

    /// Takes a place in the queue, then waits for one at work.
    ///
    /// # Errors
    /// [`Refusal::Busy`] at once when there is no place for this caller.
    pub(super) async fn enter(&self, asker: Asker) -> Result<HashTurn, Refusal> {
        let person = asker.person.map(|holder| self.hold(holder, 1));
        let network = asker.network.map(|it| self.hold(it, self.per_network));
        let seats = [person.transpose()?, network.transpose()?];
        let lanes = &self.lanes[asker.purpose as usize..];
        let mut permits = Vec::with_capacity(2 * lanes.len());
        for lane in lanes {
            let place = Arc::clone(&lane.places).try_acquire_owned();
            permits.push(place.map_err(|_| BUSY)?);
        }
        let waiting = self.memory.wait();
        for lane in lanes {
            let work = Arc::clone(&lane.work).acquire_owned().await;
            permits.push(work.map_err(|_| Refusal::Stopping)?);
        }
        Ok(HashTurn {
            buffer: waiting.take(),
            _permits: permits,
            _seats: seats,
        })
    }

    fn hold(&self, holder: Holder, most: usize) -> Result<Seat, Refusal> {
        let mut counts = self.held.counts();
        let count = counts.entry(holder).or_default();
        if *count >= most {
            return Err(BUSY);
        }
        *count += 1;
        Ok(Seat {
            held: Arc::clone(&self.held),
            holder,
        })
    }

    #[cfg(test)]
    pub(super) fn lane_of_all(&self) -> (&Arc<Semaphore>, &Arc<Semaphore>) {
        (&self.lanes[2].places, &self.lanes[2].work)
    }

    #[cfg(test)]
    pub(super) fn memory(&self) -> &Memory {
        &self.memory
    }
}

/// Permission to hash now, with the memory for it.
pub(super) struct HashTurn {
    pub(super) buffer: Buffer,
    _permits: Vec<OwnedSemaphorePermit>,
    _seats: [Option<Seat>; 2],
}

#[derive(Default)]
struct Held(Mutex<HashMap<Holder, usize>>);

impl Held {
    /// The map is consistent even if a thread panicked while it held the lock.
    fn counts(&self) -> MutexGuard<'_, HashMap<Holder, usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One of the hashes a holder may have at a time; released when dropped.
struct Seat {
    held: Arc<Held>,
    holder: Holder,
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut counts = self.held.counts();
        if let Some(count) = counts.get_mut(&self.holder) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&self.holder);
            }
        }
    }
}
