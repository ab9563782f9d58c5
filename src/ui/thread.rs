//! The open thread: its header, the message list with its scroll position, and the page that replaces it after a
//! departure.

pub mod chat_menu;
pub mod departed;
pub mod direct_panel;
pub mod edit_history;
pub mod event_source;
pub mod jump_to_date;
pub mod jump_to_latest;
pub mod message_dialog;
pub mod message_list;
pub mod message_list_start;
pub mod notify_menu;
pub mod panel;
pub mod scroll;
pub mod thread_header;
pub mod thread_pane;
pub mod typing_line;
pub mod unsent;
pub mod unsent_list;
