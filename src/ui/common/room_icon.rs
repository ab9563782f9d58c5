//! The sign of a room, where a person has an avatar: open to all, or with a lock.

use leptos::prelude::*;

use super::icons::{Hash, Lock};

/// A decoration that says "private" to who can't see it.
#[component]
pub fn RoomIcon(is_private: bool) -> impl IntoView {
    let icon = if is_private {
        view! {
            <Lock />
            <span class="sr-only">"Private room"</span>
        }
        .into_any()
    } else {
        view! { <Hash /> }.into_any()
    };
    view! { <span class="glyph">{icon}</span> }
}

/// How many members a room has, in words.
#[must_use]
pub fn members_text(count: i64) -> String {
    match count {
        1 => "1 member".to_owned(),
        count => format!("{count} members"),
    }
}
