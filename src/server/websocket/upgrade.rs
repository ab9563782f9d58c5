//! The upgrade of a request to a raw connection (RFC 6455, section 4.2). axum's own upgrade returns a socket that only
//! it can write to; here the hub writes to many at once (`hub::flusher`).

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio_util::task::TaskTracker;
use tungstenite::handshake::derive_accept_key;

/// A valid request for a WebSocket.
pub struct Upgrade {
    accept: String,
    on_upgrade: OnUpgrade,
}

/// A connection after the upgrade.
pub struct Upgraded {
    pub stream: TcpStream,
    /// Bytes that the client sent before it received the response.
    pub early: Bytes,
}

impl<S: Sync> FromRequestParts<S> for Upgrade {
    type Rejection = (StatusCode, &'static str);

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        let headers = &parts.headers;
        if parts.method != Method::GET
            || !has_token(headers, &header::CONNECTION, "upgrade")
            || !has_token(headers, &header::UPGRADE, "websocket")
        {
            return Err((StatusCode::UPGRADE_REQUIRED, "this is for WebSockets"));
        }
        if headers.get(header::SEC_WEBSOCKET_VERSION) != Some(&HeaderValue::from_static("13")) {
            return Err((StatusCode::BAD_REQUEST, "Sec-WebSocket-Version must be 13"));
        }
        let key = headers.get(header::SEC_WEBSOCKET_KEY);
        let key = key.ok_or((StatusCode::BAD_REQUEST, "Sec-WebSocket-Key is missing"))?;
        let accept = derive_accept_key(key.as_bytes());
        let on_upgrade = parts.extensions.remove::<OnUpgrade>();
        let on_upgrade = on_upgrade.ok_or((
            StatusCode::UPGRADE_REQUIRED,
            "this connection can't be upgraded",
        ))?;
        Ok(Self { accept, on_upgrade })
    }
}

/// Whether a header's comma-separated list contains this word, in any case.
fn has_token(headers: &HeaderMap, header: &HeaderName, word: &str) -> bool {
    let lines = headers.get_all(header).iter();
    lines
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(','))
        .any(|item| item.trim().eq_ignore_ascii_case(word))
}

impl Upgrade {
    /// Accepts the upgrade; `live` runs with the connection, in a task of `sockets`, once it is established.
    pub fn accept<F>(
        self,
        sockets: &TaskTracker,
        live: impl FnOnce(Upgraded) -> F + Send + 'static,
    ) -> Response
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let Self { accept, on_upgrade } = self;
        let tasks = sockets.clone();
        sockets.spawn(async move {
            // The client may have gone before the response was written.
            let Ok(upgraded) = on_upgrade.await else {
                return;
            };
            match upgraded.downcast::<TokioIo<TcpStream>>() {
                // A task of its own: this task's future also holds the state of everything before.
                Ok(parts) => drop(tasks.spawn(live(Upgraded {
                    stream: parts.io.into_inner(),
                    // A copy: even an empty slice would keep the 8 KiB buffer of the request alive.
                    early: Bytes::copy_from_slice(&parts.read_buf),
                }))),
                Err(_) => tracing::error!("a WebSocket was upgraded from something other than TCP"),
            }
        });
        let headers = [
            (header::CONNECTION, "upgrade"),
            (header::UPGRADE, "websocket"),
            (header::SEC_WEBSOCKET_ACCEPT, &accept),
        ];
        (StatusCode::SWITCHING_PROTOCOLS, headers).into_response()
    }
}
