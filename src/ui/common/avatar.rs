//! Somebody's avatar: initials on that person's colour, and a dot when online.

use leptos::prelude::*;

use crate::model::Person;

/// A decoration: the name always stands beside it.
#[expect(clippy::needless_pass_by_value, reason = "a component owns its props")]
#[component]
pub fn Avatar(
    person: Person,
    /// Whether a dot says that the person is online; no dot at all when absent.
    #[prop(optional, into)]
    online: Option<Signal<bool>>,
) -> impl IntoView {
    let class = format!("avatar avatar-{}", person.colour());
    let dot = online.map(|online| view! { <span class="dot" class:online=online></span> });
    view! {
        <span class=class aria-hidden="true">
            {person.initials()}
            {dot}
        </span>
    }
}
