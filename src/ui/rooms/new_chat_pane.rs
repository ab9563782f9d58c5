//! The choice of people for a new chat: one of them for a direct chat, several for a group.

use std::sync::Arc;

use leptos::prelude::*;

use super::room_card_pane::use_enter;
use crate::client::api::forms::START_CHAT;
use crate::client::page_data;
use crate::client::reactive::memo;
use crate::client::state::use_client;
use crate::model::{UserId, limits};
use crate::ui::common::filtered_list::{Draw, FilteredList, position_of};
use crate::ui::common::icons::Close;
use crate::ui::common::pane_header::PaneHeader;
use crate::ui::common::person_line::PersonLine;
use crate::ui::common::submission::Submission;

/// The people picked, in order.
type Picked = RwSignal<Vec<UserId>>;

/// Without a script it is a form with the first people of the site.
#[component]
pub fn NewChatPane() -> impl IntoView {
    let chat = use_client();
    let attempt = Submission::new(page_data::take().refused);
    let picked: Picked = RwSignal::new(Vec::new());
    let filter = RwSignal::new(String::new());
    let me = chat.me().id;
    let found = memo(move |_| {
        let filter = filter.get();
        chat.people_with(|person| (person.id != me && person.matches(&filter)).then_some(person.id))
    });
    let draw: Draw = Arc::new(move |id| view! { <PickRow id found picked /> }.into_any());
    let enter = use_enter();
    let hint = move || match picked.with(Vec::len) {
        0 | 1 => "Pick one person, or several for a group.".to_owned(),
        limits::GROUP_OTHERS => limits::group_is_full(),
        _ => "Only the people you pick see the group.".to_owned(),
    };
    let button = move || match picked.with(Vec::len) {
        0 | 1 => "Start chat",
        _ => "Create group",
    };
    view! {
        <PaneHeader name="New message" />
        <form
            class="new-chat"
            method="post"
            action=START_CHAT
            on:submit=move |event| attempt.submit(&event, enter)
        >
            <PickedPeople picked />
            <FilteredList
                label="Find people"
                placeholder="Find someone"
                filter
                found
                draw
                nobody="No one else is here yet"
                notice=attempt.error()
            />
            <div class="new-chat-foot">
                <p class="field-hint" role="status">
                    {hint}
                </p>
                <button class="button primary" disabled=move || attempt.pending.get()>
                    {button}
                </button>
            </div>
        </form>
    }
}

/// The people picked so far, each with a button that takes them out again.
#[component]
fn PickedPeople(picked: Picked) -> impl IntoView {
    let chat = use_client();
    view! {
        <ul class="picked" aria-label="Picked">
            <For
                each=move || picked.get()
                key=|id| *id
                children=move |id| {
                    let name = chat.name(id);
                    let label = ["Remove ", &name].concat();
                    let remove = move |_| picked.update(|all| all.retain(|other| *other != id));
                    view! {
                        <li>
                            // The list below has only the rows in view.
                            <input type="hidden" name="with[]" value=id.to_string() />
                            <button
                                type="button"
                                class="button small"
                                aria-label=label
                                on:click=remove
                            >
                                <bdi>{name}</bdi>
                                <Close />
                            </button>
                        </li>
                    }
                }
            />
        </ul>
    }
}

/// A person with a checkbox.
#[component]
fn PickRow(id: UserId, found: Memo<Vec<UserId>>, picked: Picked) -> impl IntoView {
    let chat = use_client();
    let person = memo(move |_| chat.person(id));
    let online = memo(move |_| chat.is_online(id));
    let is_picked = memo(move |_| picked.with(|all| all.contains(&id)));
    let is_full = move || !is_picked.get() && picked.with(Vec::len) >= limits::GROUP_OTHERS;
    let pick = move |event| {
        let is_on = event_target_checked(&event);
        picked.update(|all| {
            all.retain(|other| *other != id);
            if is_on {
                all.push(id);
            }
        });
    };
    let position = position_of(found, id);
    let line = move || {
        person.get().map(|person| {
            let username = ["@", &person.username].concat();
            view! {
                <PersonLine person online>
                    <bdi dir="ltr">{username}</bdi>
                </PersonLine>
            }
        })
    };
    view! {
        <li
            class="person"
            aria-posinset=move || position.get().0.map(|at| (at + 1).to_string())
            aria-setsize=move || position.get().1.to_string()
        >
            <label class="row person-row">
                {line}
                <input
                    type="checkbox"
                    name="with[]"
                    value=id.to_string()
                    prop:checked=is_picked
                    disabled=is_full
                    on:change=pick
                />
            </label>
        </li>
    }
}
