//! What one shows of oneself to others.

use leptos::ev::MouseEvent;
use leptos::prelude::*;

use super::attempt::{Attempt, FormError};
use super::chat::use_chat;
use crate::model;

/// The panel over the window.
#[component]
pub fn Privacy() -> impl IntoView {
    let chat = use_chat();
    let attempt = Attempt::new(None);
    let set = move |privacy: model::Privacy| {
        let fields = vec![
            ("reading", privacy.reading.to_string()),
            ("online", privacy.online.to_string()),
        ];
        attempt.post("/api/set_privacy", fields, |_| {});
    };
    let reading = move || chat.privacy().reading;
    let online = move || chat.privacy().online;
    let set_reading = move || {
        let reading = !chat.privacy().reading;
        set(model::Privacy {
            reading,
            ..chat.privacy()
        });
    };
    let set_online = move || {
        let online = !chat.privacy().online;
        set(model::Privacy {
            online,
            ..chat.privacy()
        });
    };
    view! {
        <div class="overlay-body privacy">
            {setting("Show others when I have read", "Also that you are typing.", reading, set_reading)}
            {setting(
                "Show others when I am online",
                "Also that a message was delivered to you.",
                online,
                set_online,
            )}
            <FormError text=attempt.error() />
        </div>
    }
}

/// A box that shows what holds: what it is set to comes back by the socket, as to all other tabs.
fn setting(
    name: &'static str,
    also: &'static str,
    is_on: impl Fn() -> bool + Send + 'static,
    turn: impl Fn() + 'static,
) -> impl IntoView {
    let clicked = move |event: MouseEvent| {
        event.prevent_default();
        turn();
    };
    view! {
        <label>
            <input type="checkbox" prop:checked=is_on on:click=clicked />
            <span>{name}</span>
        </label>
        <p>{also} " If you hide it, you do not see it of others either."</p>
    }
}
