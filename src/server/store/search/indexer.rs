//! The task that keeps the search index up to date with the logs. The writer reports the threads with new events. At
//! startup, and after anything that may have been missed, all threads are checked. Each thread's indexed position is in
//! the database, so that a killed process resumes where it was.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use sqlx::AnyPool;
use tokio::sync::watch;
use tokio::time::{sleep, timeout};

use super::fresh::Fresh;
use super::index_batch;
use super::index_batch::IndexBatch;
use super::scrub::scrub;
use crate::model::ThreadId;
use crate::server::store::dialect::Dialect;
use crate::server::store::write_queue::{Owner, WriteTurn};
use crate::server::store::writer::{self, Needs};
use crate::server::store::{Outcome, StoreError, distinct};
use crate::server::tasks::Tasks;

/// Threads processed per transaction.
const THREADS: usize = 64;
/// New events within this time are indexed together.
const GATHER: Duration = Duration::from_millis(250);
/// The pause after a database failure.
const AFTER_FAILURE: Duration = Duration::from_secs(2);
/// How often all threads are checked where other nodes write too: one of them may have been killed.
const CHECK_ALL_EVERY: Duration = Duration::from_secs(15);

/// The indexing tasks. They end when this is dropped.
pub(in crate::server::store) struct Indexer {
    tasks: Tasks,
    done: watch::Receiver<bool>,
}

impl Indexer {
    pub(in crate::server::store) fn spawn(
        fresh: Arc<Fresh>,
        readers: AnyPool,
        writer: writer::Handle,
        engine: Dialect,
    ) -> Self {
        let (sender, done) = watch::channel(false);
        let tasks = Tasks::default();
        if engine == Dialect::Sqlite {
            let (fresh, readers) = (Arc::clone(&fresh), readers.clone());
            tasks.spawn(scrub(fresh, readers, writer.clone()));
        }
        let work = Work {
            fresh,
            readers,
            writer,
            is_shared: engine.is_remote(),
            done: sender,
        };
        tasks.spawn(work.follow());
        Self { tasks, done }
    }

    /// Whether all threads have been checked since startup.
    pub(super) fn is_done(&self) -> bool {
        *self.done.borrow()
    }

    /// Waits until [`Self::is_done`], or until the task has ended.
    pub(super) async fn until_done(&self) {
        let _ = self.done.clone().wait_for(|done| *done).await;
    }

    /// Whether one of the tasks has panicked.
    pub(in crate::server::store) fn has_failed(&self) -> bool {
        self.tasks.has_failed()
    }

    /// Ends the tasks. Unfinished work resumes at the next start.
    pub(in crate::server::store) async fn stop(&self) {
        self.tasks.stop().await;
    }
}

impl Drop for Indexer {
    fn drop(&mut self) {
        self.tasks.cancel();
    }
}

/// The progress of a check of all threads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Round {
    Begun,
    /// The threads up to this one were checked.
    After(ThreadId),
    Done,
}

struct Work {
    fresh: Arc<Fresh>,
    readers: AnyPool,
    writer: writer::Handle,
    is_shared: bool,
    done: watch::Sender<bool>,
}

impl Work {
    async fn follow(self) {
        let mut around = Round::Begun;
        let mut has_failed = false;
        loop {
            let is_all = match self.step(&mut around).await {
                Ok(is_all) => {
                    has_failed = false;
                    is_all
                }
                Err(failure) => {
                    if !std::mem::replace(&mut has_failed, true) {
                        tracing::warn!(%failure, "updating the search index failed");
                    }
                    around = Round::Begun;
                    sleep(AFTER_FAILURE).await;
                    false
                }
            };
            if around != Round::Done || !is_all {
                continue;
            }
            self.done
                .send_if_modified(|done| !std::mem::replace(done, true));
            // Returns at once if something arrived during the last write, as is always the case under load.
            let notify = self.fresh.notify.notified();
            let is_woken = match self.is_shared {
                true => timeout(CHECK_ALL_EVERY, notify).await.is_ok(),
                false => {
                    notify.await;
                    true
                }
            };
            if !is_woken || self.fresh.outcome_unknown.swap(false, Ordering::AcqRel) {
                around = Round::Begun;
            } else {
                sleep(GATHER).await;
            }
        }
    }

    /// Indexes a piece of the new events and, where there is room, of the threads not checked yet. Returns whether that
    /// was everything that was new when it started.
    async fn step(&self, around: &mut Round) -> Result<bool, StoreError> {
        let mut db = self.readers.acquire().await?;
        let (mut threads, is_all) = self.fresh.take(THREADS);
        if is_all && *around != Round::Done {
            let after = match *around {
                Round::After(thread) => Some(thread),
                Round::Begun | Round::Done => None,
            };
            let behind = index_batch::next_behind(&mut db, after, THREADS).await?;
            // Unfinished threads among these count as new, and come first.
            *around = behind.last().copied().map_or(Round::Done, Round::After);
            threads = distinct(threads.into_iter().chain(behind));
        }
        if threads.is_empty() {
            return Ok(is_all);
        }
        let piece = IndexBatch::read(&mut db, &threads).await?;
        drop(db);
        if piece.is_empty() {
            return Ok(is_all);
        }
        let (unfinished, deletes) = (piece.unfinished.clone(), piece.deletes);
        self.writer
            .run_with(
                WriteTurn::ordinary(Owner::Server),
                Needs::Nothing,
                move |db| {
                    Box::pin(async move {
                        piece.write(db).await?;
                        Ok(Outcome::silent(()))
                    })
                },
            )
            .await?;
        if deletes {
            self.fresh.scrub.notify_one();
        }
        let is_all = is_all && unfinished.is_empty();
        self.fresh.add(unfinished);
        Ok(is_all)
    }
}
