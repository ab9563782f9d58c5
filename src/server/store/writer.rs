//! The single writer: commits everything that has arrived in one transaction (group commit), notifies the listener, and
//! only then answers. So an answer is always durable, and one sync serves many operations.
//!
//! With PostgreSQL each node has its own writer. A transaction that conflicted with another node's, or whose connection
//! broke before COMMIT, is retried.

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::future::BoxFuture;
use sqlx::pool::PoolConnection;
use sqlx::{Any, AnyConnection, AnyPool, Connection, Executor, Row};
use tokio::runtime::Handle as Runtime;
use tokio::sync::{oneshot, watch};
use tokio::time::{sleep, timeout};

use super::append::{self, Append, Appended};
use super::dialect;
use super::dialect::Dialect;
use super::error::{is_rolled_back, is_transient};
use super::search::Fresh;
use super::write_queue::{QueueFull, Receiver, Sender, WriteTurn, queue};
use super::{Change, Listener, StoreError};
use crate::model::{Refusal, ThreadId};
use crate::server::metrics::METRICS;

/// The result of a job: the answer for its caller, and its changes.
pub struct Outcome<T> {
    pub answer: T,
    pub changes: Vec<Change>,
}

impl<T> Outcome<T> {
    /// An answer without changes visible to connected clients.
    pub fn silent(answer: T) -> Self {
        Self {
            answer,
            changes: Vec::new(),
        }
    }
}

/// After this many commits, the next pause is used to checkpoint the WAL: then no write waits for it, and the WAL
/// restarts in the disk space it already has. (Extending it makes a sync take ten times as long.) Without a pause
/// SQLite does it, at its own limit.
const CHECKPOINT_AFTER: usize = 200;
/// A pause: no write has arrived for this long.
const PAUSE: Duration = Duration::from_millis(4);
/// After a deletion, the WAL is truncated in the next pause, but at most this often.
const TRUNCATE_EVERY: Duration = Duration::from_secs(1);
/// The timeout for closing a broken connection.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(1);
/// The retry delay suggested to a caller when the queue is full.
const BUSY_RETRY_MS: u64 = 1_000;

/// How long a transaction is retried, and the increasing pauses between attempts; the last one repeats.
const RETRY_FOR: Duration = Duration::from_secs(6);
const RETRY_PAUSES: [Duration; 4] = [
    Duration::from_millis(5),
    Duration::from_millis(20),
    Duration::from_millis(80),
    Duration::from_millis(250),
];
/// A transaction that takes longer has lost its server: the peer may have vanished silently.
const LOST_AFTER: Duration = Duration::from_secs(120);

/// The exclusivity a job requires among all nodes that write to the database.
#[derive(Clone, Copy)]
pub(super) enum Needs {
    /// None: a single statement, correct whatever runs concurrently.
    Nothing,
    /// None; and the content it replaces must not survive anywhere, including the WAL.
    Scrubbing,
    /// No other exclusive job runs: what the job has read is still true when it writes.
    Alone,
    /// As [`Self::Alone`], and nothing is appended to this thread's log.
    AloneIn(ThreadId),
}

/// An operation other than an append.
trait Job: Send {
    /// Runs again when the transaction is retried.
    fn run<'j>(
        &'j mut self,
        db: &'j mut AnyConnection,
    ) -> BoxFuture<'j, Result<Vec<Change>, StoreError>>;

    /// Sets a refusal as the answer, provided the transaction commits.
    fn refuse(&mut self, refusal: Refusal);

    /// Answers the caller: with the job's result if the transaction was committed, else with the reason why not.
    fn answer(self: Box<Self>, committed: Result<(), Refusal>);

    fn needs(&self) -> Needs;
}

struct Task<T, F> {
    job: F,
    needs: Needs,
    result: Result<T, Refusal>,
    caller: oneshot::Sender<Result<T, Refusal>>,
}

