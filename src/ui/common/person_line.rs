//! A person in a list: avatar, name, and a line of details.

use leptos::prelude::*;

use super::avatar::Avatar;
use crate::model::Person;

/// A person in a list. The children are the details below the name.
#[component]
pub fn PersonLine(
    person: Person,
    #[prop(into)] online: Signal<bool>,
    children: Children,
) -> impl IntoView {
    let name = person.display_name.clone();
    view! {
        <Avatar person online />
        <span class="row-text">
            <span class="row-name" dir="auto">
                {name}
            </span>
            <span class="row-more">{children()}</span>
        </span>
    }
}
