//! Saved messages, and the pinned ones of a thread.

pub mod pins_and_saved;
