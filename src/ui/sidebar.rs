//! The sidebar: search, the user's chats or the people (one choice), and the button of the user's own menu.

pub mod account_bar;
pub mod list_choice;
pub mod new_menu;
pub mod people;
pub mod person_row;
pub mod thread_filters;
pub mod thread_list;
pub mod thread_row;
use leptos::ev::MouseEvent;
use leptos::prelude::*;

use self::account_bar::AccountBar;
use self::list_choice::ListChoice;
use self::people::PeopleList;
use self::thread_list::ThreadList;
use super::common::erased::erase;
use super::common::icons::{Logo, Plus, Search};
use super::context::floating::{Floating, use_floats};
use super::context::open_place::Open;
use super::context::overlay::{OpenOverlay, Overlay};
use super::lazy::{Lazy, LazyView};
use crate::client::keyboard::is_apple;
use crate::client::reactive::{effect, memo};
use crate::client::{notices, router};
use crate::routes::{ROOMS, SEARCH};

/// The sidebar. On a small screen it is the whole page when nothing is open.
#[component]
pub fn Sidebar() -> impl IntoView {
    let open = expect_context::<RwSignal<Open>>();
    let at_list = memo(move |_| open.get().route.is_list());
    // Every page has one `h1`: here it is chapp, elsewhere the open pane's name.
    let name = move || {
        if at_list.get() {
            view! { <h1 class="brand-name">"chapp"</h1> }.into_any()
        } else {
            view! { <span class="brand-name">"chapp"</span> }.into_any()
        }
    };
    view! {
        <aside class="sidebar" aria-label="Chats and people">
            <div class="side-head">
                <a class="brand" href="/">
                    <Logo />
                    {erase(name)}
                </a>
                <SearchField />
                <NewButton />
            </div>
            <ListChoice />
            {notify_offer()}
            <ThreadList />
            <PeopleList />
            <AccountBar />
        </aside>
    }
}

/// Offers notifications, at a visit at which one knows what for.
fn notify_offer() -> AnyView {
    let is_offered = RwSignal::new(false);
    effect(move |_| is_offered.set(notices::visit()));
    let card = move || {
        let is_offered = is_offered.get().then_some(is_offered);
        is_offered.map(|is_offered| view! { <Lazy view=LazyView::NotifyOffer(is_offered) /> })
    };
    erase(card).into_any()
}

/// Opens the switcher. Without a script it leads to the search in messages.
#[component]
fn SearchField() -> impl IntoView {
    let overlay: OpenOverlay = expect_context();
    let keys = RwSignal::new("Ctrl K");
    effect(move |_| {
        if is_apple() {
            keys.set("⌘ K");
        }
    });
    let clicked = move |event: MouseEvent| {
        if router::is_link(&event) {
            event.prevent_default();
            overlay.set(Some(Overlay::Switcher));
        }
    };
    view! {
        <a
            class="search-link"
            href=SEARCH
            aria-haspopup="dialog"
            aria-keyshortcuts="Control+K"
            on:click=clicked
        >
            <Search />
            <span class="search-words">"Search or go to…"</span>
            <kbd class="live-only" aria-hidden="true">
                {keys}
            </kbd>
        </a>
    }
}

/// Opens the menu of all that is new. Without a script it leads to the rooms, where there is one to create.
#[component]
fn NewButton() -> impl IntoView {
    let floats = use_floats();
    view! {
        <form action=ROOMS>
            <button
                class="icon-button"
                aria-label="New"
                title="New"
                aria-haspopup="menu"
                on:click=move |event| {
                    event.prevent_default();
                    floats.open(&event, Floating::New);
                }
            >
                <Plus />
            </button>
        </form>
    }
}
