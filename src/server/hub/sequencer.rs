//! The order of events in each thread, where several nodes write to its log. Pure and synchronous: the time is passed
//! in.
//!
//! Local commits and those of other nodes arrive over different paths, so event 6 may be here before 5. An event is
//! released when it is the next of its thread. A later one is held until those before it have arrived or have been read
//! from the log. Membership changes travel with the event that records them, so they too are applied in log order.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::{Duration, Instant};

use crate::model::{Event, Seq, ThreadId};
use crate::server::store::Change;

/// A missing event may still arrive within this time; after that it is read from the log.
pub(super) const PATIENCE: Duration = Duration::from_millis(10);
/// The most events held for one thread. Any beyond are read from the log.
const HELD_MAX: usize = 1_000;

/// An event of the log with the membership changes to apply before it is delivered.
#[derive(Clone, Debug)]
pub struct Step {
    pub before: Vec<Change>,
    pub event: Event,
}

/// A thread whose log may hold more than is known here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gap {
    pub thread: ThreadId,
    /// Everything up to here has been delivered.
    pub last: Seq,
}

/// See the module documentation.
#[derive(Debug, Default)]
pub(super) struct Sequencer {
    places: HashMap<ThreadId, Place>,
    /// The threads whose [`Place::gap_suspected`] is set.
    gap_suspected: HashSet<ThreadId>,
}

#[derive(Debug)]
struct Place {
    /// Everything up to here has been released.
    last: Seq,
    held: BTreeMap<Seq, Step>,
    /// When the log is due to be read, because something is, or may be, missing.
    gap_suspected: Option<Instant>,
    /// Whether the log must be read even if the gap closes.
    must_read: bool,
}

impl Sequencer {
    /// Tracks a thread whose subscribers have everything up to `last`. Returns whether the thread is new here; if not,
    /// nothing changes.
    pub(super) fn begin(&mut self, thread: ThreadId, last: Seq) -> bool {
        let mut is_new = false;
        self.places.entry(thread).or_insert_with(|| {
            is_new = true;
            Place {
                last,
                held: BTreeMap::new(),
                gap_suspected: None,
                must_read: false,
            }
        });
        is_new
    }

    /// Admits an event and returns it if it is to be delivered now. Then [`Sequencer::pop`] returns the held events that it
    /// unblocked. Events of an untracked thread are released as they arrive.
    pub(super) fn admit(&mut self, step: Step, now: Instant) -> Option<Step> {
        let Some(place) = self.places.get_mut(&step.event.thread) else {
            return Some(step);
        };
        let seq = step.event.seq;
        if seq <= place.last {
            return None;
        }
        if seq == place.last + 1 {
            place.last = seq;
            return Some(step);
        }
        self.gap_suspected.insert(step.event.thread);
        place.gap_suspected.get_or_insert(now + PATIENCE);
        if place.held.len() < HELD_MAX {
            place.held.insert(seq, step);
        }
        None
    }

    /// Removes and returns the next held event that can be delivered now.
    pub(super) fn pop(&mut self, thread: ThreadId) -> Option<Step> {
        let place = self.places.get_mut(&thread)?;
        if place.held.is_empty() {
            return None;
        }
        // Events that have since been read from the log may still be held.
        while place
            .held
            .first_key_value()
            .is_some_and(|(seq, _)| *seq <= place.last)
        {
            place.held.pop_first();
        }
        let (&seq, _) = place.held.first_key_value()?;
        if seq != place.last + 1 {
            return None;
        }
        place.last = seq;
        let (_, step) = place.held.pop_first()?;
        if place.held.is_empty() && !place.must_read {
            self.settle(thread);
        }
        Some(step)
    }

    /// As [`Sequencer::admit`], for an event read from the log. If the bus delivered the same event and it is held, the
    /// held one is returned.
    pub(super) fn read(&mut self, step: Step) -> Option<Step> {
        let Some(place) = self.places.get_mut(&step.event.thread) else {
            return Some(step);
        };
        let seq = step.event.seq;
        if seq != place.last + 1 {
            return None;
        }
        place.last = seq;
        Some(place.held.remove(&seq).unwrap_or(step))
    }

    /// Marks the log of this thread as possibly holding more than is known here; it is due to be read at `now`.
    pub(super) fn mark_incomplete(&mut self, thread: ThreadId, now: Instant) {
        if let Some(place) = self.places.get_mut(&thread) {
            place.gap_suspected = Some(now);
            place.must_read = true;
            self.gap_suspected.insert(thread);
        }
    }

    /// Clears a thread's mark after its log was read to the end, unless events are still held.
    pub(super) fn settle(&mut self, thread: ThreadId) {
        match self.places.get_mut(&thread) {
            Some(place) if !place.held.is_empty() => return,
            Some(place) => {
                place.gap_suspected = None;
                place.must_read = false;
            }
            None => {}
        }
        self.gap_suspected.remove(&thread);
    }

