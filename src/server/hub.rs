//! The live connections of this node and the routing of frames to them. The hub delivers what the store has committed,
//! in commit order. It contains no SQL and no authorization rules, only the membership of threads.

mod blocks;
mod frame;
mod presence;
mod receipts;
mod registry;
mod typing;

use std::collections::{HashMap, HashSet};
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use cluster::Cluster;
use connection_slots::{Admitted, ClientNetwork, Occupancy};
pub use connection_slots::{ConnectionLimits, NoPlace};
use flusher::Flusher;
pub use frame::Frame;
use presence::Presence;
pub use presence::{Moves, NodeId};
pub use registry::ConnectionId;
use registry::Registry;
pub use send_queue::{SendQueue, SendQueueLimits};
pub use sequencer::{Gap, Step};
use tokio::sync::Notify;

use super::metrics::METRICS;
use super::store::{Change, Listener};
use super::tasks::Tasks;
use crate::model::{Departure, Privacy, SessionId, ThreadId, UserId};
use crate::protocol::{ServerFrame, close};

/// Presence changes are batched for this long before they are broadcast.
const PRESENCE_EVERY: Duration = Duration::from_millis(250);

/// The live connections of this node.
pub struct Hub {
    state: Mutex<State>,
    /// Connections are assigned to these round-robin.
    writers: Vec<Arc<Flusher<SendQueue>>>,
    limits: SendQueueLimits,
    places: ConnectionLimits,
    /// See [`Hub::gap_suspected`].
    gap_suspected: Notify,
    /// Those of the writers.
    tasks: Tasks,
}

type Sink = Arc<SendQueue>;

#[derive(Default)]
struct State {
    registry: Registry<Sink>,
    presence: Presence,
    /// The privacy settings of the connected users who have completed the handshake.
    privacy: HashMap<UserId, Privacy>,
    /// The block lists of the same users.
    blocked: HashMap<UserId, Vec<UserId>>,
    moved: receipts::Moved,
    /// Users who have hidden what they read since the last broadcast.
    hidden: HashSet<UserId>,
    /// `None` on a single node.
    shared: Option<Cluster>,
    stopping: bool,
}

/// A registered connection; dropping it unregisters it.
pub struct LiveConnection {
    hub: Arc<Hub>,
    pub id: ConnectionId,
    pub outbox: Arc<SendQueue>,
}

impl Drop for LiveConnection {
    fn drop(&mut self) {
        let mut state = self.hub.lock();
        if let Some(user) = state.registry.disconnect(self.id) {
            state.privacy.remove(&user);
            state.blocked.remove(&user);
            state.presence.went(user, Instant::now());
        }
    }
}

/// Encodes a frame once for all its recipients.
#[must_use]
pub fn encode(frame: &ServerFrame) -> Frame {
    Frame::text(frame)
}

impl Hub {
    /// Creates a hub with these connection limits and per-connection queue limits.
    #[must_use]
    pub fn new(limits: SendQueueLimits, places: impl Into<ConnectionLimits>) -> Arc<Self> {
        Self::with(State::default(), limits, places.into())
    }

    /// As [`Hub::new`], where other nodes may write to the same logs.
    #[must_use]
    pub fn shared(limits: SendQueueLimits, places: impl Into<ConnectionLimits>) -> Arc<Self> {
        let shared = Some(Cluster::default());
        let state = State {
            shared,
            ..State::default()
        };
        Self::with(state, limits, places.into())
    }

    fn with(state: State, limits: SendQueueLimits, places: ConnectionLimits) -> Arc<Self> {
        // One for every two cores: a writer only writes, and that work is done in the kernel.
        let writers =
            std::thread::available_parallelism().map_or(1, |cores| cores.get().div_ceil(2));
        let tasks = Tasks::default();
        let writer = || Arc::new(Flusher::new(tasks.clone()));
        Arc::new(Self {
            state: Mutex::new(state),
            writers: std::iter::repeat_with(writer).take(writers).collect(),
            limits,
            places,
            gap_suspected: Notify::new(),
            tasks,
        })
    }

    /// Whether a task has panicked that writes to connections.
    #[must_use]
    pub fn has_failed(&self) -> bool {
        self.tasks.has_failed()
    }

