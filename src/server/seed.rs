//! Invented people and conversations, for trying things out, for pictures and for tests.
//!
//! Pure and the same at every run. Putting them into the database is not done here.

mod lines;
mod names;

pub use lines::{Line, conversation};
pub use names::people;
