//! The one writer: commits all that has arrived meanwhile in one transaction (group commit), tells the
//! listener, and only then answers. So an answer is always durable, and one sync serves many.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use sqlx::pool::PoolConnection;
use sqlx::{Any, AnyConnection, AnyPool, Connection, Executor};
use tokio::runtime::Handle as Runtime;
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;

use super::append::{self, Append, Appended};
use super::{Change, Failure, Listener, sql};
use crate::model::Refusal;

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

/// Most operations in one transaction: bounds how long one waits. The more wait, the less each costs: they
/// share a sync, and the pages that several of them change.
const BATCH: usize = 4096;
/// After this many commits, the next pause is used to write the WAL into the database: then nobody waits for
/// it, and the WAL begins anew in the place it has on the disk. (To make it longer takes a sync ten times as
/// long.) Without a pause SQLite does it, at its own limit.
const CHECKPOINT_AFTER: usize = 200;
/// A pause: nothing has come for this long.
const PAUSE: Duration = Duration::from_millis(4);
/// Told to those who come when the queue is full.
const BUSY_RETRY_MS: u64 = 1_000;

type Answer = Box<dyn FnOnce(Result<(), Refusal>) + Send>;
type Run = Box<
    dyn for<'c> FnOnce(
            &'c mut AnyConnection,
        ) -> BoxFuture<'c, (Result<Vec<Change>, Failure>, Answer)>
        + Send,
>;

enum Write {
    Append(Append),
    Job(Run),
    Stop(oneshot::Sender<()>),
}

/// The way to the writer.
#[derive(Clone)]
pub(super) struct Handle {
    queue: mpsc::Sender<Write>,
}

impl Handle {
    /// Hands an append over. Its `done` is called exactly once: at once when the queue is full.
    pub(super) fn append(&self, append: Append) {
        if let Err(error) = self.queue.try_send(Write::Append(append)) {
            let refusal = refusal_of(&error);
            let (mpsc::error::TrySendError::Full(write) | mpsc::error::TrySendError::Closed(write)) =
                error;
            if let Write::Append(append) = write {
                (append.done)(Err(refusal));
            }
        }
    }

    /// Runs `job` in the next transaction, in a savepoint of its own; answers after the commit.
    pub(super) async fn run<T, F>(&self, job: F) -> Result<T, Failure>
    where
        T: Send + 'static,
        F: for<'c> FnOnce(&'c mut AnyConnection) -> BoxFuture<'c, Result<Outcome<T>, Failure>>
            + Send
            + 'static,
    {
        let (sender, receiver) = oneshot::channel::<Result<T, Refusal>>();
        let run: Run = Box::new(move |db| {
            Box::pin(async move {
                // A caller who has gone away no longer wants its answer: `send` may fail.
                match job(db).await {
                    Ok(Outcome { answer, changes }) => {
                        let finish: Answer = Box::new(move |outcome| {
                            let _ = sender.send(outcome.map(|()| answer));
                        });
                        (Ok(changes), finish)
                    }
                    Err(failure) => {
                        let finish: Answer = Box::new(move |outcome| {
                            let _ = sender.send(Err(outcome.err().unwrap_or(Refusal::Internal)));
                        });
                        (Err(failure), finish)
                    }
                }
            })
        });
        self.queue
            .try_send(Write::Job(run))
            .map_err(|error| refusal_of(&error))?;
        // The writer drops a job only when the transaction failed before its turn.
        Ok(receiver.await.unwrap_or(Err(Refusal::Unavailable))?)
    }

    /// Commits what is queued and ends the writer.
    pub(super) async fn stop(&self) {
        let (sender, receiver) = oneshot::channel();
        if self.queue.send(Write::Stop(sender)).await.is_ok() {
            let _ = receiver.await;
        }
    }
}

fn refusal_of<T>(error: &mpsc::error::TrySendError<T>) -> Refusal {
    match error {
        mpsc::error::TrySendError::Full(_) => Refusal::Busy {
            retry_after_ms: BUSY_RETRY_MS,
        },
        mpsc::error::TrySendError::Closed(_) => Refusal::Stopping,
    }
}

/// Starts the writer on `pool`, which must have one connection only.
pub(super) fn spawn(pool: AnyPool, queue: usize, listener: Arc<dyn Listener>) -> Handle {
    let (sender, receiver) = mpsc::channel(queue);
    let runtime = Runtime::current();
    // A thread of its own: each statement waits for SQLite's thread, which wakes this one straight, without
    // the runtime's scheduler in between.
    std::thread::spawn(move || runtime.block_on(write_until_stopped(pool, receiver, listener)));
    Handle { queue: sender }
}

