//! The parts of the window that are opened seldom, or by few: the browser fetches their code when one of
//! them is first opened, so that it is not part of the first load. (The build splits it off: see
//! `docs/ARCHITECTURE.md`.) The server has everything.

use leptos::prelude::*;

use super::admin_pane::AdminPane;
use super::completion::Completion;
use super::completion_list::CompletionList;
use super::departed::Departed;
use super::dialog::{Asked, Question};
use super::emoji_picker::EmojiPicker;
use super::excerpts::{Pins, SavedPane};
use super::jump::Jump;
use super::keys::Keys;
use super::message_more::MessageMore;
use super::new_room_pane::NewRoomPane;
use super::overlay::Overlay;
use super::privacy::Privacy;
use super::room_card_pane::{RoomCardPane, Way};
use super::room_panel::RoomPanel;
use super::rooms_pane::RoomsPane;
use super::search_pane::SearchPane;
use super::security_pane::SecurityPane;
use super::shared::shared;
use super::start::Start;
use super::switcher::Switcher;
use super::unsent::Unsent;
use super::versions::Versions;
use crate::model::{Seq, ThreadId};
use crate::routes::Route;

/// The parts: how each is drawn.
#[derive(Clone, Copy, Debug)]
pub struct Parts {
    pub rooms: fn() -> AnyView,
    pub new_room: fn() -> AnyView,
    pub admin: fn() -> AnyView,
    pub security: fn() -> AnyView,
    pub room_panel: fn(ThreadId) -> AnyView,
    pub room_card: fn(Way) -> AnyView,
    pub departed: fn(ThreadId) -> AnyView,
    pub asked: fn(Question) -> AnyView,
    pub emoji: fn(Seq) -> AnyView,
    pub versions: fn(ThreadId, Seq) -> AnyView,
    pub more: fn(Seq) -> AnyView,
    pub pins: fn(ThreadId) -> AnyView,
    pub saved: fn() -> AnyView,
    pub jump: fn(i64) -> AnyView,
    pub complete: fn(Completion) -> AnyView,
    pub search: fn() -> AnyView,
    pub overlay: fn(Overlay) -> AnyView,
    pub unsent: fn(Option<ThreadId>) -> AnyView,
}

/// Nothing but what is split off may name this in the browser: naming a part makes it a part of the first
/// load.
const PARTS: Parts = Parts {
    rooms: || view! { <RoomsPane /> }.into_any(),
    new_room: || view! { <NewRoomPane /> }.into_any(),
    admin: || view! { <AdminPane /> }.into_any(),
    security: || view! { <SecurityPane /> }.into_any(),
    room_panel: |id| view! { <RoomPanel id /> }.into_any(),
    room_card: |way| view! { <RoomCardPane way /> }.into_any(),
    departed: |id| view! { <Departed id /> }.into_any(),
    asked: |question| view! { <Asked question /> }.into_any(),
    emoji: |seq| view! { <EmojiPicker seq /> }.into_any(),
    versions: |thread, seq| view! { <Versions thread seq /> }.into_any(),
    more: |seq| view! { <MessageMore seq /> }.into_any(),
    pins: |thread| view! { <Pins thread /> }.into_any(),
    saved: || view! { <SavedPane /> }.into_any(),
    jump: |day| view! { <Jump day /> }.into_any(),
    complete: |completion| view! { <CompletionList completion /> }.into_any(),
    search: || view! { <SearchPane /> }.into_any(),
    unsent: |thread| view! { <Unsent thread /> }.into_any(),
    overlay: |overlay| match overlay {
        Overlay::Switcher => view! { <Switcher /> }.into_any(),
        Overlay::Keys => view! { <Keys /> }.into_any(),
        Overlay::Privacy => view! { <Privacy /> }.into_any(),
    },
};

/// Whether the page that starts from this at this place draws one of the parts at once.
#[must_use]
pub fn is_needed(start: &Start, route: Route) -> bool {
    let at_one = matches!(
        route,
        Route::Rooms
            | Route::NewRoom
            | Route::Saved
            | Route::Search
            | Route::Admin
            | Route::Security
            | Route::Invite
            | Route::About(_)
    );
    start.boot.is_some() && (at_one || start.card.is_some())
}

#[cfg(not(feature = "hydrate"))]
fn fetched() -> Option<Parts> {
    // The page that is drawn will need it: the browser is told at once.
    #[cfg(feature = "ssr")]
    leptos::prefetch_lazy_fn_on_server("later");
    Some(PARTS)
}

#[cfg(feature = "hydrate")]
pub use browser::fetch;
#[cfg(feature = "hydrate")]
use browser::fetched;

#[cfg(feature = "hydrate")]
mod browser {
    use std::sync::OnceLock;

    use leptos::wasm_split::{SplitLoaderError, wasm_split};

    use super::{PARTS, Parts};

    static FETCHED: OnceLock<Parts> = OnceLock::new();

    pub(super) fn fetched() -> Option<Parts> {
        FETCHED.get().copied()
    }

    /// Fetches the parts, unless they are there already.
    ///
    /// # Errors
    ///
    /// When they can't be fetched now. They can be asked for again.
    pub async fn fetch() -> Result<(), SplitLoaderError> {
        if fetched().is_none() {
            let _ = FETCHED.set(parts().await?);
        }
        Ok(())
    }

    // In a file of its own, with all that only it needs.
    #[wasm_split(later, wasm_split_path = ::leptos::wasm_split, fallible)]
    fn parts() -> Result<Parts, SplitLoaderError> {
        Ok(PARTS)
    }
}

/// Draws one of the parts.
type Draw = Box<dyn Fn(Parts) -> AnyView + Send>;

/// Draws one of the parts, as soon as it is there.
#[component]
pub fn Later(draw: Draw) -> impl IntoView {
    let parts = RwSignal::new(fetched());
    let failed = RwSignal::new(false);
    let fetch = move || {
        failed.set(false);
        #[cfg(feature = "hydrate")]
        leptos::task::spawn_local(async move {
            // What waited for it may be gone from the page by now.
            let _ = match fetch().await {
                Ok(()) => parts.try_set(fetched()),
                Err(_) => None,
            };
            let _ = failed.try_set(fetched().is_none());
        });
    };
    Effect::new(move |_| {
        if parts.with_untracked(Option::is_none) {
            fetch();
        }
    });
    shared(move || match parts.get() {
        Some(parts) => draw(parts),
        None if failed.get() => view! {
            <div class="empty-state" role="alert">
                <p>"This could not be loaded. If trying again does not help, reload the page."</p>
                <p>
                    <button type="button" class="button" on:click=move |_| fetch()>
                        "Try again"
                    </button>
                </p>
            </div>
        }
        .into_any(),
        None => view! { <p class="empty-state" aria-busy="true"></p> }.into_any(),
    })
}
