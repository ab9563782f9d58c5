//! The client below the components: the engine's state as signals, the HTTP API, the router, the clock, and the
//! browser's facilities (socket, timers, storage).
//!
//! Both sides compile it, since the server renders components that read the state. Nothing here depends on a
//! component.

pub mod api;
pub mod blob_store;
pub mod clock;
pub mod dom;
#[cfg(feature = "hydrate")]
mod driver;
pub mod keyboard;
pub mod notices;
#[cfg(feature = "hydrate")]
mod outbox_store;
pub mod page_data;
pub mod preferences;
pub mod reactive;
pub mod response;
pub mod router;
pub mod shortcuts;
#[cfg(feature = "hydrate")]
mod socket;
pub mod state;
pub mod uploads;
#[cfg(feature = "hydrate")]
mod visibility;
pub mod worker;

/// Starts the engine of a hydrated page: connects, and follows the page's visibility and the other tabs.
#[cfg(feature = "hydrate")]
pub fn drive(chat: state::ClientState) {
    use crate::engine::Input;

    let outbox = outbox_store::load(chat.me().id);
    let random = (js_sys::Math::random() * (1u64 << 53) as f64) as u64;
    chat.start(driver::carry_out, outbox, random);
    visibility::watch(chat);
    notices::watch_icons(chat);
    outbox_store::watch(chat);
    chat.act(Input::Start);
}