async fn write_until_stopped(
    pool: AnyPool,
    mut queue: mpsc::Receiver<Write>,
    listener: Arc<dyn Listener>,
) {
    let mut arrived = Vec::new();
    let mut stopped = Vec::new();
    let mut held = None;
    let mut commits = 0;
    loop {
        let receive = queue.recv_many(&mut arrived, BATCH);
        let count = if commits < CHECKPOINT_AFTER {
            receive.await
        } else if let Ok(count) = timeout(PAUSE, receive).await {
            count
        } else {
            commits = 0;
            checkpoint(&mut held).await;
            continue;
        };
        if count == 0 {
            break;
        }
        commits += 1;
        let (mut appends, mut jobs) = (Vec::new(), Vec::new());
        for write in arrived.drain(..) {
            match write {
                Write::Append(append) => appends.push(append),
                Write::Job(job) => jobs.push(job),
                Write::Stop(done) => {
                    queue.close();
                    stopped.push(done);
                }
            }
        }
        commit(&pool, &mut held, appends, jobs, &*listener).await;
    }
    drop(held);
    pool.close().await;
    for done in stopped {
        let _ = done.send(());
    }
}

/// The writer's connection. It is kept from one transaction to the next: to give it back to the pool costs a
/// task and a ping, as much as a statement.
type Held = Option<PoolConnection<Any>>;

async fn hold<'h>(
    pool: &AnyPool,
    held: &'h mut Held,
) -> Result<&'h mut AnyConnection, sqlx::Error> {
    let connection = match held.take() {
        Some(connection) => connection,
        None => pool.acquire().await?,
    };
    Ok(held.insert(connection))
}

async fn checkpoint(held: &mut Held) {
    let Some(connection) = held else { return };
    if let Err(error) = connection.execute(sql::CHECKPOINT).await {
        tracing::warn!(%error, "the WAL could not be checkpointed");
    }
}

/// One transaction, from BEGIN to the last answer.
async fn commit(
    pool: &AnyPool,
    held: &mut Held,
    appends: Vec<Append>,
    jobs: Vec<Run>,
    listener: &dyn Listener,
) {
    let mut work = Work::default();
    let written = match hold(pool, held).await {
        Ok(db) => work.run(db, &appends, jobs).await,
        Err(error) => Err(error),
    };
    match written {
        Ok(()) => {
            if !work.changes.is_empty() {
                listener.committed(work.changes);
            }
            for (append, result) in appends.into_iter().zip(work.appended) {
                (append.done)(result);
            }
            for answer in work.answers {
                answer(Ok(()));
            }
        }
        Err(error) => {
            if work.is_in_doubt {
                listener.in_doubt();
            }
            // On a full disk SQLite rolls back by itself, and after a lost connection nobody knows what is:
            // a connection on which a transaction failed is not used again.
            if let Some(connection) = held.take() {
                let _ = connection.close().await;
            }
            let refusal = Refusal::from(Failure::Database(error));
            for append in appends {
                (append.done)(Err(refusal.clone()));
            }
            for answer in work.answers {
                answer(Err(refusal.clone()));
            }
        }
    }
}

/// What a transaction has gathered so far.
#[derive(Default)]
struct Work {
    changes: Vec<Change>,
    appended: Vec<Result<Appended, Refusal>>,
    /// Of the jobs that succeeded, to be answered after COMMIT.
    answers: Vec<Answer>,
    /// Whether COMMIT itself failed: the database may have carried it out all the same.
    is_in_doubt: bool,
}

impl Work {
    async fn run(
        &mut self,
        db: &mut AnyConnection,
        appends: &[Append],
        jobs: Vec<Run>,
    ) -> Result<(), sqlx::Error> {
        let mut transaction = db.begin_with(sql::BEGIN).await?;
        if !appends.is_empty() {
            self.appended = append::run(&mut transaction, appends, &mut self.changes).await?;
        }
        for job in jobs {
            let mut savepoint = transaction.begin().await?;
            match job(&mut savepoint).await {
                (Ok(changes), answer) => {
                    savepoint.commit().await?;
                    self.changes.extend(changes);
                    self.answers.push(answer);
                }
                (Err(failure), answer) if failure.is_own_fault() => {
                    savepoint.rollback().await?;
                    answer(Err(failure.into()));
                }
                (Err(failure), answer) => {
                    self.answers.push(answer);
                    return Err(match failure {
                        Failure::Database(error) => error,
                        Failure::Refused(_) => sqlx::Error::WorkerCrashed,
                    });
                }
            }
        }
        self.is_in_doubt = true;
        transaction.commit().await
    }
}
