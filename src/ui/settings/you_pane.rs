//! The page about the user, and the menu with the same content: settings, saved messages, theme, log-out.

use leptos::ev::SubmitEvent;
use leptos::prelude::*;

use crate::client::api::forms::{LOG_OUT, SET_DISPLAY_NAME};
use crate::client::blob_store::log_out;
use crate::client::page_data;
use crate::client::preferences::{Preferences, Theme};
use crate::client::reactive::{handler, memo};
use crate::client::state::use_client;
use crate::model;
use crate::routes::{ADMIN, SAVED, SECURITY, SETTINGS};
use crate::ui::common::avatar::Avatar;
use crate::ui::common::badge::reports_badge;
use crate::ui::common::field::FormField;
use crate::ui::common::floating::menu::MenuPopover;
use crate::ui::common::icons::{
    Bell, Bookmark, Chevron, Eye, Half, Keyboard, Leave, Lock, One, Shield,
};
use crate::ui::common::pane_header::PaneHeader;
use crate::ui::common::submission::{FormError, Submission};
use crate::ui::context::menu::{Menu, MenuItem};
use crate::ui::context::overlay::{OpenOverlay, Overlay};

/// The menu of the user's own button.
#[component]
pub fn YouMenu() -> impl IntoView {
    let chat = use_client();
    let overlay: OpenOverlay = expect_context();
    let saved = chat.saved().iter().map(|(_, all)| all.len()).sum::<usize>();
    let saved = match saved {
        0 => "Saved messages".to_owned(),
        count => format!("Saved messages ({count})"),
    };
    let current = Preferences::here().theme;
    let themes = Theme::ALL.map(|(theme, name)| {
        MenuItem::run(name, move || Preferences::set_theme(theme)).checked(theme == current)
    });
    let reports = chat.open_reports.get_untracked();
    let admin = match reports {
        0 => "Administration".to_owned(),
        open => format!("Administration ({open})"),
    };
    let admin = MenuItem::link(admin, ADMIN).icon(|| view! { <Shield /> }.into_any());
    let menu = Menu::new("You")
        .group([
            MenuItem::link("Profile and settings", SETTINGS).icon(|| view! { <One /> }.into_any()),
            MenuItem::run("Notifications", move || {
                overlay.set(Some(Overlay::Notifications));
            })
            .icon(|| view! { <Bell /> }.into_any()),
            MenuItem::run("Privacy", move || overlay.set(Some(Overlay::Privacy)))
                .icon(|| view! { <Eye /> }.into_any()),
            MenuItem::link(saved, SAVED).icon(|| view! { <Bookmark /> }.into_any()),
            MenuItem::run("Keyboard shortcuts", move || {
                overlay.set(Some(Overlay::Keys));
            })
            .icon(|| view! { <Keyboard /> }.into_any())
            .keys("?"),
        ])
        .choices("Theme", themes)
        .group(chat.is_site_admin.then_some(admin))
        .group([MenuItem::run("Log out", move || log_out(chat.me().id))
            .icon(|| view! { <Leave /> }.into_any())]);
    view! { <MenuPopover menu /> }
}

/// The page. Without a script its links and the log-out work.
#[component]
pub fn YouPane() -> impl IntoView {
    let chat = use_client();
    let me = memo(move |_| chat.own_person());
    let overlay: OpenOverlay = expect_context();
    let admin = chat.is_site_admin.then(|| {
        view! {
            <li>
                <a class="row" href=ADMIN>
                    <Shield />
                    <span class="row-name">"Administration"</span>
                    {move || reports_badge(chat.open_reports.get())}
                    <Chevron />
                </a>
            </li>
        }
    });
    let leads = |path: &'static str, name: &'static str, icon: AnyView| {
        view! {
            <li>
                <a class="row" href=path>
                    {icon}
                    <span class="row-name">{name}</span>
                    <Chevron />
                </a>
            </li>
        }
    };
    let opens = move |what: Overlay, name: &'static str, icon: AnyView| {
        view! {
            <li class="live-only">
                <button
                    type="button"
                    class="row"
                    aria-haspopup="dialog"
                    on:click=handler(move |_| overlay.set(Some(what)))
                >
                    {icon}
                    <span class="row-name">{name}</span>
                    <Chevron />
                </button>
            </li>
        }
    };
    view! {
        <PaneHeader name="You" />
        <div class="pane-scroll">
            <div class="pane-content narrow you">
                <div class="you-head">
                    {move || view! { <Avatar person=me.get() /> }}
                    <div class="row-text">
                        <p class="you-name" dir="auto">
                            {move || me.get().display_name}
                        </p>
                        <p class="row-more">"@" {chat.me().username}</p>
                    </div>
                </div>
                <DisplayName />
                <ul class="rows">
                    {leads(SECURITY, "Password and sessions", view! { <Lock /> }.into_any())}
                    {opens(Overlay::Notifications, "Notifications", view! { <Bell /> }.into_any())}
                    {opens(Overlay::Privacy, "Privacy", view! { <Eye /> }.into_any())}
                    {leads(SAVED, "Saved messages", view! { <Bookmark /> }.into_any())}
                    {opens(Overlay::Keys, "Keyboard shortcuts", view! { <Keyboard /> }.into_any())}
                    {admin}
                    <ThemeChoice />
                </ul>
                <form
                    class="you-end"
                    method="post"
                    action=LOG_OUT
                    on:submit=move |event| {
                        event.prevent_default();
                        log_out(chat.me().id);
                    }
                >
                    <button class="row">
                        <Leave />
                        <span class="row-name">"Log out"</span>
                    </button>
                </form>
            </div>
        </div>
    }
}

/// The form that changes the display name.
#[component]
fn DisplayName() -> impl IntoView {
    let attempt = Submission::new(page_data::take().refused);
    let saved = RwSignal::new(false);
    let sent = move |event: SubmitEvent| {
        saved.set(false);
        attempt.submit(&event, move |_| {
            let _ = saved.try_set(true);
        });
    };
    view! {
        <form class="inline-form" method="post" action=SET_DISPLAY_NAME on:submit=sent>
            <FormError text=attempt.error_of(None) />
            <FormField
                label="Display name"
                name="display_name"
                autocomplete="name"
                value=untrack(|| use_client().own_person()).display_name
                hint="What others see. Your username stays the same."
                error=attempt.error_of(Some(model::Field::DisplayName))
            />
            <button class="button small" disabled=move || attempt.pending.get()>
                "Save"
            </button>
            <span class="saved" role="status">
                {move || saved.get().then_some("Saved")}
            </span>
        </form>
    }
}

/// The three themes.
#[component]
fn ThemeChoice() -> impl IntoView {
    let current = Preferences::here().theme;
    let themes = Theme::ALL.map(|(theme, name)| {
        view! {
            <label class="segment">
                <input
                    type="radio"
                    name="theme"
                    autocomplete="off"
                    checked=theme == current
                    on:change=handler(move |_| Preferences::set_theme(theme))
                />
                {name}
            </label>
        }
    });
    view! {
        <li class="live-only">
            <fieldset class="row theme-choice">
                <Half />
                <legend class="row-name">"Theme"</legend>
                <span class="segments">{themes.collect_view()}</span>
            </fieldset>
        </li>
    }
}
