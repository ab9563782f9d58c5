//! A user's avatar: initials on the user's colour, and a dot when online.

use leptos::prelude::*;

use crate::model::Person;

/// Decorative: the name always stands beside it.
#[expect(clippy::needless_pass_by_value, reason = "a component owns its props")]
#[component]
pub fn Avatar(
    person: Person,
    /// Whether the user is online; no dot at all if absent.
    #[prop(optional, into)]
    online: Option<Signal<bool>>,
) -> impl IntoView {
    let class = format!("avatar avatar-{}", person.colour());
    let dot = online.map(|online| view! { <span class="dot" class:online=online></span> });
    view! {
        <span class=class aria-hidden="true" data-user=person.id.to_string()>
            {person.initials()}
            {dot}
        </span>
    }
}
