//! The menu of the open thread, on a small screen: what the header has room for elsewhere, and what can be done about
//! the other user.

use leptos::prelude::*;

use super::thread_header::{pins_text, search_here};
use crate::client::notices;
use crate::client::reactive::memo;
use crate::client::router::Router;
use crate::routes::about_path;
use crate::ui::common::icons::{Bell, BellOff, Info, Pin, Search, Star};
use crate::ui::context::menu::{Menu, MenuItem};
use crate::ui::context::open_thread::{MessageDialogKind, OpenThread, use_open_thread};
use crate::ui::message::message_more::{block_item, report_item, report_question};

#[must_use]
pub fn chat_menu(open_thread: OpenThread) -> Menu {
    untrack(|| {
        let (chat, thread) = (open_thread.chat, open_thread.thread);
        let pins = open_thread.pins.with(Vec::len);
        let pins = (pins > 0).then(|| {
            let open = move || open_thread.dialog.set(Some(MessageDialogKind::Pins));
            MenuItem::run(pins_text(pins), open).icon(|| Pin().into_any())
        });
        let mute = mute_item(open_thread);
        let router = expect_context::<Router>();
        let search = move || router.go(&untrack(|| search_here(chat, thread)));
        let is_favourite = chat.thread(thread).is_some_and(|head| head.favourite);
        let star = MenuItem::run(favourite_text(is_favourite), move || {
            open_thread.set_favourite(!is_favourite);
        });
        let here = [
            Some(MenuItem::run("Search here", search).icon(|| Search().into_any())),
            pins,
            Some(star.icon(|| Star().into_any())),
            Some(mute),
            Some(MenuItem::link("Details", about_path(thread)).icon(|| Info().into_any())),
        ];
        let other = chat.other(thread);
        let about_other = other.iter().flat_map(|person| {
            [
                block_item(chat, person),
                report_item(report_question(person, None)),
            ]
        });
        Menu::new("More")
            .group(here.into_iter().flatten())
            .group(about_other)
    })
}

fn mute_item(open_thread: OpenThread) -> MenuItem {
    let muted = notices::is_muted(open_thread.chat, open_thread.thread);
    let item = MenuItem::run(if muted { "Unmute" } else { "Mute" }, move || {
        open_thread.switch_mute();
    });
    match muted {
        true => item.icon(|| Bell().into_any()),
        false => item.icon(|| BellOff().into_any()),
    }
}

/// What is done about a chat that is one of the favourites, or isn't yet.
#[must_use]
pub fn favourite_text(is_favourite: bool) -> &'static str {
    match is_favourite {
        true => "Remove from favourites",
        false => "Add to favourites",
    }
}

/// The button in the details of a chat that makes it a favourite.
#[component]
pub fn FavouriteButton() -> impl IntoView {
    let open_thread = use_open_thread();
    let (chat, thread) = (open_thread.chat, open_thread.thread);
    let is_favourite = memo(move |_| chat.thread(thread).is_some_and(|head| head.favourite));
    let switch = move |_| open_thread.set_favourite(!is_favourite.get_untracked());
    view! {
        <button type="button" class="button small" on:click=switch>
            <Star />
            {move || favourite_text(is_favourite.get())}
        </button>
    }
}
