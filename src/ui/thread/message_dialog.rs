//! The dialog over the messages: emoji picker, edit history, pinned messages, jump to a date, more actions.

use leptos::prelude::*;

use crate::ui::common::erased::erase;
use crate::ui::common::modal::Modal;
use crate::ui::common::modal_head::ModalHead;
use crate::ui::context::open_thread::{MessageDialogKind, use_open_thread};
use crate::ui::lazy::{Lazy, LazyView};

/// The dialog. There must be one per message list.
#[component]
pub fn MessageDialog() -> impl IntoView {
    let open_thread = use_open_thread();
    let title = Signal::derive(move || match open_thread.dialog.get() {
        Some(MessageDialogKind::Versions(_)) => "Versions of the message",
        Some(MessageDialogKind::Pins) => "Pinned messages",
        Some(MessageDialogKind::Jump(_)) => "Jump to a day",
        Some(MessageDialogKind::More(_)) => "More",
        _ => "Choose an emoji",
    });
    let closed = Callback::new(move |()| open_thread.dialog.set(None));
    view! {
        <Modal
            class="sheet"
            name=Signal::derive(move || title.get().to_owned())
            open=Signal::derive(move || open_thread.dialog.get().is_some())
            closed
        >
            <div class="sheet-body">
                <ModalHead title closed />
                {erase(move || match open_thread.dialog.get() {
                    None => ().into_any(),
                    Some(MessageDialogKind::Emoji(seq)) => {
                        view! { <Lazy view=LazyView::Emoji(seq) /> }.into_any()
                    }
                    Some(MessageDialogKind::More(seq)) => {
                        view! { <Lazy view=LazyView::More(seq) /> }.into_any()
                    }
                    Some(MessageDialogKind::Pins) => {
                        let thread = open_thread.thread;
                        view! { <Lazy view=LazyView::Pins(thread) /> }
                            .into_any()
                    }
                    Some(MessageDialogKind::Jump(day)) => {
                        view! { <Lazy view=LazyView::JumpToDate(day) /> }.into_any()
                    }
                    Some(MessageDialogKind::Versions(seq)) => {
                        let thread = open_thread.thread;
                        view! {
                            <Lazy view=LazyView::EditHistory(thread, seq) />
                        }
                            .into_any()
                    }
                })}
            </div>
        </Modal>
    }
}
