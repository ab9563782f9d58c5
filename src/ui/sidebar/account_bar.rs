//! The foot of the sidebar: the user's name, the theme switch, and the log-out button.

use leptos::prelude::*;

use super::theme_button::ThemeButton;
use crate::client::api::forms::LOG_OUT;
use crate::client::state::use_client;
use crate::routes::{ADMIN, SECURITY};
use crate::ui::common::avatar::Avatar;
use crate::ui::common::badge::{open_reports, reports_badge};
use crate::ui::common::icons::{Eye, Leave, Shield};
use crate::ui::context::overlay::{OpenOverlay, Overlay};

#[component]
pub fn AccountBar() -> impl IntoView {
    let chat = use_client();
    let me = chat.me();
    let overlay: OpenOverlay = expect_context();
    let open = chat.open_reports;
    let label = move || match open.get() {
        0 => "Administration".to_owned(),
        open => ["Administration, ", &open_reports(open)].concat(),
    };
    let admin = chat.is_site_admin.then(|| {
        view! {
            <a class="icon-button" href=ADMIN aria-label=label title="Administration">
                <Shield />
                {move || reports_badge(open.get())}
            </a>
        }
    });
    view! {
        <div class="own-row">
            <Avatar person=me.clone() />
            <a class="row-text" href=SECURITY title="Password and sessions">
                <span class="row-name" dir="auto">
                    {me.display_name}
                </span>
                <span class="row-more">"@" {me.username}</span>
            </a>
            {admin}
            <button
                type="button"
                class="icon-button live-only"
                aria-label="Privacy"
                title="Privacy"
                on:click=move |_| overlay.set(Some(Overlay::Privacy))
            >
                <Eye />
            </button>
            <ThemeButton />
            <form method="post" action=LOG_OUT>
                <button class="icon-button" aria-label="Log out" title="Log out">
                    <Leave />
                </button>
            </form>
        </div>
    }
}
