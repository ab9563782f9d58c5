//! Who is connected, and who hears what. The hub hands on what the store has committed, in that order;
//! it knows no SQL and no rule of who may do what, only who is a member of which thread.

mod blocks;
mod frame;
mod order;
mod outbox;
mod places;
mod presence;
mod receipts;
mod registry;
mod shared;
mod typing;
mod writer;

use std::collections::{HashMap, HashSet};
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

pub use frame::Frame;
pub use order::{Doubt, Step};
pub use outbox::{Limits, Outbox};
use places::{Admitted, Network, Taken};
pub use places::{NoPlace, Places};
use presence::Presence;
pub use presence::{Moves, NodeId};
pub use registry::ConnectionId;
use registry::Registry;
use shared::Shared;
use tokio::sync::Notify;
use writer::Writer;

use crate::model::{Departure, Privacy, ThreadId, UserId};
use crate::protocol::{ServerFrame, close};
use crate::server::meters::METERS;
use crate::server::store::{Change, Listener, SessionId};

/// Changes of presence are gathered this long before everyone is told.
const PRESENCE_EVERY: Duration = Duration::from_millis(250);

/// The live connections of this node.
pub struct Hub {
    state: Mutex<State>,
    /// Connections are dealt out to these in turns.
    writers: Vec<Arc<Writer>>,
    limits: Limits,
    places: Places,
    /// See [`Hub::doubted`].
    doubted: Notify,
}

type Sink = Arc<Outbox>;

#[derive(Default)]
struct State {
    registry: Registry<Sink>,
    presence: Presence,
    /// What those who are connected and have said hello show of themselves.
    privacy: HashMap<UserId, Privacy>,
    /// Whom they block.
    blocked: HashMap<UserId, Vec<UserId>>,
    moved: receipts::Moved,
    /// Who has hidden what they read, and it was not told yet.
    hidden: HashSet<UserId>,
    /// `None`: there is only this node.
    shared: Option<Shared>,
    stopping: bool,
}

/// A connection's place in the hub; it is left when this is dropped.
pub struct Connection {
    hub: Arc<Hub>,
    pub id: ConnectionId,
    pub outbox: Arc<Outbox>,
}

impl Drop for Connection {
    fn drop(&mut self) {
        let mut state = self.hub.lock();
        if let Some(user) = state.registry.disconnect(self.id) {
            state.privacy.remove(&user);
            state.blocked.remove(&user);
            state.presence.went(user, Instant::now());
        }
    }
}

/// Encodes a frame, once for all who get it.
#[must_use]
pub fn encode(frame: &ServerFrame) -> Frame {
    Frame::text(frame)
}

impl Hub {
    /// A hub with so many places for connections, each with a queue of these limits.
    #[must_use]
    pub fn new(limits: Limits, places: impl Into<Places>) -> Arc<Self> {
        Self::with(State::default(), limits, places.into())
    }

    /// As [`Hub::new`], where other nodes may write to the same logs.
    #[must_use]
    pub fn shared(limits: Limits, places: impl Into<Places>) -> Arc<Self> {
        let shared = Some(Shared::default());
        let state = State {
            shared,
            ..State::default()
        };
        Self::with(state, limits, places.into())
    }

    fn with(state: State, limits: Limits, places: Places) -> Arc<Self> {
        // One for two cores: writing is all that it does, and it is done in the kernel.
        let writers =
            std::thread::available_parallelism().map_or(1, |cores| cores.get().div_ceil(2));
        Arc::new(Self {
            state: Mutex::new(state),
            writers: (0..writers).map(|_| Arc::default()).collect(),
            limits,
            places,
            doubted: Notify::new(),
        })
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // The registry has no await and no I/O in it; a panic there is a bug that its tests look for,
        // and going on with what there is serves the others best.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// As [`Hub::connect_from`], from no address that counts.
    #[must_use]
    pub fn connect(self: &Arc<Self>, user: UserId, session: SessionId) -> Option<Connection> {
        self.take_on(user, session, None).ok()
    }

    /// Takes a connection on: from now on it hears of the threads its user joins, and, after
    /// [`Hub::subscribe`], of all others. Who has as many as they may loses their oldest for it.
    ///
    /// # Errors
    /// When there is no place for it.
    pub fn connect_from(
        self: &Arc<Self>,
        user: UserId,
        session: SessionId,
        address: IpAddr,
    ) -> Result<Connection, NoPlace> {
        self.take_on(user, session, Network::of(address))
    }

    fn take_on(
        self: &Arc<Self>,
        user: UserId,
        session: SessionId,
        from: Option<Network>,
    ) -> Result<Connection, NoPlace> {
        // Counting, closing and adding under one lock: however many come at once, none gets by.
        let mut state = self.lock();
        if state.stopping {
            return Err(NoPlace::Stopping);
        }
        let registry = &state.registry;
        let (closed, mut live): (Vec<_>, Vec<_>) = registry
            .of_user_with_ids(user)
            .partition(|(_, outbox)| outbox.is_closed());
        let admitted = self.places.admit(Taken {
            all: registry.len(),
            live: live.len(),
            closed: closed.len(),
            from_there: from.map_or(0, |from| registry.count_from(from)),
        })?;
        if admitted == Admitted::InsteadOfOldest {
            live.sort_unstable_by_key(|(id, _)| *id);
            if let Some((_, oldest)) = live.first() {
                METERS.replaced.increment(1);
                oldest.close(close::REPLACED);
            }
        }
        let writer = &self.writers[state.registry.len() % self.writers.len()];
        let outbox = Arc::new(Outbox::new(self.limits, Arc::clone(writer)));
        let id = state
            .registry
            .connect(user, session, from, Arc::clone(&outbox));
        Ok(Connection {
            hub: Arc::clone(self),
            id,
            outbox,
        })
    }

    /// Lets a connection hear of the threads of which its user was a member when they were read, less
    /// those left since.
    pub fn subscribe(&self, connection: ConnectionId, threads: &[ThreadId]) {
        self.lock().registry.subscribe(connection, threads);
    }

    /// Who is online: those of `first`, then others, at most [`crate::model::limits::ONLINE_MAX`] in all.
    #[must_use]
    pub fn online(&self, first: &[UserId]) -> Vec<UserId> {
        self.lock().presence.online(first)
    }

    /// The sessions that have a connection.
    #[must_use]
    pub fn sessions(&self) -> Vec<SessionId> {
        self.lock().registry.sessions()
    }

    /// How many connections there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.lock().registry.len()
    }

