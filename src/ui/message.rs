//! One message: author and time at the head of a group, the text, and how it stands.

use std::collections::HashSet;

use leptos::prelude::*;

use super::avatar::Avatar;
use super::chat::use_chat;
use super::delete_button::DeleteButton;
use super::icons::{Pending, Warning};
use super::message_text::MessageText;
use super::rows::{Key, MessageRow, Row, State};
use super::shared::shared;
use super::time::{Clock, rfc3339};
use crate::engine::Input;
use crate::model::{ClientId, UserId};

/// One message. One that was not sent when it was drawn watches `rows` for how it stands.
#[component]
pub fn Message(
    message: MessageRow,
    rows: RwSignal<Vec<Row>>,
    openers: Memo<HashSet<Key>>,
) -> impl IntoView {
    let (author, own, key) = (message.author, message.own, message.key());
    let opens = Memo::new(move |_| openers.with(|openers| openers.contains(&key)));
    let mine = author == use_chat().me().id;
    let text = message.text.clone();
    let is_deleted = message.state == State::Deleted;
    let now = if matches!(message.state, State::Sent | State::Deleted) {
        Signal::stored(message)
    } else {
        Memo::new(move |before: Option<&MessageRow>| {
            let before = before.unwrap_or(&message).clone();
            rows.with(|rows| {
                let mut found = rows.iter().rev().filter_map(|row| match row {
                    Row::Message(other) if other.key() == key => Some(other.clone()),
                    _ => None,
                });
                found.next().unwrap_or(before)
            })
        })
        .into()
    };
    let seq = move || now.with(|now| (now.seq > 0).then(|| now.seq.to_string()));
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
    let body = if is_deleted {
        view! { <p class="message-deleted">{text}</p> }.into_any()
    } else {
        let seq = Memo::new(move |_| now.with(|now| now.seq));
        view! {
            <MessageText text />
            <DeleteButton seq />
        }
        .into_any()
    };
    view! {
        <article
            class="message"
            class:opens=opens
            class:mine=mine
            data-seq=shared(seq)
            data-state=shared(state)
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
