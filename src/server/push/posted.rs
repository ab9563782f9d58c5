//! The messages that are still to be judged, as one range of positions for each thread: its size is bounded by the
//! number of threads, however much is posted.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Notify;

use crate::model::{EventBody, Seq, ThreadId};
use crate::server::store::{Change, Listener};

/// See the module documentation.
#[derive(Debug, Default)]
pub struct Posted {
    threads: Mutex<HashMap<ThreadId, (Seq, Seq)>>,
    wake: Notify,
}

impl Posted {
    /// A listener that adds the messages of this node's commits, and passes everything on.
    #[must_use]
    pub fn before(self: &Arc<Self>, listener: Arc<dyn Listener>) -> Arc<dyn Listener> {
        let posted = Arc::clone(self);
        Arc::new(Before { posted, listener })
    }

    /// Adds a message.
    fn add(&self, thread: ThreadId, seq: Seq) {
        let mut threads = self.threads.lock().unwrap_or_else(PoisonError::into_inner);
        let is_first = threads.is_empty();
        let (first, last) = threads.entry(thread).or_insert((seq, seq));
        (*first, *last) = ((*first).min(seq), (*last).max(seq));
        drop(threads);
        if is_first {
            self.wake.notify_one();
        }
    }

    /// Waits until there are messages.
    pub async fn wait(&self) {
        self.wake.notified().await;
    }

    /// Removes all: the thread, with the first and the last position.
    #[must_use]
    pub fn take(&self) -> Vec<(ThreadId, Seq, Seq)> {
        let mut threads = self.threads.lock().unwrap_or_else(PoisonError::into_inner);
        let taken = threads.drain();
        taken
            .map(|(thread, (first, last))| (thread, first, last))
            .collect()
    }
}

/// See [`Posted::before`].
struct Before {
    posted: Arc<Posted>,
    listener: Arc<dyn Listener>,
}

impl Listener for Before {
    fn committed(&self, changes: Vec<Change>) {
        for change in &changes {
            if let Change::Event(event) = change
                && matches!(event.body, EventBody::Message(_))
            {
                self.posted.add(event.thread, event.seq);
            }
        }
        self.listener.committed(changes);
    }

    fn outcome_unknown(&self) {
        self.listener.outcome_unknown();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_messages_of_a_thread_are_one_range_and_whoever_waits_is_woken() {
        let posted = Posted::default();
        for seq in [5, 3, 9] {
            posted.add(ThreadId(1), seq);
        }
        posted.add(ThreadId(2), 7);
        posted.wait().await;
        let mut taken = posted.take();
        taken.sort_unstable();
        assert_eq!(taken, [(ThreadId(1), 3, 9), (ThreadId(2), 7, 7)]);
        assert_eq!(posted.take(), []);
        posted.add(ThreadId(1), 10);
        posted.wait().await;
        assert_eq!(posted.take(), [(ThreadId(1), 10, 10)]);
    }
}
