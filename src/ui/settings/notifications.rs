//! Notifications of this browser: on or off, what they show, and whether they work.

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::notify_decisions::DecisionList;
use super::notify_settings::NotifySettingsForm;
use super::{notifier, sound};
use crate::client::api::calls;
use crate::client::notices::{self, Notices, Permission, Pushes, use_notices};
use crate::client::preferences::Preferences;
use crate::client::reactive::{effect, handler};
use crate::model::Refusal;
use crate::model::push::PushOutcome;
use crate::ui::common::lazy_section::LazySection;

/// The panel over the window.
#[component]
pub fn NotificationsPane() -> impl IntoView {
    let permission = RwSignal::new(notices::permission());
    let preferences = RwSignal::new(Preferences::here());
    let here = use_notices();
    let turn_on = move || {
        here.turn_on(move |answer| {
            preferences.set(Preferences::here());
            permission.set(answer);
        });
    };
    let setting = move |name: &'static str, also: &'static str, read: Read, store: fn(bool)| {
        let turn = move |_| {
            store(!preferences.with_untracked(read));
            preferences.set(Preferences::here());
            apply(here);
        };
        view! {
            <label>
                <input
                    type="checkbox"
                    prop:checked=move || preferences.with(read)
                    on:change=handler(turn)
                />
                <span>{name}</span>
            </label>
            <p>{also}</p>
        }
    };
    let part = move || {
        match permission.get() {
        Permission::Missing => said(
            "Notifications need a secure connection. Open this site by https, or on the computer that it runs on.",
        ),
        Permission::Denied => said(
            "Your browser blocks notifications from this site. Allow them in the browser's settings for this site, then reload the page.",
        ),
        Permission::Unasked => view! {
            <p class="section-hint">
                "Get notified of new messages while you look elsewhere. Your browser asks whether this site may."
            </p>
            <button type="button" class="button primary" on:click=handler(move |_| turn_on())>
                "Turn on"
            </button>
        }
        .into_any(),
        Permission::Granted => view! {
            {setting(
                "Show notifications on this device",
                "While you aren't looking at chapp.",
                |preferences| preferences.notify,
                Preferences::set_notify,
            )}
            {setting(
                "Show the text of messages",
                "If it's off, notifications say only who wrote.",
                |preferences| preferences.shows_text,
                Preferences::set_shows_text,
            )}
            {setting(
                "Play a sound",
                "While a page of chapp is open.",
                |preferences| preferences.has_sound,
                |on| {
                    Preferences::set_sound(on);
                    if on {
                        sound::play();
                    }
                },
            )}
            {move || {
                preferences
                    .get()
                    .notify
                    .then(|| {
                        view! {
                            <Health />
                            <LazySection name="Why did I (not) get this?">
                                <DecisionList />
                            </LazySection>
                        }
                    })
            }}
        }
        .into_any(),
    }
    };
    view! {
        <div class="overlay-body privacy">
            {part}
            <NotifySettingsForm />
        </div>
    }
}

/// Applies changed settings to the browser's subscription.
fn apply(here: Notices) {
    let was_on = here.is_on.get_untracked();
    here.read_again();
    spawn_local(async move {
        match (was_on, here.is_on.get_untracked()) {
            (true, true) => notifier::subscribe(here).await,
            (true, false) => notifier::unsubscribe(here).await,
            // What is loaded now subscribes.
            (false, _) => {}
        }
    });
}

/// Whether notifications come while no page is open, and a test of all that they need.
#[component]
fn Health() -> impl IntoView {
    let here = use_notices();
    let result = RwSignal::new("");
    let is_testing = RwSignal::new(false);
    let says = move || match here.pushes.get() {
        Pushes::Unknown => "Checking…",
        Pushes::On => "You're notified too, by your browser's push service.",
        Pushes::SiteOff => {
            "You aren't notified: this site doesn't send notifications to closed browsers."
        }
        Pushes::NoService => "You aren't notified: your browser can't reach its push service.",
        Pushes::Failed => "You aren't notified: this site can't use your browser's push service.",
    };
    effect(move |begun: Option<()>| {
        here.tested.track();
        if begun.is_some() && is_testing.get_untracked() {
            is_testing.set(false);
            result.set(
                "Your browser has shown it. If you didn't see it, your system is probably hiding notifications.",
            );
        }
    });
    let test = move |_| {
        is_testing.set(true);
        result.set("Sending…");
        spawn_local(async move {
            let answer = calls::test_push().send().await;
            let outcome = answer.and_then(|answer| answer.parse());
            if is_testing.try_get_untracked() == Some(true) {
                is_testing.set(outcome == Ok(PushOutcome::Accepted));
                result.set(outcome_text(&outcome));
            }
        });
    };
    view! {
        <h3>"While chapp is closed"</h3>
        <p class="section-hint">{says}</p>
        <p>
            <button
                type="button"
                class="button small"
                disabled=move || here.pushes.get() != Pushes::On
                on:click=handler(test)
            >
                "Send a test notification"
            </button>
        </p>
        <p class="section-hint" role="status">
            {move || result.get()}
        </p>
    }
}

/// Which link of the chain held or failed.
fn outcome_text(outcome: &Result<PushOutcome, Refusal>) -> &'static str {
    match outcome {
        Ok(PushOutcome::Accepted) => {
            "Sent. Your browser's push service has it, and it should appear soon."
        }
        Ok(PushOutcome::NotSubscribed | PushOutcome::Expired) => {
            "Your browser's subscription has expired. Turn notifications off and on again."
        }
        Ok(PushOutcome::Refused { .. }) => "Your browser's push service refused it.",
        Ok(PushOutcome::Unreachable) => "The server can't reach your browser's push service.",
        Err(_) => "The server didn't answer. Try again in a moment.",
    }
}

/// One of the settings.
type Read = fn(&Preferences) -> bool;

fn said(text: &'static str) -> AnyView {
    view! { <p class="section-hint">{text}</p> }.into_any()
}
