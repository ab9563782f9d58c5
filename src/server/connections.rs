//! The accept loop: a task per connection, and an end for every connection that does nothing.
//!
//! A client can be slow in four ways, and each is bounded: it sends no request or only the beginning of one
//! ([`Rules::request_within`], which is also the idle time between requests); it does not send the body
//! (`server::http::bodies`); it does not read the response ([`Rules::write_within`]); or it prolongs a request in some
//! other way ([`Rules::answer_within`]). The number of connections is bounded by [`slots`].
//!
//! An upgraded connection leaves this module: `server::websocket` has its own deadlines and limits.

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
use tokio::task::yield_now;
use tokio::time::{MissedTickBehavior, interval, sleep, timeout};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::Service;

pub use self::slots::RequestProgress;
use self::slots::{BusyGuard, NoSlot, Slot, Slots};
use super::config::Config;
use super::http::client_address::network;
use super::metrics::METRICS;
use crate::model::limits;

/// Largest request head, in bytes; larger ones are answered with 431. It bounds what hyper buffers for a connection
/// that does not complete its head.
const HEAD_MAX: usize = 32 * 1024;
/// How often overdue connections are closed.
const SWEEP_EVERY: Duration = Duration::from_secs(5);
/// The pause before accepting again when the system is out of files or memory.
const RETRY_PAUSE: Duration = Duration::from_millis(50);
/// How long open connections may still send a request after the listener has closed.
const LAST_REQUESTS: Duration = Duration::from_secs(1);
/// Refused connections that are answered at the same time; the others are closed without an answer.
const REFUSALS_AT_ONCE: usize = 64;
/// How long a refused connection has to read its answer.
const REFUSAL_WITHIN: Duration = Duration::from_secs(1);

/// The limits of a listener and of its connections.
#[derive(Clone, Copy, Debug)]
pub struct Rules {
    /// Open connections in total.
    pub most: usize,
    /// Open connections per client address (IPv6: per /64); `None`: not limited, since all come from a proxy.
    pub most_per_address: Option<usize>,
    /// The time for a complete request head, from the opening of the connection or from the last response.
    pub request_within: Duration,
    /// The time from the head of a request until the last byte of the response is handed to the kernel.
    pub answer_within: Duration,
    /// How long the peer may accept no data.
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
            // A proxy reuses connections for later requests, and must not find them closed.
            request_within: match behind_proxy {
                true => limits::PROXY_IDLE,
                false => limits::REQUEST_WITHIN,
            },
            answer_within: limits::ANSWER_WITHIN,
            write_within: limits::WRITE_WITHIN,
        }
    }

    /// The rules of the metrics listener, which one or two collectors use.
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

/// Serves `router` until `stop` is cancelled. Then the listener closes, and this returns when all requests in progress
/// are answered.
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
    let in_progress = TaskTracker::new();
    let mut sweep = interval(SWEEP_EVERY.min(rules.answer_within));
    sweep.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = stop.cancelled() => break,
            _ = sweep.tick() => slots.close_overdue(Instant::now(), rules.answer_within),
            accepted = listener.accept() => match accepted {
                Ok((stream, peer)) => {
                    let context = ConnectionContext {
                        router: router.clone(),
                        rules,
                        peer,
                        stop: stop.clone(),
                    };
                    admit_or_refuse(stream, context, &slots, &in_progress);
                    // Its task starts first. Until then the connection can't make room for the next one.
                    yield_now().await;
                }
                Err(error) => recover(&error, &slots).await,
            },
        }
    }
    drop(listener);
    in_progress.close();
    // Requests may still be arriving on open connections. After a while, those that are idle have none.
    if timeout(LAST_REQUESTS, in_progress.wait()).await.is_err() {
        slots.close_waiting();
        in_progress.wait().await;
    }
}

/// What the task of a connection needs.
struct ConnectionContext {
    router: Router,
    rules: Rules,
    peer: SocketAddr,
    stop: CancellationToken,
}

fn admit_or_refuse(
    stream: TcpStream,
    context: ConnectionContext,
    slots: &Arc<Slots>,
    in_progress: &TaskTracker,
) {
    match slots.admit(network(context.peer.ip(), 64), Instant::now()) {
        Ok(slot) => drop(in_progress.spawn(run(stream, context, slot))),
        Err(full) => refuse(stream, full),
    }
}

/// Serves one connection until it ends or is upgraded.
async fn run(stream: TcpStream, context: ConnectionContext, slot: Slot) {
    let ConnectionContext {
        router,
        rules,
        peer,
        stop,
    } = context;
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
                    tracing::debug!(%error, "a connection ended with an error");
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
    busy: BusyGuard,
    request: hyper::Request<Incoming>,
) -> Result<Response<TrackedBody>, Infallible> {
    let mut request = request.map(Body::new);
    request.extensions_mut().insert(ConnectInfo(peer));
    request.extensions_mut().insert(busy.progress());
    let response = router.call(request).await?;
    Ok(response.map(|body| TrackedBody { body, _busy: busy }))
}

/// The body of a response. The connection counts as busy until it is dropped, when its last piece has been handed over.
struct TrackedBody {
    body: Body,
    _busy: BusyGuard,
}

impl HttpBody for TrackedBody {
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

/// Makes the kernel close a connection whose peer accepts no data for this long: it neither acknowledges any nor opens
/// its window (RFC 5482, TCP_USER_TIMEOUT). It applies to live connections too.
fn bound_writes(stream: &TcpStream, within: Duration) {
    #[cfg(target_os = "linux")]
    {
        let milliseconds = u32::try_from(within.as_millis()).unwrap_or(u32::MAX);
        // It fails on a closed connection, which the first read reports.
        let _ = rustix::net::sockopt::set_tcp_user_timeout(stream, milliseconds);
    }
    #[cfg(not(target_os = "linux"))]
    let _ = (stream, within);
}

/// Handles an error of `accept`.
async fn recover(error: &io::Error, slots: &Slots) {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, Interrupted};
    // An error of the connection itself: it was closed before it was accepted.
    if matches!(
        error.kind(),
        ConnectionAborted | ConnectionRefused | ConnectionReset | Interrupted
    ) {
        return;
    }
    // Out of files or memory. Accepting again at once would fail again and spin.
    tracing::warn!(%error, "can't accept connections; closing an idle one");
    slots.close_oldest();
    sleep(RETRY_PAUSE).await;
}

/// Answers a refused connection with the reason, unless [`REFUSALS_AT_ONCE`] others are being answered; then it is just
/// closed.
fn refuse(mut stream: TcpStream, full: NoSlot) {
    static SLOTS: Semaphore = Semaphore::const_new(REFUSALS_AT_ONCE);
    METRICS.connections_refused.increment(1);
    let Ok(permit) = SLOTS.try_acquire() else {
        return;
    };
    tokio::spawn(async move {
        let _place = permit;
        let text = full.text();
        let answer = format!(
            "HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nRetry-After: 1\r\n\
             Cache-Control: no-store\r\nContent-Security-Policy: default-src 'none'\r\n\
             X-Content-Type-Options: nosniff\r\nContent-Type: text/plain; charset=utf-8\r\n\
             Content-Length: {}\r\n\r\n{text}",
            text.len()
        );
        let respond = async {
            stream.write_all(answer.as_bytes()).await?;
            stream.shutdown().await?;
            // Closing with unread data would reset the connection and lose the answer.
            let mut unread = [0; 1024];
            while stream.read(&mut unread).await? > 0 {}
            io::Result::Ok(())
        };
        let _ = timeout(REFUSAL_WITHIN, respond).await;
    });
}
