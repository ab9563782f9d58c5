//! The thread list: the user's threads, latest first.

use leptos::prelude::*;

use super::thread_filters::ThreadFilters;
use super::thread_row::ThreadRow;
use crate::client::reactive::{effect, handler, memo};
use crate::client::state::use_client;
use crate::engine::Input;
use crate::routes::ROOMS;
use crate::ui::common::erased::When;
use crate::ui::composer::drafts;
use crate::ui::context::open_place::Open;

#[component]
pub fn ThreadList() -> impl IntoView {
    let chat = use_client();
    let open = expect_context::<RwSignal<Open>>();
    let ids = memo(move |_| chat.thread_ids());
    let empty = memo(move |_| ids.with(Vec::is_empty));
    let more = memo(move |_| chat.more_threads());
    // A draft is shown once its thread is no longer open; one of another tab, when the user comes back to this one.
    let drafts = RwSignal::new(Vec::new());
    effect(move |_| {
        open.track();
        chat.looking.track();
        drafts.set(drafts::texts(chat.me().id));
    });
    view! {
        <nav class="threads" aria-label="Chats">
            <ThreadFilters />
            <ul class="rows">
                <For each=move || ids.get() key=|id| *id let:id>
                    <ThreadRow id drafts />
                </For>
            </ul>
            <p class="hint none-unread">"No unread chats"</p>
            <p class="hint none-rooms">
                "You're in no rooms. " <a href=ROOMS>"Find rooms"</a>
            </p>
            <When so=empty>
                <p class="hint none">"No chats yet. Pick someone under People, or find a room."</p>
            </When>
            <When so=more>
                <button
                    type="button"
                    class="button quiet live-only"
                    on:click=handler(move |_| chat.act(Input::WantThreads))
                >
                    "Show older chats"
                </button>
            </When>
        </nav>
    }
}
