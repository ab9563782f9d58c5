//! One live connection, from the upgrade to the close: reads frames and calls `chat`. What the client receives is
//! queued and written by the hub.

#[cfg(test)]
mod autobahn;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{ConnectInfo, State};
use axum::http::{Extensions, HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use tokio::net::TcpStream;
use tokio::task::yield_now;
use tokio::time::{Instant, sleep, sleep_until, timeout_at};
use tracing::Instrument;
use tungstenite::{Message, Utf8Bytes};

use super::answers::{answer, refuse};
use super::flood_guard::FrameRate;
use super::read_mark_queue::ReadMarkQueue;
use super::reader::FrameReader;
use super::upgrade::{Upgrade, Upgraded};
use crate::model::{ClientId, Refusal, ThreadId, limits};
use crate::protocol::{self, ClientFrame, Resume, ServerFrame, close};
use crate::server::chat::messages::NewMessage;
use crate::server::http::{client_address, error, session};
use crate::server::hub::{Frame, LiveConnection, NoPlace, SendQueue, encode};
use crate::server::metrics::METRICS;
use crate::server::rate_limit::{ActionKind, kinds};
use crate::server::state::AppState;
use crate::server::store::Session;

/// Malformed frames after which the connection is closed: no client of chapp sends that many.
const BAD_FRAMES_MAX: u32 = 20;
/// Messages of one client that are processed before other tasks get their turn.
const MESSAGES_PER_TURN: usize = 32;
/// How long the peer has to answer a close frame.
const CLOSE_WITHIN: Duration = Duration::from_secs(1);
/// The pause between two turns of reading and discarding what a client still sends after the close.
const DRAIN_PAUSE: Duration = Duration::from_millis(5);
/// Bytes discarded in one turn.
const DRAIN_BYTES_PER_TURN: usize = 16 * 1024;
/// Longest reason of a malformed frame that is sent back, in characters.
const REASON_MAX: usize = 200;

/// `GET /ws`: opens a live connection for a logged-in user, from a page of this site.
pub async fn open(
    State(app): State<AppState>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    extensions: Extensions,
    headers: HeaderMap,
    upgrade: Upgrade,
) -> Response {
    if !is_own_origin(&app, &headers) {
        return (StatusCode::FORBIDDEN, "cross-origin").into_response();
    }
    let session = match session::of(&extensions) {
        Ok(Some(session)) => session,
        Ok(None) => return (StatusCode::UNAUTHORIZED, "not logged in").into_response(),
        Err(refusal) => {
            return (StatusCode::SERVICE_UNAVAILABLE, refusal.to_string()).into_response();
        }
    };
    if let Err(refusal) = app
        .chat
        .admit(session.person.id, &[(ActionKind::Connect, 1)])
    {
        let wait = error::retry_after(&refusal).map(|wait| [(header::RETRY_AFTER, wait)]);
        return (StatusCode::TOO_MANY_REQUESTS, wait, refusal.to_string()).into_response();
    }
    let from = client_address::client_address(&headers, peer.ip(), &app.config.server);
    let connection = match app.hub.connect_from(session.person.id, session.id, from) {
        Ok(connection) => connection,
        Err(NoPlace::Stopping | NoPlace::Full) => {
            return (StatusCode::SERVICE_UNAVAILABLE, "no more connections").into_response();
        }
        Err(NoPlace::Person | NoPlace::Address) => {
            let reason = "too many connections";
            return (StatusCode::TOO_MANY_REQUESTS, reason).into_response();
        }
    };
    let sockets = app.sockets.clone();
    // A root span: the request's own span ends here.
    let span = tracing::error_span!(
        parent: None,
        "socket",
        account = session.person.id.0,
        session = %session.id.0
    );
    upgrade.accept(&sockets, move |upgraded| {
        let live = Live::new(app, session, connection, upgraded);
        live.run().instrument(span)
    })
}

/// A browser always sends Origin with a WebSocket; a program that is no browser need not, and has no
/// ambient cookie to be misused (RFC 6455 section 10.2; OWASP WebSocket cheat sheet).
fn is_own_origin(app: &AppState, headers: &HeaderMap) -> bool {
    let Some(origin) = headers.get(header::ORIGIN) else {
        return true;
    };
    match app.config.server.origin() {
        Some(own) => origin.as_bytes() == own.as_bytes(),
        None => {
            let origin = origin.to_str().unwrap_or_default();
            let host = headers
                .get(header::HOST)
                .and_then(|host| host.to_str().ok());
            let authority = origin
                .strip_prefix("http://")
                .or_else(|| origin.strip_prefix("https://"));
            authority.is_some() && authority == host
        }
    }
}

/// Why a connection ends: the code to close it with, or none when the other side is gone.
type CloseCode = Option<u16>;

/// One live connection.
struct Live {
    app: AppState,
    session: Session,
    connection: LiveConnection,
    stream: Arc<TcpStream>,
    reader: FrameReader,
    /// When the last message arrived.
    last_message_at: Instant,
    /// Whether the client has been pinged since its last message.
    is_pinged: bool,
    bad_frames: u32,
    /// When a typing notice of this client was last passed on.
    typing_sent_at: Option<Instant>,
    /// Since when the client has not read what is queued for it.
    blocked: Option<Instant>,
    read_marks: ReadMarkQueue,
}

impl Live {
    fn new(
        app: AppState,
        session: Session,
        connection: LiveConnection,
        upgraded: Upgraded,
    ) -> Self {
        // Otherwise a frame may wait 40 ms for an acknowledgement. An error shows in the first read, too.
        let _ = upgraded.stream.set_nodelay(true);
        let stream = Arc::new(upgraded.stream);
        let outbox = Arc::clone(&connection.outbox);
        let rate = FrameRate::per_second(app.config.limits.frames_per_second);
        Self {
            app,
            session,
            connection,
            reader: FrameReader::new(
                Arc::clone(&stream),
                upgraded.early,
                outbox,
                limits::CLIENT_FRAME_MAX,
                rate,
            ),
            stream,
            last_message_at: Instant::now(),
            is_pinged: false,
            bad_frames: 0,
            typing_sent_at: None,
            blocked: None,
            read_marks: ReadMarkQueue::default(),
        }
    }

    async fn run(mut self) {
        // Boxed: only the start of a connection needs this much memory.
        let handshake_result = Box::pin(self.handshake()).await;
        let stream = Arc::clone(&self.stream);
        let ended = match handshake_result {
            Ok(ready) => {
                self.connection.outbox.attach(stream, Some(ready));
                self.receive_loop().await
            }
            Err(Some(code)) => {
                self.connection.outbox.close(code);
                self.connection.outbox.attach(stream, None);
                Some(code)
            }
            Err(None) => None,
        };
        if let Some(code) = ended {
            self.connection.outbox.close(code);
            if code == close::FLOODED {
                METRICS.floods.increment(1);
                tracing::info!("a connection sent too many frames and was closed");
            }
            self.drain().await;
        }
    }

    /// Waits for `hello` and returns the `ready` frame that answers it.
    async fn handshake(&mut self) -> Result<Frame, CloseCode> {
        let hello = self.first_text().await?;
        self.last_message_at = Instant::now();
        let resume = match serde_json::from_str(&hello) {
            Ok(ClientFrame::Hello {
                version: protocol::VERSION,
                resume,
            }) => resume,
            Ok(ClientFrame::Hello { .. }) => return Err(Some(close::VERSION)),
            _ => return Err(Some(close::PROTOCOL)),
        };
        // The session may have ended since the request was checked; the hub is notified of later ends only.
        let is_live = self.app.accounts.is_live(self.session.id).await;
        if !is_live.unwrap_or(true) {
            return Err(Some(close::SESSION_ENDED));
        }
        let ready = self
            .ready(&resume)
            .await
            .map_err(|_| Some(close::RESTART))?;
        Ok(encode(&ready))
    }

    /// Waits for the first text message. Until then the connection is bounded only by its deadline, its frame rate, and
    /// the hub closing it because its session ended or the server stops.
    async fn first_text(&mut self) -> Result<Utf8Bytes, CloseCode> {
        let deadline = Instant::now() + limits::HELLO_WITHIN;
        loop {
            let mut has_more = true;
            self.reader.start_turn();
            for _ in 0..MESSAGES_PER_TURN {
                match self.read()? {
                    Some(Message::Text(text)) => return Ok(text),
                    Some(Message::Close(_)) => return Err(None),
                    Some(_) => {}
                    None => {
                        has_more = self.reader.is_turn_over();
                        break;
                    }
                }
            }
            let outbox = &self.connection.outbox;
            if outbox.is_closed() {
                // The queue keeps the code that it was closed with.
                return Err(Some(close::RESTART));
            }
            if Instant::now() >= deadline {
                return Err(Some(close::PROTOCOL));
            }
            if has_more {
                yield_now().await;
                continue;
            }
            tokio::select! {
                readable = timeout_at(deadline, self.stream.readable()) => {
                    if let Ok(Err(_)) = readable {
                        return Err(None);
                    }
                }
                () = outbox.changed() => {}
            }
        }
    }

    /// The next message, if a complete one has arrived.
    fn read(&mut self) -> Result<Option<Message>, CloseCode> {
        self.reader.read().map_err(|_| {
            let is_flooded = self.reader.is_flooded();
            is_flooded.then_some(close::FLOODED)
        })
    }

    async fn ready(&mut self, resume: &[Resume]) -> Result<ServerFrame, Refusal> {
        let me = self.session.person.id;
        let resume = &resume[..resume.len().min(limits::RESUME_MAX)];
        let resumed = self.app.chat.resume(me, self.connection.id, resume).await?;
        Ok(ServerFrame::Ready {
            version: protocol::VERSION,
            me,
            threads: resumed.threads.threads,
            more_threads: resumed.threads.more,
            missed: resumed.missed,
            online: resumed.online,
            receipts: resumed.receipts,
            privacy: resumed.privacy,
            blocked: resumed.blocked,
        })
    }

    /// Reads until the connection ends. The hub writes; this loop only reports to it when a blocked socket is writable.
    ///
    /// Every round checks the deadlines and yields to other tasks: otherwise a socket that always has data would occupy
    /// its thread.
    async fn receive_loop(&mut self) -> CloseCode {
        loop {
            let has_more = match self.receive_turn() {
                Ok(has_more) => has_more,
                Err(ended) => return ended,
            };
            let next_deadline = self.next_deadline();
            if Instant::now() >= next_deadline {
                if let Err(ended) = self.check_deadlines() {
                    return ended;
                }
            } else if has_more {
                yield_now().await;
            } else {
                tokio::select! {
                    moved = wait_for_socket(&self.stream, &self.connection.outbox) => if moved.is_err() {
                        return None;
                    },
                    () = sleep_until(next_deadline) => {}
                }
            }
        }
    }

    /// Processes the received messages, up to one turn of them; returns whether there may be more.
    fn receive_turn(&mut self) -> Result<bool, CloseCode> {
        self.reader.start_turn();
        for _ in 0..MESSAGES_PER_TURN {
            if self.connection.outbox.is_closed() {
                // The queue keeps its close code. Nothing more is processed after the end of the session.
                return Err(Some(close::RESTART));
            }
            match self.read()? {
                Some(message) => self.on_message(message)?,
                None => return Ok(self.reader.is_turn_over()),
            }
        }
        Ok(true)
    }

    /// The next deadline: when to ping a silent client, or to give up one that is silent or does not read.
    fn next_deadline(&mut self) -> Instant {
        let silence = match self.is_pinged {
            false => limits::HEARTBEAT,
            true => limits::DEAD_AFTER,
        };
        self.blocked = match self.connection.outbox.is_blocked() {
            true => self.blocked.or_else(|| Some(Instant::now())),
            false => None,
        };
        let dead = self.blocked.map(|since| since + limits::DEAD_AFTER);
        let silent = self.last_message_at + silence;
        dead.map_or(silent, |dead| dead.min(silent))
    }

    fn check_deadlines(&mut self) -> Result<(), CloseCode> {
        let is_dead = |since: Instant| since.elapsed() >= limits::DEAD_AFTER;
        if self.blocked.is_some_and(is_dead) {
            return Err(Some(close::RESYNC));
        }
        if self.is_pinged {
            return Err(Some(close::SILENT));
        }
        self.is_pinged = true;
        self.connection.outbox.push(encode(&ServerFrame::Ping));
        Ok(())
    }

    /// Waits until the peer has answered the close, is gone, or its time is over. A peer that goes on sending is read
    /// slowly: unread data could reset the connection and lose the close frame, but is not worth more work.
    async fn drain(&mut self) {
        let deadline = Instant::now() + CLOSE_WITHIN;
        while Instant::now() < deadline {
            let has_more = match self.discard_turn() {
                Some(has_more) => has_more,
                None => return,
            };
            if has_more {
                sleep(DRAIN_PAUSE).await;
                continue;
            }
            tokio::select! {
                moved = wait_for_socket(&self.stream, &self.connection.outbox) => if moved.is_err() {
                    return;
                },
                () = sleep_until(deadline) => {}
            }
        }
    }

    /// Discards what has arrived, up to one turn of it; returns whether there may be more. `None`: the peer has
    /// answered the close, or is gone.
    fn discard_turn(&mut self) -> Option<bool> {
        if self.reader.is_flooded() {
            // Not worth decoding.
            return discard(&self.stream).ok();
        }
        self.reader.start_turn();
        for _ in 0..MESSAGES_PER_TURN {
            match self.reader.read() {
                Ok(Some(Message::Close(_))) => return None,
                Ok(Some(_)) => {}
                Ok(None) => return Some(self.reader.is_turn_over()),
                Err(_) => return self.reader.is_flooded().then_some(true),
            }
        }
        Some(true)
    }

    fn on_message(&mut self, message: Message) -> Result<(), CloseCode> {
        self.last_message_at = Instant::now();
        self.is_pinged = false;
        match message {
            Message::Text(text) => match serde_json::from_str(&text) {
                Ok(frame) => {
                    self.dispatch(frame);
                    Ok(())
                }
                Err(error) => self.reject(&error.to_string()),
            },
            Message::Binary(_) => self.reject("frames are text"),
            Message::Ping(_) | Message::Pong(_) | Message::Frame(_) => Ok(()),
            Message::Close(_) => Err(None),
        }
    }

    fn reject(&mut self, reason: &str) -> Result<(), CloseCode> {
        self.bad_frames += 1;
        if self.bad_frames > BAD_FRAMES_MAX {
            return Err(Some(close::PROTOCOL));
        }
        // The reason may quote the frame, which may be long.
        let refusal = Refusal::Malformed {
            reason: reason.chars().take(REASON_MAX).collect(),
        };
        refuse(&self.connection.outbox, None, refusal);
        Ok(())
    }

    /// Posts a message, and answers it when it is durable.
    fn post(&self, thread: ThreadId, client_id: ClientId, message: NewMessage<'_>) {
        let outbox = Arc::clone(&self.connection.outbox);
        if !outbox.begin_send() {
            let refusal = Refusal::Busy {
                retry_after_ms: 100,
            };
            return refuse(&outbox, Some(client_id), refusal);
        }
        let me = self.session.person.id;
        let done = move |posted| {
            outbox.end_send();
            answer(&outbox, client_id, posted);
        };
        let chat = &self.app.chat;
        chat.post_message(me, thread, client_id, message, done);
    }

    fn dispatch(&mut self, frame: ClientFrame) {
        let me = self.session.person.id;
        let outbox = &self.connection.outbox;
        let admitted = kinds::of_frame(&frame).map(|costs| self.app.chat.admit(me, &costs));
        if let Some(Err(refusal)) = admitted {
            return refuse(outbox, frame.client_id(), refusal);
        }
        match frame {
            ClientFrame::Send {
                client_id,
                thread,
                text,
                reply_to,
                files,
            } => {
                // Typing after a sent message is announced at once.
                self.typing_sent_at = None;
                let message = NewMessage {
                    text: &text,
                    reply_to,
                    files,
                };
                self.post(thread, client_id, message);
            }
            ClientFrame::Read { thread, seq, turn } => {
                let chat = self.app.chat.clone();
                let write = move |thread, (turn, seq)| {
                    let chat = chat.clone();
                    async move { chat.mark_read(me, thread, seq, turn).await }
                };
                let to = Arc::clone(outbox);
                let refused = move |refusal| refuse(&to, None, refusal);
                if let Err(refusal) = self.read_marks.add(thread, (turn, seq), write, refused) {
                    refuse(outbox, None, refusal);
                }
            }
            ClientFrame::Typing { thread } => {
                let is_soon = |at: &Instant| at.elapsed() < limits::TYPING_PACE;
                if self.typing_sent_at.as_ref().is_some_and(is_soon) {
                    return;
                }
                self.typing_sent_at = Some(Instant::now());
                match self.app.chat.typing(me, self.connection.id, thread) {
                    Ok(true) => self.app.bus.typing(thread, me),
                    Ok(false) => {}
                    Err(refusal) => refuse(outbox, None, refusal),
                }
            }
            ClientFrame::Looking { on } => self.app.bus.set_looking(me, on),
            // Dropped when the queue is long already: what is queued shows just as well that the server is alive.
            ClientFrame::Ping => outbox.offer(encode(&ServerFrame::Pong)),
            ClientFrame::Pong => {}
            ClientFrame::Hello { .. } => {
                let reason = "hello is the first frame, and only that".to_owned();
                refuse(outbox, None, Refusal::Malformed { reason });
            }
        }
    }
}

/// Waits until the socket is readable or the queue has changed; unblocks a writable one. `Err`: the connection is
/// broken.
async fn wait_for_socket(stream: &TcpStream, outbox: &Arc<SendQueue>) -> io::Result<()> {
    tokio::select! {
        readable = stream.readable() => readable,
        writable = stream.writable(), if outbox.is_blocked() => writable.map(|()| outbox.unblock()),
        () = outbox.changed() => Ok(()),
    }
}

/// Reads and discards what has arrived, up to [`DRAIN_BYTES_PER_TURN`]; returns whether there may be more.
fn discard(stream: &TcpStream) -> io::Result<bool> {
    let mut buffer = [0; 4096];
    let mut left = DRAIN_BYTES_PER_TURN;
    while left > 0 {
        match stream.try_read(&mut buffer) {
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(count) => left = left.saturating_sub(count),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(false),
            Err(error) => return Err(error),
        }
    }
    Ok(true)
}
