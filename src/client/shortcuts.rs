//! The table of keyboard shortcuts. It feeds the handlers, the list under *Keyboard shortcuts* and the tooltips.

use leptos::ev::KeyboardEvent;

use super::{dom, keyboard};

/// Where a shortcut works.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    Anywhere,
    /// A message that has the focus.
    Message,
    Writing,
    Lists,
}

/// The places, with their headings in the list.
pub const PLACES: [(Place, &str); 4] = [
    (Place::Anywhere, "Anywhere"),
    (Place::Message, "On a message"),
    (Place::Writing, "Writing"),
    (Place::Lists, "Lists and results"),
];

/// What a shortcut does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    Switch,
    SearchHere,
    Search,
    NextChat,
    NextUnread,
    NextArea,
    Help,
    React,
    Reply,
    Edit,
    Save,
    Pin,
    Delete,
    Menu,
    /// Handled by the field, the list or the dialog itself.
    Own,
}

/// A row of the table: the keys, alternatives separated by a comma, and what they do.
pub type Shortcut = (Place, Action, &'static str, &'static str);

pub const TABLE: [Shortcut; 21] = [
    (
        Place::Anywhere,
        Action::Switch,
        "Ctrl K",
        "Go to a person, a room or a command",
    ),
    (
        Place::Anywhere,
        Action::SearchHere,
        "Ctrl F",
        "Search this chat; again: search the page",
    ),
    (
        Place::Anywhere,
        Action::Search,
        "Ctrl Shift F",
        "Search messages",
    ),
    (
        Place::Anywhere,
        Action::NextChat,
        "Alt ↑, Alt ↓",
        "Previous or next chat",
    ),
    (
        Place::Anywhere,
        Action::NextUnread,
        "Alt Shift ↑, Alt Shift ↓",
        "Previous or next unread chat",
    ),
    (
        Place::Anywhere,
        Action::NextArea,
        "F6, Shift F6",
        "Next or previous part of the window",
    ),
    (Place::Anywhere, Action::Help, "?", "Keyboard shortcuts"),
    (Place::Anywhere, Action::Own, "Esc", "Close"),
    (Place::Message, Action::React, "+", "React"),
    (Place::Message, Action::Reply, "R", "Reply"),
    (Place::Message, Action::Edit, "E", "Edit"),
    (Place::Message, Action::Save, "S", "Save for later"),
    (Place::Message, Action::Pin, "P", "Pin"),
    (Place::Message, Action::Delete, "Del", "Delete"),
    (Place::Message, Action::Menu, "Enter", "More"),
    (Place::Writing, Action::Own, "Enter, Ctrl Enter", "Send"),
    (Place::Writing, Action::Own, "Shift Enter", "New line"),
    (
        Place::Writing,
        Action::Own,
        "↑",
        "Edit your last message, if the field is empty",
    ),
    (
        Place::Writing,
        Action::Own,
        "Shift ↑",
        "Go to the messages, if the field is empty",
    ),
    (Place::Lists, Action::Own, "↑, ↓", "Move"),
    (Place::Lists, Action::Own, "Enter", "Open"),
];

/// The item in the browser's storage that turns the single letters off.
const LETTERS: &str = "chapp.letters";

/// The action of the pressed keys at this place.
#[must_use]
pub fn pressed(event: &KeyboardEvent, place: Place) -> Option<Action> {
    let command = keyboard::is_command(event);
    if (event.ctrl_key() || event.meta_key()) && !command {
        return None;
    }
    let (alt, shift) = (event.alt_key(), event.shift_key());
    let pressed = keys(&keyboard::key(event), command, alt, shift);
    let found = TABLE.iter().find(|(at, action, keys, _)| {
        *at == place && *action != Action::Own && keys.split(", ").any(|keys| keys == pressed)
    });
    found.map(|(_, action, ..)| *action)
}

/// The keys as the table has them.
fn keys(key: &str, command: bool, alt: bool, shift: bool) -> String {
    let is_sign = key.len() == 1 && !key.chars().all(char::is_alphanumeric);
    let name = match key {
        "arrowup" => "↑",
        "arrowdown" => "↓",
        "delete" => "Del",
        "enter" => "Enter",
        key => &key.to_ascii_uppercase(),
    };
    let modifiers = [
        (command, "Ctrl "),
        (alt, "Alt "),
        // The layout decides whether a sign takes Shift.
        (shift && !is_sign, "Shift "),
    ];
    let held = modifiers.into_iter().filter(|(held, _)| *held);
    held.map(|(_, name)| name).chain([name]).collect()
}

/// The key of an action on a message, as in its tooltip.
#[must_use]
pub fn key_of(action: Action) -> &'static str {
    let found = TABLE.iter().find(|(_, other, ..)| *other == action);
    found.map_or("", |(_, _, keys, _)| keys)
}

/// Whether single letters act on a message that has the focus. Browser only.
#[must_use]
pub fn has_letters() -> bool {
    dom::stored(LETTERS).is_none()
}

/// Turns the single letters on or off in this browser.
pub fn set_letters(on: bool) {
    dom::store(LETTERS, if on { "" } else { "off" });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pressed_keys_are_spelled_as_in_the_table() {
        for (key, command, alt, shift, expected) in [
            ("k", true, false, false, "Ctrl K"),
            ("f", true, false, true, "Ctrl Shift F"),
            ("arrowup", false, true, true, "Alt Shift ↑"),
            ("f6", false, false, true, "Shift F6"),
            ("?", false, false, true, "?"),
            ("+", false, false, true, "+"),
            ("r", false, false, false, "R"),
            ("r", false, false, true, "Shift R"),
            ("delete", false, false, false, "Del"),
        ] {
            assert_eq!(keys(key, command, alt, shift), expected);
        }
    }

    #[test]
    fn no_two_rows_of_a_place_have_the_same_keys() {
        let mut all: Vec<_> = TABLE
            .iter()
            .flat_map(|(place, _, keys, _)| keys.split(", ").map(move |keys| (*place as u8, keys)))
            .collect();
        let count = all.len();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), count);
    }
}
