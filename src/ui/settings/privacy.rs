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
            <p>{also} " If you hide it, you do not see it of others either."</p>
        }
    };
    view! {
        <div class="overlay-body privacy">
            {setting(
                "Show others when I have read",
                "Also that you are typing.",
                |privacy| &mut privacy.reading,
            )}
            {setting(
                "Show others when I am online",
                "Also that a message was delivered to you.",
                |privacy| &mut privacy.online,
            )}
            <FormError text=attempt.error() />
            <BlockedPeople />
        </div>
    }
}

/// One of the settings.
type Part = fn(&mut model::Privacy) -> &mut bool;
