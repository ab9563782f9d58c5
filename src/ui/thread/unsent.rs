//! Unsent texts that can no longer be sent, because their thread is gone or closed to the user: to be copied or
//! discarded.

use std::sync::Arc;

use leptos::prelude::*;

use crate::client::reactive::effect;
use crate::client::state::{ClientState, use_client};
use crate::engine::{Input, PendingState};
use crate::model::{ClientId, ThreadId};
use crate::ui::composer::drafts;
use crate::ui::context::toasts::Toasts;
use crate::ui::lazy::{Lazy, LazyView};

/// An unsent text, and where it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnsentText {
    pub text: String,
    pub source: UnsentSource,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UnsentSource {
    /// A message in the outbox that the server refused.
    Outbox(ClientId),
    /// The key of a draft's entry in the browser's storage.
    Draft(String),
}

/// The unsendable texts of a thread, or, with `None`, of all threads that aren't in the list.
#[must_use]
pub fn items(chat: ClientState, thread: Option<ThreadId>) -> Vec<UnsentText> {
    let is_wanted = |id: ThreadId| match thread {
        Some(thread) => id == thread,
        None => !untrack(|| chat.is_known(id)),
    };
    let mut items: Vec<_> = chat.read(|engine| {
        let refused = engine.outbox().iter().filter(|pending| {
            matches!(pending.state, PendingState::Failed(_)) && is_wanted(pending.thread)
        });
        refused
            .map(|pending| UnsentText {
                text: pending.text.clone(),
                source: UnsentSource::Outbox(pending.client_id),
            })
            .collect()
    });
    let drafts = drafts::all(chat.me().id).into_iter();
    for (_, key, draft) in drafts.filter(|(thread, ..)| is_wanted(*thread)) {
        items.extend(draft.texts().map(|text| UnsentText {
            text: text.to_owned(),
            source: UnsentSource::Draft(key.clone()),
        }));
    }
    items
}

/// Shows [`crate::ui::thread::unsent_list`] on a page that says why a thread can't be opened. Empty without such
/// texts.
#[component]
pub fn UnsentNotice(thread: Option<ThreadId>) -> impl IntoView {
    let chat = use_client();
    let has_some = RwSignal::new(false);
    effect(move |_| {
        // A waiting message may be refused once the connection is back.
        let _ = chat.link();
        has_some.set(!items(chat, thread).is_empty());
    });
    move || {
        has_some
            .get()
            .then(|| view! { <Lazy view=LazyView::Unsent(thread) /> })
    }
}

/// Discards a message that was not sent, with *Undo*.
pub fn discard(chat: ClientState, toasts: Toasts, id: ClientId) {
    let discarded = chat.read(|engine| {
        let mut outbox = engine.outbox().iter();
        outbox.find(|pending| pending.client_id == id).cloned()
    });
    chat.act(Input::Discard(id));
    if let Some(pending) = discarded {
        let undo = move || chat.act(Input::Restore(pending.clone()));
        toasts.offer("Message discarded", "Undo", Arc::new(undo));
    }
}
