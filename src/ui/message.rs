//! One message: author and time at the head of a group, the text, and how it stands.

use std::collections::HashMap;

use leptos::prelude::*;

use super::avatar::Avatar;
use super::chat::use_chat;
use super::icons::{Bookmark, Pending, Pin, Warning};
use super::message_actions::MessageActions;
use super::message_text::MessageText;
use super::quote::QuoteLink;
use super::reactions::Reactions;
use super::receipts::ReceiptMark;
use super::rows::{Key, MessageRow, Row, State};
use super::shared::shared;
use super::stream::{Sheet, use_stream};
use super::time::{Clock, rfc3339};
use crate::engine::Input;
use crate::model::thread::DELETED;
use crate::model::{ClientId, Seq, UserId};

/// Where each message of the list hears what becomes of it. A message hears of nothing else: so what comes costs as
/// much in a long list as in a short one.
#[derive(Clone, Copy)]
pub struct Watched(StoredValue<HashMap<Key, RwSignal<MessageRow>>>);

impl Watched {
    /// Nobody watches yet.
    #[must_use]
    pub fn begin() -> Self {
        Self(StoredValue::new(HashMap::new()))
    }

    /// Tells the messages that have changed.
    pub fn tell(self, rows: &[Row]) {
        let messages = rows.iter().filter_map(|row| match row {
            Row::Message(message) => Some(message),
            _ => None,
        });
        for message in messages {
            let heard = self.0.with_value(|all| all.get(&message.key()).copied());
            if let Some(now) = heard
                && now.try_with_untracked(|now| now != message) == Some(true)
            {
                now.set(message.clone());
            }
        }
    }

    /// A message as it is from now on, for as long as it is drawn.
    fn watch(self, message: MessageRow) -> RwSignal<MessageRow> {
        let key = message.key();
        let now = RwSignal::new(message);
        self.0.update_value(|all| {
            all.insert(key, now);
        });
        on_cleanup(move || {
            // It may be drawn anew already.
            self.0.try_update_value(|all| {
                if all.get(&key) == Some(&now) {
                    all.remove(&key);
                }
            });
        });
        now
    }
}

/// One message. It watches for what becomes of it.
#[component]
pub fn Message(message: MessageRow, watched: Watched) -> impl IntoView {
    let (author, own) = (message.author, message.own);
    let mine = author == use_chat().me().id;
    let is_deleted = message.state == State::Deleted;
    let now = watched.watch(message);
    let opens = Memo::new(move |_| now.with(|now| now.opens));
    let seq = Memo::new(move |_| now.with(|now| now.seq));
    let seq_text = move || (seq.get() > 0).then(|| seq.get().to_string());
    let state = move || now.with(|now| now.state.name());
    let time = move || {
        let clock = expect_context::<Clock>();
        let at = now.with(|now| now.at);
        view! {
            <time datetime=rfc3339(at) title=move || clock.full(at)>
                {move || clock.time_of_day(at)}
            </time>
        }
        .into_any()
    };
    let body = match is_deleted {
        true => view! { <p class="message-deleted">{DELETED}</p> }.into_any(),
        false => view! { <Body now seq mine /> }.into_any(),
    };
    view! {
        <article
            class="message"
            class:opens=opens
            class:mine=mine
            data-seq=shared(seq_text)
            data-state=shared(state)
            tabindex="-1"
        >
            <Author author opens />
            {shared(time)}
            {body}
            <ReceiptMark receipt=Memo::new(move |_| now.with(|now| now.receipt.clone())) />
            {move || {
                own.filter(|_| !matches!(state(), "sent" | "deleted"))
                    .map(|id| view! { <Standing id state=now.with(|now| now.state.clone()) /> }.into_any())
            }}
        </article>
    }
}

/// What it says and answers, what was given to it, and what can be done with it.
#[component]
fn Body(now: RwSignal<MessageRow>, seq: Memo<Seq>, mine: bool) -> impl IntoView {
    let stream = use_stream();
    let text = Memo::new(move |_| now.with(|now| (now.text.clone(), now.mentions.clone())));
    let quote = Memo::new(move |_| now.with(|now| now.reply.clone()));
    let edited = Memo::new(move |_| now.with(|now| now.edited_at));
    let pinned_by = Memo::new(move |_| now.with(|now| now.pinned_by));
    let given = Memo::new(move |_| now.with(|now| now.reactions.clone()));
    let edited = move || {
        let at = edited.get()?;
        let clock = expect_context::<Clock>();
        let versions = move |_| stream.sheet.set(Some(Sheet::Versions(seq.get_untracked())));
        Some(
            view! {
                <button
                    type="button"
                    class="edited"
                    title=move || clock.full(at)
                    on:click=versions
                >
                    "edited"
                    <span class="sr-only">", show the versions"</span>
                </button>
            }
            .into_any(),
        )
    };
    view! {
        <Kept seq pinned_by />
        <QuoteLink thread=stream.thread quote />
        {shared(move || {
            let (text, mentions) = text.get();
            view! { <MessageText text mentions /> }.into_any()
        })}
        {shared(edited)}
        <Reactions seq given />
        <MessageActions seq mine pinned_by />
    }
}

/// That it is pinned, and that one has saved it.
#[component]
fn Kept(seq: Memo<Seq>, pinned_by: Memo<Option<UserId>>) -> impl IntoView {
    let stream = use_stream();
    let is_saved = Memo::new(move |_| stream.saved.with(|saved| saved.contains(&seq.get())));
    shared(move || {
        let by = pinned_by.get();
        (by.is_some() || is_saved.get()).then(|| {
            let pinned = by.map(|by| {
                view! {
                    <span>
                        <Pin />
                        "Pinned by "
                        {move || stream.chat.name(by)}
                    </span>
                }
            });
            let saved = is_saved.get().then(|| {
                view! {
                    <span>
                        <Bookmark />
                        "Saved for later"
                    </span>
                }
            });
            view! { <p class="kept">{pinned} {saved}</p> }.into_any()
        })
    })
}

/// Who wrote it: seen at the head of a group, and always heard.
#[component]
fn Author(author: UserId, opens: Memo<bool>) -> impl IntoView {
    let chat = use_chat();
    let person = Memo::new(move |_| chat.person(author));
    let name = move || {
        person
            .get()
            .map_or_else(|| "Somebody".to_owned(), |person| person.display_name)
    };
    let avatar = move || {
        let person = person.get().filter(|_| opens.get());
        person.map(|person| view! { <Avatar person /> }.into_any())
    };
    let class = move || match opens.get() {
        true => "message-author",
        false => "sr-only",
    };
    view! {
        {shared(avatar)}
        <span class=shared(class) dir="auto">
            {shared(name)}
        </span>
    }
}

/// That it is on its way, or why it is not.
#[component]
fn Standing(id: ClientId, state: State) -> impl IntoView {
    let chat = use_chat();
    match state {
        State::Sent | State::Deleted => ().into_any(),
        State::Sending => view! {
            <span class="sending">
                <Pending />
                <span class="sr-only">"sending"</span>
            </span>
        }
        .into_any(),
        State::Failed(refusal) => view! {
            <div class="failed">
                <Warning />
                <span>"Not sent. " {refusal.to_string()}</span>
                <button
                    type="button"
                    class="button small"
                    on:click=move |_| chat.act(Input::Retry(id))
                >
                    "Retry"
                </button>
                <button
                    type="button"
                    class="button small quiet"
                    on:click=move |_| chat.act(Input::Discard(id))
                >
                    "Discard"
                </button>
            </div>
        }
        .into_any(),
    }
}