impl<T, F> Job for Task<T, F>
where
    T: Send,
    F: for<'c> FnOnce(&'c mut AnyConnection) -> BoxFuture<'c, Result<Outcome<T>, StoreError>>
        + Clone
        + Send,
{
    fn run<'j>(
        &'j mut self,
        db: &'j mut AnyConnection,
    ) -> BoxFuture<'j, Result<Vec<Change>, StoreError>> {
        let job = self.job.clone();
        Box::pin(async move {
            let Outcome { answer, changes } = job(db).await?;
            self.result = Ok(answer);
            Ok(changes)
        })
    }

    fn refuse(&mut self, refusal: Refusal) {
        self.result = Err(refusal);
    }

    fn answer(self: Box<Self>, committed: Result<(), Refusal>) {
        // `send` fails when the caller has gone away; it no longer wants the answer.
        let _ = self.caller.send(committed.and(self.result));
    }

    fn needs(&self) -> Needs {
        self.needs
    }
}

#[expect(
    clippy::large_enum_variant,
    reason = "nearly all are appends: an allocation for each would be dearer"
)]
enum Write {
    Append(Append),
    Job(Box<dyn Job>),
}

/// A handle to the writer.
#[derive(Clone)]
pub(super) struct Handle {
    queue: Sender<Write>,
    /// Its sender is dropped when the writer has ended.
    ended: watch::Receiver<()>,
}

impl Handle {
    /// Queues an append in its actor's turn. `done` is invoked exactly once, and immediately when the queue is full.
    pub(super) fn append(&self, append: Append) {
        let turn = WriteTurn::of(append.actor);
        if let Err((full, write)) = self.queue.push(turn, Write::Append(append))
            && let Write::Append(append) = write
        {
            (append.done)(Err(full.into()));
        }
    }

    /// Runs `job` in the next transaction, in a savepoint of its own and exclusive among all nodes; answers after the
    /// commit. `turn`: its owner and its lane.
    pub(super) async fn run<T, F>(&self, turn: WriteTurn, job: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: for<'c> FnOnce(&'c mut AnyConnection) -> BoxFuture<'c, Result<Outcome<T>, StoreError>>
            + Clone
            + Send
            + 'static,
    {
        self.run_with(turn, Needs::Alone, job).await
    }

    /// As [`Self::run`], with the required exclusivity.
    pub(super) async fn run_with<T, F>(
        &self,
        turn: WriteTurn,
        needs: Needs,
        job: F,
    ) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: for<'c> FnOnce(&'c mut AnyConnection) -> BoxFuture<'c, Result<Outcome<T>, StoreError>>
            + Clone
            + Send
            + 'static,
    {
        let (caller, receiver) = oneshot::channel::<Result<T, Refusal>>();
        let task = Task {
            job,
            needs,
            result: Err(Refusal::Internal),
            caller,
        };
        self.queue
            .push(turn, Write::Job(Box::new(task)))
            .map_err(|(full, _)| Refusal::from(full))?;
        Ok(receiver.await.unwrap_or(Err(Refusal::Unavailable))?)
    }

    /// The number of queued operations.
    pub(super) fn queued(&self) -> usize {
        self.queue.len()
    }

    /// Whether the writer runs. It ends when it is stopped, and when it panics.
    pub(super) fn is_running(&self) -> bool {
        self.ended.has_changed().is_ok()
    }

    /// Refuses new operations, commits the queued ones and ends the writer.
    pub(super) async fn stop(&self) {
        self.queue.close();
        let mut ended = self.ended.clone();
        while ended.changed().await.is_ok() {}
    }
}

impl From<QueueFull> for Refusal {
    fn from(full: QueueFull) -> Self {
        match full {
            QueueFull::Busy => Self::Busy {
                retry_after_ms: BUSY_RETRY_MS,
            },
            QueueFull::Closed => Self::Stopping,
        }
    }
}

/// Starts the writer on `pool`, which must have exactly one connection.
pub(super) fn spawn(
    pool: AnyPool,
    engine: Dialect,
    capacity: usize,
    listener: Arc<dyn Listener>,
    fresh: Arc<Fresh>,
) -> Handle {
    let (sender, receiver) = queue(capacity);
    let (ending, ended) = watch::channel(());
    let runtime = Runtime::current();
    let writer = Writer {
        pool,
        engine,
        held: None,
        listener,
        fresh,
        has_deleted: false,
        truncated: Instant::now(),
    };
    // A thread of its own: each statement waits for SQLite's thread, which then wakes this one directly, without the
    // runtime's scheduler in between.
    std::thread::spawn(move || {
        runtime.block_on(writer.write_until_stopped(receiver));
        drop(ending);
    });
    Handle {
        queue: sender,
        ended,
    }
}

