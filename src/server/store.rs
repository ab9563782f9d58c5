//! The store: the only module with SQL. It stores facts; which operations are allowed is decided by the rules of
//! `chat`.
//!
//! Reads use a pool of read connections. Writes go through a single writer (see `writer`), which commits everything
//! that has arrived in one transaction and answers only after the commit.

mod accounts;
mod append;
mod audit;
mod blocks;
mod by_ids;
mod contents;
mod copy;
mod counters;
mod directory;
mod events;
mod favourites;
mod files;
mod group_title;
mod groups;
mod invites;
mod lobby;
mod members;
mod mentions;
mod messages;
mod notify;
mod notify_choice;
mod profile;
mod push;
mod receipts;
mod reports;
mod rooms;
pub mod search;
mod sessions;
mod standing;
mod sweep;
mod threads;
mod under_rule;
mod unread;
mod uploads;
mod writer;

mod dialect;
mod error;
mod own_marks;
mod pins_and_saved;
mod read_marks;
mod reconcile;
mod settings;
#[cfg(test)]
pub(crate) mod tests;
mod users;
mod write_queue;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use sqlx::any::{AnyConnectOptions, AnyPoolOptions};
use sqlx::migrate::Migrator;
use sqlx::{AnyConnection, AnyPool, Connection, Executor};
use tokio::sync::Semaphore;

pub use accounts::Authority;
pub use append::{Append, Appended};
pub use contents::ContentHash;
pub use copy::{Compared, Copy};
pub(super) use dialect::distinct;
pub use error::StoreError;
pub use files::StoredFile;
pub use invites::{InviteRules, NewInvite};
pub use mentions::{Candidates, Name};
pub use messages::Amend;
pub use push::{BrowserKeys, PUBLIC_KEY, Recipient, Subscription};
pub use reconcile::Membership;
pub use reports::{NewReport, ReportTarget};
pub use rooms::{Act, NewRoom};
pub use sessions::Session;
pub use settings::SiteSetting;
pub use standing::{
    Acquaintance, MessageRule, Rule, SITE, SiteRule, Standing, ThreadType, WriteRule,
};
pub use uploads::{NewUpload, Quota, StoredUpload};
pub use users::{Admission, Login, NewUser};
pub use writer::Outcome;

use self::dialect::Dialect;
use self::search::{Fresh, Indexer};
use crate::model::{
    Departure, Event, EventBody, Person, Privacy, ReadMark, Seq, SessionId, ThreadHead, ThreadId,
    UserId,
};

/// A committed change, for the connected clients. Delivered in commit order.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// An event was appended to a log.
    Event(Event),
    /// `user` became a member of a thread, or changed what they chose for it. Precedes the thread's events.
    Joined { user: UserId, head: ThreadHead },
    /// `user` is no longer a member of a thread. Precedes the event that records it: they receive neither that event
    /// nor any later one.
    Left {
        user: UserId,
        thread: ThreadId,
        why: Departure,
    },
    /// A thread was deleted with everything in it.
    Deleted { thread: ThreadId },
    /// A member's saved messages in a thread changed: the complete list.
    Saved {
        user: UserId,
        thread: ThreadId,
        saved: Vec<Seq>,
    },
    /// A read mark moved up.
    Read {
        user: UserId,
        thread: ThreadId,
        mark: ReadMark,
        /// Whether other members of the thread may see it.
        #[serde(default)]
        shown: bool,
    },
    /// A user changed their privacy settings.
    Privacy { user: UserId, privacy: Privacy },
    /// A user chose what they are notified of in all threads.
    NotifySettings { user: UserId },
    /// A user blocked or unblocked others: the complete list.
    Blocked { user: UserId, blocked: Vec<UserId> },
    /// A new account, or one whose display name has changed or become ambiguous, or no longer is.
    Person(Person),
    /// These sessions have ended.
    SessionsEnded(Vec<SessionId>),
}

impl Change {
    /// The thread it concerns, if any.
    #[must_use]
    pub fn thread(&self) -> Option<ThreadId> {
        match self {
            Self::Event(event) => Some(event.thread),
            Self::Joined { head, .. } => Some(head.id),
            Self::Left { thread, .. }
            | Self::Deleted { thread }
            | Self::Saved { thread, .. }
            | Self::Read { thread, .. } => Some(*thread),
            Self::Person(_)
            | Self::SessionsEnded(_)
            | Self::Privacy { .. }
            | Self::NotifySettings { .. }
            | Self::Blocked { .. } => None,
        }
    }

