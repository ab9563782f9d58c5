//! The icon of a room, in the place of a person's avatar: a number sign, or a padlock if it is private.

use leptos::prelude::*;

use super::icons::{Hash, Lock};

/// Decorative, but for screen readers it says that a room is private.
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

/// The number of members, in words.
#[must_use]
pub fn members_text(count: i64) -> String {
    match count {
        1 => "1 member".to_owned(),
        count => format!("{count} members"),
    }
}