    /// The threads whose log is due to be read.
    pub(super) fn due_reads(&self, now: Instant) -> Vec<Gap> {
        let due_reads = self.gap_suspected.iter().filter_map(|&thread| {
            let place = self.places.get(&thread)?;
            let last = place.last;
            let is_due = place.gap_suspected.is_some_and(|due| due <= now);
            is_due.then_some(Gap { thread, last })
        });
        due_reads.collect()
    }

    /// Whether [`Sequencer::due_reads`] will return a thread, now or soon.
    pub(super) fn has_incomplete(&self) -> bool {
        !self.gap_suspected.is_empty()
    }

    /// The delivered position of each thread.
    pub(super) fn places(&self) -> Vec<Gap> {
        let places = self.places.iter();
        places
            .map(|(&thread, place)| Gap {
                thread,
                last: place.last,
            })
            .collect()
    }

    /// Drops a deleted thread.
    pub(super) fn forget(&mut self, thread: ThreadId) {
        self.places.remove(&thread);
        self.gap_suspected.remove(&thread);
    }

    /// Drops the threads without subscribers on this node.
    pub(super) fn retain(&mut self, has_subscribers: impl Fn(ThreadId) -> bool) {
        self.places
            .retain(|thread, place| has_subscribers(*thread) || !place.held.is_empty());
        self.gap_suspected
            .retain(|thread| self.places.contains_key(thread));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::{EventBody, UserId};

    const THREAD: ThreadId = ThreadId(1);

    fn step(seq: Seq) -> Step {
        let event = Event {
            thread: THREAD,
            seq,
            count: 0,
            at: 0,
            actor: UserId(1),
            client_id: None,
            body: EventBody::Created,
        };
        Step {
            before: vec![],
            event,
        }
    }

    /// Admits an event and records what is delivered.
    fn arrive(order: &mut Sequencer, seq: Seq, now: Instant, delivered: &mut Vec<Seq>) {
        if let Some(step) = order.admit(step(seq), now) {
            delivered.push(step.event.seq);
            delivered.extend(std::iter::from_fn(|| order.pop(THREAD)).map(|step| step.event.seq));
        }
    }

    #[test]
    fn early_events_wait_for_the_missing_one_and_need_no_read() {
        let (mut order, now, mut delivered) = (Sequencer::default(), Instant::now(), vec![]);
        assert!(order.begin(THREAD, 4));
        for seq in [6, 7, 5, 6] {
            arrive(&mut order, seq, now, &mut delivered);
        }
        assert_eq!(delivered, [5, 6, 7]);
        assert!(!order.has_incomplete());
    }

    #[test]
    fn a_gap_that_does_not_close_in_time_is_read_from_the_log() {
        let (mut order, now) = (Sequencer::default(), Instant::now());
        order.begin(THREAD, 4);
        arrive(&mut order, 6, now, &mut vec![]);
        assert_eq!(order.due_reads(now), []);
        let mark_incomplete = Gap {
            thread: THREAD,
            last: 4,
        };
        assert_eq!(order.due_reads(now + PATIENCE), [mark_incomplete]);
        assert_eq!(order.read(step(5)).map(|step| step.event.seq), Some(5));
        assert_eq!(order.pop(THREAD).map(|step| step.event.seq), Some(6));
        assert_eq!(order.due_reads(now + PATIENCE), []);
    }

    proptest! {
        /// Whatever the order, loss and repetition of arriving events: each is delivered once and in order, and none is
        /// left out once the logs marked as possibly incomplete have been read.
        #[test]
        fn events_are_delivered_once_and_in_order(arrivals in prop::collection::vec(1..20_i64, 0..60)) {
            let (mut order, now, mut delivered) = (Sequencer::default(), Instant::now(), vec![]);
            order.begin(THREAD, 0);
            for &seq in &arrivals {
                arrive(&mut order, seq, now, &mut delivered);
            }
            for mark_incomplete in order.due_reads(now + PATIENCE) {
                for seq in mark_incomplete.last + 1..20 {
                    delivered.extend(order.read(step(seq)).map(|step| step.event.seq));
                }
                delivered.extend(std::iter::from_fn(|| order.pop(THREAD)).map(|step| step.event.seq));
                order.settle(THREAD);
            }
            let all: Vec<Seq> = (1..=delivered.len() as Seq).collect();
            prop_assert_eq!(&delivered, &all);
            prop_assert!(arrivals.iter().all(|seq| delivered.contains(seq)));
            prop_assert!(!order.has_incomplete());
        }
    }
}
