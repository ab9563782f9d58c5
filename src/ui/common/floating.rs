//! The components of what floats over the page. `ui/context/floating.rs` says how to use them.

pub mod menu;
pub mod popover;
pub mod sheet;
pub mod toast;
