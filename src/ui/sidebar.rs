//! The sidebar: the user's threads, the other users, and the account bar.

pub mod account_bar;
pub mod people;
pub mod person_row;
pub mod theme_button;
pub mod thread_list;
pub mod thread_row;
use leptos::prelude::*;

use self::account_bar::AccountBar;
use self::people::PeopleList;
use self::thread_list::ThreadList;
use super::common::erased::erase;
use super::common::icons::{Bookmark, Hash, Logo, Plus, Search};
use super::context::open_place::Open;
use crate::routes::{NEW_ROOM, ROOMS, Route, SAVED, SEARCH};

/// The sidebar. On a small screen it is the whole page when nothing is open.
#[component]
pub fn Sidebar() -> impl IntoView {
    let open = expect_context::<RwSignal<Open>>();
    let at_list = Memo::new(move |_| open.get().route == Route::List);
    // Every page has one `h1`: here it is chapp, elsewhere the open pane's name.
    let name = move || {
        if at_list.get() {
            view! { <h1 class="brand-name">"chapp"</h1> }.into_any()
        } else {
            view! { <span class="brand-name">"chapp"</span> }.into_any()
        }
    };
    view! {
        <aside class="sidebar" aria-label="Threads and people">
            <a class="brand" href="/">
                <Logo />
                {erase(name)}
            </a>
            <a
                class="search-link"
                href=SEARCH
                aria-current=move || (open.get().route == Route::Search).then_some("page")
            >
                <Search />
                "Search messages"
            </a>
            <RoomLinks />
            <ThreadList />
            <PeopleList />
            <AccountBar />
        </aside>
    }
}

/// The links to rooms and saved messages.
#[component]
fn RoomLinks() -> impl IntoView {
    let open = expect_context::<RwSignal<Open>>();
    let current = move |route: Route| (open.get().route == route).then_some("page");
    view! {
        <nav class="room-links" aria-label="Rooms and saved messages">
            <a
                class="button small quiet"
                href=ROOMS
                aria-current=move || current(Route::Rooms)
            >
                <Hash />
                "Find rooms"
            </a>
            <a
                class="button small quiet"
                href=NEW_ROOM
                aria-current=move || current(Route::NewRoom)
            >
                <Plus />
                "New room"
            </a>
            <a
                class="button small quiet saved-link"
                href=SAVED
                aria-label="Saved for later"
                title="Saved for later"
                aria-current=move || current(Route::Saved)
            >
                <Bookmark />
            </a>
        </nav>
    }
}
