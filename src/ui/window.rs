//! The window: everything that somebody who is logged in sees, and what is open in it.

use leptos::prelude::*;
use leptos_meta::Title;

use super::banner::Banner;
use super::browser;
use super::chat::Chat;
use super::empty_state::{EmptyState, NothingHere};
use super::place::Place;
use super::sidebar::Sidebar;
use super::thread_pane::ThreadPane;
use super::time::Clock;
use super::travel::Travel;
use crate::engine::Input;
use crate::model::{Boot, Millis};

/// What stands in the main part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Open {
    pub place: Place,
    /// Whether the server said that there is nothing at this place.
    pub missing: bool,
}

/// The window. `missing`: the server found nothing at this place.
#[component]
pub fn Window(boot: Boot, now: Millis, place: Place, missing: bool) -> impl IntoView {
    let chat = Chat::new(boot, now);
    let clock = Clock::new(now);
    let travel = Travel::from_here();
    let open = RwSignal::new(Open { place, missing });
    provide_context(travel);
    provide_context(chat);
    provide_context(clock);
    provide_context(open);

    Effect::new(move |begun: Option<()>| {
        let place = travel.place();
        if begun.is_none() {
            travel.watch();
            start(chat, clock);
        }
        // The engine opens it before it is drawn, so that what is drawn is what the engine has. What the
        // page brought is open from the start.
        let before = open.get_untracked();
        let missing = before.missing && before.place == place;
        if begun.is_some() {
            chat.act(Input::Open(place.thread()));
        }
        if before != (Open { place, missing }) {
            open.set(Open { place, missing });
        }
        if begun.is_none() {
            browser::mark_alive();
        }
    });

    let title = move || {
        let unread = chat.unread_total();
        let name = open.get().place.thread().and_then(|id| chat.other(id));
        let name = name.map_or_else(
            || "chapp".to_owned(),
            |other| other.display_name + " – chapp",
        );
        if unread > 0 {
            format!("({unread}) {name}")
        } else {
            name
        }
    };
    // Leptos writes the title when it has drawn, where the signals of this request may be out of reach.
    #[cfg(feature = "ssr")]
    let title = untrack(title);
    let at_list = move || open.get().place == Place::List;
    view! {
        <Title text=title />
        <a class="skip" href="#main">
            "Skip to the messages"
        </a>
        <div class="window" class:at-list=at_list>
            <Banner />
            <Sidebar />
            <main id="main" class="main" tabindex="-1">
                {move || match open.get() {
                    Open { missing: true, .. } | Open { place: Place::Nowhere, .. } => {
                        view! { <NothingHere /> }.into_any()
                    }
                    Open { place: Place::Thread(id), .. } => view! { <ThreadPane id /> }.into_any(),
                    Open { place: Place::List, .. } => view! { <EmptyState /> }.into_any(),
                }}
            </main>
        </div>
    }
}

/// What only the browser can begin. The server never gets here.
fn start(chat: Chat, clock: Clock) {
    clock.go_local();
    #[cfg(feature = "hydrate")]
    crate::client::drive(chat);
    #[cfg(not(feature = "hydrate"))]
    let _ = chat;
}
