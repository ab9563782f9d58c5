//! The accept loop: one task for each connection, and an end for every connection that does nothing.
//!
//! A client can be slow in four ways, and each has its bound: it sends no request or only the beginning of one
//! ([`Rules::request_within`], which is the idle time between two requests too); it does not send the body
//! (`server::bodies`); it does not read the answer ([`Rules::write_within`]); or it draws a request out in some
//! other way ([`Rules::answer_within`]). How many connections there are is bounded by [`slots`].
//!
//! A connection that becomes a live one leaves all of this: `server::socket` has deadlines and limits of its own.

mod slots;
#[cfg(test)]
mod tests;

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::response::Response;
use hyper::body::{Body as HttpBody, Bytes, Frame, Incoming, SizeHint};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::time::{MissedTickBehavior, interval, sleep, timeout};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::Service;

use self::slots::{Busy, NoSlot, Slot, Slots};
use super::config::Config;
use super::http::client_address::network;
use super::metrics::METRICS;
use crate::model::limits;

/// Largest head of a request, in bytes: more is answered with 431. It bounds what hyper keeps for a connection
/// that does not finish its head.
const HEAD_MAX: usize = 32 * 1024;
/// How often connections that are overdue are looked for.
const SWEEP_EVERY: Duration = Duration::from_secs(5);
/// When the system has no more files or memory for connections, the next try waits this long.
const PAUSE: Duration = Duration::from_millis(50);
/// When nothing new is accepted, open connections may send a request for so long.
const LAST_REQUESTS: Duration = Duration::from_secs(1);
/// Refused connections that are told so at the same time; more are closed without a word.
const FAREWELLS: usize = 64;
/// A refused connection may take this long to read why.
const FAREWELL_WITHIN: Duration = Duration::from_secs(1);

/// How many connections a listener takes on, and what it expects of them.
#[derive(Clone, Copy, Debug)]
pub struct Rules {
    /// Open connections in all.
    pub most: usize,
    /// Open connections of one client address (IPv6: of one /64); `None`: not counted, since all come from a proxy.
    pub most_per_address: Option<usize>,
    /// A whole head must have come this long after the connection was opened, or after the last answer.
    pub request_within: Duration,
    /// The time from the head of a request to the last byte of the answer handed to the system.
    pub answer_within: Duration,
    /// How long the other side may take no data that is meant for it.
    pub write_within: Duration,
}

impl Rules {
    /// The rules of the public listener.
    #[must_use]
    pub fn of(config: &Config) -> Self {
        let behind_proxy = config.server.behind_proxy;
        Self {
            most: config.server.connections,
            most_per_address: (!behind_proxy).then_some(config.server.connections_per_address),
            // A proxy keeps connections for later requests, and must not find them closed.
            request_within: match behind_proxy {
                true => limits::PROXY_IDLE,
                false => limits::REQUEST_WITHIN,
            },
            answer_within: limits::ANSWER_WITHIN,
            write_within: limits::WRITE_WITHIN,
        }
    }

    /// The rules of the listener for metrics, which one or two collectors ask.
    #[must_use]
    pub fn of_metrics() -> Self {
        Self {
            most: limits::METRICS_CONNECTIONS,
            most_per_address: None,
            request_within: limits::PROXY_IDLE,
            answer_within: limits::ANSWER_WITHIN,
            write_within: limits::WRITE_WITHIN,
        }
    }
}

/// Serves what `router` answers, until `stop` is cancelled. Then nothing new is accepted, and this returns when all
/// requests under way are answered.
pub async fn serve(listener: TcpListener, router: Router, rules: Rules, stop: CancellationToken) {
    let slots = Slots::new(rules.most, rules.most_per_address);
    serve_on(listener, router, rules, stop, slots).await;
}

async fn serve_on(
    listener: TcpListener,
    router: Router,
    rules: Rules,
    stop: CancellationToken,
    slots: Arc<Slots>,
) {
    let under_way = TaskTracker::new();
    let mut sweep = interval(SWEEP_EVERY.min(rules.answer_within));
    sweep.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = stop.cancelled() => break,
            _ = sweep.tick() => slots.close_overdue(Instant::now(), rules.answer_within),
            accepted = listener.accept() => match accepted {
                Ok((stream, peer)) => {
                    let talk = Talk {
                        router: router.clone(),
                        rules,
                        peer,
                        stop: stop.clone(),
                    };
                    begin(stream, talk, &slots, &under_way);
                }
                Err(error) => recover(&error, &slots).await,
            },
        }
    }
    drop(listener);
    under_way.close();
    // Requests may be on their way over connections that are open. Then those that still wait have none.
    if timeout(LAST_REQUESTS, under_way.wait()).await.is_err() {
        slots.close_waiting();
        under_way.wait().await;
    }
}