    /// Whether it deletes text.
    fn deletes(&self) -> bool {
        match self {
            Self::Deleted { .. } => true,
            Self::Event(event) => matches!(event.body, EventBody::MessageDeleted { .. }),
            _ => false,
        }
    }
}

/// Notified of every commit, after it and before its writers are answered. Must not block.
pub trait Listener: Send + Sync + 'static {
    /// `changes` are durable now, in this order.
    fn committed(&self, changes: Vec<Change>);

    /// A commit failed but may be durable all the same. Its changes are not reported, so everything must be read anew.
    fn outcome_unknown(&self);
}

/// Checks that a database address is usable.
///
/// # Errors
/// When it is not. The error omits the address, which may contain a password.
pub fn check_url(url: &str) -> anyhow::Result<()> {
    Dialect::of_url(url).map(drop)
}

/// The folder that contains the database; `None` where it is not known to be on this machine's disk.
#[must_use]
pub fn folder_of(url: &str) -> Option<PathBuf> {
    dialect::folder_of(url)
}

/// Whether several nodes may write to the database at this address.
#[must_use]
pub fn is_shared(url: &str) -> bool {
    Dialect::of_url(url).is_ok_and(Dialect::is_remote)
}

#[derive(Clone)]
pub struct Store {
    readers: AnyPool,
    writer: writer::Handle,
    follower: Arc<Indexer>,
    /// Limits the searches that run at a time, so that they never occupy all read connections.
    searching: Arc<Semaphore>,
}

/// How long a transaction waits for the single write connection if it must be reopened.
const WRITER_PATIENCE: Duration = Duration::from_secs(6);
/// How long a reader waits for a connection: as long as a browser waits for the answer to `hello`.
const READER_PATIENCE: Duration = Duration::from_secs(10);

/// The migrations for an engine, in its SQL dialect.
fn migrations(engine: Dialect) -> Migrator {
    match engine {
        Dialect::Sqlite => sqlx::migrate!("migrations/sqlite"),
        Dialect::Postgres => sqlx::migrate!("migrations/postgres"),
    }
}

impl Store {
    /// Opens the database at `url`, creating a file if there is none, and migrates its schema.
    ///
    /// # Errors
    /// When the address is not understood, or the database can't be opened or migrated.
    pub async fn open(
        url: &str,
        queue: usize,
        listener: Arc<dyn Listener>,
    ) -> anyhow::Result<Self> {
        sqlx::any::install_default_drivers();
        let engine = Dialect::of_url(url)?;
        dialect::make_file(url)?;
        let options: AnyConnectOptions = dialect::with_mode(url, "rwc").parse()?;
        // A pool retries until its timeout; a problem at startup must be reported at once.
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
        users::fill_looks(&mut connection).await?;
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
        let follower = Indexer::spawn(fresh, readers.clone(), writer.clone(), engine);
        Ok(Self {
            readers,
            writer,
            follower: Arc::new(follower),
            searching: Arc::new(Semaphore::new(engine.readers() as usize / 2)),
        })
    }

    /// Checks that the database answers.
    pub async fn ping(&self) -> Result<(), StoreError> {
        sqlx::query("SELECT 1").fetch_one(&self.readers).await?;
        Ok(())
    }

    /// Whether the writer runs: nothing can be written when it doesn't.
    #[must_use]
    pub fn is_writing(&self) -> bool {
        self.writer.is_running()
    }

    /// Whether the indexer has panicked: new messages are no longer indexed.
    #[must_use]
    pub fn has_failed(&self) -> bool {
        self.follower.has_failed()
    }

    /// The number of operations waiting for the writer.
    #[must_use]
    pub fn queued(&self) -> usize {
        self.writer.queued()
    }

    /// Commits the accepted operations, refuses new ones, and closes the connections.
    pub async fn close(&self) {
        self.follower.stop().await;
        self.writer.stop().await;
        self.readers.close().await;
    }
}

#[cfg(test)]
impl Store {
    /// Makes the writer panic, and waits until it has ended.
    pub(crate) async fn kill_writer(&self) {
        let panics = self.writer.run(
            write_queue::WriteTurn::first(write_queue::Owner::Server),
            move |_| -> futures_util::future::BoxFuture<'_, Result<Outcome<()>, StoreError>> {
                Box::pin(async { panic!("as a test wants it") })
            },
        );
        assert!(panics.await.is_err());
        self.writer.stop().await;
    }
}
