//! Components: one file a component, named as on the screen; and the few things they share.
//!
//! Everything here is compiled for both sides: the server renders it, the browser takes it over. Nothing
//! touches the browser but in effects and in event handlers, which the server never runs.

pub mod auth_page;
pub mod avatar;
pub mod banner;
pub mod browser;
pub mod chat;
pub mod chat_page;
pub mod composer;
pub mod empty_state;
pub mod field;
pub mod icons;
pub mod log;
pub mod log_in_page;
pub mod log_top;
pub mod message;
pub mod message_text;
pub mod not_found;
pub mod own_row;
pub mod people;
pub mod person_row;
pub mod pill;
pub mod place;
pub mod preferences;
pub mod respond;
pub mod rows;
pub mod scroll;
pub mod sidebar;
pub mod sign_up_page;
pub mod start;
pub mod theme_button;
pub mod thread_header;
pub mod thread_list;
pub mod thread_pane;
pub mod thread_row;
pub mod time;
pub mod travel;
pub mod window;
