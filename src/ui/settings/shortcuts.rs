//! The list of all keyboard shortcuts.

use leptos::prelude::*;

use crate::client::keyboard::is_apple;

/// The shortcuts by place; alternatives of one are separated by a comma.
const KEYS: [(&str, &[(&str, &str)]); 3] = [
    (
        "Anywhere",
        &[
            ("Ctrl K", "Go to a person, a room or a command"),
            ("Ctrl Shift F", "Search messages"),
            ("Alt ↑, Alt ↓", "The thread above or below"),
            ("Alt Shift ↑, Alt Shift ↓", "The same, but only unread ones"),
            ("?", "This list"),
            ("Esc", "Close what is open"),
        ],
    ),
    (
        "Writing",
        &[
            ("Enter, Ctrl Enter", "Send"),
            ("Shift Enter", "A new line"),
            ("↑", "Edit your last message, when nothing is written"),
        ],
    ),
    (
        "In lists and results",
        &[
            ("↑, ↓", "Go through them"),
            ("Enter", "Open"),
            ("Tab", "To the next part of the page"),
        ],
    ),
];

#[component]
pub fn Shortcuts() -> impl IntoView {
    let groups = KEYS.into_iter().map(|(name, keys)| {
        let rows = keys.iter().map(|(keys, does)| {
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
        view! {
            <h3>{name}</h3>
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
