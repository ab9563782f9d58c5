//! The choice between chats and people. The style sheet shows the chosen list, so that it works without a script.

use leptos::html::Input as InputElement;
use leptos::prelude::*;

use crate::client::preferences::Preferences;
use crate::client::reactive::{effect, memo};
use crate::client::state::use_client;
use crate::routes::Route;
use crate::ui::common::badge::UnreadChats;
use crate::ui::common::icons::More;
use crate::ui::context::open_place::Open;
use crate::ui::sidebar::thread_filters::FILTERS;

/// Two radio buttons. The choice is kept in a cookie. On a small screen the bar at the bottom takes their place.
#[component]
pub fn ListChoice() -> impl IntoView {
    let chat = use_client();
    let open = expect_context::<RwSignal<Open>>();
    let at_people = memo(move |_| open.get().route == Route::People);
    let shows_people = Preferences::here().people_open || at_people.get_untracked();
    let people = NodeRef::<InputElement>::new();
    // The address of the list of people chooses it.
    effect(move |_| {
        if at_people.get()
            && let Some(people) = people.get()
        {
            people.set_checked(true);
            Preferences::set_people_open(true);
        }
    });
    let online = memo(move |_| {
        let me = chat.me().id;
        chat.online().into_iter().filter(|id| *id != me).count()
    });
    let online = move || match online.get() {
        0 => String::new(),
        count => format!("{count} online"),
    };
    view! {
        <fieldset class="list-choice">
            <legend class="sr-only">"List"</legend>
            <label class="segment">
                <input
                    type="radio"
                    name="list"
                    autocomplete="off"
                    checked=!shows_people
                    on:change=|_| Preferences::set_people_open(false)
                />
                "Chats"
                <UnreadChats />
            </label>
            <label class="segment">
                <input
                    type="radio"
                    name="list"
                    id="list-people"
                    autocomplete="off"
                    checked=shows_people
                    node_ref=people
                    on:change=|_| Preferences::set_people_open(true)
                />
                "People"
                <span class="segment-more">{online}</span>
            </label>
            <button
                type="button"
                class="icon-button filters-button"
                popovertarget=FILTERS
                aria-label="Filter chats"
                title="Filter chats"
            >
                <More />
            </button>
        </fieldset>
    }
}
