//! Message search.

pub mod search_pane;
