//! The *Administration* pane of site admins: sign-up, accounts, invite links, the audit log.

use leptos::prelude::*;

use super::accounts::AccountsPane;
use crate::client::api::{self, calls, forms};
use crate::client::reactive::handler;
use crate::client::state::use_client;
use crate::model::{FreeSpace, SignUp, Site, Storage};
use crate::ui::common::empty_state::NothingHere;
use crate::ui::common::fetch::fetched;
use crate::ui::common::lazy_section::LazySection;
use crate::ui::common::pane_header::PaneHeader;
use crate::ui::common::setting::{Choices, Setting};
use crate::ui::common::submission::{FormError, Submission};
use crate::ui::moderation::audit_log::AuditLog;
use crate::ui::moderation::invite_links::InviteLinks;
use crate::ui::moderation::reports::ReportsSection;

/// The *Administration* pane.
#[component]
pub fn AdminPane() -> impl IntoView {
    if !use_client().is_site_admin {
        return view! { <NothingHere /> }.into_any();
    }
    view! {
        <PaneHeader name="Administration" />
        <div class="pane-scroll">
            <div class="pane-content">
                <DiskSpaceWarning />
                <SignUpSetting />
                <PermissionSettings />
                <section class="panel-part accounts" aria-labelledby="accounts-title">
                    <h2 id="accounts-title">"Accounts"</h2>
                    <AccountsPane />
                </section>
                <ReportsSection target=None />
                <LazySection name="Invite links">
                    <InviteLinks target=None />
                </LazySection>
                <LazySection name="Audit log">
                    <p class="section-hint">
                        "What site admins have done. Each room has a log of its own for what its admins do."
                    </p>
                    <AuditLog target=None />
                </LazySection>
            </div>
        </div>
    }
    .into_any()
}

/// The warning that disk space is low.
#[component]
fn DiskSpaceWarning() -> impl IntoView {
    let storage = fetched(RwSignal::new(0), api::storage);
    let text = move || {
        let Storage { space, free, .. } = storage.get()?.ok()?;
        let free = free / 1_000_000;
        match space {
            FreeSpace::Ample => None,
            FreeSpace::Low => Some(format!("The server is low on disk space: {free} MB left.")),
            FreeSpace::Full => Some(format!(
                "The server's disk is almost full: {free} MB left. Nothing new is saved until there's more space. You can still delete."
            )),
        }
    };
    view! { <FormError text=Signal::derive(text) /> }
}

const MODES: [(SignUp, &str, &str); 3] = [
    (
        SignUp::Everyone,
        "Everyone",
        "Anyone who can open this site",
    ),
    (
        SignUp::Invited,
        "Only people with an invite link",
        "Anyone with an invite link can sign up",
    ),
    (
        SignUp::Nobody,
        "No one",
        "Accounts are created on the server with chapp user add",
    ),
];

/// A rule of the site: its label, its endpoint and field, its choices, and its current value.
type Rule = (
    &'static str,
    &'static str,
    &'static str,
    Choices,
    fn(Site) -> &'static str,
);

const RULES: [Rule; 3] = [
    (
        "If sign-up needs an invite link, people can use",
        forms::SET_SITE_INVITING,
        "inviting",
        &[
            ("admins", "A link created by a site admin"),
            ("members", "Any invite link, also to a room"),
        ],
        |site| site.inviting.word(),
    ),
    (
        "Who can create rooms",
        forms::SET_ROOM_MAKING,
        "rooms",
        &[("everyone", "Everyone"), ("admins", "Only site admins")],
        |site| site.rooms.word(),
    ),
    (
        "Who can start direct chats",
        forms::SET_WRITING_FIRST,
        "writing",
        &[
            ("everyone", "Everyone, with anyone"),
            ("roommates", "People who share a room"),
            ("admins", "Only site admins"),
        ],
        |site| site.writing.word(),
    ),
];

/// The settings for members' permissions.
#[component]
fn PermissionSettings() -> impl IntoView {
    let site = fetched(RwSignal::new(0), api::site);
    let rules = RULES.map(|(label, address, name, choices, word)| {
        let value = Signal::derive(move || Some(word(site.get()?.ok()?).to_owned()));
        view! { <Setting label address name choices thread=None value /> }
    });
    view! {
        <section class="panel-part live-only" aria-labelledby="rules-title">
            <h2 id="rules-title">"What members can do"</h2>
            {rules.into_iter().collect_view()}
            <p class="section-hint">
                "The lobby doesn't count as a shared room. Existing chats stay."
            </p>
        </section>
    }
}

/// The setting for who may sign up. It is saved at once.
#[component]
fn SignUpSetting() -> impl IntoView {
    let attempt = Submission::new(None);
    let changed = RwSignal::new(0);
    let site = fetched(changed, api::site);
    let current = move || site.get()?.ok().map(|site| site.sign_up);
    let saved = RwSignal::new(false);
    let choose = move |mode: SignUp| {
        saved.set(false);
        attempt.send(calls::set_sign_up(mode), move |_| {
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
                    on:change=handler(move |_| choose(mode))
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
                <h2>"Who can sign up"</h2>
            </legend>
            <FormError text=attempt.error() />
            {choices.into_iter().collect_view()}
            <span class="saved" role="status">
                {move || saved.get().then_some("Saved")}
            </span>
        </fieldset>
    }
}
