//! Fictional people and conversations, for trials, screenshots and tests.
//!
//! Pure, and identical on every run. Storing them is up to the caller.

mod lines;
mod names;

pub use lines::{SeedLine, conversation};
pub use names::people;