    /// Ends the tasks that write to connections.
    pub async fn end_tasks(&self) {
        self.tasks.stop().await;
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // The registry does no I/O and never awaits. A panic in it is a bug that its tests look for; carrying on with
        // the state as it is serves the other users best.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// As [`Hub::connect_from`], without an address to count.
    #[must_use]
    pub fn connect(self: &Arc<Self>, user: UserId, session: SessionId) -> Option<LiveConnection> {
        self.register(user, session, None).ok()
    }

    /// Registers a connection. From now on it receives the threads its user joins and, after [`Hub::subscribe`], all of
    /// the user's threads. A user at their connection limit loses their oldest connection.
    ///
    /// # Errors
    /// When the connection is not admitted; see [`NoPlace`].
    pub fn connect_from(
        self: &Arc<Self>,
        user: UserId,
        session: SessionId,
        address: IpAddr,
    ) -> Result<LiveConnection, NoPlace> {
        self.register(user, session, ClientNetwork::of(address))
    }

    fn register(
        self: &Arc<Self>,
        user: UserId,
        session: SessionId,
        from: Option<ClientNetwork>,
    ) -> Result<LiveConnection, NoPlace> {
        // Counting, closing and adding happen under one lock, so that concurrent attempts cannot exceed a limit.
        let mut state = self.lock();
        if state.stopping {
            return Err(NoPlace::Stopping);
        }
        let registry = &state.registry;
        let (closed, mut live): (Vec<_>, Vec<_>) = registry
            .of_user_with_ids(user)
            .partition(|(_, outbox)| outbox.is_closed());
        let admitted = self.places.admit(Occupancy {
            all: registry.len(),
            live: live.len(),
            closed: closed.len(),
            from_there: from.map_or(0, |from| registry.count_from(from)),
        })?;
        if admitted == Admitted::InsteadOfOldest {
            live.sort_unstable_by_key(|(id, _)| *id);
            if let Some((_, oldest)) = live.first() {
                METRICS.replaced.increment(1);
                oldest.close(close::REPLACED);
            }
        }
        let writer = &self.writers[state.registry.len() % self.writers.len()];
        let outbox = Arc::new(SendQueue::new(self.limits, Arc::clone(writer)));
        let id = state
            .registry
            .connect(user, session, from, Arc::clone(&outbox));
        Ok(LiveConnection {
            hub: Arc::clone(self),
            id,
            outbox,
        })
    }

    /// Subscribes a connection to the threads of which its user was a member when they were read, except those left
    /// since.
    pub fn subscribe(&self, connection: ConnectionId, threads: &[ThreadId]) {
        self.lock().registry.subscribe(connection, threads);
    }

    /// The online users: first those of `first`, then others, at most [`crate::model::limits::ONLINE_MAX`] in all.
    #[must_use]
    pub fn online(&self, first: &[UserId]) -> Vec<UserId> {
        self.lock().presence.online(first)
    }

    /// The sessions that have a connection.
    #[must_use]
    pub fn sessions(&self) -> Vec<SessionId> {
        self.lock().registry.sessions()
    }

    /// The number of connections.
    #[must_use]
    pub fn len(&self) -> usize {
        self.lock().registry.len()
    }

    /// The number of frames waiting to be written, over all connections.
    #[must_use]
    pub fn queued(&self) -> usize {
        self.lock().registry.all().map(|outbox| outbox.len()).sum()
    }

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

    /// Refuses new connections. Existing ones stay open.
    pub fn refuse_more(&self) {
        self.lock().stopping = true;
    }

    /// Whether new connections are refused because the server is stopping.
    #[must_use]
    pub fn is_stopping(&self) -> bool {
        self.lock().stopping
    }

    /// Refuses new connections and closes the existing ones after their queued frames.
    pub fn stop(&self) {
        let mut state = self.lock();
        state.stopping = true;
        for outbox in state.registry.all() {
            outbox.close(close::RESTART);
        }
    }

    /// Broadcasts presence changes and read marks for as long as the process runs, and passes this node's presence
    /// changes to `notify`.
    pub async fn announce_presence(self: Arc<Self>, notify: impl Fn(Moves) + Send) {
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
            state.send_receipts();
            drop(state);
            if let Some(moves) = changes.here {
                notify(moves);
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
                METRICS.deliveries.increment(deliveries);
            }
            Change::Joined { user, head } => {
                self.registry.join(user, head.id);
                let frame = encode(&ServerFrame::Thread(head));
                self.notify(user, &frame);
            }
            Change::Left { user, thread, why } => {
                self.registry.leave(user, thread);
                self.notify(user, &encode(&ServerFrame::Gone { thread, why }));
            }
            Change::Deleted { thread } => {
                let why = Departure::Deleted;
                let frame = encode(&ServerFrame::Gone { thread, why });
                for outbox in self.registry.delete(thread) {
                    outbox.push(frame.clone());
                }
            }
            Change::Saved {
                user,
                thread,
                saved,
            } => self.notify(user, &encode(&ServerFrame::Saved { thread, saved })),
            Change::Read {
                user,
                thread,
                mark,
                shown,
            } => {
                self.notify(user, &encode(&ServerFrame::Read { thread, mark }));
                if shown {
                    self.gather(user, thread, mark.seq);
                }
            }
            Change::Privacy { user, privacy } => self.change_privacy(user, privacy),
            Change::NotifySettings { user } => {
                self.notify(user, &encode(&ServerFrame::NotifySettings));
            }
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

    fn notify(&self, user: UserId, frame: &Frame) {
        for outbox in self.registry.of_user(user) {
            outbox.push(frame.clone());
        }
    }
}

impl Listener for Hub {
    fn outcome_unknown(&self) {
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
        state.deliver_all(changes);
        if state.has_incomplete() {
            self.gap_suspected.notify_one();
        }
    }
}

mod cluster;
mod connection_slots;
mod flusher;
mod send_queue;
mod sequencer;
#[cfg(test)]
mod tests;
