//! The server functions: thin doors to `server::chat` and `server::auth`, one file a subject.
//!
//! Those that change something are POST; those that read are GET and answer `no-store`.

pub mod auth;
pub mod history;
pub mod order;
pub mod people;
pub mod rooms;
pub mod site;
pub mod threads;

/// The error of every server function: a [`Refusal`], as JSON.
pub use refused::Refused;
mod refused;
