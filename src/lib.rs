//! chapp: a real-time chat. This file is the map of the crate.
//!
//! Data flows one way: browser → [`api`] / socket → chat → store → hub → sockets → browser. `docs/ARCHITECTURE.md`
//! follows one message along this path.

#![recursion_limit = "512"]

pub mod api;
pub mod app;
#[cfg(feature = "hydrate")]
pub mod client;
pub mod engine;
pub mod model;
pub mod protocol;
pub mod routes;
#[cfg(feature = "ssr")]
pub mod server;
pub mod ui;

/// The entry point in the browser: hydrates the page that the server rendered.
#[cfg(feature = "hydrate")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    console_error_panic_hook::set_once();
    client::start();
}
