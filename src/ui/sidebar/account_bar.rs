//! The foot of the sidebar: one button with the user's name, which opens their menu.

use leptos::prelude::*;

use crate::client::reactive::memo;
use crate::client::state::use_client;
use crate::routes::SETTINGS;
use crate::ui::common::avatar::Avatar;
use crate::ui::common::badge::reports_badge;
use crate::ui::common::icons::Chevron;
use crate::ui::context::floating::{Floating, use_floats};

/// Without a script it leads to the page with the same content.
#[component]
pub fn AccountBar() -> impl IntoView {
    let chat = use_client();
    let me = memo(move |_| chat.own_person());
    let floats = use_floats();
    let online = Signal::derive(move || chat.is_online(chat.me().id));
    view! {
        <form class="own-row" action=SETTINGS>
            <button
                class="row"
                aria-haspopup="menu"
                on:click=move |event| {
                    event.prevent_default();
                    floats.open(&event, Floating::You);
                }
            >
                {move || view! { <Avatar person=me.get() online /> }}
                <span class="row-text">
                    <span class="row-name" dir="auto">
                        {move || me.get().display_name}
                    </span>
                    <span class="row-more">"@" {chat.me().username}</span>
                </span>
                {move || reports_badge(chat.open_reports.get())}
                <Chevron />
            </button>
        </form>
    }
}
