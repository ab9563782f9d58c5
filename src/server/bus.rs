//! Between nodes. Each node commits by itself; what it has committed it tells the others here, so that they can
//! hand it on to those who are connected to them without a read. All of it is hints: the database is the truth,
//! and wherever one may have been lost it is compared with what was told (`catch_up`).
//!
//! With Redis (`redis`) hints take a millisecond. Without it, or while it is away, each node looks into the
//! database every second. With SQLite there is one node, and nothing of this runs.

mod catch_up;
mod packet;
mod peers;
mod redis;

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use tokio::sync::{Notify, mpsc, watch};

use self::packet::Body;
use super::hub::{Hub, Moves, NodeId};
use super::meters::METERS;
use super::store::{Change, Listener, Store};
use crate::model::{ThreadId, UserId};

/// What may wait for Redis. What comes beyond is not told, and the others read it.
const QUEUE: usize = 8_192;

/// Checks that the address of a bus is one that can be used; empty: there is none.
///
/// # Errors
/// When it is not; the address, which may have a password in it, is not repeated.
pub fn check_url(url: &str) -> anyhow::Result<()> {
    match url {
        "" => Ok(()),
        url => redis::check_url(url),
    }
}

/// How this node hears of the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Link {
    /// There are no others.
    Alone,
    /// There may be others, but no bus is configured: by looking every second.
    Polling,
    /// The bus does not answer: by looking every second.
    Down,
    /// By the bus.
    Live,
}

impl Link {
    /// What an operator should know of it; empty: nothing.
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

/// See the module's page.
pub struct Bus {
    node: NodeId,
    hub: Arc<Hub>,
    url: String,
    link: watch::Sender<Link>,
    /// To the task that publishes, once that runs.
    queue: OnceLock<mpsc::Sender<Body>>,
    /// Packets that were never queued.
    lost: AtomicU64,
    /// Something was committed since the others were last told that they must look.
    is_untold: AtomicBool,
    /// Something may have been missed.
    doubted: Notify,
}

impl Bus {
    /// A bus by way of the Redis at `url`; empty: there is none. `is_shared`: whether there may be other nodes.
    #[must_use]
    pub fn new(hub: Arc<Hub>, url: &str, is_shared: bool) -> Arc<Self> {
        let link = match (is_shared, url.is_empty()) {
            (false, _) => Link::Alone,
            (true, true) => Link::Polling,
            (true, false) => Link::Down,
        };
        Arc::new(Self {
            node: NodeId(rand::random()),
            hub,
            url: url.to_owned(),
            link: watch::Sender::new(link),
            queue: OnceLock::new(),
            lost: AtomicU64::new(0),
            is_untold: AtomicBool::new(false),
            doubted: Notify::new(),
        })
    }

    /// How this node hears of the others now.
    #[must_use]
    pub fn link(&self) -> Link {
        *self.link.borrow()
    }

    /// How many packets wait for Redis.
    #[must_use]
    pub fn queued(&self) -> usize {
        self.queue
            .get()
            .map_or(0, |queue| queue.max_capacity() - queue.capacity())
    }

    /// Begins to hear the others and to tell them, for as long as the process runs.
    ///
    /// # Errors
    /// When the store can't be read.
    pub async fn start(self: &Arc<Self>, store: &Store) -> anyhow::Result<()> {
        let link = self.link();
        if link == Link::Alone {
            return Ok(());
        }
        catch_up::start(self, store).await?;
        if link == Link::Polling {
            tracing::warn!("{}", link.warning());
            return Ok(());
        }
        // One Redis may serve several installations.
        let made = uuid::Uuid::new_v4().simple().to_string();
        let installation = store.setting_or("installation", made).await?;
        let (sender, receiver) = mpsc::channel(QUEUE);
        // It is called once.
        let _ = self.queue.set(sender);
        redis::start(self, &format!("chapp:{installation}"), receiver)
    }

    /// Tells the others who came and went here.
    pub fn tell(&self, moves: Moves) {
        let Moves { online, offline } = moves;
        self.publish(Body::Moved { online, offline });
    }

    /// Somebody is typing here: tells those who hear of the thread, here and on the other nodes.
    pub fn typing(&self, thread: ThreadId, user: UserId) {
        self.hub.typing(thread, user);
        // Only while the bus has little to do.
        if self.queued() < QUEUE / 8 {
            self.publish(Body::Typing { thread, user });
        }
    }

    /// Tells the others that this node stops: its people are gone from it.
    pub async fn stop(&self) {
        self.publish(Body::Bye);
        // It need not arrive: silence says the same, later.
        let sent = async {
            while self.queued() > 0 {
                tokio::time::sleep(std::time::Duration::from_millis(10)).await;
            }
        };
        let _ = tokio::time::timeout(std::time::Duration::from_millis(300), sent).await;
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

    /// Has everything compared with the database soon.
    fn doubt(&self) {
        self.doubted.notify_one();
    }

    fn set_link(&self, link: Link) {
        let set = |now: &mut Link| std::mem::replace(now, link) != link;
        // Only what is new wakes those who wait for a change.
        if self.link.send_if_modified(set) {
            match link {
                Link::Live => tracing::info!("the bus is live"),
                _ => tracing::warn!("{}", link.warning()),
            }
        }
    }
}

impl Listener for Bus {
    fn committed(&self, changes: Vec<Change>) {
        self.is_untold.store(true, Ordering::Relaxed);
        if self.queue.get().is_some() {
            self.publish(Body::Changes(changes.clone()));
        }
        self.hub.committed(changes);
    }

    fn in_doubt(&self) {
        // The others see by the next number that something was lost.
        self.lost.fetch_add(1, Ordering::Relaxed);
        self.is_untold.store(true, Ordering::Relaxed);
        METERS.bus_doubts.increment(1);
        self.doubt();
    }
}
