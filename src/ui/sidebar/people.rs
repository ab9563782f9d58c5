//! The filterable list of all other users.

use std::sync::Arc;

use leptos::html::Details;
use leptos::prelude::*;

use super::person_row::PersonRow;
use crate::client::preferences::Preferences;
use crate::client::state::use_client;
use crate::ui::common::filtered_list::{Draw, FilteredList};
use crate::ui::common::icons::Chevron;

#[component]
pub fn PeopleList() -> impl IntoView {
    let chat = use_client();
    let preferences = Preferences::here();
    let filter = RwSignal::new(String::new());
    let found = Memo::new(move |_| filter.with(|filter| chat.people(filter)));
    let online = Memo::new(move |_| chat.online_count());
    let notice = RwSignal::new(None::<String>);
    let resized = RwSignal::new(());
    let details = NodeRef::<Details>::new();

    let toggled = move |_| {
        if let Some(details) = details.get_untracked() {
            Preferences::set_people_open(details.open());
        }
        resized.notify();
    };
    let draw: Draw = Arc::new(move |id| view! { <PersonRow id found notice /> }.into_any());
    view! {
        <details class="people" open=preferences.people_open node_ref=details on:toggle=toggled>
            <summary>
                <Chevron />
                <span class="people-title">"People"</span>
                <span class="people-online">{move || format!("{} online", online.get())}</span>
            </summary>
            <div class="people-body">
                <FilteredList
                    label="Filter people"
                    placeholder="Find somebody"
                    filter
                    found
                    draw
                    nobody="Nobody else is here yet."
                    notice
                    resized
                />
            </div>
        </details>
    }
}
