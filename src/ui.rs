//! The components, one file each, named as on the screen, and the few helpers they share.
//!
//! Everything here is compiled for both sides: the server renders it, the browser hydrates it. Browser APIs are
//! used only in effects and event handlers, which the server never runs.

pub mod admin;
pub mod common;
pub mod composer;
pub mod context;
pub mod lazy;
pub mod lazy_views;
pub mod markdown;
pub mod message;
pub mod moderation;
pub mod pages;
pub mod rooms;
pub mod rows;
pub mod saved;
pub mod search;
pub mod settings;
pub mod sidebar;
pub mod switcher;
pub mod thread;
pub mod window;
