//! The icon of a room, in the place of a person's avatar: a number sign, a padlock if it is private, two people if it is
//! a group.

use leptos::prelude::*;

use super::icons::{Hash, Lock, Two};

/// Decorative, but for screen readers it says that a room is private, or a group.
#[component]
pub fn RoomIcon(is_private: bool, #[prop(optional)] is_group: bool) -> impl IntoView {
    let icon = if is_group {
        view! {
            <Two />
            <span class="sr-only">"Group"</span>
        }
        .into_any()
    } else if is_private {
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
