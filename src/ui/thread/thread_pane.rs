//! An open thread: its header, its messages, the composer, and the panel with its details beside them.

use leptos::ev::KeyboardEvent;
use leptos::prelude::*;

use super::message_list::MessageList;
use super::thread_header::ThreadHeader;
use super::typing_line::TypingLine;
use crate::client::dom;
use crate::client::reactive::memo;
use crate::client::router::Router;
use crate::client::state::use_client;
use crate::model::{Refusal, ThreadId};
use crate::routes::{Route, thread_path};
use crate::ui::common::erased::{When, erase};
use crate::ui::composer::Composer;
use crate::ui::context::open_place::Open;
use crate::ui::context::open_thread::OpenThread;
use crate::ui::context::way_in::WayIn;
use crate::ui::lazy::{Lazy, LazyView};

/// The content for a thread.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shown {
    Messages,
    /// The user is no longer in it.
    Departed,
    /// The user is not in it: it may be a room to join.
    Card,
}

/// An open thread. A new instance for each thread.
#[component]
pub fn ThreadPane(id: ThreadId) -> impl IntoView {
    let chat = use_client();
    let open = expect_context::<RwSignal<Open>>();
    let shown = memo(move |_| {
        let failed = chat.timeline(id).and_then(|timeline| timeline.failed);
        let is_refused = matches!(
            failed,
            Some(Refusal::NotFound | Refusal::NotMember | Refusal::Banned { .. })
        );
        if chat.is_known(id) && !is_refused {
            Shown::Messages
        } else if chat.departure(id).is_some() {
            Shown::Departed
        } else {
            Shown::Card
        }
    });
    OpenThread::provide(id);
    let is_room = memo(move |_| chat.room(id).is_some());
    let about = memo(move |_| open.get().route == Route::About(id));
    let panel = move || match is_room.get() {
        true => LazyView::RoomPanel(id),
        false => LazyView::DirectPanel(id),
    };
    let router = expect_context::<Router>();
    let leave = move |event: KeyboardEvent| {
        if event.key() == "Escape" && !dom::is_covered() {
            router.go(&thread_path(id));
            dom::after_render(|| {
                if let Some(body) = document().body() {
                    dom::focus_first(&body, ".about-link");
                }
            });
        }
    };
    erase(move || {
        match shown.get() {
        Shown::Messages => view! {
            <ThreadHeader id />
            <div class="thread-body" class:with-panel=about>
                <div class="thread-column">
                    <MessageList id />
                    <TypingLine id />
                    <Composer id />
                    <p class="drop-hint" aria-hidden="true">
                        <span>"Drop to attach"</span>
                    </p>
                </div>
                <When so=about>
                    // On a tablet the panel lies over the messages.
                    <a class="panel-scrim" href=thread_path(id) aria-hidden="true" tabindex="-1"></a>
                    <div class="panel-frame" on:keydown=leave>
                        {move || view! { <Lazy view=panel() /> }.into_any()}
                    </div>
                </When>
            </div>
        }
        .into_any(),
        Shown::Departed => view! { <Lazy view=LazyView::Departed(id) /> }.into_any(),
        Shown::Card => view! { <Lazy view=LazyView::RoomCard(WayIn::Room(id)) /> }.into_any(),
    }
    })
}
