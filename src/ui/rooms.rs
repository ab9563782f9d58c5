//! Rooms: the directory, the form for a new one, and the room panel with members, settings and bans.

pub mod bans;
pub mod member_row;
pub mod members;
pub mod new_chat_pane;
pub mod new_room_pane;
pub mod room_card_pane;
pub mod room_panel;
pub mod room_settings;
pub mod rooms_pane;
