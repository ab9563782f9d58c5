//! What takes a message away: for those who keep order in the room.

use leptos::prelude::*;

use super::chat::use_chat;
use super::dialog::{Question, use_dialog};
use super::icons::Bin;
use super::shared::shared;
use crate::model::{Seq, ThreadId};

/// Whether one may delete messages of the thread that is shown. One for all of its messages.
#[derive(Clone, Copy)]
pub struct MayDelete {
    thread: ThreadId,
    may: Memo<bool>,
}

impl MayDelete {
    /// A context of all messages of the thread.
    pub fn provide(thread: ThreadId) {
        let chat = use_chat();
        let may = Memo::new(move |_| chat.may_manage(thread));
        provide_context(Self { thread, may });
    }
}

/// Shown when the message has the pointer or the focus. `seq`: 0 while the message is not in the log.
#[component]
pub fn DeleteButton(seq: Memo<Seq>) -> impl IntoView {
    let chat = use_chat();
    let dialog = use_dialog();
    let MayDelete { thread, may } = expect_context();
    let ask = move |_| {
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
    shared(move || {
        (may.get() && seq.get() > 0).then(|| {
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
            .into_any()
        })
    })
}