struct Writer {
    pool: AnyPool,
    engine: Dialect,
    /// The connection, held across transactions: returning it to the pool costs a task and a ping, as much as a
    /// statement.
    held: Option<PoolConnection<Any>>,
    listener: Arc<dyn Listener>,
    /// Feeds the search index.
    fresh: Arc<Fresh>,
    /// Whether the WAL may still contain deleted content.
    has_deleted: bool,
    /// When the WAL was last truncated.
    truncated: Instant,
}

impl Writer {
    async fn write_until_stopped(mut self, mut queue: Receiver<Write>) {
        let mut arrived = Vec::new();
        let mut commits = 0;
        loop {
            let receive = queue.recv_many(&mut arrived, self.engine.batch());
            let pause = match (self.has_deleted, commits < CHECKPOINT_AFTER) {
                (false, true) => None,
                (true, true) => Some(PAUSE.max(self.truncate_in())),
                (_, false) => Some(PAUSE),
            };
            let count = match pause {
                None => receive.await,
                Some(pause) => match timeout(pause, receive).await {
                    Ok(count) => count,
                    Err(_) => {
                        commits = 0;
                        self.checkpoint().await;
                        continue;
                    }
                },
            };
            if count == 0 {
                break;
            }
            commits += 1;
            let mut batch = Batch::default();
            for write in arrived.drain(..) {
                match write {
                    Write::Append(append) => batch.appends.push(append),
                    Write::Job(job) => batch.jobs.push(job),
                }
            }
            self.commit(batch).await;
        }
        drop(self.held);
        self.pool.close().await;
    }

    /// The time until the WAL may be truncated again.
    fn truncate_in(&self) -> Duration {
        TRUNCATE_EVERY.saturating_sub(self.truncated.elapsed())
    }

    async fn checkpoint(&mut self) {
        if self.has_deleted && self.truncate_in().is_zero() {
            return self.truncate().await;
        }
        let (Some(connection), Some(text)) = (&mut self.held, self.engine.checkpoint()) else {
            return;
        };
        if let Err(error) = connection.execute(text).await {
            tracing::warn!(%error, "checkpointing the WAL failed");
        }
    }

    /// Truncates the WAL. A truncation that a reader blocks is retried later.
    async fn truncate(&mut self) {
        self.truncated = Instant::now();
        let (Some(connection), Some([before, truncate, after])) =
            (&mut self.held, self.engine.truncate_log())
        else {
            self.has_deleted = false;
            return;
        };
        let done = async {
            connection.execute(before).await?;
            let row = connection.fetch_one(truncate).await;
            connection.execute(after).await?;
            row?.try_get::<i64, _>(0)
        };
        match done.await {
            Ok(0) => self.has_deleted = false,
            Ok(_) => {}
            Err(error) => tracing::warn!(%error, "truncating the WAL failed"),
        }
    }

    /// One transaction, from BEGIN to the last answer, retried as long as that may help.
    async fn commit(&mut self, mut batch: Batch) {
        METRICS.batch.record(batch.operations() as f64);
        let started = Instant::now();
        let mut pauses = RETRY_PAUSES.into_iter();
        let mut pause = Duration::ZERO;
        let (work, written) = loop {
            let (work, written) = self.attempt(&mut batch).await;
            match &written {
                Err(error) if is_transient(error) && !work.is_unknown => {
                    if started.elapsed() > RETRY_FOR {
                        break (work, written);
                    }
                    METRICS.retried_commits.increment(1);
                    tracing::info!(%error, "retrying transaction");
                }
                _ => break (work, written),
            }
            pause = pauses.next().unwrap_or(pause);
            sleep(pause).await;
        };
        METRICS.commit.record(started.elapsed());
        match written {
            Ok(()) => {
                self.has_deleted |= batch.deletes() || work.changes.iter().any(Change::deletes);
                if !work.changes.is_empty() {
                    self.fresh.committed(&work.changes);
                    self.listener.committed(work.changes);
                }
                batch.answer(work.appended);
            }
            Err(error) => {
                METRICS.failed_commits.increment(1);
                batch.refuse(&Refusal::from(StoreError::Database(error)));
                // After the answers, because it closes the connections that carry them.
                if work.is_unknown {
                    self.fresh.outcome_unknown();
                    self.listener.outcome_unknown();
                }
            }
        }
    }

