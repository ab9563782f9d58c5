//! Search for messages.

pub mod search_pane;
