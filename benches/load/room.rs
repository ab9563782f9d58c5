//! The reference: a bare axum room. It stores nothing, authenticates nobody, shares one encoded frame among all
//! members, and has one broadcast channel and small buffers. Whatever chapp costs beyond it is the price of its
//! guarantees.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use axum::Router;
use axum::extract::State;
use axum::extract::ws::{Message, Utf8Bytes, WebSocket, WebSocketUpgrade};
use axum::response::Response;
use axum::routing::get;
use chapp::model::{Event, EventBody, ThreadId, UserId};
use chapp::protocol::{ClientFrame, ServerFrame};
use futures_util::SinkExt;
use tokio::sync::broadcast;

/// Messages that may be queued for a slow member.
const WAITING: usize = 1024;

struct Room {
    sender: broadcast::Sender<Utf8Bytes>,
    next: AtomicI64,
}

/// Serves until it is killed.
pub fn serve(port: u16) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let room = Arc::new(Room {
            sender: broadcast::channel(WAITING).0,
            next: AtomicI64::new(1),
        });
        let router = Router::new()
            .route("/ws", get(open))
            .route("/healthz", get(|| async { "ok" }))
            .with_state(room);
        let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
        Ok(axum::serve(listener, router).await?)
    })
}

async fn open(State(room): State<Arc<Room>>, upgrade: WebSocketUpgrade) -> Response {
    upgrade
        .read_buffer_size(2 * 1024)
        .write_buffer_size(4 * 1024)
        .on_upgrade(|socket| async move {
            // An error means that the member has disconnected.
            let _ = talk(&room, socket).await;
        })
}

async fn talk(room: &Room, mut socket: WebSocket) -> Result<(), axum::Error> {
    let mut receiver = room.sender.subscribe();
    loop {
        tokio::select! {
            frame = receiver.recv() => {
                let Ok(frame) = frame else { return Ok(()) };
                socket.feed(Message::Text(frame)).await?;
                while let Ok(frame) = receiver.try_recv() {
                    socket.feed(Message::Text(frame)).await?;
                }
                socket.flush().await?;
            }
            message = socket.recv() => match message {
                None => return Ok(()),
                Some(message) => {
                    if let Message::Text(text) = message? {
                        answer(room, &mut socket, &text).await?;
                    }
                }
            }
        }
    }
}

/// Answers `hello`, so that the same clients can use it, and forwards `send` as the frame that chapp would produce, so
/// that the same number of bytes is sent.
async fn answer(room: &Room, socket: &mut WebSocket, text: &str) -> Result<(), axum::Error> {
    match serde_json::from_str(text) {
        Ok(ClientFrame::Hello { .. }) => {
            let ready = r#"{"type":"ready"}"#;
            socket.send(Message::Text(ready.into())).await
        }
        Ok(ClientFrame::Send {
            client_id,
            thread,
            text,
            ..
        }) => {
            let seq = room.next.fetch_add(1, Ordering::Relaxed);
            let frame = ServerFrame::Event(Event {
                thread: ThreadId(thread.0),
                seq,
                count: seq,
                at: chapp::server::clock::now(),
                actor: UserId(1),
                client_id: Some(client_id),
                body: EventBody::message(text),
            });
            let text = serde_json::to_string(&frame).unwrap_or_default();
            // It fails only if no member is connected.
            let _ = room.sender.send(text.into());
            Ok(())
        }
        _ => Ok(()),
    }
}
