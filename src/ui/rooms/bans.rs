//! The bans of a room, and the form to ban a user who is not in it.

use leptos::ev::SubmitEvent;
use leptos::prelude::*;

use super::member_row::ban_question;
use crate::client::api::{self, calls};
use crate::client::clock::TimeFormat;
use crate::client::dom;
use crate::client::state::use_client;
use crate::model::names::{self, isolated};
use crate::model::{self, Ban, Refusal, ThreadId};
use crate::ui::common::fetch::{LoadingText, fetched, waiting_text};
use crate::ui::common::field::FormField;
use crate::ui::common::submission::Submission;
use crate::ui::context::confirmation::{Confirmation, use_dialog};

/// The bans of a room.
#[component]
pub fn Bans(id: ThreadId) -> impl IntoView {
    let changed = RwSignal::new(0);
    let found = fetched(changed, move || api::bans(id));
    let bans = move || found.get().and_then(Result::ok).unwrap_or_default();
    view! {
        <LoadingText text=waiting_text(found, "No one is banned", Vec::is_empty) />
        <ul class="plain-list">
            <For
                each=bans
                key=Ban::clone
                children=move |ban| view! { <BanItem id ban changed /> }
            />
        </ul>
        <BanForm id changed />
    }
}

/// A ban, with the button that lifts it.
#[component]
fn BanItem(id: ThreadId, ban: Ban, changed: RwSignal<u32>) -> impl IntoView {
    let chat = use_client();
    let dialog = use_dialog();
    let clock = expect_context::<TimeFormat>();
    let name = isolated(&ban.person.shown());
    let until = move || match ban.until {
        Some(until) => format!("Until {}", clock.full(until)),
        None => "Permanently".to_owned(),
    };
    let label = format!("Unban {name}");
    let lift = move |_| {
        let room = isolated(&untrack(|| chat.title(id)).unwrap_or_default());
        dialog.ask(
            Confirmation::plain(
                format!("Unban {name}?"),
                format!("{name} will be able to join {room} again."),
                "Unban",
                calls::lift_ban(id, ban.person.id),
            )
            .notifying(changed),
        );
    };
    let note = (!ban.note.is_empty()).then(|| {
        view! {
            <span class="item-note" dir="auto">
                {ban.note}
            </span>
        }
    });
    view! {
        <li class="plain-item">
            <div class="row-text">
                <strong dir="auto">{ban.person.shown()}</strong>
                {note}
                <span class="item-more">{until} " · " <bdi>{ban.by.shown()}</bdi></span>
            </div>
            <button type="button" class="button small" aria-label=label on:click=lift>
                "Unban"
            </button>
        </li>
    }
}

/// The form to ban a user by user name.
#[component]
fn BanForm(id: ThreadId, changed: RwSignal<u32>) -> impl IntoView {
    let chat = use_client();
    let dialog = use_dialog();
    let attempt = Submission::new(None);
    let sent = move |event: SubmitEvent| {
        event.prevent_default();
        let typed = dom::form_value(&event, "username").unwrap_or_default();
        let typed = names::lower_case(typed.trim().trim_start_matches('@'));
        let mut found = untrack(|| {
            let folded = names::folded(&typed);
            chat.people_with(|person| {
                (names::folded(&person.username) == folded).then(|| person.clone())
            })
        });
        // Of two users whose names differ only by accents, it is the exact match, or neither.
        if found.len() > 1 {
            found.retain(|person| person.username == typed);
        }
        attempt.reset();
        match found.first() {
            Some(person) if person.id == chat.me().id => {
                attempt.refuse(Refusal::invalid(
                    model::Field::Username,
                    "You can't ban yourself.",
                ));
            }
            Some(person) => {
                let room = untrack(|| chat.title(id)).unwrap_or_default();
                dialog.ask(ban_question(id, &room, person).notifying(changed));
            }
            None => attempt.refuse(Refusal::invalid(
                model::Field::Username,
                "No one has this username.",
            )),
        }
    };
    view! {
        <form class="inline-form" on:submit=sent>
            <FormField
                label="Ban someone who isn't in the room"
                name="username"
                id="ban-username"
                autocomplete="off"
                hint="Their username"
                error=attempt.error_of(Some(model::Field::Username))
            />
            <button class="button small">"Ban…"</button>
        </form>
    }
}
