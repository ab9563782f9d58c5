//! The server: everything that is compiled only for it.

pub mod chat;
pub mod clock;
pub mod doors;
pub mod hub;
pub mod store;
