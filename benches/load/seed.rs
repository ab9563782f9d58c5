//! Fills a database with people, sessions, threads and messages through the store's own functions, before the server
//! starts. Thousands of log-ins over HTTP would take minutes, because hashing passwords is deliberately slow.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use chapp::model::{ClientId, EventBody, ThreadId, UserId};
use chapp::server::auth::SecretToken;
use chapp::server::chat::policy;
use chapp::server::store::{Act, Admission, Append, Change, Listener, NewRoom, NewUser, Store};
use futures_util::{StreamExt, stream};
use indicatif::{ProgressBar, ProgressStyle};
use tokio::sync::Semaphore;

use crate::server::Folder;

/// Capacity of the store's queue: enough for one person's share to hold [`AT_ONCE`].
const QUEUE: usize = 16 * AT_ONCE;
/// Jobs submitted to the store at once.
const AT_ONCE: usize = 1024;

/// A logged-in user.
#[derive(Clone, Debug)]
pub struct Member {
    pub user: UserId,
    /// The session cookie, as `name=value`.
    pub cookie: String,
}

struct Nobody;

impl Listener for Nobody {
    fn committed(&self, _: Vec<Change>) {}

    fn outcome_unknown(&self) {}
}

/// A database that is being filled.
pub struct Seeder {
    store: Store,
}

/// Runs a seeding future on this thread.
pub fn block_on<T>(work: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?
        .block_on(work)
}

impl Seeder {
    pub async fn open(folder: &Folder) -> anyhow::Result<Self> {
        Self::open_at(&folder.url()).await
    }

    /// Opens the database at this URL, as in chapp's settings.
    pub async fn open_at(url: &str) -> anyhow::Result<Self> {
        let store = Store::open(url, QUEUE, Arc::new(Nobody)).await?;
        Ok(Self { store })
    }

    /// Commits everything and closes the database.
    pub async fn close(self) {
        self.store.close().await;
    }

    /// Creates people. Nobody can log in as one of them: they have no password.
    pub async fn people(&self, prefix: &str, count: usize) -> anyhow::Result<Vec<UserId>> {
        let bar = bar(count, "people");
        let added = stream::iter(0..count).map(|number| {
            let name = format!("{prefix}{number}");
            let user = NewUser {
                username: name.clone(),
                skeleton: name.clone(),
                display_name: name,
                password_hash: "none".into(),
            };
            let bar = bar.clone();
            async move {
                let person = self.store.add_user(user, Admission::default()).await?;
                bar.inc(1);
                anyhow::Ok(person.id)
            }
        });
        let people: Vec<_> = added.buffered(AT_ONCE).collect().await;
        bar.finish_and_clear();
        people.into_iter().collect()
    }

    /// Creates a session for each of them.
    pub async fn sessions(&self, people: &[UserId]) -> anyhow::Result<Vec<Member>> {
        let bar = bar(people.len(), "sessions");
        let begun = stream::iter(people.iter().copied()).map(|user| {
            let token = SecretToken::random();
            let bar = bar.clone();
            async move {
                self.store.add_session(user, token.hash()).await?;
                bar.inc(1);
                let cookie = format!("chapp={}", token.to_text());
                anyhow::Ok(Member { user, cookie })
            }
        });
        let members: Vec<_> = begun.buffered(AT_ONCE).collect().await;
        bar.finish_and_clear();
        members.into_iter().collect()
    }

    /// Creates people with a session each.
    pub async fn members(&self, prefix: &str, count: usize) -> anyhow::Result<Vec<Member>> {
        let people = self.people(prefix, count).await?;
        self.sessions(&people).await
    }

    /// Creates a direct thread for each of these pairs.
    pub async fn direct_threads(
        &self,
        pairs: &[(UserId, UserId)],
    ) -> anyhow::Result<Vec<ThreadId>> {
        let bar = bar(pairs.len(), "threads");
        let opened = stream::iter(pairs.iter().copied()).map(|(one, other)| {
            let bar = bar.clone();
            async move {
                let thread = self.store.open_direct(one, other).await?;
                bar.inc(1);
                anyhow::Ok(thread)
            }
        });
        let threads: Vec<_> = opened.buffered(AT_ONCE).collect().await;
        bar.finish_and_clear();
        threads.into_iter().collect()
    }

    /// Appends `count` messages of 120 bytes, distributed over the threads in turns.
    pub async fn messages(
        &self,
        threads: &[(ThreadId, UserId)],
        count: usize,
    ) -> anyhow::Result<()> {
        let bar = bar(count, "messages");
        let places = Arc::new(Semaphore::new(AT_ONCE));
        for number in 0..count {
            let place = Arc::clone(&places).acquire_owned().await?;
            let (thread, actor) = threads[number % threads.len()];
            self.store.append(Append {
                candidates: None,
                thread,
                actor,
                client_id: Some(ClientId::now()),
                body: EventBody::message(crate::message::text(number)),
                may: chapp::server::chat::policy::may_post,
                done: Box::new(move |result| {
                    assert!(result.is_ok(), "the store refuses: {result:?}");
                    drop(place);
                }),
            });
            if number % 256 == 0 {
                bar.set_position(number as u64);
            }
        }
        let all = u32::try_from(AT_ONCE)?;
        let _ = places.acquire_many(all).await?;
        bar.finish_and_clear();
        Ok(())
    }

    /// Creates a public room with all of these people in it; the first is its admin.
    pub async fn thread_of_many(&self, people: &[UserId]) -> anyhow::Result<ThreadId> {
        let (maker, others) = people.split_first().context("a room of nobody")?;
        let room = NewRoom {
            name: "Many".into(),
            name_key: "many".into(),
            topic: String::new(),
            key_hash: None,
        };
        let thread = self.store.make_room(*maker, room).await?;
        let joining = stream::iter(others).map(|&user| {
            let act = Act::Join;
            self.store.act(user, thread, policy::may_join, act)
        });
        let joined: Vec<_> = joining.buffered(AT_ONCE).collect().await;
        joined.into_iter().collect::<Result<Vec<()>, _>>()?;
        Ok(thread)
    }
}

/// A progress bar on stderr; hidden if that is not a terminal.
pub fn bar(length: usize, what: &str) -> ProgressBar {
    let style = ProgressStyle::with_template("{msg:10} {wide_bar} {human_pos}/{human_len} {eta}")
        .unwrap_or_else(|_| ProgressStyle::default_bar());
    let bar = ProgressBar::new(length as u64).with_style(style);
    bar.set_message(what.to_owned());
    bar.enable_steady_tick(Duration::from_millis(250));
    bar
}
