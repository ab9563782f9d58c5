//! The endpoints that plain forms post to, so that they work without a script.

pub const ACCEPT_INVITE: &str = "/api/accept_invite";
pub const CHANGE_PASSWORD: &str = "/api/change_password";
pub const END_OTHER_SESSIONS: &str = "/api/end_other_sessions";
pub const END_SESSION: &str = "/api/end_session";
pub const JOIN_PRIVATE_ROOM: &str = "/api/join_private_room";
pub const JOIN_ROOM: &str = "/api/join_room";
pub const LOG_IN: &str = "/api/log_in";
pub const LOG_OUT: &str = "/api/log_out";
pub const MAKE_ROOM: &str = "/api/make_room";
pub const OPEN_DIRECT: &str = "/api/open_direct";
pub const RENAME_ROOM: &str = "/api/rename_room";
pub const SET_DISPLAY_NAME: &str = "/api/set_display_name";
pub const SET_INVITING: &str = "/api/set_inviting";
pub const SET_KEY: &str = "/api/set_key";
pub const SET_POSTING: &str = "/api/set_posting";
pub const SET_ROOM_MAKING: &str = "/api/set_room_making";
pub const SET_SITE_INVITING: &str = "/api/set_site_inviting";
pub const SET_SLOW_MODE: &str = "/api/set_slow_mode";
pub const SET_TOPIC: &str = "/api/set_topic";
pub const SET_WRITING_FIRST: &str = "/api/set_writing_first";
pub const START_CHAT: &str = "/api/start_chat";
pub const SIGN_UP: &str = "/api/sign_up";
