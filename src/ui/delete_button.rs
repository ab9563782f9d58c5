//! What takes a message away: for those who keep order in the room.

use leptos::prelude::*;

use super::chat::use_chat;
use super::dialog::{Question, use_dialog};
use super::icons::Bin;
use super::window::Open;
use crate::model::Seq;

/// Shown when the message has the pointer or the focus. `seq`: 0 while the message is not in the log.
#[component]
pub fn DeleteButton(seq: Memo<Seq>) -> impl IntoView {
    let chat = use_chat();
    let dialog = use_dialog();
    let open = expect_context::<RwSignal<Open>>();
    let thread = untrack(|| open.get().place.thread());
    let shown =
        Memo::new(move |_| seq.get() > 0 && thread.is_some_and(|thread| chat.may_manage(thread)));
    let ask = move |_| {
        let Some(thread) = thread else { return };
        let room = untrack(|| chat.title(thread)).unwrap_or_default();
        dialog.ask(
            Question::plain(
                "Delete this message?".to_owned(),
                format!("Its text is gone from {room} for everyone, for good. That it was there stays to be seen."),
                "Delete",
                "/api/delete_message",
            )
            .with("thread", thread)
            .with("seq", seq.get_untracked()),
        );
    };
    move || {
        shown.get().then(|| {
            view! {
                <button
                    type="button"
                    class="message-action live-only"
                    aria-label="Delete message"
                    title="Delete message"
                    on:click=ask
                >
                    <Bin />
                </button>
            }
        })
    }
}
