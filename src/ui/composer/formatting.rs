//! The formatting shortcuts of the composer: Ctrl, or ⌘ on Apple systems, with B, I, E or Shift+X marks the
//! selection; with K it becomes a link.

use leptos::ev::KeyboardEvent;
use web_sys::HtmlTextAreaElement;

use crate::client::dom;
use crate::client::keyboard;

/// The formatting hints under the composer, each with the class that shows its effect.
pub const HINTS: [(&str, &str); 6] = [
    ("hint-strong", "**bold**"),
    ("hint-slanted", "*italic*"),
    ("", "~~strike~~"),
    ("hint-code", "`code`"),
    ("", "> quote"),
    ("", "- list"),
];

/// Handles a key in the field. Returns whether it was a formatting shortcut.
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
        // Without a selection, the shortcut opens the quick switcher instead.
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
        // The caret goes to the address, which is typed next.
        "k" => field.set_selection_range(end - 1, end - 1),
        _ => field.set_selection_range(from + before, to + before),
    };
    true
}
