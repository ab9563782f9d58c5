//! Values that components share through Leptos contexts, and the payloads of lazily loaded views. No components, so
//! that a component never has to import its parent to know what is open.

pub mod attachments;
pub mod confirmation;
pub mod floating;
pub mod menu;
pub mod message_signals;
pub mod open_place;
pub mod open_thread;
pub mod overlay;
pub mod toasts;
pub mod way_in;
