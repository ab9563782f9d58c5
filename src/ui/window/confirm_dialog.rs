//! The content of the confirmation dialog: the question, its fields, and the action on confirmation.

use leptos::ev::SubmitEvent;
use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::client::api::calls;
use crate::client::clock::now;
use crate::client::dom;
use crate::client::reactive::{effect, handler};
use crate::client::router::Router;
use crate::model::{Field as Name, Person, Refusal, limits};
use crate::ui::common::field::FormField;
use crate::ui::common::submission::{FormError, Submission};
use crate::ui::context::confirmation::{ConfirmKind, Confirmation, use_dialog};
use crate::ui::moderation::reports::REASONS;

const HOUR: i64 = 60 * 60 * 1_000;

#[component]
pub fn ConfirmDialog(question: Confirmation) -> impl IntoView {
    let asking = use_dialog();
    let attempt = Submission::new(None);
    let pending = attempt.pending;
    let router = expect_context::<Router>();
    let node = NodeRef::<html::Form>::new();
    effect(move |_| {
        if let Some(form) = node.get() {
            dom::after_render(move || dom::focus_first(&form, "[autofocus]"));
        }
    });
    let Confirmation {
        title,
        text,
        act,
        kind,
        call,
        done,
        then,
    } = question;
    let typed = match &kind {
        ConfirmKind::Typed(name) => Some(name.clone()),
        _ => None,
    };
    let reported = match &kind {
        ConfirmKind::Report(person) => Some(person.id),
        _ => None,
    };
    let sent = move |event: SubmitEvent| {
        event.prevent_default();
        let value = |name: &str| dom::form_value(&event, name).unwrap_or_default();
        let Some(mut call) = call.clone() else {
            return;
        };
        if let Some(name) = &typed {
            if value("name").trim() != name {
                let reason = "Type the room's name exactly as shown.";
                return attempt.refuse(Refusal::invalid(Name::Name, reason));
            }
            call = call.field("name", value("name"));
        } else if let Some(hours) = dom::form_value(&event, "hours") {
            call = call.field("note", value("note"));
            if let Ok(hours) = hours.parse::<i64>() {
                call = call.field("until", (now() + hours * HOUR).to_string());
            }
        }
        let mut also_block = None;
        if let Some(user) = reported {
            let reason = dom::checked_value(&event, "reason");
            call = call.field("reason", reason.unwrap_or_default());
            call = call.field("details", value("details"));
            also_block = dom::checked_value(&event, "block").map(|_| user);
        }
        attempt.send(call, move |_| {
            asking.0.set(None);
            if let Some(user) = also_block {
                spawn_local(async move {
                    // If it fails, the user can still be blocked from their menu.
                    let _ = calls::block(user, true).send().await;
                });
            }
            if reported.is_some() {
                let text = "Only they can see it.".to_owned();
                let title = "Sent to the admins".to_owned();
                asking.ask(Confirmation::without_call(title, text, ConfirmKind::Notice));
            }
            if let Some(done) = done {
                let _ = done.try_update(|count| *count += 1);
            }
            if let Some(path) = then {
                router.go(path);
            }
        });
    };
    let is_said = matches!(kind, ConfirmKind::Notice);
    let buttons = (!is_said).then(|| {
        view! {
            <button class="button danger" disabled=move || pending.get()>
                {act}
            </button>
        }
    });
    let plain = matches!(kind, ConfirmKind::Plain | ConfirmKind::Notice);
    view! {
        <form method="dialog" node_ref=node on:submit=sent novalidate>
            <h2 dir="auto">
                {title}
            </h2>
            <p class="dialog-text" dir="auto">
                {text}
            </p>
            <FormError text=attempt.error_of(None) />
            {fields_for(kind, attempt)}
            <div class="dialog-buttons">
                <button
                    type="button"
                    class="button"
                    autofocus=plain
                    on:click=handler(move |_| asking.0.set(None))
                >
                    {if is_said { "Close" } else { "Cancel" }}
                </button>
                {buttons}
            </div>
        </form>
    }
}

/// The fields of a question.
fn fields_for(kind: ConfirmKind, attempt: Submission) -> AnyView {
    match kind {
        ConfirmKind::Plain | ConfirmKind::Notice => ().into_any(),
        ConfirmKind::Report(person) => report_fields(&person, attempt),
        ConfirmKind::Typed(_) => view! {
            <FormField
                label="Room name"
                name="name"
                id="dialog-name"
                autocomplete="off"
                autofocus=true
                error=attempt.error_of(Some(Name::Name))
            />
        }
        .into_any(),
        ConfirmKind::Ban => view! {
            <div class="field">
                <label for="dialog-hours">"Duration"</label>
                <select id="dialog-hours" name="hours" autofocus>
                    <option value="">"Permanently"</option>
                    <option value="1">"1 hour"</option>
                    <option value="24">"1 day"</option>
                    <option value="168">"7 days"</option>
                </select>
            </div>
            <FormField
                label="Reason (optional)"
                name="note"
                id="dialog-note"
                autocomplete="off"
                hint=REASON_HINT
                error=attempt.error_of(Some(Name::Reason))
            />
        }
        .into_any(),
    }
}

/// The reason for a report, and whether to block its author too.
fn report_fields(person: &Person, attempt: Submission) -> AnyView {
    let reasons = REASONS.iter().enumerate().map(|(at, &(reason, words))| {
        view! {
            <label class="choice">
                <input
                    type="radio"
                    name="reason"
                    value=reason.word()
                    checked=at == 0
                    autofocus=at == 0
                />
                <span>{words}</span>
            </label>
        }
    });
    view! {
        <fieldset class="choices">
            <legend>"What's wrong?"</legend>
            {reasons.collect_view()}
        </fieldset>
        <FormField
            label="Details (optional)"
            name="details"
            id="dialog-details"
            autocomplete="off"
            hint=DETAILS_HINT
            error=attempt.error_of(Some(Name::Details))
        />
        <label class="choice">
            <input type="checkbox" name="block" value="true" />
            <span>"Also block " <bdi>{person.shown()}</bdi></span>
        </label>
    }
    .into_any()
}

const DETAILS_HINT: &str = "Only admins see this. Up to 500 characters.";
const _: () = assert!(limits::DETAILS_MAX == 500, "DETAILS_HINT says so");

const REASON_HINT: &str = "They will see this. Up to 250 characters.";
const _: () = assert!(limits::REASON_MAX == 250, "REASON_HINT says so");
