//! The user's privacy settings, and the users they block.

use leptos::ev::MouseEvent;
use leptos::prelude::*;

use crate::client::api::calls;
use crate::client::state::use_client;
use crate::model;
use crate::ui::common::submission::{FormError, Submission};
use crate::ui::message::message_more::BlockedPeople;

/// The panel over the window.
#[component]
pub fn PrivacyPane() -> impl IntoView {
    let chat = use_client();
    let attempt = Submission::new(None);
    // A checkbox shows the current setting, which the socket updates in all tabs.
    let setting = move |name: &'static str, also: &'static str, field: Part| {
        let turn = move |event: MouseEvent| {
            event.prevent_default();
            let mut privacy = chat.privacy();
            let shown = field(&mut privacy);
            *shown = !*shown;
            attempt.send(calls::set_privacy(privacy), |_| {});
        };
        view! {
            <label>
                <input
                    type="checkbox"
                    prop:checked=move || *field(&mut chat.privacy())
                    on:click=turn
                />
                <span>{name}</span>
            </label>
            <p>{also}</p>
        }
    };
    view! {
        <div class="overlay-body privacy">
            {setting(
                "Share read receipts and typing",
                "If it's off, you won't see other people's.",
                |privacy| &mut privacy.reading,
            )}
            {setting(
                "Share when I'm online",
                "Also shares when a message is delivered to you. If it's off, you won't see other people's.",
                |privacy| &mut privacy.online,
            )}
            <FormError text=attempt.error() />
            <BlockedPeople />
        </div>
    }
}

/// One of the settings.
type Part = fn(&mut model::Privacy) -> &mut bool;
