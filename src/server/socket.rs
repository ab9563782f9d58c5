//! The live door: one WebSocket per tab. Reads frames and calls `chat`; writes what the hub queues.

use std::sync::Arc;
use std::time::Duration;

use axum::Extension;
use axum::extract::State;
use axum::extract::ws::{CloseFrame, Message, Utf8Bytes, WebSocket, WebSocketUpgrade};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures_util::SinkExt;
use tokio::time::{Instant, timeout, timeout_at};

use super::app::App;
use super::hub::{Connection, Drained, Outbox, encode};
use super::store::Session;
use crate::model::{ClientId, Refusal, limits};
use crate::protocol::{self, ClientFrame, Resume, ServerFrame, close};

/// Read buffer of one connection, in bytes. tungstenite's own default is 128 KiB, for each connection.
const READ_BUFFER: usize = 2 * 1024;
/// What is gathered before it is written, in bytes; a flush follows every batch anyway.
const WRITE_BUFFER: usize = 4 * 1024;
/// Most bytes that wait in tungstenite for the network.
const WRITE_BUFFER_MAX: usize = 4 * 1024 * 1024;
/// A client that sends this many frames that are none is not one of ours.
const BAD_FRAMES_MAX: u32 = 20;

/// `GET /ws`: who is logged in, and comes from this site's own pages, gets a live connection.
pub async fn open(
    State(app): State<App>,
    session: Option<Extension<Session>>,
    headers: HeaderMap,
    upgrade: WebSocketUpgrade,
) -> Response {
    if !is_own_origin(&app, &headers) {
        return (StatusCode::FORBIDDEN, "cross-origin").into_response();
    }
    let Some(Extension(session)) = session else {
        return (StatusCode::UNAUTHORIZED, "not logged in").into_response();
    };
    let Some(connection) = app.hub.connect(session.person.id, session.id) else {
        return (StatusCode::SERVICE_UNAVAILABLE, "no more connections").into_response();
    };
    upgrade
        .read_buffer_size(READ_BUFFER)
        .write_buffer_size(WRITE_BUFFER)
        .max_write_buffer_size(WRITE_BUFFER_MAX)
        .max_message_size(limits::CLIENT_FRAME_MAX)
        .max_frame_size(limits::CLIENT_FRAME_MAX)
        .on_upgrade(move |socket| Live::new(app, session, connection, socket).run())
}

