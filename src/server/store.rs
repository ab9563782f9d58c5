//! The store: the only place with SQL. It keeps facts; what may be done with them, `chat` decides.
//!
//! Reads go to a pool of read connections. Writes go through one writer (see `writer`), which commits
//! everything that has arrived in one transaction and only then answers.

mod append;
mod audit;
mod blocks;
mod catch_up;
mod copy;
mod directory;
mod events;
mod fault;
mod invites;
mod kept;
mod mentions;
mod messages;
mod people;
mod queue;
mod reads;
mod receipts;
mod reports;
mod rooms;
pub mod search;
mod sessions;
mod site;
mod sql;
mod standing;
mod threads;
mod writer;

#[cfg(test)]
pub(crate) mod tests;

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use sqlx::any::{AnyConnectOptions, AnyPoolOptions};
use sqlx::migrate::Migrator;
use sqlx::{AnyConnection, AnyPool, Connection, Executor};
use tokio::sync::Semaphore;

pub use append::{Append, Appended};
pub use catch_up::Membership;
pub use copy::{Compared, Copy};
pub use fault::Failure;
pub use invites::{InviteRules, NewInvite};
pub use mentions::{Calls, Name};
pub use messages::Amend;
pub use people::{Admission, Login, NewUser};
pub use reports::{NewReport, ReportTarget};
pub use rooms::{Act, NewRoom};
pub use sessions::{Session, SessionId};
pub use site::Authority;
pub use site::SiteSetting;
pub use standing::{Acquaintance, Kind, MessageRule, Rule, SiteRule, Standing, WriteRule};
pub use writer::Outcome;

use self::search::{Follower, Fresh};
use self::sql::Engine;
use crate::model::{
    Departure, Event, EventBody, Person, Privacy, ReadMark, Seq, ThreadHead, ThreadId, UserId,
};

/// These, in order, each once.
pub(super) fn distinct<T: Ord>(all: impl IntoIterator<Item = T>) -> Vec<T> {
    let distinct: BTreeSet<T> = all.into_iter().collect();
    distinct.into_iter().collect()
}

/// What a commit has changed, for those who are connected. Handed on in commit order.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// An event is in the log.
    Event(Event),
    /// `user` is a member of a thread from now on. Comes before the thread's events.
    Joined { user: UserId, head: ThreadHead },
    /// `user` is no member of a thread any more. Comes before the event that says so: from that one on
    /// they hear nothing of it.
    Left {
        user: UserId,
        thread: ThreadId,
        why: Departure,
    },
    /// A thread is no more, with all that was in it.
    Deleted { thread: ThreadId },
    /// A member has muted a thread, or taken it back.
    Muted {
        user: UserId,
        thread: ThreadId,
        muted: bool,
    },
    /// A member has saved messages of a thread for later, or let go of some: all that are saved now.
    Saved {
        user: UserId,
        thread: ThreadId,
        saved: Vec<Seq>,
    },
    /// A read mark has moved up.
    Read {
        user: UserId,
        thread: ThreadId,
        mark: ReadMark,
        /// Whether the others of the thread may see it.
        #[serde(default)]
        shown: bool,
    },
    /// What somebody shows of themselves has changed.
    Privacy { user: UserId, privacy: Privacy },
    /// Somebody has blocked or unblocked people: all whom they block now.
    Blocked { user: UserId, blocked: Vec<UserId> },
    /// Somebody signed up.
    Person(Person),
    /// These sessions are no more.
    SessionsEnded(Vec<SessionId>),
}

impl Change {
    /// The thread to which it happened, if it is about one.
    #[must_use]
    pub fn thread(&self) -> Option<ThreadId> {
        match self {
            Self::Event(event) => Some(event.thread),
            Self::Joined { head, .. } => Some(head.id),
            Self::Left { thread, .. }
            | Self::Deleted { thread }
            | Self::Muted { thread, .. }
            | Self::Saved { thread, .. }
            | Self::Read { thread, .. } => Some(*thread),
            Self::Person(_)
            | Self::SessionsEnded(_)
            | Self::Privacy { .. }
            | Self::Blocked { .. } => None,
        }
    }

    /// Whether it is that a text is no more.
    fn deletes(&self) -> bool {
        match self {
            Self::Deleted { .. } => true,
            Self::Event(event) => matches!(event.body, EventBody::MessageDeleted { .. }),
            _ => false,
        }
    }
}

