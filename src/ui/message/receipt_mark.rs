//! The receipt beside a message: a word in a direct thread, the readers' faces in a room. It stands beside the
//! text, so that nothing moves when it changes.

use leptos::prelude::*;

use crate::model::UserId;
use crate::model::names::isolated;
use crate::ui::common::avatar::Avatar;
use crate::ui::common::erased::erase;
use crate::ui::context::message_signals::MessagePart;
use crate::ui::context::open_thread::use_open_thread;
use crate::ui::rows::Receipt;

/// The maximum number of faces.
const FACES: usize = 3;

/// The receipt of a message.
#[component]
pub fn ReceiptMark(receipt: Memo<MessagePart>) -> impl IntoView {
    erase(move || {
        let view = match receipt.with(|part| part.of.receipt.clone())? {
            Receipt::Sent => direct_receipt("sent", "Sent"),
            Receipt::Delivered => direct_receipt("delivered", "Delivered"),
            Receipt::Read => direct_receipt("read", "Read"),
            Receipt::By(users) => faces(users),
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

/// The readers' faces, with the names on click and for screen readers.
fn faces(users: Vec<UserId>) -> AnyView {
    let chat = use_open_thread().chat;
    let more = users.len().saturating_sub(FACES);
    let shown = users[..users.len() - more].to_vec();
    let names = Memo::new(move |_| {
        let names: Vec<_> = users
            .iter()
            .map(|user| isolated(&chat.name(*user)))
            .collect();
        ["Read by ", &names.join(", ")].concat()
    });
    let is_open = RwSignal::new(false);
    let avatars = move || {
        let people = shown.iter().filter_map(|user| chat.person(*user));
        people
            .map(|person| view! { <Avatar person /> }.into_any())
            .collect_view()
    };
    view! {
        <button
            type="button"
            class="readers"
            title=names
            aria-expanded=move || is_open.get().to_string()
            on:click=move |_| is_open.update(|open| *open = !*open)
            on:blur=move |_| is_open.set(false)
        >
            <span class="sr-only">{names}</span>
            <span class="faces" aria-hidden="true">
                {erase(avatars)}
                {(more > 0).then(|| format!("+{more}"))}
            </span>
            {move || {
                let shown = is_open.get();
                shown
                    .then(|| {
                        view! {
                            <span class="reader-names" aria-hidden="true">
                                {names}
                            </span>
                        }
                            .into_any()
                    })
            }}
        </button>
    }
    .into_any()
}
