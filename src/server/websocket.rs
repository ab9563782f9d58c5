//! The live connection: one WebSocket per tab.
//!
//! The upgrade, the frame reader and the send queue are chapp's own: a delivery takes about two thirds of the CPU time
//! that it took through axum's (`docs/decisions/0006-our-own-websocket-writer.md`).

mod answers;
pub mod connection;
pub mod flood_guard;
pub mod read_mark_queue;
pub mod reader;
pub mod upgrade;
