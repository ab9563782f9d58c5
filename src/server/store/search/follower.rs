//! Follows the logs with the index. The writer says in which threads something is new; at the start, and after
//! anything that may have been missed, all threads are looked at. Up to where each is indexed stands in the
//! database, so whoever is killed goes on where they were.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use sqlx::AnyPool;
use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

use super::scrub::scrub;
use super::write::{self, Piece};
use crate::model::ThreadId;
use crate::server::store::queue::{Owner, Turn};
use crate::server::store::sql::Engine;
use crate::server::store::writer::{self, Needs};
use crate::server::store::{Change, Failure, Outcome, distinct};

/// Threads that are looked at for one transaction.
const THREADS: usize = 64;
/// What comes within this is indexed together.
const GATHER: Duration = Duration::from_millis(250);
/// How long is waited after the database has failed.
const AFTER_FAILURE: Duration = Duration::from_secs(2);
/// How often all threads are looked at where others write too: one of them may have been killed.
const LOOK_AROUND: Duration = Duration::from_secs(15);

/// The threads in which something is new.
#[derive(Default)]
pub(in crate::server::store) struct Fresh {
    threads: Mutex<BTreeSet<ThreadId>>,
    /// Whether something may have been missed.
    in_doubt: AtomicBool,
    told: Notify,
    /// The index may have words of deleted messages.
    pub(super) scrub: Notify,
}

impl Fresh {
    /// Takes note of what was committed.
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

    /// Something was committed, or not.
    pub(in crate::server::store) fn in_doubt(&self) {
        self.in_doubt.store(true, Ordering::Release);
        self.told.notify_one();
    }

    fn add(&self, threads: impl IntoIterator<Item = ThreadId>) {
        let mut all = self.threads();
        let before = all.len();
        all.extend(threads);
        if all.len() > before {
            self.told.notify_one();
        }
    }

    /// Some of them, and whether these are all.
    fn take(&self) -> (Vec<ThreadId>, bool) {
        let mut all = self.threads();
        let some = std::iter::from_fn(|| all.pop_first()).take(THREADS);
        (some.collect(), all.is_empty())
    }

    /// Whole even if a thread panicked while it held the lock.
    fn threads(&self) -> MutexGuard<'_, BTreeSet<ThreadId>> {
        self.threads.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The task that keeps the index up to date. It ends with this.
pub(in crate::server::store) struct Follower {
    tasks: Mutex<Vec<JoinHandle<()>>>,
    done: watch::Receiver<bool>,
}

impl Follower {
    pub(in crate::server::store) fn spawn(
        fresh: Arc<Fresh>,
        readers: AnyPool,
        writer: writer::Handle,
        engine: Engine,
    ) -> Self {
        let (sender, done) = watch::channel(false);
        let mut tasks = Vec::new();
        if engine == Engine::Sqlite {
            let (fresh, readers) = (Arc::clone(&fresh), readers.clone());
            tasks.push(tokio::spawn(scrub(fresh, readers, writer.clone())));
        }
        let work = Work {
            fresh,
            readers,
            writer,
            is_shared: engine.is_remote(),
            done: sender,
        };
        tasks.push(tokio::spawn(work.follow()));
        let tasks = Mutex::new(tasks);
        Self { tasks, done }
    }

    /// Whether all threads have been looked at since the start.
    pub(super) fn is_done(&self) -> bool {
        *self.done.borrow()
    }

    /// Waits until that is so, or until it has ended.
    pub(super) async fn until_done(&self) {
        let _ = self.done.clone().wait_for(|done| *done).await;
    }

    /// Ends it. What it was about to do is done at the next start.
    pub(in crate::server::store) async fn stop(&self) {
        for task in self.take() {
            task.abort();
            let _ = task.await;
        }
    }

    fn take(&self) -> Vec<JoinHandle<()>> {
        let mut tasks = self.tasks.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut tasks)
    }
}

impl Drop for Follower {
    fn drop(&mut self) {
        for task in self.take() {
            task.abort();
        }
    }
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
        // The thread after which all are looked at; `None` when that is done.
        let mut around = Some(ThreadId(0));
        let mut has_failed = false;
        loop {
            let is_all = match self.step(&mut around).await {
                Ok(is_all) => {
                    has_failed = false;
                    is_all
                }
                Err(failure) => {
                    if !std::mem::replace(&mut has_failed, true) {
                        tracing::warn!(%failure, "the search index could not be brought up to date");
                    }
                    around = Some(ThreadId(0));
                    sleep(AFTER_FAILURE).await;
                    false
                }
            };
            if around.is_some() || !is_all {
                continue;
            }
            self.done
                .send_if_modified(|done| !std::mem::replace(done, true));
            // At once, if something came while the last was written: where much is said, something always has.
            let told = self.fresh.told.notified();
            let is_told = match self.is_shared {
                true => timeout(LOOK_AROUND, told).await.is_ok(),
                false => {
                    told.await;
                    true
                }
            };
            if !is_told || self.fresh.in_doubt.swap(false, Ordering::AcqRel) {
                around = Some(ThreadId(0));
            } else {
                sleep(GATHER).await;
            }
        }
    }

    /// Indexes a piece of what is new, and, where there is room, of what was not looked at yet. Says whether that was
    /// all that was new when it began.
    async fn step(&self, around: &mut Option<ThreadId>) -> Result<bool, Failure> {
        let mut db = self.readers.acquire().await?;
        let (mut threads, is_all) = self.fresh.take();
        if let (Some(after), true) = (*around, is_all) {
            let behind = write::next_behind(&mut db, after, THREADS).await?;
            // What is not finished of these is new, and comes first.
            *around = behind.last().copied();
            threads = distinct(threads.into_iter().chain(behind));
        }
        if threads.is_empty() {
            return Ok(is_all);
        }
        let piece = Piece::read(&mut db, &threads).await?;
        drop(db);
        if piece.is_empty() {
            return Ok(is_all);
        }
        let (unfinished, deletes) = (piece.unfinished.clone(), piece.deletes);
        self.writer
            .run_with(Turn::ordinary(Owner::Server), Needs::Nothing, move |db| {
                Box::pin(async move {
                    piece.write(db).await?;
                    Ok(Outcome::silent(()))
                })
            })
            .await?;
        if deletes {
            self.fresh.scrub.notify_one();
        }
        let is_all = is_all && unfinished.is_empty();
        self.fresh.add(unfinished);
        Ok(is_all)
    }
}
