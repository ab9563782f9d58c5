//! The list of all keyboard shortcuts.

use leptos::prelude::*;

use crate::client::keyboard::is_apple;
use crate::client::shortcuts::{self, PLACES, Place, TABLE};

#[component]
pub fn Shortcuts() -> impl IntoView {
    let groups = PLACES.into_iter().map(|(place, name)| {
        let rows = TABLE.iter().filter(|row| row.0 == place);
        let rows = rows.map(|(_, _, keys, does)| {
            let keys = keys.split(", ").map(|keys| {
                let parts = keys
                    .split(' ')
                    .map(|key| view! { <kbd>{key_name(key)}</kbd> });
                view! { <span class="key-alternative">{parts.collect_view()}</span> }
            });
            view! {
                <div>
                    <dt>{*does}</dt>
                    <dd>{keys.collect_view()}</dd>
                </div>
            }
        });
        let switch = (place == Place::Message).then(|| {
            view! {
                <label class="choice">
                    <input
                        type="checkbox"
                        checked=shortcuts::has_letters()
                        on:change=move |event| shortcuts::set_letters(event_target_checked(&event))
                    />
                    "Single keys act on a message"
                </label>
            }
        });
        view! {
            <h3>{name}</h3>
            {switch}
            <dl class="keys">{rows.collect_view()}</dl>
        }
    });
    view! {
        <div class="overlay-body" tabindex="0">
            {groups.collect_view()}
        </div>
    }
}

/// The label of a key on the keyboard of this machine.
fn key_name(key: &'static str) -> &'static str {
    match key {
        "Ctrl" if is_apple() => "⌘",
        "Alt" if is_apple() => "⌥",
        key => key,
    }
}
