//! Rendering of message texts.

pub mod plain;
