//! Test support: a server per test, a headless browser, a WebSocket.

mod browser;
mod files;
mod postgres;
mod push_service;
mod server;
mod socket;

pub use browser::{Browser, PASSWORD, set_cookie};
pub use files::{bytes, code, created, files_in, number, send_files};
pub use postgres::Postgres;
pub use push_service::{Keys, PushService, decided, decisions, subscribe};
pub use server::{TestServer, UNPACED};
pub use socket::{Socket, connect_with};

use std::time::Duration;

/// Lifts the frame limit of connections, for tests that send more than a person does.
pub const ANY_PACE: (&str, &str) = ("CHAPP_LIMITS__FRAMES_PER_SECOND", "0");

/// Longer than anything takes in the tests unless it is broken.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// Awaits an expected event; panics with `what` instead of hanging.
pub async fn patiently<T>(what: &str, future: impl Future<Output = T>) -> T {
    match tokio::time::timeout(PATIENCE, future).await {
        Ok(value) => value,
        Err(_) => panic!("waited in vain for {what}"),
    }
}
