//! Invite links to a room or to the site: creating, showing once, listing, revoking.

use leptos::ev::SubmitEvent;
use leptos::html::Input as InputElement;
use leptos::prelude::*;

use crate::client::api::{self, calls};
use crate::client::clock::TimeFormat;
use crate::client::dom;
use crate::client::reactive::effect;
use crate::client::state::use_client;
use crate::model::{Invite, Inviting, SignUp, ThreadId};
use crate::routes::invite_path;
use crate::ui::common::copied::Copied;
use crate::ui::common::fetch::{LoadingText, fetched, waiting_text};
use crate::ui::common::submission::{FormError, Submission};
use crate::ui::context::confirmation::{Confirmation, use_dialog};

/// Invite links. `target`: the room; `None`: the site.
#[component]
pub fn InviteLinks(target: Option<ThreadId>) -> impl IntoView {
    let changed = RwSignal::new(0);
    let found = fetched(changed, move || api::invites(target));
    let links = move || found.get().and_then(Result::ok).unwrap_or_default();
    let is_site_admin = use_client().is_site_admin;
    let site = fetched(changed, api::site);
    let words = move || {
        let site = site.get().and_then(Result::ok).unwrap_or_default();
        let lets_in = match site.sign_up {
            SignUp::Everyone => true,
            SignUp::Invited => is_site_admin || site.inviting == Inviting::Members,
            SignUp::Nobody => false,
        };
        match target {
            Some(_) if lets_in => "Anyone with a link can sign up and join this room.",
            Some(_) => "Anyone with a link and an account can join this room.",
            None => "Anyone with a link can sign up.",
        }
    };
    view! {
        <p class="section-hint">{words}</p>
        <MakeLink target changed />
        <LoadingText text=waiting_text(found, "No active invite links", Vec::is_empty) />
        <ul class="plain-list">
            <For
                each=links
                key=Invite::clone
                children=move |link| view! { <LinkItem target link changed /> }
            />
        </ul>
    }
}

/// Creates a link, and shows it. It can't be shown again, since only its hash is stored.
#[component]
fn MakeLink(target: Option<ThreadId>, changed: RwSignal<u32>) -> impl IntoView {
    let attempt = Submission::new(None);
    let made = RwSignal::new(None::<String>);
    let sent = move |event: SubmitEvent| {
        event.prevent_default();
        let mut call = calls::make_invite(target);
        for name in ["days", "uses"] {
            let value = dom::form_value(&event, name).unwrap_or_default();
            if !value.is_empty() {
                call = call.field(name, value);
            }
        }
        made.set(None);
        attempt.send(call, move |answer| {
            if let Ok(token) = answer.parse::<String>() {
                let link = [dom::origin(), invite_path(&token)].concat();
                let _ = made.try_set(Some(link));
                let _ = changed.try_update(|count| *count += 1);
            }
        });
    };
    view! {
        <form class="inline-form" on:submit=sent>
            <FormError text=attempt.error() />
            <div class="two-fields">
                <div class="field">
                    <label for="invite-days">"Expires after"</label>
                    <select id="invite-days" name="days">
                        <option value="1">"1 day"</option>
                        <option value="7" selected>
                            "7 days"
                        </option>
                        <option value="30">"30 days"</option>
                        <option value="">"Never"</option>
                    </select>
                </div>
                <div class="field">
                    <label for="invite-uses">"Number of uses"</label>
                    <select id="invite-uses" name="uses">
                        <option value="1">"1"</option>
                        <option value="5">"5"</option>
                        <option value="25">"25"</option>
                        <option value="" selected>
                            "No limit"
                        </option>
                    </select>
                </div>
            </div>
            <button class="button small" disabled=move || attempt.pending.get()>
                "Create link"
            </button>
        </form>
        {move || {
            let label = "Copy it now. You won't see it again.";
            made.get().map(|link| view! { <CopyField label value=link /> })
        }}
    }
}

/// A link or an address, to be copied.
#[component]
pub fn CopyField(label: &'static str, value: String) -> impl IntoView {
    let node = NodeRef::<InputElement>::new();
    let copied = Copied::not_yet();
    let copy = move |_| {
        if let Some(field) = node.get_untracked() {
            copied.notify(dom::copy(&field));
        }
    };
    effect(move |_| {
        if let Some(field) = node.get() {
            let _ = field.focus();
            field.select();
        }
    });
    view! {
        <div class="new-link">
            <label for="new-link">{label}</label>
            <div class="new-link-row">
                <input id="new-link" readonly value=value node_ref=node />
                <button type="button" class="button small accent" on:click=copy>
                    "Copy"
                </button>
            </div>
            <span class="saved" role="status">
                {move || copied.get().then_some("Copied")}
            </span>
        </div>
    }
}

/// A valid link, with its revoke button.
#[component]
fn LinkItem(target: Option<ThreadId>, link: Invite, changed: RwSignal<u32>) -> impl IntoView {
    let dialog = use_dialog();
    let clock = expect_context::<TimeFormat>();
    let made = move || clock.full(link.created_at);
    let by = link.by.shown();
    let ends = move || match link.expires_at {
        Some(at) => format!("Expires {}", clock.full(at)),
        None => "Never expires".to_owned(),
    };
    let used = match link.uses {
        0 => "Not used yet".to_owned(),
        1 => "Used once".to_owned(),
        times => format!("Used {times} times"),
    };
    let left = link.uses_left.map(|left| format!(" · {left} left"));
    let revoke = move |_| {
        let question = Confirmation::plain(
            "Revoke this link?".to_owned(),
            "It stops working right away. People who used it stay.".to_owned(),
            "Revoke",
            calls::revoke_invite(target, link.id),
        );
        dialog.ask(question.notifying(changed));
    };
    view! {
        <li class="plain-item">
            <div class="row-text">
                <span>"Created by " <bdi>{by}</bdi> " · " {made}</span>
                <span class="item-more">{ends} " · " {used} {left}</span>
            </div>
            <button type="button" class="button small" on:click=revoke>
                "Revoke"
            </button>
        </li>
    }
}
