//! The thread list: the user's threads, latest first.

use leptos::prelude::*;

use super::thread_row::ThreadRow;
use crate::client::state::use_client;
use crate::engine::Input;
use crate::ui::common::erased::When;

#[component]
pub fn ThreadList() -> impl IntoView {
    let chat = use_client();
    let ids = Memo::new(move |_| chat.thread_ids());
    let empty = Memo::new(move |_| ids.with(Vec::is_empty));
    let more = Memo::new(move |_| chat.more_threads());
    view! {
        <nav class="threads" aria-label="Threads">
            <ul class="rows">
                <For each=move || ids.get() key=|id| *id let:id>
                    <ThreadRow id />
                </For>
            </ul>
            <When so=empty>
                <p class="hint">"No threads yet. Pick somebody below, or find a room."</p>
            </When>
            <When so=more>
                <button
                    type="button"
                    class="button quiet live-only"
                    on:click=move |_| chat.act(Input::WantThreads)
                >
                    "Show older threads"
                </button>
            </When>
        </nav>
    }
}
