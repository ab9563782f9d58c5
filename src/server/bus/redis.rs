//! The bus over Redis: one channel that all nodes publish to and subscribe to. Redis stores nothing.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use anyhow::Context;
use futures_util::StreamExt;
use redis::aio::{MultiplexedConnection, PubSub};
use redis::{AsyncConnectionConfig, Client, RedisError};
use tokio::sync::mpsc;
use tokio::time::{interval, sleep, timeout};

use super::packet::{Body, Packet, Received};
use super::peers::{Continuity, Peers};
use super::{Bus, BusState};
use crate::server::hub::Moves;
use crate::server::metrics::METRICS;
use crate::server::store::Listener;

/// Each node publishes a heartbeat this often, and receives its own.
const ALIVE_EVERY: Duration = Duration::from_secs(1);
/// Without its own heartbeat for this long, a node considers the bus down.
const DOWN_AFTER: Duration = Duration::from_secs(3);
/// The timeout of a connection attempt and of an answer.
const ANSWER_WITHIN: Duration = Duration::from_secs(2);
/// The pause between two connection attempts.
const RETRY_EVERY: Duration = Duration::from_millis(500);
/// Packets sent to Redis in one pipeline.
const TOGETHER: usize = 256;

/// Checks that this can be the address of a Redis.
///
/// # Errors
/// When it can't. The error omits the address, which may contain a password.
pub(super) fn check_url(url: &str) -> anyhow::Result<()> {
    open(url).map(drop)
}

fn open(url: &str) -> anyhow::Result<Client> {
    let is_redis = url.starts_with("redis://") || url.starts_with("rediss://");
    anyhow::ensure!(
        is_redis,
        "the address of a bus begins with `redis://` or `rediss://`"
    );
    Client::open(url).map_err(|_| anyhow::anyhow!("this is not the address of a Redis"))
}

/// Starts publishing the queue, and listening.
pub(super) fn start(
    bus: &Arc<Bus>,
    channel: &str,
    queue: mpsc::Receiver<Body>,
) -> anyhow::Result<()> {
    let client = open(&bus.url).context("bus.url")?;
    let publisher = Publisher {
        bus: Arc::clone(bus),
        client: client.clone(),
        channel: channel.to_owned(),
        connection: None,
        tried: None,
        number: 0,
    };
    bus.tasks.spawn_to_end(publisher.run(queue));
    let listener = BusListener {
        bus: Arc::clone(bus),
        client,
        channel: channel.to_owned(),
        peers: Peers::default(),
        requested: None,
    };
    bus.tasks.spawn(listener.run());
    Ok(())
}

struct Publisher {
    bus: Arc<Bus>,
    client: Client,
    channel: String,
    connection: Option<MultiplexedConnection>,
    /// When a connection was last attempted.
    tried: Option<Instant>,
    /// Of the last packet.
    number: u64,
}

impl Publisher {
    /// Runs until the bus is stopped, and what is queued then is published.
    async fn run(mut self, mut queue: mpsc::Receiver<Body>) {
        let stopping = self.bus.tasks.stopping();
        let mut bodies = Vec::new();
        let mut alive = interval(ALIVE_EVERY);
        alive.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                count = queue.recv_many(&mut bodies, TOGETHER) => if count == 0 {
                    return;
                },
                _ = alive.tick() => bodies.push(Body::Alive),
                () = stopping.cancelled(), if !queue.is_closed() => {
                    queue.close();
                    continue;
                }
            }
            let count = bodies.len() as u64;
            match self.publish(&mut bodies).await {
                Ok(()) => METRICS.bus_published.increment(count),
                Err(error) => {
                    tracing::debug!(%error, "publishing to Redis failed");
                    self.connection = None;
                }
            }
            bodies.clear();
        }
    }

    /// Publishes these. Packets that Redis does not accept are lost, which other nodes detect by the numbers.
    async fn publish(&mut self, bodies: &mut Vec<Body>) -> Result<(), RedisError> {
        let lost = self.bus.lost.swap(0, Ordering::Relaxed);
        let mut last = self.number + lost;
        self.number = last + bodies.iter().filter(|body| body.is_numbered()).count() as u64;
        let Some(connection) = self.connect().await? else {
            return Err(RedisError::from(std::io::Error::from(
                std::io::ErrorKind::NotConnected,
            )));
        };
        let mut connection = connection.clone();
        let mut pipe = redis::pipe();
        for body in bodies.drain(..) {
            let is_numbered = body.is_numbered();
            last += u64::from(is_numbered);
            let packet = Packet {
                node: self.bus.node,
                number: is_numbered.then_some(last),
                body,
            };
            pipe.publish(&self.channel, packet.to_json()).ignore();
        }
        pipe.query_async::<()>(&mut connection).await
    }

    /// The connection; `None` when it is too soon to try again.
    async fn connect(&mut self) -> Result<Option<&MultiplexedConnection>, RedisError> {
        if self.connection.is_none() {
            if self.tried.is_some_and(|at| at.elapsed() < RETRY_EVERY) {
                return Ok(None);
            }
            self.tried = Some(Instant::now());
            let config = AsyncConnectionConfig::new()
                .set_connection_timeout(Some(ANSWER_WITHIN))
                .set_response_timeout(Some(ANSWER_WITHIN));
            let connect = self
                .client
                .get_multiplexed_async_connection_with_config(&config);
            self.connection = Some(connect.await?);
        }
        Ok(self.connection.as_ref())
    }
}

