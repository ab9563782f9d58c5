//! The one writer: commits all that has arrived meanwhile in one transaction (group commit), tells the
//! listener, and only then answers. So an answer is always durable, and one sync serves many.
//!
//! With PostgreSQL there is one writer in each node. A transaction that another node was in the way of, or
//! whose connection broke before COMMIT, is run again.

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::future::BoxFuture;
use sqlx::pool::PoolConnection;
use sqlx::{Any, AnyConnection, AnyPool, Connection, Executor, Row};
use tokio::runtime::Handle as Runtime;
use tokio::sync::{oneshot, watch};
use tokio::time::{sleep, timeout};

use super::append::{self, Append, Appended};
use super::fault::{is_passing, is_undone};
use super::queue::{Full, Receiver, Sender, Turn, queue};
use super::search::Fresh;
use super::sql::{self, Engine};
use super::{Change, Failure, Listener};
use crate::model::{Refusal, ThreadId};
use crate::server::meters::METERS;

/// What a job hands back: the answer for its caller, and what it changed.
pub struct Outcome<T> {
    pub answer: T,
    pub changes: Vec<Change>,
}

impl<T> Outcome<T> {
    /// An answer that changes nothing that those who are connected would see.
    pub fn silent(answer: T) -> Self {
        Self {
            answer,
            changes: Vec::new(),
        }
    }
}

/// After this many commits, the next pause is used to write the WAL into the database: then nobody waits for
/// it, and the WAL begins anew in the place it has on the disk. (To make it longer takes a sync ten times as
/// long.) Without a pause SQLite does it, at its own limit.
const CHECKPOINT_AFTER: usize = 200;
/// A pause: nothing has come for this long.
const PAUSE: Duration = Duration::from_millis(4);
/// After something was deleted, the WAL is emptied in the next pause, but not more often than this.
const TRUNCATE_EVERY: Duration = Duration::from_secs(1);
/// How long the end of a broken connection is waited for.
const GOODBYE: Duration = Duration::from_secs(1);
/// Told to those for whom the queue has no place.
const BUSY_RETRY_MS: u64 = 1_000;

/// How long a transaction is tried again, and the pauses between: longer each time, up to the last.
const RETRY_FOR: Duration = Duration::from_secs(6);
const RETRY_PAUSES: [Duration; 4] = [
    Duration::from_millis(5),
    Duration::from_millis(20),
    Duration::from_millis(80),
    Duration::from_millis(250),
];
/// A transaction that takes longer has lost its server: what is at the other end may be gone without a word.
const LOST_AFTER: Duration = Duration::from_secs(120);

/// What a job needs for itself, among all nodes that write to the database.
#[derive(Clone, Copy)]
pub(super) enum Needs {
    /// Nothing: it is a single statement, right whatever else is done beside it.
    Nothing,
    /// Nothing either; what it replaces is to be found nowhere any more.
    Scrubbing,
    /// That no other job of this kind runs: what it has read is still so when it writes.
    Alone,
    /// That, and that nothing is added to this thread's log.
    AloneIn(ThreadId),
}

/// An operation other than an append.
trait Job: Send {
    /// May be called again when the transaction is.
    fn run<'j>(
        &'j mut self,
        db: &'j mut AnyConnection,
    ) -> BoxFuture<'j, Result<Vec<Change>, Failure>>;

    /// It is refused, if the transaction is committed.
    fn refuse(&mut self, refusal: Refusal);

    /// Answers the caller: what the job said if the transaction is committed, else why it is not.
    fn answer(self: Box<Self>, committed: Result<(), Refusal>);

    fn needs(&self) -> Needs;
}

struct Task<T, F> {
    job: F,
    needs: Needs,
    said: Result<T, Refusal>,
    caller: oneshot::Sender<Result<T, Refusal>>,
}

impl<T, F> Job for Task<T, F>
where
    T: Send,
    F: for<'c> FnOnce(&'c mut AnyConnection) -> BoxFuture<'c, Result<Outcome<T>, Failure>>
        + Clone
        + Send,
{
    fn run<'j>(
        &'j mut self,
        db: &'j mut AnyConnection,
    ) -> BoxFuture<'j, Result<Vec<Change>, Failure>> {
        let job = self.job.clone();
        Box::pin(async move {
            let Outcome { answer, changes } = job(db).await?;
            self.said = Ok(answer);
            Ok(changes)
        })
    }

    fn refuse(&mut self, refusal: Refusal) {
        self.said = Err(refusal);
    }

    fn answer(self: Box<Self>, committed: Result<(), Refusal>) {
        // A caller who has gone away no longer wants its answer: `send` may fail.
        let _ = self.caller.send(committed.and(self.said));
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

/// The way to the writer.
#[derive(Clone)]
pub(super) struct Handle {
    queue: Sender<Write>,
    /// Its sender is dropped when the writer has ended.
    ended: watch::Receiver<()>,
}

impl Handle {
    /// Hands an append over, in its actor's turn. Its `done` is called exactly once: at once when there is no
    /// place for it.
    pub(super) fn append(&self, append: Append) {
        let turn = Turn::of(append.actor);
        if let Err((full, write)) = self.queue.push(turn, Write::Append(append))
            && let Write::Append(append) = write
        {
            (append.done)(Err(full.into()));
        }
    }

    /// Runs `job` in the next transaction, in a savepoint of its own and alone among all nodes; answers
    /// after the commit. `turn`: whose it is, and whether it keeps order.
    pub(super) async fn run<T, F>(&self, turn: Turn, job: F) -> Result<T, Failure>
    where
        T: Send + 'static,
        F: for<'c> FnOnce(&'c mut AnyConnection) -> BoxFuture<'c, Result<Outcome<T>, Failure>>
            + Clone
            + Send
            + 'static,
    {
        self.run_with(turn, Needs::Alone, job).await
    }

    /// As [`Self::run`], with what it needs for itself.
    pub(super) async fn run_with<T, F>(
        &self,
        turn: Turn,
        needs: Needs,
        job: F,
    ) -> Result<T, Failure>
    where
        T: Send + 'static,
        F: for<'c> FnOnce(&'c mut AnyConnection) -> BoxFuture<'c, Result<Outcome<T>, Failure>>
            + Clone
            + Send
            + 'static,
    {
        let (caller, receiver) = oneshot::channel::<Result<T, Refusal>>();
        let task = Task {
            job,
            needs,
            said: Err(Refusal::Internal),
            caller,
        };
        self.queue
            .push(turn, Write::Job(Box::new(task)))
            .map_err(|(full, _)| Refusal::from(full))?;
        Ok(receiver.await.unwrap_or(Err(Refusal::Unavailable))?)
    }

    /// How many operations wait.
    pub(super) fn queued(&self) -> usize {
        self.queue.len()
    }

    /// Takes nothing more on, commits what is queued and ends the writer.
    pub(super) async fn stop(&self) {
        self.queue.close();
        let mut ended = self.ended.clone();
        while ended.changed().await.is_ok() {}
    }
}

