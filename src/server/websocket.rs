//! The live connection: one WebSocket per tab.
//!
//! The upgrade, the frame reader and the send queue are chapp's own: with them a delivery takes two thirds of the CPU
//! time that it takes through axum's (`docs/decisions` has the measurement).

pub mod connection;
pub mod flood_guard;
pub mod read_mark_queue;
pub mod reader;
pub mod upgrade;