/// A browser always sends Origin with a WebSocket; a program that is no browser need not, and has no
/// ambient cookie to be misused (RFC 6455 section 10.2; OWASP WebSocket cheat sheet).
fn is_own_origin(app: &App, headers: &HeaderMap) -> bool {
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
type Ended = Option<u16>;

/// One live connection.
struct Live {
    app: App,
    session: Session,
    connection: Connection,
    socket: WebSocket,
    /// Nothing was heard since.
    heard: Instant,
    /// It got a ping since, and has until `DEAD_AFTER` to say anything.
    asked: bool,
    bad_frames: u32,
}

impl Live {
    fn new(app: App, session: Session, connection: Connection, socket: WebSocket) -> Self {
        Self {
            app,
            session,
            connection,
            socket,
            heard: Instant::now(),
            asked: false,
            bad_frames: 0,
        }
    }

    async fn run(mut self) {
        let ended = match self.greet().await {
            Ok(()) => self.talk().await,
            Err(ended) => ended,
        };
        if let Some(code) = ended {
            let frame = CloseFrame {
                code,
                reason: Utf8Bytes::default(),
            };
            // The peer may be gone or stuck: then there is nobody to tell.
            let _ = timeout(Duration::from_secs(1), async {
                self.socket.send(Message::Close(Some(frame))).await?;
                self.socket.close().await
            })
            .await;
        }
    }

    /// Waits for `hello`, and answers `ready`.
    async fn greet(&mut self) -> Result<(), Ended> {
        let hello = self.first_text().await?;
        self.heard = Instant::now();
        let resume = match serde_json::from_str(&hello) {
            Ok(ClientFrame::Hello {
                version: protocol::VERSION,
                resume,
            }) => resume,
            Ok(ClientFrame::Hello { .. }) => return Err(Some(close::VERSION)),
            _ => return Err(Some(close::PROTOCOL)),
        };
        // The session may have ended between the request and now; the hub hears only of later ends.
        let is_live = self.app.accounts.is_live(self.session.id).await;
        if !is_live.unwrap_or(true) {
            return Err(Some(close::SESSION_ENDED));
        }
        let ready = self
            .ready(&resume)
            .await
            .map_err(|_| Some(close::RESTART))?;
        self.write(vec![encode(&ready)]).await
    }

    /// The first text that comes. Until then the connection has no other bound than these: its time, and
    /// what the hub says of its session and of the server's stop.
    async fn first_text(&mut self) -> Result<Utf8Bytes, Ended> {
        let deadline = Instant::now() + limits::HELLO_WITHIN;
        let outbox = Arc::clone(&self.connection.outbox);
        loop {
            let message = tokio::select! {
                code = outbox.closed() => return Err(Some(code)),
                message = timeout_at(deadline, self.socket.recv()) => message,
            };
            match message {
                Err(_) => return Err(Some(close::PROTOCOL)),
                Ok(None | Some(Err(_) | Ok(Message::Close(_)))) => return Err(None),
                Ok(Some(Ok(Message::Text(text)))) => return Ok(text),
                Ok(Some(Ok(_))) => {}
            }
        }
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
        })
    }

    /// Reads and writes until the connection ends.
    async fn talk(&mut self) -> Ended {
        let mut frames = Vec::new();
        loop {
            let drained = self.connection.outbox.drain(&mut frames);
            if !frames.is_empty() {
                if let Err(ended) = self.write(std::mem::take(&mut frames)).await {
                    return ended;
                }
                if drained == Drained::Open {
                    continue;
                }
            }
            if let Drained::Close(code) = drained {
                return Some(code);
            }
            // The outbox has its own place to keep what it holds; the socket's future keeps nothing.
            let outbox = Arc::clone(&self.connection.outbox);
            let silence = self.heard
                + if self.asked {
                    limits::DEAD_AFTER
                } else {
                    limits::HEARTBEAT
                };
            tokio::select! {
                () = outbox.changed() => {}
                message = self.socket.recv() => match message {
                    Some(Ok(message)) => {
                        if let Err(ended) = self.hear(message) {
                            return ended;
                        }
                    }
                    Some(Err(_)) | None => return None,
                },
                () = tokio::time::sleep_until(silence) => {
                    if self.asked {
                        return Some(close::SILENT);
                    }
                    self.asked = true;
                    outbox.push(encode(&ServerFrame::Ping));
                }
            }
        }
    }

    /// Writes frames and flushes once. A peer that does not read is given up when its queue overflows.
    async fn write(&mut self, frames: Vec<Utf8Bytes>) -> Result<(), Ended> {
        let socket = &mut self.socket;
        let write = async {
            for frame in frames {
                socket.feed(Message::Text(frame)).await?;
            }
            socket.flush().await
        };
        tokio::select! {
            biased;
            written = timeout(limits::DEAD_AFTER, write) => match written {
                Ok(Ok(())) => Ok(()),
                Ok(Err(_)) => Err(None),
                Err(_) => Err(Some(close::SILENT)),
            },
            () = self.connection.outbox.overflowed() => Err(Some(close::RESYNC)),
        }
    }

    /// Takes in one message.
    fn hear(&mut self, message: Message) -> Result<(), Ended> {
        self.heard = Instant::now();
        self.asked = false;
        match message {
            Message::Text(text) => match serde_json::from_str(&text) {
                Ok(frame) => {
                    self.obey(frame);
                    Ok(())
                }
                Err(error) => self.reject(&error.to_string()),
            },
            Message::Binary(_) => self.reject("frames are text"),
            Message::Ping(_) | Message::Pong(_) => Ok(()),
            Message::Close(_) => Err(None),
        }
    }

    fn reject(&mut self, reason: &str) -> Result<(), Ended> {
        self.bad_frames += 1;
        if self.bad_frames > BAD_FRAMES_MAX {
            return Err(Some(close::PROTOCOL));
        }
        let refusal = Refusal::Malformed {
            reason: reason.to_owned(),
        };
        refuse(&self.connection.outbox, None, refusal);
        Ok(())
    }

    fn obey(&mut self, frame: ClientFrame) {
        let me = self.session.person.id;
        let outbox = &self.connection.outbox;
        match frame {
            ClientFrame::Send {
                client_id,
                thread,
                text,
            } => {
                if !outbox.begin_send() {
                    let refusal = Refusal::Busy {
                        retry_after_ms: 100,
                    };
                    return refuse(outbox, Some(client_id), refusal);
                }
                let outbox = Arc::clone(outbox);
                self.app
                    .chat
                    .post(me, thread, client_id, &text, move |posted| {
                        outbox.end_send();
                        match posted {
                            Ok(at) => outbox.push(encode(&ServerFrame::Sent {
                                client_id,
                                thread: at.thread,
                                seq: at.seq,
                                count: at.count,
                                at: at.at,
                            })),
                            Err(refusal) => refuse(&outbox, Some(client_id), refusal),
                        }
                    });
            }
            ClientFrame::Read { thread, seq } => {
                let chat = self.app.chat.clone();
                let outbox = Arc::clone(outbox);
                tokio::spawn(async move {
                    if let Err(refusal) = chat.mark_read(me, thread, seq).await {
                        refuse(&outbox, None, refusal);
                    }
                });
            }
            ClientFrame::Ping => outbox.push(encode(&ServerFrame::Pong)),
            ClientFrame::Pong => {}
            ClientFrame::Hello { .. } => {
                let reason = "hello is the first frame, and only that".to_owned();
                refuse(outbox, None, Refusal::Malformed { reason });
            }
        }
    }
}

fn refuse(outbox: &Outbox, client_id: Option<ClientId>, refusal: Refusal) {
    let message = refusal.to_string();
    outbox.push(encode(&ServerFrame::Refused {
        client_id,
        refusal,
        message,
    }));
}
