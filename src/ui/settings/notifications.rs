//! Notifications of this browser: on or off, and what they show.

use leptos::prelude::*;

use crate::client::notices::{self, Permission};
use crate::client::preferences::Preferences;
use crate::client::reactive::handler;

/// The panel over the window.
#[component]
pub fn NotificationsPane() -> impl IntoView {
    let permission = RwSignal::new(notices::permission());
    let preferences = RwSignal::new(Preferences::here());
    let turn_on = move || {
        notices::turn_on(move |answer| {
            preferences.set(Preferences::here());
            permission.set(answer);
        });
    };
    let setting = move |name: &'static str, also: &'static str, read: Read, store: fn(bool)| {
        let turn = move |_| {
            store(!preferences.with_untracked(read));
            preferences.set(Preferences::here());
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
        }
        .into_any(),
    }
    };
    view! {
        <div class="overlay-body privacy">
            {part} <h3>"What you're notified about"</h3>
            <p class="section-hint">
                "Every message in direct chats and groups. In rooms, messages that mention you or reply to you. Nothing in chats that you muted. You can choose differently for each chat, in its details."
            </p>
        </div>
    }
}

/// One of the settings.
type Read = fn(&Preferences) -> bool;

fn said(text: &'static str) -> AnyView {
    view! { <p class="section-hint">{text}</p> }.into_any()
}
