//! The dialog over the messages: edit history, pinned messages, jump to a date.

use leptos::prelude::*;

use crate::ui::common::erased::erase;
use crate::ui::common::modal::{Modal, ModalHead};
use crate::ui::context::open_thread::{MessageDialogKind, use_open_thread};
use crate::ui::lazy::{Lazy, LazyView};

/// The dialog. There must be one per message list.
#[component]
pub fn MessageDialog() -> impl IntoView {
    let open_thread = use_open_thread();
    let title = Signal::derive(move || match open_thread.dialog.get() {
        Some(MessageDialogKind::Versions(_)) => "Edit history",
        Some(MessageDialogKind::Pins) => "Pinned messages",
        _ => "Go to a date",
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
