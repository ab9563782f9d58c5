//! What the tests stand on: a server of their own, a browser without a window, a live socket.

mod browser;
mod postgres;
mod server;
mod socket;

pub use browser::{Browser, PASSWORD, set_cookie};
pub use postgres::Postgres;
pub use server::{TestServer, UNPACED};
pub use socket::{Socket, connect_with};

use std::time::Duration;

/// A setting with which one connection may send as fast as it likes: for tests that say more than a person does.
pub const ANY_PACE: (&str, &str) = ("CHAPP_LIMITS__FRAMES_PER_SECOND", "0");

/// Nothing here takes this long unless it is broken.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// Waits for what must come; fails, saying what for, instead of hanging.
pub async fn patiently<T>(what: &str, future: impl Future<Output = T>) -> T {
    match tokio::time::timeout(PATIENCE, future).await {
        Ok(value) => value,
        Err(_) => panic!("waited in vain for {what}"),
    }
}
