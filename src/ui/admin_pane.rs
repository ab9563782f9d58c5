//! Where a site admin keeps order: who may sign up, accounts, invite links, the audit log.

use leptos::prelude::*;

use super::accounts::Accounts;
use super::attempt::{Attempt, FormError};
use super::audit_log::AuditLog;
use super::chat::use_chat;
use super::empty_state::NothingHere;
use super::fetched::fetched;
use super::invite_links::InviteLinks;
use super::lazy_section::LazySection;
use super::pane_header::PaneHeader;
use crate::api::call;
use crate::model::SignUp;

/// Where a site admin keeps order.
#[component]
pub fn AdminPane() -> impl IntoView {
    if !use_chat().is_site_admin {
        return view! { <NothingHere /> }.into_any();
    }
    view! {
        <PaneHeader name="Administration" />
        <div class="pane-scroll">
            <div class="pane-content">
                <WhoMaySignUp />
                <section class="panel-part accounts" aria-labelledby="accounts-title">
                    <h2 id="accounts-title">"Accounts"</h2>
                    <Accounts />
                </section>
                <LazySection name="Invite links">
                    <InviteLinks target=None />
                </LazySection>
                <LazySection name="Audit log">
                    <AuditLog target=None />
                </LazySection>
            </div>
        </div>
    }
    .into_any()
}

const MODES: [(SignUp, &str, &str); 3] = [
    (
        SignUp::Everyone,
        "Everyone",
        "Whoever reaches this address.",
    ),
    (
        SignUp::Invited,
        "Invited people",
        "Whoever has an invite link, to the site or to a room.",
    ),
    (
        SignUp::Nobody,
        "Nobody",
        "Accounts are made on the server, with chapp user add.",
    ),
];

/// Who may sign up: set at once when it is chosen.
#[component]
fn WhoMaySignUp() -> impl IntoView {
    let attempt = Attempt::new(None);
    let changed = RwSignal::new(0);
    let site = fetched(changed, call::site);
    let current = move || site.get()?.ok().map(|site| site.sign_up);
    let saved = RwSignal::new(false);
    let choose = move |mode: SignUp| {
        saved.set(false);
        let fields = vec![("sign_up", mode.to_string())];
        attempt.post("/api/set_sign_up", fields, move |_| {
            let _ = saved.try_set(true);
            let _ = changed.try_update(|count| *count += 1);
        });
    };
    let choices = MODES.map(|(mode, name, hint)| {
        view! {
            <label class="choice">
                <input
                    type="radio"
                    name="sign_up"
                    prop:checked=move || current() == Some(mode)
                    on:change=move |_| choose(mode)
                />
                <span>
                    <strong>{name}</strong>
                    <span class="field-hint">{hint}</span>
                </span>
            </label>
        }
    });
    view! {
        <fieldset class="choices live-only">
            <legend>
                <h2>"Who may sign up"</h2>
            </legend>
            <FormError text=attempt.error() />
            {choices.into_iter().collect_view()}
            <span class="saved" role="status">
                {move || saved.get().then_some("Saved")}
            </span>
        </fieldset>
    }
}
