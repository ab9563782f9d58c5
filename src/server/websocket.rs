//! The live connection: one WebSocket per tab.
//!
//! The upgrade, the frame reader and the send queue are our own rather than axum's: a delivery costs two thirds of the CPU
//! time (`docs/decisions` has the measurement).

pub mod connection;
pub mod flood_guard;
pub mod read_mark_queue;
pub mod reader;
pub mod upgrade;
