//! The WebSocket of a page.

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

/// The code of a connection that could not be opened, or that broke (RFC 6455: never sent by a peer).
const BROKEN: u16 = 1006;

/// One socket to the server. Dropping it closes it, and the engine receives nothing more from it.
pub(super) struct Socket {
    outgoing: UnboundedSender<String>,
    abort: AbortHandle,
}

/// The next step of a socket.
enum Next {
    Write(String),
    Read(Result<Message, WebSocketError>),
}

impl Socket {
    /// Opens a socket, and passes its events to the engine.
    pub(super) fn open(chat: ClientState) -> Self {
        let (outgoing, queued) = unbounded();
        let (abort, registration) = AbortHandle::new_pair();
        let dropped = abort.clone();
        let notify = move |input| {
            // A dropped socket that has just read something must not be reported any more.
            if !dropped.is_aborted() {
                chat.act(input);
            }
        };
        let life = async move {
            let code = match WebSocket::open(&address()) {
                Ok(socket) => run(socket, queued, &notify).await,
                Err(_) => BROKEN,
            };
            notify(Input::Closed { code });
        };
        spawn_local(async move {
            // An error means that it was dropped.
            let _ = Abortable::new(life, registration).await;
        });
        Self { outgoing, abort }
    }

    /// Queues a frame for sending.
    pub(super) fn send(&self, frame: &ClientFrame) {
        // An unsent frame is sent again on the next connection.
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

/// Reads and writes until the socket is closed; returns the close code.
async fn run(
    mut socket: WebSocket,
    mut queued: UnboundedReceiver<String>,
    notify: &impl Fn(Input),
) -> u16 {
    // Pending until the socket is open or has failed; its state shows which.
    let _ = poll_fn(|context| Sink::poll_ready(Pin::new(&mut socket), context)).await;
    if !is_open(&socket) {
        return BROKEN;
    }
    notify(Input::Opened);
    loop {
        let next = match select(queued.next(), socket.next()).await {
            Either::Left((Some(text), _)) => Next::Write(text),
            Either::Right((Some(read), _)) => Next::Read(read),
            Either::Left((None, _)) | Either::Right((None, _)) => return BROKEN,
        };
        match next {
            // The browser warns about writes to a closing socket; the loop reads its close below.
            Next::Write(text) if is_open(&socket) => {
                if socket.send(Message::Text(text)).await.is_err() {
                    return BROKEN;
                }
            }
            Next::Write(_) => {}
            Next::Read(Ok(Message::Text(text))) => {
                // A frame of a type that this build doesn't know is ignored.
                if let Ok(frame) = json::read::<ServerFrame>(&text) {
                    notify(Input::Frame(frame));
                }
            }
            Next::Read(Ok(Message::Bytes(_))) => {}
            Next::Read(Err(WebSocketError::ConnectionClose(event))) => return event.code,
            // An error is followed by the close, with its code.
            Next::Read(Err(_)) => {}
        }
    }
}

fn is_open(socket: &WebSocket) -> bool {
    matches!(socket.state(), State::Open)
}

/// The address of the socket: on the page's host, and encrypted if the page is.
fn address() -> String {
    let location = location();
    let secure = location.protocol().is_ok_and(|scheme| scheme == "https:");
    let host = location.host().unwrap_or_default();
    [if secure { "wss://" } else { "ws://" }, &host, "/ws"].concat()
}
