//! The contract of the store: its guarantees to the layers above, whatever the database.
//!
//! Only [`Database`] knows which engine it is: every test that does not need a file runs on each of them. Tests use the
//! store's own functions; a test that breaks something from outside says so.

mod audit;
mod bans;
mod closing;
mod copy;
pub(crate) mod database;
mod deleted;
mod files;
mod invites;
mod log;
mod mentions;
mod messages;
mod nodes;
mod pages;
mod pins_and_saved;
mod read_marks;
mod receipts;
mod search;
mod sessions;
mod threads;
mod trouble;
mod uploads;
mod users;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use macro_rules_attribute::apply;
use tokio::sync::oneshot;

use self::database::{Database, on_both_engines};
use super::*;
use crate::model::{ClientId, EventBody, Position, Refusal, Seq};
use crate::server::chat::policy;

/// The queue's capacity, unless a test chooses another: one person may fill an eighth of it.
const QUEUE: usize = 8_000;

impl Database {
    /// Opens the store, for the first time or again.
    async fn open(&self) -> Opened {
        self.open_with(QUEUE).await
    }

    async fn open_with(&self, queue: usize) -> Opened {
        let recorded = Arc::new(RecordingListener::default());
        let listener = Arc::clone(&recorded);
        let store = Store::open(&self.url(), queue, listener).await.unwrap();
        Opened { store, recorded }
    }
}

fn new_lobby() -> NewRoom {
    NewRoom {
        name: "Lobby".into(),
        name_key: "lobby".into(),
        topic: String::new(),
        key_hash: None,
    }
}

/// An open store with the changes its listener received.
struct Opened {
    store: Store,
    recorded: Arc<RecordingListener>,
}

/// Events observed from outside the store, in order.
#[derive(Clone, Debug)]
enum Seen {
    Change(Box<Change>),
    Answer(Seq),
}

#[derive(Default)]
struct RecordingListener {
    seen: Mutex<Vec<Seen>>,
    /// The commits reported with an unknown outcome.
    due_reads: AtomicUsize,
}

impl RecordingListener {
    fn note(&self, seen: Seen) {
        self.lock().push(seen);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Seen>> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn all(&self) -> Vec<Seen> {
        self.lock().clone()
    }

    fn due_reads(&self) -> usize {
        self.due_reads.load(Ordering::SeqCst)
    }

    fn changes(&self) -> Vec<Change> {
        let changes = self.all().into_iter().filter_map(|seen| match seen {
            Seen::Change(change) => Some(*change),
            Seen::Answer(_) => None,
        });
        changes.collect()
    }

    fn events(&self) -> Vec<Event> {
        let events = self
            .changes()
            .into_iter()
            .filter_map(|change| match change {
                Change::Event(event) => Some(event),
                _ => None,
            });
        events.collect()
    }
}

impl Listener for RecordingListener {
    fn committed(&self, changes: Vec<Change>) {
        self.lock()
            .extend(changes.into_iter().map(|it| Seen::Change(Box::new(it))));
    }

    fn outcome_unknown(&self) {
        self.due_reads.fetch_add(1, Ordering::SeqCst);
    }
}

impl Opened {
    async fn add(&self, name: &str) -> Person {
        self.try_add(name, name).await.unwrap()
    }

    async fn try_add(&self, name: &str, skeleton: &str) -> Result<Person, Refusal> {
        let user = NewUser {
            username: name.into(),
            skeleton: skeleton.into(),
            display_name: name.to_uppercase(),
            password_hash: format!("hash of {name}"),
        };
        Ok(self.store.add_user(user, Admission::default()).await?)
    }

    /// Two people with a direct thread, opened by the first.
    async fn two(&self) -> (Person, Person, ThreadId) {
        let (ana, bob) = (self.add("ana").await, self.add("bob").await);
        let thread = self.store.open_direct(ana.id, bob.id).await.unwrap();
        (ana, bob, thread)
    }

    /// Queues a message without waiting: messages queued without an `.await` in between share one transaction or a few,
    /// depending on how fast the writer receives them.
    fn begin(
        &self,
        actor: &Person,
        thread: ThreadId,
        id: ClientId,
        text: &str,
    ) -> oneshot::Receiver<Result<Appended, Refusal>> {
        let (sender, receiver) = oneshot::channel();
        let recorded = Arc::clone(&self.recorded);
        self.store.append(Append {
            thread,
            actor: actor.id,
            client_id: Some(id),
            body: EventBody::message(text),
            candidates: None,
            may: policy::may_post,
            done: Box::new(move |result| {
                if let Ok(at) = &result {
                    recorded.note(Seen::Answer(at.seq));
                }
                // A second call would be a second answer: `sender` can't be used twice.
                let _ = sender.send(result);
            }),
        });
        receiver
    }

    async fn send_as(
        &self,
        actor: &Person,
        thread: ThreadId,
        id: ClientId,
        text: &str,
    ) -> Result<Appended, Refusal> {
        let answer = self.begin(actor, thread, id, text).await;
        answer.expect("an answer")
    }

    /// Sends one message; returns its position.
    async fn send(&self, actor: &Person, thread: ThreadId, text: &str) -> Seq {
        let sent = self.send_as(actor, thread, ClientId::now(), text).await;
        sent.unwrap().seq
    }

    async fn head(&self, viewer: &Person, thread: ThreadId) -> ThreadHead {
        let heads = self.store.heads(viewer.id, &[thread]).await.unwrap();
        heads.into_iter().next().expect("a member")
    }

    /// The whole log of a thread.
    async fn log(&self, thread: ThreadId) -> Vec<Event> {
        let page = self.store.page(thread, Position::Latest, 100_000).await;
        page.unwrap().events
    }

    async fn texts(&self, thread: ThreadId) -> Vec<String> {
        let log = self.log(thread).await;
        let text = |event: &Event| event.body.text().unwrap_or_default().to_owned();
        log.iter().map(text).collect()
    }
}
