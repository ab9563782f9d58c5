//! Messages that the user saved, and those that are pinned in a chat.

pub mod pins_and_saved;
