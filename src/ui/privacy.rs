//! What one shows of oneself to others: a panel over the page, behind a button in one's own row.

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::chat::use_chat;
use super::icons::Eye;
use super::later::Later;
use super::shared::When;
use crate::api::call;

/// The button, and the panel that it opens.
#[component]
pub fn PrivacyButton() -> impl IntoView {
    let is_opened = RwSignal::new(false);
    view! {
        <button
            type="button"
            class="icon-button live-only"
            aria-label="Privacy"
            title="Privacy"
            popovertarget="privacy"
            on:click=move |_| is_opened.set(true)
        >
            <Eye />
        </button>
        <div class="privacy" id="privacy" popover="auto" role="dialog" aria-label="Privacy">
            <When so=is_opened>
                <Later draw=Box::new(|parts| (parts.privacy)()) />
            </When>
        </div>
    }
}

/// What is in the panel.
#[component]
pub fn Privacy() -> impl IntoView {
    let chat = use_chat();
    let refused = RwSignal::new(None::<String>);
    let set = move |reading: bool, online: bool| {
        refused.set(None);
        let fields = [
            ("reading", reading.to_string()),
            ("online", online.to_string()),
        ];
        spawn_local(async move {
            // The setting itself comes by the socket, to all tabs alike.
            if let Err(refusal) = call::post("/api/set_privacy", &fields).await {
                let _ = refused.try_set(Some(refusal.to_string()));
            }
        });
    };
    view! {
        <h2>"Privacy"</h2>
        <label>
            <input
                type="checkbox"
                prop:checked=move || chat.privacy().reading
                on:change=move |_| {
                    let now = chat.privacy();
                    set(!now.reading, now.online);
                }
            />
            <span>"Show others when I have read"</span>
        </label>
        <p>"Also that you are typing. If you hide it, you do not see it of others either."</p>
        <label>
            <input
                type="checkbox"
                prop:checked=move || chat.privacy().online
                on:change=move |_| {
                    let now = chat.privacy();
                    set(now.reading, !now.online);
                }
            />
            <span>"Show others when I am online"</span>
        </label>
        <p>
            "Also that a message was delivered to you. If you hide it, you do not see it of others either."
        </p>
        <p class="field-error" role="alert">
            {move || refused.get()}
        </p>
    }
}
