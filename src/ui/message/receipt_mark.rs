//! The receipt under the last message: a word in a direct thread, the number of readers in a room. The room for it is
//! always kept, so that nothing moves when it comes.

use leptos::prelude::*;

use crate::model::Seq;
use crate::ui::common::erased::erase;
use crate::ui::context::floating::{Floating, use_floats};
use crate::ui::context::message_signals::MessagePart;
use crate::ui::context::open_thread::{OpenThread, use_open_thread};
use crate::ui::rows::Receipt;

/// The receipt of a message.
#[component]
pub fn ReceiptMark(seq: Memo<Seq>, receipt: Memo<MessagePart>) -> impl IntoView {
    let open_thread = use_open_thread();
    erase(move || {
        let view = match receipt.with(|part| part.of.receipt.clone())? {
            Receipt::Sent => direct_receipt("sent", "Sent"),
            Receipt::Delivered => direct_receipt("delivered", "Delivered"),
            Receipt::Read => direct_receipt("read", "Read"),
            Receipt::By(users) => readers(open_thread, seq, users.len()),
        };
        Some(view)
    })
}

fn direct_receipt(state: &'static str, text: &'static str) -> AnyView {
    view! {
        <span class="receipt" data-receipt=state>
            {text}
        </span>
    }
    .into_any()
}

/// The number of readers; a click lists them.
fn readers(open_thread: OpenThread, seq: Memo<Seq>, count: usize) -> AnyView {
    let floats = use_floats();
    view! {
        <button
            type="button"
            class="receipt readers"
            aria-haspopup="dialog"
            aria-expanded="false"
            on:click=move |event| {
                floats.open(&event, Floating::Readers(open_thread, seq.get_untracked()));
            }
        >
            "Read by "
            {count}
        </button>
    }
    .into_any()
}
