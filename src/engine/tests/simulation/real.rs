//! chapp itself: chat, store and hub in this process, on their own database. There are a direct thread and two rooms,
//! with a bot without a tab that writes in the rooms. Connections buffer few frames, so that some overflow and are
//! closed for a resync.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::runtime::Runtime;
use tokio::sync::oneshot;

use super::*;
use crate::model::SessionId;
use crate::protocol::close;
use crate::server::hub::{LiveConnection, encode};
use crate::server::rate_limit::{Rate, RateLimiter, Rates, kinds};
use crate::server::state::AppState;
use crate::server::store::tests::database::Database;
use crate::server::store::{Admission, NewRoom, NewUser};

/// Frames that may wait for one connection: fewer than [`Backend::write_much`] writes at once.
const OUTBOX: usize = 16;
const BOT: UserId = UserId(4);

pub(super) struct Chapp {
    // Fields drop in this order: the tasks, their runtime, their data.
    connections: Vec<(UserId, LiveConnection)>,
    app: AppState,
    runtime: Runtime,
    logs: BTreeMap<ThreadId, Vec<Event>>,
    sent: BTreeMap<(UserId, ClientId), Seq>,
    /// On the clock of the simulation; the rate limit of `app` itself is off.
    pace: RateLimiter,
    begun: Instant,
    _database: Database,
}

impl Chapp {
    pub(super) fn start() -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime");
        let database = Database::sqlite();
        let mut config = database.config();
        config.limits.outbox_frames = OUTBOX;
        config.limits.per_person.enabled = false;
        let app = runtime.block_on(AppState::start(config)).expect("a start");
        runtime.block_on(fill(&app));
        let mut chapp = Self {
            connections: Vec::new(),
            app,
            runtime,
            logs: BTreeMap::new(),
            sent: BTreeMap::new(),
            pace: RateLimiter::new(Rates {
                sends: Rate::new(4, 2),
                reads: Rate::new(4, 2),
                ..Rates::default()
            }),
            begun: Instant::now(),
            _database: database,
        };
        THREADS
            .iter()
            .for_each(|&(thread, ..)| chapp.read_log(thread));
        chapp
    }

    /// Reads the current log.
    fn read_log(&mut self, thread: ThreadId) {
        let all = self.app.store.events_after(thread, 0, 100_000);
        let events = self.runtime.block_on(all).expect("the log");
        for (number, event) in events.iter().enumerate() {
            assert_eq!(event.seq, number as Seq + 1, "dense");
            if let Some(id) = event.client_id {
                let at = *self.sent.entry((event.actor, id)).or_insert(event.seq);
                assert_eq!(at, event.seq, "each id once");
            }
        }
        self.logs.insert(thread, events);
    }

    /// Appends these one after the other, and waits for all of them.
    fn post(
        &self,
        messages: impl IntoIterator<Item = (UserId, ClientId, String, Option<Seq>)>,
        thread: ThreadId,
    ) -> Vec<Posted> {
        let posted: Vec<_> = messages
            .into_iter()
            .map(|(user, id, text, to)| {
                let (sender, receiver) = oneshot::channel();
                self.app.chat.post(user, thread, id, &text, to, |posted| {
                    let _ = sender.send(posted);
                });
                receiver
            })
            .collect();
        self.runtime.block_on(async {
            let mut answers = Vec::new();
            for answer in posted {
                answers.push(answer.await.expect("an answer"));
            }
            answers
        })
    }

    fn send(
        &mut self,
        user: UserId,
        client_id: ClientId,
        thread: ThreadId,
        text: String,
        reply_to: Option<Seq>,
    ) -> ServerFrame {
        let message = (user, client_id, text, reply_to);
        let posted = self.post([message], thread).remove(0);
        self.read_log(thread);
        let at = posted.expect("a valid request");
        ServerFrame::Sent {
            client_id,
            thread: at.thread,
            seq: at.seq,
            count: at.count,
            at: at.at,
        }
    }
}

type Posted = Result<crate::server::store::Appended, Refusal>;

/// Creates [`USERS`], the bot, and [`THREADS`] with these ids, which are assigned in order.
async fn fill(app: &AppState) {
    for user in USERS.into_iter().chain([BOT]) {
        let Person {
            username,
            display_name,
            ..
        } = person(user);
        let new = NewUser {
            skeleton: username.clone(),
            username,
            display_name,
            password_hash: String::new(),
        };
        let made = app.store.add_user(new, Admission::default()).await;
        assert_eq!(made.expect("a user").id, user);
    }
    for (thread, maker, other) in THREADS {
        if thread == ThreadId(1) {
            let head = app.chat.open_direct(maker, other).await;
            assert_eq!(head.expect("a thread").id, thread);
            // Without a message it would not be in the other member's list.
            let (sender, receiver) = oneshot::channel();
            app.chat
                .post(maker, thread, ClientId::now(), "first", None, |posted| {
                    let _ = sender.send(posted);
                });
            receiver.await.expect("an answer").expect("sent");
            continue;
        }
        let name = format!("room {thread}");
        let room = NewRoom {
            name_key: name.clone(),
            name,
            topic: String::new(),
            key_hash: None,
        };
        let made = app.store.make_room(maker, room).await;
        assert_eq!(made.expect("a room"), thread);
        for user in [other, BOT] {
            app.chat.join(user, thread).await.expect("joined");
        }
    }
}

impl Backend for Chapp {
    fn connect(&mut self, user: UserId) -> usize {
        let session = SessionId(uuid::Uuid::now_v7());
        let connection = self.app.hub.connect(user, session).expect("room");
        self.connections.push((user, connection));
        self.connections.len() - 1
    }

