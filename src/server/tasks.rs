//! Background tasks: started, watched and stopped as a group.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// A group of tasks. Clones are cheap and share the group.
#[derive(Clone, Debug, Default)]
pub struct Tasks {
    tracker: TaskTracker,
    stopping: CancellationToken,
    has_failed: Arc<AtomicBool>,
}

impl Tasks {
    /// Runs a task until it ends, or drops it when the group is stopped.
    ///
    /// # Panics
    /// Outside a runtime.
    pub fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        let stopping = self.stopping.clone();
        self.spawn_to_end(async move {
            stopping.run_until_cancelled_owned(task).await;
        });
    }

    /// Runs a task that ends by itself soon after [`Self::stopping`] is cancelled.
    ///
    /// # Panics
    /// Outside a runtime.
    pub fn spawn_to_end(&self, task: impl Future<Output = ()> + Send + 'static) {
        let panic_watch = PanicWatch(Arc::clone(&self.has_failed));
        self.tracker.spawn(async move {
            let _watch = panic_watch;
            task.await;
        });
    }

    /// A token that is cancelled when the group is stopped.
    #[must_use]
    pub fn stopping(&self) -> CancellationToken {
        self.stopping.clone()
    }

    /// Whether a task has panicked. Its work stays undone until the process is restarted.
    #[must_use]
    pub fn has_failed(&self) -> bool {
        self.has_failed.load(Ordering::Relaxed)
    }

    /// Cancels all tasks without waiting for them.
    pub fn cancel(&self) {
        self.stopping.cancel();
        self.tracker.close();
    }

    /// Cancels all tasks and waits until they have ended.
    pub async fn stop(&self) {
        self.cancel();
        self.tracker.wait().await;
    }
}

/// Records, when its task is dropped, whether it panicked.
struct PanicWatch(Arc<AtomicBool>);

impl Drop for PanicWatch {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.store(true, Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::future::pending;

    use super::*;

    #[tokio::test]
    async fn a_stop_ends_what_would_wait_for_ever_and_waits_for_what_ends_by_itself() {
        let tasks = Tasks::default();
        let is_done = Arc::new(AtomicBool::new(false));
        tasks.spawn(pending());
        let (stopping, done) = (tasks.stopping(), Arc::clone(&is_done));
        tasks.spawn_to_end(async move {
            stopping.cancelled().await;
            tokio::task::yield_now().await;
            done.store(true, Ordering::Relaxed);
        });
        tasks.stop().await;
        assert!(is_done.load(Ordering::Relaxed));
        assert!(!tasks.has_failed(), "a normal end is not a failure");
    }

    #[tokio::test]
    async fn a_task_that_panics_is_noticed() {
        let tasks = Tasks::default();
        tasks.spawn(async { panic!("as a test wants it") });
        let noticed = async {
            while !tasks.has_failed() {
                tokio::task::yield_now().await;
            }
        };
        let patience = std::time::Duration::from_secs(20);
        let noticed = tokio::time::timeout(patience, noticed).await;
        noticed.expect("the panic is noticed");
    }
}
