//! The list of texts that can no longer be sent, to be copied or discarded.

use std::sync::Arc;

use leptos::prelude::*;

use super::unsent::{UnsentSource, UnsentText, discard as discard_message, items};
use crate::client::dom;
use crate::client::reactive::{effect, handler};
use crate::client::state::use_client;
use crate::model::ThreadId;
use crate::ui::common::copied::Copied;
use crate::ui::context::toasts::use_toasts;

#[component]
pub fn UnsentList(thread: Option<ThreadId>) -> impl IntoView {
    let (chat, toasts) = (use_client(), use_toasts());
    let all = RwSignal::new(Vec::new());
    let look = move || all.set(items(chat, thread));
    effect(move |_| {
        // A refusal may still arrive.
        chat.timeline_changed();
        look();
    });
    let discard = move |source: UnsentSource| {
        match source {
            UnsentSource::Outbox(id) => discard_message(chat, toasts, id),
            UnsentSource::Draft(key) => {
                let entry = dom::stored(&key).unwrap_or_default();
                dom::store(&key, "");
                let undo = move || {
                    dom::store(&key, &entry);
                    // The list may be gone.
                    let _ = all.try_set(items(chat, thread));
                };
                toasts.offer("Draft discarded", "Undo", Arc::new(undo));
            }
        }
        look();
    };
    let row = move |item: UnsentText| {
        let (text, source) = (item.text.clone(), item.source);
        let copied = Copied::not_yet();
        view! {
            <li class="unsent-item">
                <p class="unsent-text" dir="auto">
                    {item.text}
                </p>
                <p class="buttons">
                    <button
                        type="button"
                        class="button"
                        on:click=handler(move |_| copied.notify(dom::copy_text(&text)))
                    >
                        {move || if copied.get() { "Copied" } else { "Copy" }}
                    </button>
                    <button
                        type="button"
                        class="button"
                        on:click=handler(move |_| discard(source.clone()))
                    >
                        "Discard"
                    </button>
                </p>
            </li>
        }
    };
    let heading = match thread {
        Some(_) => "Not sent from this chat",
        None => "Not sent from chats you can no longer open",
    };
    move || {
        let all = all.get();
        (!all.is_empty()).then(|| {
            view! {
                <section class="unsent" aria-label=heading>
                    <h2>{heading}</h2>
                    <ul>{all.into_iter().map(row).collect_view()}</ul>
                </section>
            }
        })
    }
}
