//! The form for a new room.

use leptos::ev::SubmitEvent;
use leptos::prelude::*;

use super::room_card_pane::use_enter;
use crate::client::api::forms::MAKE_ROOM;
use crate::client::dom;
use crate::client::page_data;
use crate::client::reactive::{effect, handler};
use crate::model::{self, Refusal};
use crate::ui::common::field::FormField;
use crate::ui::common::icons::{Hash, Lock};
use crate::ui::common::key_field::KeyField;
use crate::ui::common::pane_header::PaneHeader;
use crate::ui::common::submission::{FormError, Submission};

/// The form for a new room. Without a script, an empty key makes it public.
#[component]
pub fn NewRoomPane() -> impl IntoView {
    let brought = page_data::take();
    let (name, topic) = (brought.typed("name"), brought.typed("topic"));
    let attempt = Submission::new(brought.refused);
    let private = RwSignal::new(false);
    // Without a script, the key field is always shown.
    let alive = RwSignal::new(false);
    effect(move |_| alive.set(true));
    let enter = use_enter();
    let sent = move |event: SubmitEvent| {
        let key = dom::form_value(&event, "key").unwrap_or_default();
        if private.get_untracked() && key.is_empty() {
            event.prevent_default();
            let reason = "Set a key. You can change it later.";
            return attempt.refuse(Refusal::invalid(model::Field::Key, reason));
        }
        attempt.submit(&event, enter);
    };
    view! {
        <PaneHeader name="New room" />
        <div class="pane-scroll">
            <form
                class="pane-content narrow"
                method="post"
                action=MAKE_ROOM
                on:submit=sent
            >
                <FormError text=attempt.error_of(None) />
                <FormField
                    label="Name"
                    name="name"
                    value=name
                    autocomplete="off"
                    required=true
                    autofocus=true
                    error=attempt.error_of(Some(model::Field::Name))
                />
                <FormField
                    label="Topic (optional)"
                    name="topic"
                    value=topic
                    autocomplete="off"
                    hint="What the room is about"
                    error=attempt.error_of(Some(model::Field::Topic))
                />
                <fieldset class="choices live-only">
                    <legend>"Who can join"</legend>
                    <label class="choice">
                        <input
                            type="radio"
                            name="kind"
                            checked=true
                            on:change=handler(move |_| private.set(false))
                        />
                        <Hash />
                        <span>
                            <strong>"Everyone"</strong>
                            <span class="field-hint">"Listed under Find rooms"</span>
                        </span>
                    </label>
                    <label class="choice">
                        <input type="radio" name="kind" on:change=handler(move |_| private.set(true)) />
                        <Lock />
                        <span>
                            <strong>"Only people with the key or an invite link"</strong>
                            <span class="field-hint">"It's hidden from everyone else."</span>
                        </span>
                    </label>
                </fieldset>
                // With a script, the key of a public room is not sent.
                <fieldset class="key-field" disabled=move || alive.get() && !private.get()>
                    <KeyField
                        label="Key"
                        id="key"
                        offered=brought.key
                        error=attempt.error_of(Some(model::Field::Key))
                    />
                    <p class="field-hint until-live">
                        "Without a key, the room is open to everyone."
                    </p>
                </fieldset>
                <button class="button primary" disabled=move || attempt.pending.get()>
                    "Create room"
                </button>
            </form>
        </div>
    }
}