    fn admit(&mut self, user: UserId, frame: &ClientFrame, now: Millis) -> Result<(), Refusal> {
        let now = self.begun + Duration::from_millis(now.unsigned_abs());
        let costs = kinds::of_frame(frame).unwrap_or_default();
        self.pace.admit(user, &costs, now)
    }

    fn take(&mut self, connection: usize, frame: ClientFrame) {
        let (user, LiveConnection { id, outbox, .. }) = &self.connections[connection];
        let (user, id, outbox) = (*user, *id, Arc::clone(outbox));
        if outbox.is_closed() {
            return;
        }
        let chat = &self.app.chat;
        let answer = match frame {
            ClientFrame::Hello { resume, .. } => {
                let resumed = self.runtime.block_on(chat.resume(user, id, &resume));
                let resumed = resumed.expect("the store answers");
                Some(ServerFrame::Ready {
                    version: VERSION,
                    me: user,
                    threads: resumed.threads.threads,
                    more_threads: resumed.threads.more,
                    missed: resumed.missed,
                    online: resumed.online,
                    receipts: resumed.receipts,
                    privacy: resumed.privacy,
                    blocked: resumed.blocked,
                })
            }
            ClientFrame::Send {
                client_id,
                thread,
                text,
                reply_to,
                ..
            } => Some(self.send(user, client_id, thread, text, reply_to)),
            ClientFrame::Read { thread, seq, turn } => {
                let marked = self
                    .runtime
                    .block_on(chat.mark_read(user, thread, seq, turn));
                marked.expect("the store answers");
                None
            }
            ClientFrame::Typing { thread } => {
                if chat.typing(user, id, thread) == Ok(true) {
                    self.app.bus.typing(thread, user);
                }
                None
            }
            ClientFrame::Ping => Some(ServerFrame::Pong),
            ClientFrame::Looking { .. } | ClientFrame::Pong => None,
        };
        if let Some(answer) = answer {
            outbox.push(encode(&answer));
        }
    }

    fn outgoing(&mut self, connection: usize) -> Vec<Outgoing> {
        self.app.hub.send_receipts();
        let frames = self.connections[connection].1.outbox.take_all();
        let outgoing = frames.iter().map(|frame| match frame.decoded() {
            tungstenite::Message::Text(text) => Ok(serde_json::from_str(&text).expect("a frame")),
            tungstenite::Message::Close(Some(with)) => {
                assert_eq!(u16::from(with.code), close::RESYNC);
                Err(close::RESYNC)
            }
            other => panic!("{other:?}"),
        });
        outgoing.collect()
    }

    fn write_much(&mut self, thread: ThreadId, count: usize) {
        let by = if thread == ThreadId(1) {
            UserId(1)
        } else {
            BOT
        };
        let messages = (0..count).map(|_| (by, ClientId::now(), "from a bot".to_owned(), None));
        for posted in self.post(messages, thread) {
            posted.expect("a valid request");
        }
        self.read_log(thread);
    }

    fn amend(&mut self, thread: ThreadId, actor: UserId, body: EventBody) {
        let maker = THREADS[thread.0 as usize - 1].1;
        let author = |seq: Seq| {
            let at = usize::try_from(seq - 1).ok();
            let event = at.and_then(|at| self.logs[&thread].get(at));
            event.map_or(actor, |event| event.actor)
        };
        let chat = &self.app.chat;
        // Refused where there is no message.
        let _ = match body {
            EventBody::MessageDeleted { seq } => self
                .runtime
                .block_on(chat.delete_message(maker, thread, seq)),
            EventBody::MessageEdited { seq, text, .. } => {
                self.runtime
                    .block_on(chat.edit_message(author(seq), thread, seq, &text))
            }
            EventBody::Reacted { seq, emoji } => self
                .runtime
                .block_on(chat.react(actor, thread, seq, &emoji, true)),
            EventBody::Unreacted { seq, emoji } => self
                .runtime
                .block_on(chat.react(actor, thread, seq, &emoji, false)),
            EventBody::Pinned { seq } => self.runtime.block_on(chat.pin(actor, thread, seq, true)),
            EventBody::Unpinned { seq } => {
                self.runtime.block_on(chat.pin(actor, thread, seq, false))
            }
            other => panic!("{other:?}"),
        };
        self.read_log(thread);
    }

    fn log(&self, thread: ThreadId) -> &[Event] {
        &self.logs[&thread]
    }

    fn position(&self, user: UserId, id: ClientId) -> Option<Seq> {
        self.sent.get(&(user, id)).copied()
    }

    fn heads(&self, user: UserId) -> Vec<ThreadHead> {
        let listed = self.runtime.block_on(self.app.chat.threads(user, None));
        listed.expect("the list").threads
    }

    fn page(&self, user: UserId, thread: ThreadId, position: Position) -> Page {
        let page = self.app.chat.history(user, thread, position);
        self.runtime.block_on(page).expect("a page")
    }

    fn readers(&self, viewer: UserId, thread: ThreadId) -> Vec<(UserId, Seq)> {
        let threads = [thread];
        let receipts = self.app.store.receipts(viewer, &threads);
        let receipts = self.runtime.block_on(receipts).expect("the marks");
        let read = receipts.into_iter().flat_map(|receipts| receipts.read);
        read.map(|reader| (reader.user, reader.seq)).collect()
    }
}

impl Drop for Chapp {
    fn drop(&mut self) {
        self.runtime.block_on(self.app.store.close());
    }
}
