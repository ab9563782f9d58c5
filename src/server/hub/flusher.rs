//! The flusher writes queued frames: one task for many connections. A message to a thousand members wakes it once, not
//! a thousand tasks. Frames queued for a connection while it is busy with others go out with one system call, so
//! batches grow with the load, and an idle server adds no delay.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use super::frame::Frame;
use crate::server::tasks::Tasks;

/// Sockets written before the task yields to the runtime: some 100 µs of work.
const AT_ONCE: usize = 32;

/// A queue of frames that the flusher empties.
pub(super) trait Flush: Send + Sync + 'static {
    /// Writes queued frames until the kernel accepts no more. `frames` is empty before and after.
    fn flush(&self, frames: &mut Vec<Frame>);
}

/// See the module documentation.
pub(super) struct Flusher<F> {
    waiting: Mutex<Vec<Arc<F>>>,
    wake: Notify,
    is_running: AtomicBool,
    tasks: Tasks,
}

impl<F: Flush> Flusher<F> {
    /// A flusher that will run as one of `tasks`.
    pub(super) fn new(tasks: Tasks) -> Self {
        Self {
            waiting: Mutex::default(),
            wake: Notify::new(),
            is_running: AtomicBool::new(false),
            tasks,
        }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Arc<F>>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Schedules a queue that has something to write. It must not be scheduled already.
    pub(super) fn add(&self, outbox: Arc<F>) {
        let mut waiting = self.lock();
        waiting.push(outbox);
        let is_first = waiting.len() == 1;
        drop(waiting);
        if is_first {
            self.wake.notify_one();
        }
    }

    /// Starts the task unless it is running. Must be called within a runtime.
    pub(super) fn start(self: &Arc<Self>) {
        if !self.is_running.swap(true, Ordering::Relaxed) {
            let writer = Arc::clone(self);
            self.tasks.spawn(async move { writer.run().await });
        }
    }

    async fn run(&self) {
        let (mut turn, mut frames) = (Vec::new(), Vec::new());
        let mut written: usize = 0;
        loop {
            self.wake.notified().await;
            loop {
                std::mem::swap(&mut turn, &mut *self.lock());
                if turn.is_empty() {
                    break;
                }
                // Queues added meanwhile are next, after all others of this turn.
                for outbox in turn.drain(..) {
                    outbox.flush(&mut frames);
                    written += 1;
                    if written.is_multiple_of(AT_ONCE) {
                        tokio::task::yield_now().await;
                    }
                }
            }
        }
    }
}