/// What a task knows of its connection.
struct Talk {
    router: Router,
    rules: Rules,
    peer: SocketAddr,
    stop: CancellationToken,
}

fn begin(stream: TcpStream, talk: Talk, slots: &Arc<Slots>, under_way: &TaskTracker) {
    match slots.admit(network(talk.peer.ip(), 64), Instant::now()) {
        Ok(slot) => drop(under_way.spawn(run(stream, talk, slot))),
        Err(full) => refuse(stream, full),
    }
}

/// Serves one connection to its end, or until it becomes a live one.
async fn run(stream: TcpStream, talk: Talk, slot: Slot) {
    let Talk {
        router,
        rules,
        peer,
        stop,
    } = talk;
    bound_writes(&stream, rules.write_within);
    let service = service_fn(|request| answer(router.clone(), peer, slot.busy(), request));
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(rules.request_within)
        .max_buf_size(HEAD_MAX)
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades();
    let mut connection = pin!(connection);
    slot.wait();
    let mut stopping = false;
    loop {
        tokio::select! {
            ended = connection.as_mut() => {
                if let Err(error) = ended {
                    tracing::debug!(%error, "a connection ended");
                }
                break;
            }
            // Dropping the connection closes it.
            () = slot.closed() => break,
            () = stop.cancelled(), if !stopping => {
                stopping = true;
                connection.as_mut().graceful_shutdown();
            }
        }
    }
}

async fn answer(
    mut router: Router,
    peer: SocketAddr,
    busy: Busy,
    request: hyper::Request<Incoming>,
) -> Result<Response<Answer>, Infallible> {
    let mut request = request.map(Body::new);
    request.extensions_mut().insert(ConnectInfo(peer));
    let response = router.call(request).await?;
    Ok(response.map(|body| Answer { body, _busy: busy }))
}

/// The body of an answer. Until it is dropped, which is when its last piece is on its way, the connection is busy.
struct Answer {
    body: Body,
    _busy: Busy,
}

impl HttpBody for Answer {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// Lets the system close a connection whose other side takes no data for this long: neither acknowledges any nor
/// opens its window (RFC 5482, TCP_USER_TIMEOUT). It holds for live connections too.
fn bound_writes(stream: &TcpStream, within: Duration) {
    #[cfg(target_os = "linux")]
    {
        let milliseconds = u32::try_from(within.as_millis()).unwrap_or(u32::MAX);
        // It fails on a connection that is gone; the first read tells.
        let _ = rustix::net::sockopt::set_tcp_user_timeout(stream, milliseconds);
    }
    #[cfg(not(target_os = "linux"))]
    let _ = (stream, within);
}

/// After an error of `accept`.
async fn recover(error: &io::Error, slots: &Slots) {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, Interrupted};
    // The connection's own: it was gone before it was accepted.
    if matches!(
        error.kind(),
        ConnectionAborted | ConnectionRefused | ConnectionReset | Interrupted
    ) {
        return;
    }
    // No more files or memory. Accepting again at once would fail again, as fast as the processor can.
    tracing::warn!(%error, "can't accept connections; closing one that does nothing");
    slots.close_oldest();
    sleep(PAUSE).await;
}

/// Says why, to as many as there is time for. The others are just closed.
fn refuse(mut stream: TcpStream, full: NoSlot) {
    static PLACES: Semaphore = Semaphore::const_new(FAREWELLS);
    METRICS.connections_refused.increment(1);
    let Ok(place) = PLACES.try_acquire() else {
        return;
    };
    tokio::spawn(async move {
        let _place = place;
        let text = full.text();
        let answer = format!(
            "HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nRetry-After: 1\r\n\
             Cache-Control: no-store\r\nContent-Security-Policy: default-src 'none'\r\n\
             X-Content-Type-Options: nosniff\r\nContent-Type: text/plain; charset=utf-8\r\n\
             Content-Length: {}\r\n\r\n{text}",
            text.len()
        );
        let farewell = async {
            stream.write_all(answer.as_bytes()).await?;
            stream.shutdown().await?;
            // Closed with something unread, the connection would be reset, and the answer lost.
            let mut unread = [0; 1024];
            while stream.read(&mut unread).await? > 0 {}
            io::Result::Ok(())
        };
        let _ = timeout(FAREWELL_WITHIN, farewell).await;
    });
}
