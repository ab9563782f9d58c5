//! The pane for the user's password and sessions.

use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::JsCast;
use web_sys::HtmlFormElement;

use crate::client::api::{self, forms};
use crate::client::clock::TimeFormat;
use crate::client::page_data;
use crate::client::reactive::effect;
use crate::client::state::use_client;
use crate::model::{self, OwnSession, SecurityPage};
use crate::ui::common::fetch::{Fetched, LoadingText, waiting_text};
use crate::ui::common::field::PasswordField;
use crate::ui::common::pane_header::PaneHeader;
use crate::ui::common::submission::{FormError, Submission};

/// The pane. Without a script its forms post, and the list is the one in the page's data.
#[component]
pub fn SecurityPane() -> impl IntoView {
    let brought = page_data::take();
    let page = brought
        .pane
        .and_then(|json| model::json::read::<SecurityPage>(&json).ok());
    let (sessions, is_changed) = match page {
        Some(page) => (Some(Ok(page.sessions)), page.is_changed),
        None => (None, false),
    };
    let attempt = Submission::new(brought.refused);
    let found: Fetched<Vec<OwnSession>> = RwSignal::new(sessions);
    let changed = RwSignal::new(0u32);
    effect(move |begun: Option<()>| {
        changed.track();
        if begun.is_none() && found.with_untracked(Option::is_some) {
            return;
        }
        spawn_local(async move {
            let answer = api::sessions().await;
            let _ = found.try_set(Some(answer));
        });
    });
    view! {
        <PaneHeader name="Password and sessions" />
        <div class="pane-scroll">
            <div class="pane-content">
                <section class="panel-part" aria-labelledby="password-title">
                    <h2 id="password-title">"Password"</h2>
                    <ChangePassword attempt is_changed changed />
                </section>
                <section class="panel-part" aria-labelledby="sessions-title">
                    <h2 id="sessions-title">"Sessions"</h2>
                    <p class="section-hint">
                        "Where you're logged in. If you don't recognize one, log it out and change your password."
                    </p>
                    <Sessions found changed />
                </section>
            </div>
        </div>
    }
}

/// The form to change the password. `is_changed`: it was posted without a script and succeeded.
#[component]
fn ChangePassword(attempt: Submission, is_changed: bool, changed: RwSignal<u32>) -> impl IntoView {
    let saved = RwSignal::new(is_changed);
    let username = use_client().me().username;
    let sent = move |event: SubmitEvent| {
        saved.set(false);
        let form = event
            .target()
            .and_then(|form| form.dyn_into::<HtmlFormElement>().ok());
        attempt.submit(&event, move |_| {
            if let Some(form) = form {
                form.reset();
            }
            let _ = saved.try_set(true);
            let _ = changed.try_update(|count| *count += 1);
        });
    };
    view! {
        <form class="inline-form" method="post" action=forms::CHANGE_PASSWORD on:submit=sent>
            <FormError text=attempt.error_of(None) />
            // For password managers, which store a password under a user name. It isn't sent.
            <input type="text" autocomplete="username" value=username readonly hidden />
            <PasswordField
                label="Current password"
                name="current"
                new=false
                error=attempt.error_of(Some(model::Field::CurrentPassword))
            />
            <PasswordField
                label="New password"
                name="new"
                new=true
                hint="Use at least 8 characters. You'll be logged out everywhere else."
                error=attempt.error_of(Some(model::Field::Password))
            />
            <button class="button" disabled=move || attempt.pending.get()>
                "Change password"
            </button>
            <span class="saved" role="status">
                {move || saved.get().then_some("Password changed. You're logged out everywhere else.")}
            </span>
        </form>
    }
}

/// The sessions, most recently used first.
#[component]
fn Sessions(found: Fetched<Vec<OwnSession>>, changed: RwSignal<u32>) -> impl IntoView {
    let attempt = Submission::new(None);
    let sessions = move || found.get().and_then(Result::ok).unwrap_or_default();
    let sent = move |event: SubmitEvent| {
        attempt.submit(&event, move |_| {
            let _ = changed.try_update(|count| *count += 1);
        });
    };
    let others = move || {
        sessions().iter().any(|session| !session.is_this).then(|| {
            view! {
                <form class="session-others" method="post" action=forms::END_OTHER_SESSIONS on:submit=sent>
                    <button class="button">"Log out all others"</button>
                </form>
            }
        })
    };
    view! {
        <FormError text=attempt.error() />
        <LoadingText text=waiting_text(found, "", |_| false) />
        <ul class="plain-list sessions">
            <For
                each=sessions
                key=|session| (session.id, session.seen_at)
                children=move |session| view! { <SessionItem session attempt changed /> }
            />
        </ul>
        {others}
    }
}

#[component]
fn SessionItem(session: OwnSession, attempt: Submission, changed: RwSignal<u32>) -> impl IntoView {
    let clock: TimeFormat = expect_context();
    let OwnSession {
        id,
        browser,
        created_at,
        seen_at,
        is_this,
    } = session;
    let browser = match &*browser {
        "" => "Unknown browser".to_owned(),
        _ => browser,
    };
    let label = format!("Log out {}", browser);
    let sent = move |event: SubmitEvent| {
        attempt.submit(&event, move |_| {
            let _ = changed.try_update(|count| *count += 1);
        });
    };
    let end = if is_this {
        view! { <span class="role">"This one"</span> }.into_any()
    } else {
        view! {
            <form method="post" action=forms::END_SESSION on:submit=sent>
                <input type="hidden" name="id" value=id.to_string() />
                <button class="button" aria-label=label>
                    "Log out"
                </button>
            </form>
        }
        .into_any()
    };
    view! {
        <li class="session">
            <span class="row-text">
                <span class="row-name">{browser}</span>
                <span class="session-times">
                    "Last active: " {move || clock.day_name(clock.day(seen_at))} " · Logged in: "
                    {move || clock.full(created_at)}
                </span>
            </span>
            {end}
        </li>
    }
}
