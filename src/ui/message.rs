//! One message: author and time at the head of a group, the text, and how it stands.

use std::collections::{HashMap, HashSet};

use leptos::prelude::*;

use super::avatar::Avatar;
use super::chat::use_chat;
use super::icons::{Bookmark, Pending, Pin, Warning};
use super::message_actions::MessageActions;
use super::message_text::MessageText;
use super::quote::QuoteLink;
use super::reactions::Reactions;
use super::rows::{Key, MessageRow, Row, State};
use super::shared::shared;
use super::stream::{Sheet, use_stream};
use super::time::{Clock, rfc3339};
use crate::engine::Input;
use crate::model::thread::DELETED;
use crate::model::{ClientId, Seq, UserId};

/// What all messages of the list watch.
#[derive(Clone, Copy)]
pub struct Watched {
    pub rows: RwSignal<Vec<Row>>,
    pub places: Memo<HashMap<Key, usize>>,
    pub openers: Memo<HashSet<Key>>,
}

impl Watched {
    /// The message with this key as it is now.
    fn message(self, key: Key) -> Option<MessageRow> {
        let at = self.places.with(|places| places.get(&key).copied())?;
        self.rows.with(|rows| match rows.get(at) {
            Some(Row::Message(message)) if message.key() == key => Some(message.clone()),
            _ => None,
        })
    }
}

/// One message. It watches for what becomes of it.
#[component]
pub fn Message(message: MessageRow, watched: Watched) -> impl IntoView {
    let (author, own, key) = (message.author, message.own, message.key());
    let opens = Memo::new(move |_| watched.openers.with(|openers| openers.contains(&key)));
    let mine = author == use_chat().me().id;
    let is_deleted = message.state == State::Deleted;
    let now = Memo::new(move |before: Option<&MessageRow>| {
        let now = watched.message(key);
        now.unwrap_or_else(|| before.unwrap_or(&message).clone())
    });
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
            {move || {
                own.filter(|_| !matches!(state(), "sent" | "deleted"))
                    .map(|id| view! { <Standing id state=now.with(|now| now.state.clone()) /> }.into_any())
            }}
        </article>
    }
}

/// What it says and answers, what was given to it, and what can be done with it.
#[component]
fn Body(now: Memo<MessageRow>, seq: Memo<Seq>, mine: bool) -> impl IntoView {
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
