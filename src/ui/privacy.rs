//! What one shows of oneself to others.

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::chat::use_chat;
use super::overlay_head::OverlayHead;
use crate::api::call;

/// The panel over the window.
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
        <OverlayHead title="Privacy" />
        <div class="overlay-body privacy">
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
        </div>
    }
}
