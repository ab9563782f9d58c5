//! Small components and helpers that several features share. None of them depends on a feature.

pub mod avatar;
pub mod badge;
pub mod copied;
pub mod debounce;
pub mod empty_state;
pub mod erased;
pub mod fetch;
pub mod field;
pub mod filtered_list;
pub mod floating;
pub mod icons;
pub mod key_field;
pub mod lazy_section;
pub mod modal;
pub mod on_resize;
pub mod pane_header;
pub mod person_line;
pub mod room_icon;
pub mod setting;
pub mod submission;
