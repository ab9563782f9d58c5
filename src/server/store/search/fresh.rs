//! The threads with events that are not in the search index yet: recorded by the writer, consumed by the indexer.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use crate::model::ThreadId;
use crate::server::store::Change;

/// The threads with new events.
#[derive(Default)]
pub(in crate::server::store) struct Fresh {
    threads: Mutex<BTreeSet<ThreadId>>,
    /// Whether something may have been missed.
    pub(super) outcome_unknown: AtomicBool,
    pub(super) notify: Notify,
    /// The index may contain words of deleted messages.
    pub(super) scrub: Notify,
}

impl Fresh {
    /// Records what was committed.
    pub(in crate::server::store) fn committed(&self, changes: &[Change]) {
        let events = changes.iter().filter_map(|change| match change {
            Change::Event(event) => Some(event.thread),
            _ => None,
        });
        self.add(events);
        if changes.iter().any(Change::deletes) {
            self.scrub.notify_one();
        }
    }

    /// Records that the outcome of a commit is unknown.
    pub(in crate::server::store) fn outcome_unknown(&self) {
        self.outcome_unknown.store(true, Ordering::Release);
        self.notify.notify_one();
    }

    pub(super) fn add(&self, threads: impl IntoIterator<Item = ThreadId>) {
        let mut all = self.threads();
        let before = all.len();
        all.extend(threads);
        if all.len() > before {
            self.notify.notify_one();
        }
    }

    /// At most `limit` of them, and whether these are all.
    pub(super) fn take(&self, limit: usize) -> (Vec<ThreadId>, bool) {
        let mut all = self.threads();
        let some = std::iter::from_fn(|| all.pop_first()).take(limit);
        (some.collect(), all.is_empty())
    }

    /// The set is consistent even if a thread panicked while it held the lock.
    fn threads(&self) -> MutexGuard<'_, BTreeSet<ThreadId>> {
        self.threads.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
