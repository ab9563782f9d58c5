//! What the user is notified of in a chat, and muting it.

use leptos::prelude::*;

use crate::client::clock::{TimeFormat, now};
use crate::client::notices::{self, Notices, use_notices};
use crate::client::reactive::memo;
use crate::model::notify::Level;
use crate::ui::common::icons::{Bell, BellOff};
use crate::ui::context::floating::{Floating, use_floats};
use crate::ui::context::menu::{Menu, MenuItem};
use crate::ui::context::open_thread::{OpenThread, use_open_thread};
use crate::ui::settings::notify_settings;

const HOUR: i64 = 60 * 60;

/// The buttons in the details of a chat: *Mute*, and the menu with everything.
#[component]
pub fn NotifyButtons() -> impl IntoView {
    let open_thread = use_open_thread();
    let (chat, thread) = (open_thread.chat, open_thread.thread);
    notify_settings::follow();
    let notices = use_notices();
    let floats = use_floats();
    let clock = expect_context::<TimeFormat>();
    let is_muted = memo(move |_| notices::is_muted(chat, thread));
    let mute = move |_| open_thread.switch_mute();
    let bell = move || {
        if is_muted.get() {
            view! { <BellOff /> "Unmute" }.into_any()
        } else {
            view! { <Bell /> "Mute" }.into_any()
        }
    };
    view! {
        <button type="button" class="button small" on:click=mute>
            {bell}
        </button>
        <button
            type="button"
            class="button small"
            aria-haspopup="menu"
            aria-expanded="false"
            on:click=move |event| {
                floats.open(&event, Floating::Menu(notify_menu(open_thread, notices, clock)));
            }
        >
            "Notifications"
        </button>
    }
}

fn notify_menu(open_thread: OpenThread, here: Notices, clock: TimeFormat) -> Menu {
    let (chat, thread) = (open_thread.chat, open_thread.thread);
    let (level, default, is_muted) = untrack(|| {
        let settings = here.settings.get();
        let (level, default) = chat.read(|engine| {
            let head = engine.thread(thread);
            let default = head.map(|head| engine.default_level(head, &settings));
            (head.and_then(|head| head.notify.level), default)
        });
        (level, default, notices::is_muted(chat, thread))
    });
    let default = match default {
        Some(Level::Mentions) => "Default: mentions",
        Some(Level::Nothing) => "Default: nothing",
        _ => "Default: all",
    };
    let choices = [
        (default, None),
        ("All", Some(Level::Everything)),
        ("Mentions", Some(Level::Mentions)),
        ("Nothing", Some(Level::Nothing)),
    ];
    let choice = |(label, of): (&'static str, Option<Level>)| {
        let set = move || open_thread.set_level(of, level);
        MenuItem::run(label, set).checked(level == of)
    };
    let mute = |label: &'static str, done: &'static str, seconds: i64| {
        MenuItem::undoable(label, open_thread.mute(done, seconds))
    };
    let mutes = match is_muted {
        true => vec![MenuItem::run("Unmute", move || open_thread.unmute())],
        false => vec![
            mute("Mute for 1 hour", "Muted for 1 hour", HOUR),
            mute("Mute for 8 hours", "Muted for 8 hours", 8 * HOUR),
            mute(
                "Mute until tomorrow morning",
                "Muted until 8 tomorrow",
                until_morning(clock),
            ),
            mute("Mute until I unmute", "Muted", 0),
        ],
    };
    Menu::new("Notifications")
        .choices("Notify me", choices.map(choice))
        .group(mutes)
}

/// The seconds until the next day's morning.
fn until_morning(clock: TimeFormat) -> i64 {
    (clock.tomorrow_morning() - now()) / 1_000
}
