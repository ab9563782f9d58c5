//! The bus between nodes. Each node commits by itself and publishes what it has committed, so that the others can
//! deliver it to their connections without a read. Packets are hints: the database is the truth, and wherever a packet
//! may have been lost, the delivered state is compared with it (`reconcile`).
//!
//! With Redis (`redis`) a hint takes a millisecond. Without it, or while it is down, each node polls the database at
//! least once a second. With SQLite there is one node, and none of this runs.

mod packet;
mod peers;
mod reconcile;
mod redis;

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use tokio::sync::{Notify, mpsc, watch};

use self::packet::Body;
use super::hub::{Hub, Moves, NodeId};
use super::looking::LookingUsers;
use super::metrics::METRICS;
use super::notify_decisions::NotifyDecisions;
use super::store::{Change, Listener, Store};
use super::tasks::Tasks;
use crate::model::notify::NotifyDecision;
use crate::model::{ThreadId, UserId};

/// Packets that may wait for Redis. Those beyond are not published, and the other nodes read them from the database.
const QUEUE: usize = 8_192;
/// How long shutdown waits for Redis to receive what is queued.
const GOODBYE_WITHIN: Duration = Duration::from_millis(300);

/// Checks that a bus address is usable; empty means no bus.
///
/// # Errors
/// When it is not. The error omits the address, which may contain a password.
pub fn check_url(url: &str) -> anyhow::Result<()> {
    match url {
        "" => Ok(()),
        url => redis::check_url(url),
    }
}

/// How this node learns of the others' changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BusState {
    /// There are no other nodes.
    Alone,
    /// There may be others, but no bus is configured: by polling the database.
    Polling,
    /// The bus does not answer: by polling every second.
    Down,
    /// Over the bus.
    Live,
}

impl BusState {
    /// A warning for the operator; empty when there is none.
    #[must_use]
    pub fn warning(self) -> &'static str {
        match self {
            Self::Alone | Self::Live => "",
            Self::Polling => {
                "no bus is configured: what happens on other nodes is seen by polling the database every \
                 second, and who is online there is not seen"
            }
            Self::Down => {
                "the bus does not answer: what happens on other nodes is seen by polling the database every \
                 second"
            }
        }
    }
}

/// See the module documentation.
pub struct Bus {
    node: NodeId,
    hub: Arc<Hub>,
    /// The users who look at a page on any node.
    pub looking: LookingUsers,
    /// What was decided about pushes on any node.
    pub decisions: NotifyDecisions,
    url: String,
    link: watch::Sender<BusState>,
    /// The queue of the publishing task, once it runs.
    queue: OnceLock<mpsc::Sender<Body>>,
    /// Packets that were never queued.
    lost: AtomicU64,
    /// Something was committed since this node last left a sign in the database.
    has_unsignalled: AtomicBool,
    /// Something may have been missed.
    gap_suspected: Notify,
    tasks: Tasks,
}

impl Bus {
    /// A bus over the Redis at `url`; empty: none. `is_shared`: whether there may be other nodes.
    #[must_use]
    pub fn new(hub: Arc<Hub>, url: &str, is_shared: bool) -> Arc<Self> {
        let link = match (is_shared, url.is_empty()) {
            (false, _) => BusState::Alone,
            (true, true) => BusState::Polling,
            (true, false) => BusState::Down,
        };
        Arc::new(Self {
            node: NodeId(rand::random()),
            hub,
            looking: LookingUsers::default(),
            decisions: NotifyDecisions::default(),
            url: url.to_owned(),
            link: watch::Sender::new(link),
            queue: OnceLock::new(),
            lost: AtomicU64::new(0),
            has_unsignalled: AtomicBool::new(false),
            gap_suspected: Notify::new(),
            tasks: Tasks::default(),
        })
    }

    /// How this node currently learns of the others' changes.
    #[must_use]
    pub fn link(&self) -> BusState {
        *self.link.borrow()
    }

    /// The number of packets waiting for Redis.
    #[must_use]
    pub fn queued(&self) -> usize {
        self.queue
            .get()
            .map_or(0, |queue| queue.max_capacity() - queue.capacity())
    }

