//! Words that can't be sent any more, because their chat is gone or closed to the person who wrote them: to be copied or
//! discarded.

use leptos::prelude::*;

use super::browser;
use super::chat::{Chat, use_chat};
use super::copied::Copied;
use super::drafts;
use super::later::Later;
use crate::engine::{Input, PendingState};
use crate::model::{ClientId, ThreadId};

/// One text, and where it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Item {
    text: String,
    source: Source,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Source {
    /// A message in the outbox that the server refused.
    Outbox(ClientId),
    /// The entry of a draft in the browser's storage.
    Draft(String),
}

/// What was written and can't be sent: in this thread, or, without one, in all threads that aren't in the list.
fn items(chat: Chat, thread: Option<ThreadId>) -> Vec<Item> {
    let is_wanted = |id: ThreadId| match thread {
        Some(thread) => id == thread,
        None => !untrack(|| chat.is_known(id)),
    };
    let mut items: Vec<_> = chat.read(|engine| {
        let refused = engine.outbox().iter().filter(|pending| {
            matches!(pending.state, PendingState::Failed(_)) && is_wanted(pending.thread)
        });
        refused
            .map(|pending| Item {
                text: pending.text.clone(),
                source: Source::Outbox(pending.client_id),
            })
            .collect()
    });
    let drafts = drafts::all(chat.me().id).into_iter();
    for (_, key, draft) in drafts.filter(|(thread, ..)| is_wanted(*thread)) {
        items.extend(draft.texts().map(|text| Item {
            text: text.to_owned(),
            source: Source::Draft(key.clone()),
        }));
    }
    items
}

/// The place for [`Unsent`] on a page that says why a chat can't be opened. Nothing, where there are no such words.
#[component]
pub fn UnsentLater(thread: Option<ThreadId>) -> impl IntoView {
    let chat = use_chat();
    let has_some = RwSignal::new(false);
    Effect::new(move |_| {
        // What waits may be refused once the connection is back.
        let _ = chat.link();
        has_some.set(!items(chat, thread).is_empty());
    });
    move || {
        has_some
            .get()
            .then(|| view! { <Later draw=Box::new(move |parts| (parts.unsent)(thread)) /> })
    }
}

/// The words, each with what can be done with it.
#[component]
pub fn Unsent(thread: Option<ThreadId>) -> impl IntoView {
    let chat = use_chat();
    let all = RwSignal::new(Vec::new());
    let look = move || all.set(items(chat, thread));
    Effect::new(move |_| {
        // A refusal may still be on its way.
        chat.timeline_changed();
        look();
    });
    let discard = move |source: Source| {
        match source {
            Source::Outbox(id) => chat.act(Input::Discard(id)),
            Source::Draft(key) => browser::keep(&key, ""),
        }
        look();
    };
    let row = move |item: Item| {
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
                        on:click=move |_| copied.now(browser::copy_text(&text))
                    >
                        {move || if copied.get() { "Copied" } else { "Copy" }}
                    </button>
                    <button
                        type="button"
                        class="button"
                        on:click=move |_| discard(source.clone())
                    >
                        "Discard"
                    </button>
                </p>
            </li>
        }
    };
    let heading = match thread {
        Some(_) => "What you wrote here and didn't send",
        None => "What you wrote in chats you can't open any more",
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
