//! Which event of a thread comes next, where several nodes write to its log: pure and synchronous, the time is
//! handed in.
//!
//! What this node commits and what it hears of the others' commits come on different ways, so that 6 may be here
//! before 5. An event is taken when it is the next of its thread; a later one is held until those before it have
//! come, or have been read from the log. What changes who is in a thread goes with the event that says so, and
//! so it is done in the order of the log too.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::{Duration, Instant};

use crate::model::{Event, Seq, ThreadId};
use crate::server::store::Change;

/// What is missing in a thread may come within this time; then it is read from the log.
pub(super) const PATIENCE: Duration = Duration::from_millis(10);
/// Events that are held for one thread. What comes beyond is read from the log.
const HELD_MAX: usize = 1_000;

/// An event of the log, with what has to be done before it is told: who comes in, who goes.
#[derive(Clone, Debug)]
pub struct Step {
    pub before: Vec<Change>,
    pub event: Event,
}

/// A thread of which more may be in the log than is known here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Doubt {
    pub thread: ThreadId,
    /// Up to here everything was told.
    pub last: Seq,
}

/// See the module's page.
#[derive(Debug, Default)]
pub(super) struct Order {
    places: HashMap<ThreadId, Place>,
    /// The threads with a [`Place::doubted`].
    doubted: HashSet<ThreadId>,
}

#[derive(Debug)]
struct Place {
    /// Everything up to here was handed out.
    last: Seq,
    held: BTreeMap<Seq, Step>,
    /// Since when something is missing, or may be.
    doubted: Option<Instant>,
    /// Whether it is to be read whatever comes.
    must_read: bool,
}

impl Order {
    /// Whoever hears of a thread from now on has everything up to `last`. Returns whether the thread is new
    /// here; if not, nothing changes.
    pub(super) fn begin(&mut self, thread: ThreadId, last: Seq) -> bool {
        let mut is_new = false;
        self.places.entry(thread).or_insert_with(|| {
            is_new = true;
            Place {
                last,
                held: BTreeMap::new(),
                doubted: None,
                must_read: false,
            }
        });
        is_new
    }

    /// Takes an event in; returns it if it is to be told now. Then [`Order::pop`] gives those that it was
    /// missing to. Of a thread that nobody here hears of, everything is told as it comes.
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
        self.doubted.insert(step.event.thread);
        place.doubted.get_or_insert(now + PATIENCE);
        if place.held.len() < HELD_MAX {
            place.held.insert(seq, step);
        }
        None
    }

    /// The next of the held events that is to be told now.
    pub(super) fn pop(&mut self, thread: ThreadId) -> Option<Step> {
        let place = self.places.get_mut(&thread)?;
        if place.held.is_empty() {
            return None;
        }
        // An event that was read from the log may stand here too.
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

    /// As [`Order::admit`], for what was read from the log: what came with the same event by the bus, and is
    /// held, is preferred.
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

    /// There may be more in the log of this thread.
    pub(super) fn doubt(&mut self, thread: ThreadId, now: Instant) {
        if let Some(place) = self.places.get_mut(&thread) {
            place.doubted = Some(now);
            place.must_read = true;
            self.doubted.insert(thread);
        }
    }

    /// All of the log was told, as far as anybody knows.
    pub(super) fn settle(&mut self, thread: ThreadId) {
        match self.places.get_mut(&thread) {
            Some(place) if !place.held.is_empty() => return,
            Some(place) => {
                place.doubted = None;
                place.must_read = false;
            }
            None => {}
        }
        self.doubted.remove(&thread);
    }

    /// The threads whose log is to be read now.
    pub(super) fn doubts(&self, now: Instant) -> Vec<Doubt> {
        let doubts = self.doubted.iter().filter_map(|&thread| {
            let place = self.places.get(&thread)?;
            let last = place.last;
            let is_due = place.doubted.is_some_and(|due| due <= now);
            is_due.then_some(Doubt { thread, last })
        });
        doubts.collect()
    }

    /// Whether [`Order::doubts`] has something to tell, now or soon.
    pub(super) fn is_in_doubt(&self) -> bool {
        !self.doubted.is_empty()
    }

    /// Up to where each thread was told.
    pub(super) fn places(&self) -> Vec<Doubt> {
        let places = self.places.iter();
        places
            .map(|(&thread, place)| Doubt {
                thread,
                last: place.last,
            })
            .collect()
    }

    /// A thread is no more.
    pub(super) fn forget(&mut self, thread: ThreadId) {
        self.places.remove(&thread);
        self.doubted.remove(&thread);
    }

    /// Forgets the threads of which nobody here hears any more.
    pub(super) fn retain(&mut self, is_heard: impl Fn(ThreadId) -> bool) {
        self.places
            .retain(|thread, place| is_heard(*thread) || !place.held.is_empty());
        self.doubted
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

    /// Takes in what came, and notes what is told.
    fn hear(order: &mut Order, seq: Seq, now: Instant, told: &mut Vec<Seq>) {
        if let Some(step) = order.admit(step(seq), now) {
            told.push(step.event.seq);
            told.extend(std::iter::from_fn(|| order.pop(THREAD)).map(|step| step.event.seq));
        }
    }

    #[test]
    fn what_came_too_early_waits_for_what_is_missing_and_then_needs_no_read() {
        let (mut order, now, mut told) = (Order::default(), Instant::now(), vec![]);
        assert!(order.begin(THREAD, 4));
        for seq in [6, 7, 5, 6] {
            hear(&mut order, seq, now, &mut told);
        }
        assert_eq!(told, [5, 6, 7]);
        assert!(!order.is_in_doubt());
    }

    #[test]
    fn what_does_not_come_in_time_is_to_be_read() {
        let (mut order, now) = (Order::default(), Instant::now());
        order.begin(THREAD, 4);
        hear(&mut order, 6, now, &mut vec![]);
        assert_eq!(order.doubts(now), []);
        let doubt = Doubt {
            thread: THREAD,
            last: 4,
        };
        assert_eq!(order.doubts(now + PATIENCE), [doubt]);
        assert_eq!(order.read(step(5)).map(|step| step.event.seq), Some(5));
        assert_eq!(order.pop(THREAD).map(|step| step.event.seq), Some(6));
        assert_eq!(order.doubts(now + PATIENCE), []);
    }

    proptest! {
        /// In whatever order events come, whichever are lost and how often they come: they are told once and in
        /// order, and none is left out when the log was read wherever there was doubt.
        #[test]
        fn events_are_told_once_and_in_order(heard in prop::collection::vec(1..20_i64, 0..60)) {
            let (mut order, now, mut told) = (Order::default(), Instant::now(), vec![]);
            order.begin(THREAD, 0);
            for &seq in &heard {
                hear(&mut order, seq, now, &mut told);
            }
            for doubt in order.doubts(now + PATIENCE) {
                for seq in doubt.last + 1..20 {
                    told.extend(order.read(step(seq)).map(|step| step.event.seq));
                }
                told.extend(std::iter::from_fn(|| order.pop(THREAD)).map(|step| step.event.seq));
                order.settle(THREAD);
            }
            let all: Vec<Seq> = (1..=told.len() as Seq).collect();
            prop_assert_eq!(&told, &all);
            prop_assert!(heard.iter().all(|seq| told.contains(seq)));
            prop_assert!(!order.is_in_doubt());
        }
    }
}