    /// Starts listening and publishing, for as long as the process runs.
    pub async fn start(self: &Arc<Self>, store: &Store) -> anyhow::Result<()> {
        let link = self.link();
        if link == BusState::Alone {
            return Ok(());
        }
        reconcile::start(self, store).await?;
        if link == BusState::Polling {
            tracing::warn!("{}", link.warning());
            return Ok(());
        }
        // One Redis may serve several installations.
        let made = uuid::Uuid::new_v4().simple().to_string();
        let installation = store.setting_or("installation", made).await?;
        let (sender, receiver) = mpsc::channel(QUEUE);
        // Cannot fail: `start` is called once.
        let _ = self.queue.set(sender);
        redis::start(self, &format!("chapp:{installation}"), receiver)
    }

    /// Publishes the presence changes of this node.
    pub fn publish_presence(&self, moves: Moves) {
        let Moves { online, offline } = moves;
        self.publish(Body::Moved { online, offline });
    }

    /// A user looks at a page, or no longer: known here and on other nodes.
    pub fn set_looking(&self, user: UserId, on: bool) {
        self.looking.set(user, on, Instant::now());
        self.publish_if_idle(Body::Looking { user, on });
    }

    /// Remembers what was decided about pushes, here and on other nodes.
    pub fn decided(&self, decisions: Vec<(UserId, NotifyDecision)>) {
        self.decisions.add(&decisions);
        self.publish_if_idle(Body::Decided(decisions));
    }

    /// Notifies the thread's subscribers, here and on other nodes, that a user is typing.
    pub fn typing(&self, thread: ThreadId, user: UserId) {
        self.hub.typing(thread, user);
        self.publish_if_idle(Body::Typing { thread, user });
    }

    /// Publishes what may be lost, only while the bus is nearly idle.
    fn publish_if_idle(&self, body: Body) {
        if self.queued() < QUEUE / 8 {
            self.publish(body);
        }
    }

    /// Whether one of its tasks has panicked.
    #[must_use]
    pub fn has_failed(&self) -> bool {
        self.tasks.has_failed()
    }

    /// Announces to the other nodes that this one is stopping, so that its users go offline, and ends the tasks.
    pub async fn stop(&self) {
        self.publish(Body::Bye);
        // Delivery is not essential: other nodes also notice the silence, later.
        let _ = tokio::time::timeout(GOODBYE_WITHIN, self.tasks.stop()).await;
    }

    fn publish(&self, body: Body) {
        let is_numbered = body.is_numbered();
        if let Some(queue) = self.queue.get()
            && queue.try_send(body).is_err()
            && is_numbered
        {
            self.lost.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Schedules a comparison of everything with the database.
    fn suspect_gap(&self) {
        self.gap_suspected.notify_one();
    }

    fn set_link(&self, link: BusState) {
        let set = |now: &mut BusState| std::mem::replace(now, link) != link;
        // Only a change wakes those waiting for one.
        if self.link.send_if_modified(set) {
            match link {
                BusState::Live => tracing::info!("the bus is live"),
                _ => tracing::warn!("{}", link.warning()),
            }
        }
    }
}

impl Listener for Bus {
    fn committed(&self, changes: Vec<Change>) {
        self.has_unsignalled.store(true, Ordering::Relaxed);
        if self.queue.get().is_some() {
            self.publish(Body::Changes(changes.clone()));
        }
        self.hub.committed(changes);
    }

    fn outcome_unknown(&self) {
        // The other nodes detect the loss by the next packet number.
        self.lost.fetch_add(1, Ordering::Relaxed);
        self.has_unsignalled.store(true, Ordering::Relaxed);
        METRICS.bus_gaps.increment(1);
        self.suspect_gap();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::hub::SendQueueLimits;

    #[tokio::test]
    async fn what_is_in_doubt_is_compared_here_and_by_the_others() {
        let limits = SendQueueLimits {
            frames: 1,
            bytes: 1,
            sends: 1,
        };
        let bus = Bus::new(Hub::shared(limits, 1), "redis://localhost", true);
        bus.outcome_unknown();
        assert_eq!(bus.lost.load(Ordering::Relaxed), 1, "a gap for the others");
        assert!(bus.has_unsignalled.load(Ordering::Relaxed), "or a sign");
        bus.gap_suspected.notified().await;
    }
}
