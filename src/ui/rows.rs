//! The rows of the message list. Pure, so that the server and the browser render the same.

pub mod build;
pub mod notice;
pub mod receipt;
pub mod row;

pub use build::rows;
pub use row::{Key, MessageRow, Receipt, Row, State};
