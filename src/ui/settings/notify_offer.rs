//! The card above the list of chats that offers notifications.

use leptos::prelude::*;

use crate::client::notices::{self, use_notices};
use crate::client::reactive::handler;

/// The card, while `is_offered`.
#[component]
pub fn NotifyOffer(is_offered: RwSignal<bool>) -> impl IntoView {
    let notices = use_notices();
    let turn_on = move |_| notices.turn_on(move |_| is_offered.set(false));
    let not_now = move |_| {
        notices::not_now();
        is_offered.set(false);
    };
    view! {
        <section class="offer" aria-label="Notifications">
            <p>"Get notified of new messages on this device."</p>
            <p class="buttons">
                <button type="button" class="button primary small" on:click=handler(turn_on)>
                    "Turn on"
                </button>
                <button type="button" class="button small" on:click=handler(not_now)>
                    "Not now"
                </button>
            </p>
        </section>
    }
}
