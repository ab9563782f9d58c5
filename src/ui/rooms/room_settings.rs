//! The settings of a room by its admins: its name, its topic, who can join, and what members may do.

use leptos::ev::SubmitEvent;
use leptos::prelude::*;

use crate::client::api::{calls, forms};
use crate::client::reactive::memo;
use crate::client::state::use_client;
use crate::model::names::isolated;
use crate::model::{self, Room, ThreadId};
use crate::ui::common::erased::When;
use crate::ui::common::field::FormField;
use crate::ui::common::key_field::KeyField;
use crate::ui::common::lazy_section::LazySection;
use crate::ui::common::setting::{Choices, Setting};
use crate::ui::common::submission::{FormError, Submission};
use crate::ui::context::confirmation::{Confirmation, use_dialog};

#[component]
pub fn RoomSettings(id: ThreadId) -> impl IntoView {
    let chat = use_client();
    let is_named = memo(move |_| chat.room(id).is_some_and(|room| !room.is_group));
    view! {
        <LazySection name="Name and topic">
            <TextSetting id name="name" />
            <TextSetting id name="topic" />
        </LazySection>
        // A key goes with a name, and so does a place in the list of rooms.
        <When so=is_named>
            <LazySection name="Who can join">
                <AccessSettings id />
            </LazySection>
        </When>
        <LazySection name="What members can do">
            <PermissionSettings id />
        </LazySection>
    }
}

/// One line of text, with its save button.
#[component]
fn TextSetting(id: ThreadId, name: &'static str) -> impl IntoView {
    let chat = use_client();
    let attempt = Submission::new(None);
    let saved = RwSignal::new(false);
    let room = untrack(|| chat.room(id));
    let (address, label, field, field_id, value): (_, _, _, _, fn(Room) -> String) = match name {
        "name" => (
            forms::RENAME_ROOM,
            "Name",
            model::Field::Name,
            "set-name",
            // The names of its members are no name.
            |room| {
                if room.is_group {
                    String::new()
                } else {
                    room.name
                }
            },
        ),
        _ => (
            forms::SET_TOPIC,
            "Topic",
            model::Field::Topic,
            "set-topic",
            |room| room.topic,
        ),
    };
    let sent = move |event: SubmitEvent| {
        saved.set(false);
        attempt.submit(&event, move |_| {
            let _ = saved.try_set(true);
        });
    };
    view! {
        <form class="inline-form" method="post" action=address on:submit=sent>
            <FormError text=attempt.error_of(None) />
            <input type="hidden" name="thread" value=id.to_string() />
            <FormField
                label
                name
                id=field_id
                autocomplete="off"
                value=room.map(value).unwrap_or_default()
                error=attempt.error_of(Some(field))
            />
            <button class="button small" disabled=move || attempt.pending.get()>
                "Save"
            </button>
            <SavedNotice shown=saved />
        </form>
    }
}

/// The notice that something was saved.
#[component]
fn SavedNotice(#[prop(into)] shown: Signal<bool>) -> impl IntoView {
    view! {
        <span class="saved" role="status">
            {move || shown.get().then_some("Saved")}
        </span>
    }
}

const POSTING: Choices = &[
    ("everyone", "Everyone"),
    ("replies", "Admins, and everyone can reply"),
    ("admins", "Only admins"),
];

const SLOW_MODE: Choices = &[
    ("0", "Off"),
    ("5", "5 seconds"),
    ("10", "10 seconds"),
    ("30", "30 seconds"),
    ("60", "1 minute"),
    ("300", "5 minutes"),
    ("900", "15 minutes"),
    ("3600", "1 hour"),
    ("21600", "6 hours"),
];

const INVITING: Choices = &[("admins", "Only admins"), ("members", "Every member")];

/// Who may post, how often, and who may invite.
#[component]
fn PermissionSettings(id: ThreadId) -> impl IntoView {
    let chat = use_client();
    let of = move |word: fn(Room) -> String| Signal::derive(move || chat.room(id).map(word));
    view! {
        <Setting
            label="Who can post"
            address=forms::SET_POSTING
            name="posting"
            choices=POSTING
            thread=Some(id)
            value=of(|room| room.posting.word().to_owned())
        />
        <Setting
            label="Slow mode (time between a member's messages)"
            address=forms::SET_SLOW_MODE
            name="seconds"
            choices=SLOW_MODE
            thread=Some(id)
            value=of(|room| room.slow_seconds.to_string())
        />
        <p class="section-hint">
            "Admins don't have to wait. Joining counts as a message."
        </p>
        <Setting
            label="Who can create invite links"
            address=forms::SET_INVITING
            name="inviting"
            choices=INVITING
            thread=Some(id)
            value=of(|room| room.inviting.word().to_owned())
        />
        <p class="section-hint">
            "Members see and revoke only their own links, which stop working if you choose Only admins."
        </p>
    }
}

/// Whether the room is public, and its key.
#[component]
fn AccessSettings(id: ThreadId) -> impl IntoView {
    let chat = use_client();
    let dialog = use_dialog();
    let attempt = Submission::new(None);
    let saved = RwSignal::new(false);
    let private = memo(move |_| chat.room(id).is_some_and(|room| room.is_private));
    let open = move |_| {
        let name = isolated(&untrack(|| chat.title(id)).unwrap_or_default());
        dialog.ask(Confirmation::plain(
            format!("Make {name} public?"),
            format!(
                "{name} will be listed under Find rooms. Anyone can join and read all its messages."
            ),
            "Make public",
            calls::make_public(id),
        ));
    };
    let sent = move |event: SubmitEvent| {
        saved.set(false);
        let form = browser_form(&event);
        attempt.submit(&event, move |_| {
            let _ = saved.try_set(true);
            // The key must not stay readable in the page.
            if let Some(form) = form {
                form.reset();
            }
        });
    };
    let words = move || {
        if private.get() {
            let name = chat.title(id).unwrap_or_default();
            let joined_as = isolated(&format!("{name}#{id}"));
            format!(
                "Anyone with the key or an invite link can join. A new key doesn't remove anyone. If other private rooms have this name, join as {joined_as}."
            )
        } else {
            "Anyone can join. If you set a key, the room becomes private: it's no longer listed, and its members stay.".to_owned()
        }
    };
    view! {
        <p class="section-hint">{words}</p>
        <form class="inline-form" method="post" action=forms::SET_KEY on:submit=sent>
            <FormError text=attempt.error_of(None) />
            <input type="hidden" name="thread" value=id.to_string() />
            <KeyField
                label="New key"
                id="set-key"
                offered=None
                error=attempt.error_of(Some(model::Field::Key))
            />
            <button class="button small" disabled=move || attempt.pending.get()>
                {move || if private.get() { "Change key" } else { "Make private" }}
            </button>
            <SavedNotice shown=saved />
        </form>
        <Show when=move || private.get()>
            <p class="buttons">
                <button type="button" class="button small" on:click=open>
                    "Make public"
                </button>
            </p>
        </Show>
    }
}

fn browser_form(event: &SubmitEvent) -> Option<web_sys::HtmlFormElement> {
    use wasm_bindgen::JsCast;
    event.target()?.dyn_into().ok()
}
