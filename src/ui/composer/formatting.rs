//! The keys that mark what is chosen in the composer: Ctrl, or ⌘ on Apple's systems, with B, I, E, Shift+X; K makes a link of it.

use leptos::ev::KeyboardEvent;
use web_sys::HtmlTextAreaElement;

use crate::client::dom;
use crate::client::keyboard;

/// What stands under the composer while one writes: how text is marked, with the class that shows it.
pub const HINTS: [(&str, &str); 6] = [
    ("hint-strong", "**bold**"),
    ("hint-slanted", "*italic*"),
    ("", "~~strike~~"),
    ("hint-code", "`code`"),
    ("", "> quote"),
    ("", "- list"),
];

/// A key in the field. Says whether it marked something.
pub fn pressed(event: &KeyboardEvent, field: &HtmlTextAreaElement) -> bool {
    if !keyboard::is_command(event) || event.alt_key() {
        return false;
    }
    let (from, to) = (
        field.selection_start().ok().flatten().unwrap_or(0),
        field.selection_end().ok().flatten().unwrap_or(0),
    );
    let key = keyboard::key(event);
    let (before, after) = match (&*key, event.shift_key()) {
        ("b", false) => ("**", "**"),
        ("i", false) => ("*", "*"),
        ("e", false) => ("`", "`"),
        ("x", true) => ("~~", "~~"),
        // Without anything chosen it is not for the composer.
        ("k", false) if from < to => ("[", "](https://)"),
        _ => return false,
    };
    event.prevent_default();
    let units: Vec<u16> = field.value().encode_utf16().collect();
    let chosen = units.get(from as usize..to as usize).unwrap_or_default();
    let chosen = String::from_utf16_lossy(chosen);
    dom::replace(field, from, to, &[before, &chosen, after].concat());
    let (before, after) = (before.len() as u32, after.len() as u32);
    let end = to + before + after;
    let _ = match &*key {
        // The address is written next.
        "k" => field.set_selection_range(end - 1, end - 1),
        _ => field.set_selection_range(from + before, to + before),
    };
    true
}