struct BusListener {
    bus: Arc<Bus>,
    client: Client,
    channel: String,
    peers: Peers,
    /// When the online users of other nodes were last requested.
    requested: Option<Instant>,
}

impl BusListener {
    async fn run(mut self) {
        loop {
            match timeout(ANSWER_WITHIN, self.subscribe()).await {
                Ok(Ok(subscription)) => self.listen(subscription).await,
                Ok(Err(error)) => tracing::debug!(%error, "subscribing to Redis failed"),
                Err(_) => tracing::debug!("subscribing to Redis timed out"),
            }
            self.bus.set_link(BusState::Down);
            sleep(RETRY_EVERY).await;
        }
    }

    async fn subscribe(&self) -> Result<PubSub, RedisError> {
        let mut subscription = self.client.get_async_pubsub().await?;
        subscription.subscribe(&self.channel).await?;
        Ok(subscription)
    }

    /// Handles incoming packets until none arrive.
    async fn listen(&mut self, mut subscription: PubSub) {
        self.peers.restart_timers(Instant::now());
        // From here on every packet is received; earlier changes are in the database.
        self.bus.suspect_gap();
        self.request_online();
        let mut messages = subscription.on_message();
        let mut alive = Instant::now();
        while alive.elapsed() < DOWN_AFTER {
            match timeout(DOWN_AFTER, messages.next()).await {
                Ok(Some(message)) => {
                    if self.receive(Received::of(message.get_payload_bytes())) {
                        alive = Instant::now();
                        self.bus.set_link(BusState::Live);
                        self.remove_silent(alive);
                    }
                }
                Ok(None) | Err(_) => return,
            }
        }
    }

    /// Handles one packet; returns whether it is this node's own.
    fn receive(&mut self, received: Received) -> bool {
        let (node, number, body) = match received {
            Received::Packet(Packet { node, number, body }) => (node, number, Some(body)),
            Received::Unknown { node, number } => (node, number, None),
            Received::Garbage => {
                tracing::warn!("received something that is not a packet");
                return false;
            }
        };
        if node == self.bus.node {
            return true;
        }
        METRICS.bus_received.increment(1);
        let continuity = self.peers.record(node, number, Instant::now());
        if continuity == Continuity::Missed || (body.is_none() && number.is_some()) {
            METRICS.bus_gaps.increment(1);
            self.bus.suspect_gap();
            self.request_online();
        }
        let hub = &self.bus.hub;
        match body {
            Some(Body::Changes(changes)) => hub.committed(changes),
            Some(Body::Moved { online, offline }) => hub.moved(node, &Moves { online, offline }),
            Some(Body::Typing { thread, user }) => hub.typing(thread, user),
            Some(Body::Looking { user, on }) => {
                self.bus.looking.set(user, on, Instant::now());
            }
            Some(Body::Decided(decisions)) => self.bus.decisions.add(&decisions),
            Some(Body::Online(users)) => hub.online_at(node, users),
            Some(Body::Hello) => self.bus.publish(Body::Online(hub.online_here())),
            Some(Body::Bye) => {
                self.peers.forget(node);
                hub.online_at(node, Vec::new());
            }
            Some(Body::Alive) | None => {}
        }
        false
    }

    /// Requests the online users of other nodes, at most once per heartbeat interval.
    fn request_online(&mut self) {
        if self.requested.is_none_or(|at| at.elapsed() > ALIVE_EVERY) {
            self.requested = Some(Instant::now());
            self.bus.publish(Body::Hello);
        }
    }

    fn remove_silent(&mut self, now: Instant) {
        for node in self.peers.silent(now) {
            tracing::warn!(node = node.0, "a node has fallen silent");
            self.bus.hub.online_at(node, Vec::new());
            // It may have committed something that it could not publish.
            self.bus.suspect_gap();
        }
        METRICS.peers.set(self.peers.len() as f64);
    }
}