impl From<Full> for Refusal {
    fn from(full: Full) -> Self {
        match full {
            Full::Busy => Self::Busy {
                retry_after_ms: BUSY_RETRY_MS,
            },
            Full::Closed => Self::Stopping,
        }
    }
}

/// Starts the writer on `pool`, which must have one connection only.
pub(super) fn spawn(
    pool: AnyPool,
    engine: Engine,
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
    // A thread of its own: each statement waits for SQLite's thread, which wakes this one straight, without
    // the runtime's scheduler in between.
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
    engine: Engine,
    /// The connection. It is kept from one transaction to the next: to give it back to the pool costs a task
    /// and a ping, as much as a statement.
    held: Option<PoolConnection<Any>>,
    listener: Arc<dyn Listener>,
    /// For the search index.
    fresh: Arc<Fresh>,
    /// Whether the WAL may still say what was deleted.
    has_deleted: bool,
    /// When the WAL was last emptied.
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

    /// How long the WAL is not emptied yet.
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
            tracing::warn!(%error, "the WAL could not be checkpointed");
        }
    }

    /// Empties the WAL. What a reader is in the way of is tried again later.
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
            Err(error) => tracing::warn!(%error, "the WAL could not be emptied"),
        }
    }

    /// One transaction, from BEGIN to the last answer; run again while that may help.
    async fn commit(&mut self, mut batch: Batch) {
        METERS.batch.record(batch.operations() as f64);
        let begun = Instant::now();
        let mut pauses = RETRY_PAUSES.into_iter();
        let mut pause = Duration::ZERO;
        let (work, written) = loop {
            let (work, written) = self.attempt(&mut batch).await;
            match &written {
                Err(error) if is_passing(error) && !work.is_in_doubt => {
                    if begun.elapsed() > RETRY_FOR {
                        break (work, written);
                    }
                    METERS.retried_commits.increment(1);
                    tracing::info!(%error, "a transaction is run again");
                }
                _ => break (work, written),
            }
            pause = pauses.next().unwrap_or(pause);
            sleep(pause).await;
        };
        METERS.commit.record(begun.elapsed());
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
                METERS.failed_commits.increment(1);
                batch.refuse(&Refusal::from(Failure::Database(error)));
                // After the answers: it closes the connections on which they go out.
                if work.is_in_doubt {
                    self.fresh.in_doubt();
                    self.listener.in_doubt();
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
            // On a full disk SQLite rolls back by itself, and after a lost connection nobody knows what is:
            // a connection on which a transaction failed is not used again.
            if let Some(connection) = self.held.take() {
                // Nobody may be there to say goodbye to.
                let _ = timeout(GOODBYE, connection.close()).await;
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

/// What goes into one transaction.
#[derive(Default)]
struct Batch {
    appends: Vec<Append>,
    jobs: Vec<Box<dyn Job>>,
}

impl Batch {
    fn operations(&self) -> usize {
        self.appends.len() + self.jobs.len()
    }

    /// Whether there is a job that has deleted text for good, whatever it has told.
    fn deletes(&self) -> bool {
        let mut jobs = self.jobs.iter();
        jobs.any(|job| matches!(job.needs(), Needs::Scrubbing))
    }

    /// Whether any of it needs to be alone, and the threads that are not to be added to meanwhile.
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

/// What a transaction has gathered so far.
#[derive(Default)]
struct Work {
    changes: Vec<Change>,
    appended: Vec<Result<Appended, Refusal>>,
    /// Whether COMMIT itself failed: the database may have carried it out all the same.
    is_in_doubt: bool,
}

impl Work {
    async fn run(&mut self, db: &mut AnyConnection, batch: &mut Batch) -> Result<(), sqlx::Error> {
        let engine = Engine::of(db);
        let mut transaction = db.begin_with(engine.begin()).await?;
        let (alone, threads) = batch.needs();
        sql::lock(&mut transaction, alone, threads).await?;
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
                Err(failure) if failure.is_own_fault() => {
                    savepoint.rollback().await?;
                    job.refuse(failure.into());
                }
                Err(Failure::Database(error)) => return Err(error),
                Err(Failure::Refused(_)) => return Err(sqlx::Error::WorkerCrashed),
            }
        }
        self.is_in_doubt = true;
        let committed = transaction.commit().await;
        self.is_in_doubt = committed.as_ref().is_err_and(|error| !is_undone(error));
        committed
    }
}