    async fn attempt(&mut self, batch: &mut Batch) -> (Work, Result<(), sqlx::Error>) {
        let mut work = Work::default();
        let written = match self.hold().await {
            Ok(db) => match timeout(LOST_AFTER, work.run(db, batch)).await {
                Ok(written) => written,
                Err(_) => Err(sqlx::Error::Io(std::io::ErrorKind::TimedOut.into())),
            },
            Err(error) => Err(error),
        };
        if written.is_err() {
            // On a full disk SQLite rolls back by itself, and after a lost connection the state is unknown: a
            // connection on which a transaction failed is never reused.
            if let Some(connection) = self.held.take() {
                // The peer may be gone.
                let _ = timeout(CLOSE_TIMEOUT, connection.close()).await;
            }
        }
        (work, written)
    }

    async fn hold(&mut self) -> Result<&mut AnyConnection, sqlx::Error> {
        let connection = match self.held.take() {
            Some(connection) => connection,
            None => self.pool.acquire().await?,
        };
        Ok(self.held.insert(connection))
    }
}

/// The content of one transaction.
#[derive(Default)]
struct Batch {
    appends: Vec<Append>,
    jobs: Vec<Box<dyn Job>>,
}

impl Batch {
    fn operations(&self) -> usize {
        self.appends.len() + self.jobs.len()
    }

    /// Whether a job has scrubbed text, which it may not report as a change.
    fn deletes(&self) -> bool {
        let mut jobs = self.jobs.iter();
        jobs.any(|job| matches!(job.needs(), Needs::Scrubbing))
    }

    /// Whether any job requires exclusivity, and the threads to lock.
    fn needs(&self) -> (bool, Vec<ThreadId>) {
        let mut alone = false;
        let mut threads: Vec<ThreadId> = self.appends.iter().map(|append| append.thread).collect();
        for job in &self.jobs {
            match job.needs() {
                Needs::Nothing | Needs::Scrubbing => {}
                Needs::Alone => alone = true,
                Needs::AloneIn(thread) => {
                    alone = true;
                    threads.push(thread);
                }
            }
        }
        (alone, threads)
    }

    fn answer(self, appended: Vec<Result<Appended, Refusal>>) {
        for (append, result) in self.appends.into_iter().zip(appended) {
            (append.done)(result);
        }
        for job in self.jobs {
            job.answer(Ok(()));
        }
    }

    fn refuse(self, refusal: &Refusal) {
        for append in self.appends {
            (append.done)(Err(refusal.clone()));
        }
        for job in self.jobs {
            job.answer(Err(refusal.clone()));
        }
    }
}

/// The results of a transaction in progress.
#[derive(Default)]
struct Work {
    changes: Vec<Change>,
    appended: Vec<Result<Appended, Refusal>>,
    /// Whether COMMIT itself failed: the database may have carried it out all the same.
    is_unknown: bool,
}

impl Work {
    async fn run(&mut self, db: &mut AnyConnection, batch: &mut Batch) -> Result<(), sqlx::Error> {
        let engine = Dialect::of(db);
        let mut transaction = db.begin_with(engine.begin()).await?;
        let (alone, threads) = batch.needs();
        dialect::lock(&mut transaction, alone, threads).await?;
        if !batch.appends.is_empty() {
            self.appended =
                append::run(&mut transaction, &batch.appends, &mut self.changes).await?;
        }
        for job in &mut batch.jobs {
            let mut savepoint = transaction.begin().await?;
            match job.run(&mut savepoint).await {
                Ok(changes) => {
                    savepoint.commit().await?;
                    self.changes.extend(changes);
                }
                Err(failure) if failure.is_job_fault() => {
                    savepoint.rollback().await?;
                    job.refuse(failure.into());
                }
                Err(StoreError::Database(error)) => return Err(error),
                Err(StoreError::Refused(_)) => return Err(sqlx::Error::WorkerCrashed),
            }
        }
        self.is_unknown = true;
        let committed = transaction.commit().await;
        self.is_unknown = committed
            .as_ref()
            .is_err_and(|error| !is_rolled_back(error));
        committed
    }
}
