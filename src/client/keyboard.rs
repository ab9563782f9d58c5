//! Keyboard events, read the same way everywhere: the letter in any layout, the modifier of shortcuts on this
//! system, and the keys that belong to an input method.

use crate::model::names::lower_case;
use js_sys::Reflect;
use leptos::ev::KeyboardEvent;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{Element, HtmlFormElement};

/// The `keyCode` of a key that an input method has handled (UI Events, section 7.3.1). Safari reports the Enter that
/// ends a composition only this way: its `isComposing` is false by then.
const HANDLED_BY_INPUT_METHOD: u32 = 229;

/// Whether this is an Apple system, where ⌘ takes the place of Ctrl.
#[must_use]
pub fn is_apple() -> bool {
    let navigator = Reflect::get(&window(), &"navigator".into());
    let platform = navigator.and_then(|it| Reflect::get(&it, &"platform".into()));
    let platform = platform.ok().and_then(|it| it.as_string());
    platform.is_some_and(|it| {
        ["Mac", "iPhone", "iPad"]
            .iter()
            .any(|apple| it.starts_with(apple))
    })
}

/// Whether the modifier of shortcuts is pressed: ⌘ on Apple systems, where Ctrl with a letter moves the caret, and
/// Ctrl elsewhere.
#[must_use]
pub fn is_command(event: &KeyboardEvent) -> bool {
    match is_apple() {
        true => event.meta_key() && !event.ctrl_key(),
        false => event.ctrl_key() && !event.meta_key(),
    }
}

/// Whether a key goes to a field.
#[must_use]
pub fn is_typing(event: &KeyboardEvent) -> bool {
    let target = event
        .target()
        .and_then(|target| target.dyn_into::<Element>().ok());
    target.is_some_and(|target| {
        let field = "input, textarea, select, [contenteditable]";
        target.closest(field).is_ok_and(|field| field.is_some())
    })
}

/// The key's name in lower case. In a layout without Latin letters, a letter key counts as the Latin letter at its
/// place on the keyboard: Ctrl+Л is Ctrl+K.
#[must_use]
pub fn key(event: &KeyboardEvent) -> String {
    latin(&event.key(), &event.code())
}

/// See [`key`]. `code`: the place on the keyboard, such as `KeyK` (UI Events Code Values).
fn latin(key: &str, code: &str) -> String {
    let mut characters = key.chars();
    let is_foreign_letter = matches!(
        (characters.next(), characters.next()),
        (Some(letter), None) if !letter.is_ascii()
    );
    match code.strip_prefix("Key") {
        Some(letter) if is_foreign_letter => letter.to_ascii_lowercase(),
        _ => lower_case(key),
    }
}

/// Handles the keys of the whole window before any other listener, for the lifetime of the page:
///
/// - a key that belongs to an input method reaches no other listener, so that its Enter ends the composition and
///   does nothing else;
/// - Ctrl+Enter, or ⌘+Enter, submits the form of the focused field.
pub fn watch() {
    let pressed = Closure::<dyn Fn(KeyboardEvent)>::new(|event: KeyboardEvent| {
        if event.is_composing() || event.key_code() == HANDLED_BY_INPUT_METHOD {
            event.stop_immediate_propagation();
        } else if event.key() == "Enter" && is_command(&event) {
            let field = event.target().and_then(|it| it.dyn_into::<Element>().ok());
            let form = field
                .and_then(|field| field.closest("form").ok().flatten())
                .and_then(|form| form.dyn_into::<HtmlFormElement>().ok());
            if let Some(form) = form {
                event.prevent_default();
                event.stop_immediate_propagation();
                let _ = form.request_submit();
            }
        }
    });
    let listener = pressed.as_ref().unchecked_ref();
    let _ = window().add_event_listener_with_callback_and_bool("keydown", listener, true);
    // The listener lives as long as the page.
    pressed.forget();
}

#[cfg(test)]
mod tests {
    use super::latin;

    #[test]
    fn a_non_latin_letter_maps_to_the_latin_one_on_its_key() {
        let cases = [
            ("k", "KeyK", "k"),
            ("K", "KeyK", "k"),
            ("л", "KeyK", "k"),
            ("Л", "KeyK", "k"),
            ("κ", "KeyK", "k"),
            ("ל", "KeyK", "k"),
            ("ㅏ", "KeyK", "k"),
            // Latin layouts use the letters printed on their keys, at whatever place.
            ("a", "KeyQ", "a"),
            ("k", "KeyV", "k"),
            // A key that is no letter maps to no Latin one.
            ("?", "Digit7", "?"),
            ("ё", "Backquote", "ё"),
            ("ArrowUp", "ArrowUp", "arrowup"),
            ("Enter", "NumpadEnter", "enter"),
            ("", "", ""),
        ];
        for (key, code, expected) in cases {
            assert_eq!(latin(key, code), expected, "{key} at {code}");
        }
    }
}