/// Hears of every commit, right after it and before its writers are answered. Must not block.
pub trait Listener: Send + Sync + 'static {
    /// `changes` are durable now, in this order.
    fn committed(&self, changes: Vec<Change>);

    /// A commit failed in such a way that it may be durable all the same: what it changed is not told, so
    /// all must read anew.
    fn in_doubt(&self);
}

/// Checks that the address of a database is one that can be used.
///
/// # Errors
/// When it is not; the address, which may have a password in it, is not repeated.
pub fn check_url(url: &str) -> anyhow::Result<()> {
    Engine::of_url(url).map(drop)
}

/// The folder in which the database at this address lies; `None`: not on this machine's disk, as far as is known.
#[must_use]
pub fn folder_of(url: &str) -> Option<PathBuf> {
    sql::folder_of(url)
}

/// Whether the database at this address is one to which several nodes may write.
#[must_use]
pub fn is_shared(url: &str) -> bool {
    Engine::of_url(url).is_ok_and(Engine::is_remote)
}

/// The store. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    readers: AnyPool,
    writer: writer::Handle,
    follower: Arc<Follower>,
    /// One turn for each search that may run at a time, so that other reading never waits for them all.
    searching: Arc<Semaphore>,
}

/// How long a transaction waits for the one connection that writes, should that have to be opened anew.
const WRITER_PATIENCE: Duration = Duration::from_secs(6);
/// How long a reader waits for its turn: as long as a browser waits for an answer to `hello`.
const READER_PATIENCE: Duration = Duration::from_secs(10);

/// The same tables for either engine, in its own words.
fn migrations(engine: Engine) -> Migrator {
    match engine {
        Engine::Sqlite => sqlx::migrate!("migrations/sqlite"),
        Engine::Postgres => sqlx::migrate!("migrations/postgres"),
    }
}

impl Store {
    /// Opens the database at `url`, makes a file if there is none, and brings its schema up to date.
    ///
    /// # Errors
    /// When the address is not understood, or the database can't be opened or migrated.
    pub async fn open(
        url: &str,
        queue: usize,
        listener: Arc<dyn Listener>,
    ) -> anyhow::Result<Self> {
        sqlx::any::install_default_drivers();
        let engine = Engine::of_url(url)?;
        sql::make_file(url)?;
        let options: AnyConnectOptions = sql::with_mode(url, "rwc").parse()?;
        // A pool tries again until its patience ends; what is wrong at the start is to be told at once.
        let mut first = AnyConnection::connect_with(&options).await?;
        first.execute(engine.check()).await?;
        first.close().await?;
        let single = AnyPoolOptions::new()
            .max_connections(1)
            .acquire_timeout(WRITER_PATIENCE)
            .test_before_acquire(false)
            .idle_timeout(None)
            .max_lifetime(None)
            .after_connect(move |connection, _| {
                let setup = engine.writer_setup();
                Box::pin(async move { connection.execute(setup).await.map(drop) })
            })
            .connect_with(options.clone())
            .await?;
        migrations(engine).run(&single).await?;
        let mut connection = single.acquire().await?;
        copy::check_finished(&mut connection).await?;
        people::fill_looks(&mut connection).await?;
        drop(connection);
        let readers = AnyPoolOptions::new()
            .max_connections(engine.readers())
            .acquire_timeout(READER_PATIENCE)
            .test_before_acquire(engine.is_remote())
            .after_connect(move |connection, _| {
                let setup = engine.reader_setup();
                Box::pin(async move { connection.execute(setup).await.map(drop) })
            })
            .connect_lazy_with(options);
        let fresh = Arc::new(Fresh::default());
        let writer = writer::spawn(single, engine, queue, listener, Arc::clone(&fresh));
        let follower = Follower::spawn(fresh, readers.clone(), writer.clone(), engine);
        Ok(Self {
            readers,
            writer,
            follower: Arc::new(follower),
            searching: Arc::new(Semaphore::new(engine.readers() as usize / 2)),
        })
    }

    /// Whether the database answers.
    ///
    /// # Errors
    /// [`Failure::Database`] when it does not.
    pub async fn ping(&self) -> Result<(), Failure> {
        sqlx::query("SELECT 1").fetch_one(&self.readers).await?;
        Ok(())
    }

    /// How many operations wait for the writer.
    #[must_use]
    pub fn queued(&self) -> usize {
        self.writer.queued()
    }

    /// Commits what has been taken on, refuses what comes later, and closes the connections.
    pub async fn close(&self) {
        self.follower.stop().await;
        self.writer.stop().await;
        self.readers.close().await;
    }
}
