//! Rendering of message texts.

pub mod code_block;
pub mod loader;
pub mod plain;
pub mod render;
