//! The sidebar: one's threads, everybody else, and oneself.

use leptos::prelude::*;

use super::icons::{Bookmark, Hash, Logo, Plus, Search};
use super::own_row::OwnRow;
use super::people::People;
use super::place::Place;
use super::shared::shared;
use super::thread_list::ThreadList;
use super::window::Open;

/// The sidebar. On a small screen it is the whole page when nothing is open.
#[component]
pub fn Sidebar() -> impl IntoView {
    let open = expect_context::<RwSignal<Open>>();
    let at_list = Memo::new(move |_| open.get().place == Place::List);
    // Every page has one first heading: here it is chapp, elsewhere what is open.
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
                {shared(name)}
            </a>
            <a
                class="search-link"
                href="/search"
                aria-current=move || (open.get().place == Place::Search).then_some("page")
            >
                <Search />
                "Search messages"
            </a>
            <RoomLinks />
            <ThreadList />
            <People />
            <OwnRow />
        </aside>
    }
}

/// The ways to more rooms, and to what one has saved.
#[component]
fn RoomLinks() -> impl IntoView {
    let open = expect_context::<RwSignal<Open>>();
    let current = move |place: Place| (open.get().place == place).then_some("page");
    view! {
        <nav class="room-links" aria-label="Rooms and saved messages">
            <a
                class="button small quiet"
                href="/rooms"
                aria-current=move || current(Place::Rooms)
            >
                <Hash />
                "Find rooms"
            </a>
            <a
                class="button small quiet"
                href="/rooms/new"
                aria-current=move || current(Place::NewRoom)
            >
                <Plus />
                "New room"
            </a>
            <a
                class="button small quiet saved-link"
                href="/saved"
                aria-label="Saved for later"
                title="Saved for later"
                aria-current=move || current(Place::Saved)
            >
                <Bookmark />
            </a>
        </nav>
    }
}
