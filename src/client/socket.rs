//! One socket to the server.

use std::pin::Pin;

use futures_channel::mpsc::{UnboundedReceiver, UnboundedSender, unbounded};
use futures_util::future::{AbortHandle, Abortable, Either, poll_fn, select};
use futures_util::{Sink, SinkExt, StreamExt};
use gloo_net::websocket::{Message, State, WebSocketError, futures::WebSocket};
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::state::ClientState;
use crate::engine::Input;
use crate::model::json;
use crate::protocol::{ClientFrame, ServerFrame};

/// A connection that could not be made, or that broke (RFC 6455: never sent by a peer).
const BROKEN: u16 = 1006;

/// One socket to the server. When dropped it is closed, and nothing more is heard of it.
pub(super) struct Socket {
    outgoing: UnboundedSender<String>,
    abort: AbortHandle,
}

/// What a socket has to do next.
enum Next {
    Write(String),
    Read(Result<Message, WebSocketError>),
}

impl Socket {
    /// Opens a socket, and tells the chat what happens to it.
    pub(super) fn open(chat: ClientState) -> Self {
        let (outgoing, queued) = unbounded();
        let (abort, registration) = AbortHandle::new_pair();
        let dropped = abort.clone();
        let tell = move |input| {
            // A dropped socket that has just read something must not be heard of again.
            if !dropped.is_aborted() {
                chat.act(input);
            }
        };
        let life = async move {
            let code = match WebSocket::open(&address()) {
                Ok(socket) => live(socket, queued, &tell).await,
                Err(_) => BROKEN,
            };
            tell(Input::Closed { code });
        };
        spawn_local(async move {
            // An error means that it was dropped.
            let _ = Abortable::new(life, registration).await;
        });
        Self { outgoing, abort }
    }

    /// Writes a frame, after those before it.
    pub(super) fn send(&self, frame: &ClientFrame) {
        // What can't be written is written again on the next connection.
        if let Ok(text) = serde_json::to_string(frame) {
            let _ = self.outgoing.unbounded_send(text);
        }
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        self.abort.abort();
    }
}

/// Reads and writes until the socket is closed; returns the code.
async fn live(
    mut socket: WebSocket,
    mut queued: UnboundedReceiver<String>,
    tell: &impl Fn(Input),
) -> u16 {
    // Pending until the socket is open, or has failed to; its state says which.
    let _ = poll_fn(|context| Sink::poll_ready(Pin::new(&mut socket), context)).await;
    if !is_open(&socket) {
        return BROKEN;
    }
    tell(Input::Opened);
    loop {
        let next = match select(queued.next(), socket.next()).await {
            Either::Left((Some(text), _)) => Next::Write(text),
            Either::Right((Some(read), _)) => Next::Read(read),
            Either::Left((None, _)) | Either::Right((None, _)) => return BROKEN,
        };
        match next {
            // The browser complains about what is written to a socket that closes; its end is told below.
            Next::Write(text) if is_open(&socket) => {
                if socket.send(Message::Text(text)).await.is_err() {
                    return BROKEN;
                }
            }
            Next::Write(_) => {}
            Next::Read(Ok(Message::Text(text))) => {
                // A frame of a type that this build doesn't know is left alone.
                if let Ok(frame) = json::read::<ServerFrame>(&text) {
                    tell(Input::Frame(frame));
                }
            }
            Next::Read(Ok(Message::Bytes(_))) => {}
            Next::Read(Err(WebSocketError::ConnectionClose(event))) => return event.code,
            // What follows an error is the close, with its code.
            Next::Read(Err(_)) => {}
        }
    }
}

fn is_open(socket: &WebSocket) -> bool {
    matches!(socket.state(), State::Open)
}

/// The address of the socket: beside the page, and as secret.
fn address() -> String {
    let location = location();
    let secure = location.protocol().is_ok_and(|scheme| scheme == "https:");
    let host = location.host().unwrap_or_default();
    [if secure { "wss://" } else { "ws://" }, &host, "/ws"].concat()
}