    /// How many frames wait to be written, of all connections.
    #[must_use]
    pub fn queued(&self) -> usize {
        self.lock().registry.all().map(|outbox| outbox.len()).sum()
    }

    /// Whether there is no connection.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Closes every connection of these sessions.
    pub fn end_sessions(&self, sessions: &[SessionId]) {
        let state = self.lock();
        for outbox in sessions
            .iter()
            .flat_map(|&session| state.registry.of_session(session))
        {
            outbox.close(close::SESSION_ENDED);
        }
    }

    /// Takes no more connections on. Those there are go on.
    pub fn refuse_more(&self) {
        self.lock().stopping = true;
    }

    /// Whether no more connections are taken on, because the server is stopping.
    #[must_use]
    pub fn is_stopping(&self) -> bool {
        self.lock().stopping
    }

    /// Takes no more connections on and closes those there are, after what is queued for them.
    pub fn stop(&self) {
        let mut state = self.lock();
        state.stopping = true;
        for outbox in state.registry.all() {
            outbox.close(close::RESTART);
        }
    }

    /// Tells everyone of who came and went, and of what was read, for as long as the process runs; and `tell` of
    /// who came and went here.
    pub async fn announce_presence(self: Arc<Self>, tell: impl Fn(Moves) + Send) {
        let mut interval = tokio::time::interval(PRESENCE_EVERY);
        loop {
            interval.tick().await;
            let mut state = self.lock();
            let changes = state.presence.take_changes(Instant::now());
            if let Some(Moves { online, offline }) = changes.anywhere {
                let frame = encode(&ServerFrame::Presence { online, offline });
                for (user, outbox) in state.registry.all_with_users() {
                    if state.shows(user).online {
                        outbox.push(frame.clone());
                    }
                }
            }
            state.tell_receipts();
            drop(state);
            if let Some(moves) = changes.here {
                tell(moves);
            }
        }
    }
}

impl State {
    fn apply(&mut self, change: Change) {
        if let Some(shared) = &mut self.shared {
            shared.note(&change, &self.registry);
        }
        match change {
            Change::Event(event) => {
                let thread = event.thread;
                let frame = encode(&ServerFrame::Event(event));
                let mut deliveries = 0;
                for outbox in self.registry.of_thread(thread) {
                    outbox.push(frame.clone());
                    deliveries += 1;
                }
                METERS.deliveries.increment(deliveries);
            }
            Change::Joined { user, head } => {
                self.registry.join(user, head.id);
                let frame = encode(&ServerFrame::Thread(head));
                self.tell(user, &frame);
            }
            Change::Left { user, thread, why } => {
                self.registry.leave(user, thread);
                self.tell(user, &encode(&ServerFrame::Gone { thread, why }));
            }
            Change::Deleted { thread } => {
                let why = Departure::Deleted;
                let frame = encode(&ServerFrame::Gone { thread, why });
                for outbox in self.registry.delete(thread) {
                    outbox.push(frame.clone());
                }
            }
            Change::Muted {
                user,
                thread,
                muted,
            } => self.tell(user, &encode(&ServerFrame::Muted { thread, muted })),
            Change::Saved {
                user,
                thread,
                saved,
            } => self.tell(user, &encode(&ServerFrame::Saved { thread, saved })),
            Change::Read {
                user,
                thread,
                mark,
                shown,
            } => {
                self.tell(user, &encode(&ServerFrame::Read { thread, mark }));
                if shown {
                    self.gather(user, thread, mark.seq);
                }
            }
            Change::Privacy { user, privacy } => self.change_privacy(user, privacy),
            Change::Blocked { user, blocked } => self.change_blocked(user, blocked),
            Change::Person(person) => {
                let frame = encode(&ServerFrame::Person(person));
                for outbox in self.registry.all() {
                    outbox.push(frame.clone());
                }
            }
            Change::SessionsEnded(sessions) => {
                for outbox in sessions.iter().flat_map(|&id| self.registry.of_session(id)) {
                    outbox.close(close::SESSION_ENDED);
                }
            }
        }
    }

    fn tell(&self, user: UserId, frame: &Frame) {
        for outbox in self.registry.of_user(user) {
            outbox.push(frame.clone());
        }
    }
}

impl Listener for Hub {
    fn in_doubt(&self) {
        for outbox in self.lock().registry.all() {
            outbox.close(close::RESYNC);
        }
    }

    fn committed(&self, changes: Vec<Change>) {
        let mut state = self.lock();
        if state.shared.is_none() {
            for change in changes {
                state.apply(change);
            }
            return;
        }
        state.take_in(changes);
        if state.is_in_doubt() {
            self.doubted.notify_one();
        }
    }
}
