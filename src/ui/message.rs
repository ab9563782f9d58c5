//! A message: author and time at the head of a group, the text, and its delivery state.

pub mod file_kinds;
pub mod files;
pub mod files_list;
pub mod long_press;
pub mod message_actions;
pub mod message_menu;
pub mod message_more;
pub mod message_preview;
pub mod message_text;
pub mod notice_line;
pub mod profile_card;
pub mod reactions;
pub mod receipt_mark;
pub mod reply_quote;
pub mod used_emoji;
pub mod viewer;
pub mod voice;
use leptos::prelude::*;

use self::message_actions::MessageActions;
use self::message_text::MessageText;
use self::reactions::Reactions;
use self::receipt_mark::ReceiptMark;
use self::reply_quote::QuoteLink;
use super::common::avatar::Avatar;
use super::common::erased::erase;
use super::common::icons::{Bookmark, Pending, Pin, Warning};
use super::context::attachments::ShownFiles;
use super::context::message_signals::{MessagePart, MessageSignal, MessageSignals};
use super::context::open_thread::{MessageDialogKind, use_open_thread};
use super::context::toasts::use_toasts;
use super::lazy::{Lazy, LazyView};
use super::rows::{MessageRow, State};
use super::thread::unsent::discard;
use crate::client::clock::{TimeFormat, rfc3339};
use crate::client::reactive::{handler, memo};
use crate::client::state::use_client;
use crate::engine::{Held, Input};
use crate::model::names::isolated;
use crate::model::thread::{BLOCKED, DELETED};
use crate::model::{ClientId, Seq, UserId};

/// A message, which follows its own changes.
#[component]
pub fn MessageItem(message: MessageRow, watched: MessageSignals) -> impl IntoView {
    let (author, own) = (message.author, message.own);
    let chat = use_client();
    let mine = author == chat.me().id;
    let is_deleted = message.state == State::Deleted;
    let now = watched.watch(message);
    let opens = memo(move |_| now.with(|now| now.opens));
    let seq = memo(move |_| now.with(|now| now.seq));
    let receipt = now.part(|one, other| one.receipt == other.receipt);
    let seq_text = move || (seq.get() > 0).then(|| seq.get().to_string());
    let state = move || now.with(|now| now.state.name());
    let time = move || {
        let clock = expect_context::<TimeFormat>();
        let at = now.with(|now| now.at);
        view! {
            <time datetime=rfc3339(at) title=move || clock.full(at)>
                {move || clock.time_of_day(at)}
            </time>
        }
        .into_any()
    };
    let thread = use_open_thread().thread;
    let shown = RwSignal::new(false);
    let folded = memo(move |_| !shown.get() && chat.is_folded(thread, author));
    let body = erase(move || {
        match (is_deleted, folded.get()) {
        (true, _) => view! { <p class="message-deleted">{DELETED}</p> }.into_any(),
        (_, true) => view! {
            <p class="message-deleted">
                {BLOCKED} " "
                <button type="button" class="button small" on:click=handler(move |_| shown.set(true))>
                    "Show"
                </button>
            </p>
        }
        .into_any(),
        _ => view! { <Body now seq mine /> }.into_any(),
    }
    });
    view! {
        <article
            class="message"
            class:opens=opens
            class:mine=mine
            data-seq=erase(seq_text)
            data-state=erase(state)
            tabindex="-1"
        >
            <Author author opens />
            // Keeps the two apart when they are copied.
            " "
            {erase(time)}
            {body}
            <ReceiptMark seq receipt />
            {move || {
                own.filter(|_| !matches!(state(), "sent" | "deleted"))
                    .map(|id| view! { <SendState id state=now.with(|now| now.state.clone()) /> }.into_any())
            }}
        </article>
    }
}

/// The text, the quote, the reactions and the actions of a message.
#[component]
fn Body(now: MessageSignal, seq: Memo<Seq>, mine: bool) -> impl IntoView {
    let open_thread = use_open_thread();
    let text = now.part(|one, other| one.text == other.text && one.mentions == other.mentions);
    let reply = now.part(|one, other| one.reply == other.reply);
    let edited = now.part(|one, other| one.edited_at == other.edited_at);
    let files = now.part(|one, other| one.files == other.files && one.seq == other.seq);
    let files = move || {
        let files = ShownFiles::of(open_thread.thread, &files.get().of)?;
        let view = LazyView::Files(files);
        Some(view! { <div class="message-files"><Lazy view /></div> }.into_any())
    };
    let pinned = now.part(|one, other| one.pinned_by == other.pinned_by);
    let given = now.part(|one, other| one.reactions == other.reactions);
    let edited = move || {
        let at = edited.with(|edited| edited.of.edited_at)?;
        let clock = expect_context::<TimeFormat>();
        let versions = move |_| {
            open_thread
                .dialog
                .set(Some(MessageDialogKind::Versions(seq.get_untracked())));
        };
        Some(
            view! {
                <button
                    type="button"
                    class="edited"
                    title=move || clock.full(at)
                    on:click=versions
                >
                    "edited"
                    <span class="sr-only">", show edit history"</span>
                </button>
            }
            .into_any(),
        )
    };
    view! {
        <QuoteLink thread=open_thread.thread reply />
        {erase(move || {
            let message = text.get().of;
            let (text, mentions) = (message.text.clone(), message.mentions.clone());
            // A message may have files alone.
            (!text.is_empty()).then(|| view! { <MessageText text mentions /> }.into_any())
        })}
        {erase(edited)}
        {erase(files)}
        <PinnedAndSaved seq pinned />
        <Reactions seq given />
        <MessageActions seq mine />
    }
}

/// The marks of a pinned and of a saved message.
#[component]
fn PinnedAndSaved(seq: Memo<Seq>, pinned: Memo<MessagePart>) -> impl IntoView {
    let open_thread = use_open_thread();
    let is_saved = memo(move |_| open_thread.saved.with(|saved| saved.contains(&seq.get())));
    erase(move || {
        let by = pinned.with(|pinned| pinned.of.pinned_by);
        (by.is_some() || is_saved.get()).then(|| {
            let pinned = by.map(|by| {
                view! {
                    <span>
                        <Pin />
                        "Pinned by "
                        {move || isolated(&open_thread.chat.name(by))}
                    </span>
                }
            });
            let saved = is_saved.get().then(|| {
                view! {
                    <span>
                        <Bookmark />
                        "Saved"
                    </span>
                }
            });
            view! { <p class="kept">{pinned} {saved}</p> }.into_any()
        })
    })
}

/// The author: visible at the head of a group only, but always there for screen readers.
#[component]
fn Author(author: UserId, opens: Memo<bool>) -> impl IntoView {
    let chat = use_client();
    let person = memo(move |_| chat.person(author));
    let name = move || {
        person
            .get()
            .map_or_else(|| "Someone".to_owned(), |person| person.shown())
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
        {erase(avatar)}
        <span class=erase(class) dir="auto" data-user=author.to_string()>
            {erase(name)}
        </span>
    }
}

/// The delivery state of an unsent message: on its way, or why it failed.
#[component]
fn SendState(id: ClientId, state: State) -> impl IntoView {
    let (chat, toasts) = (use_client(), use_toasts());
    match state {
        State::Sent | State::Deleted => ().into_any(),
        State::Sending(None) => view! {
            <span class="Sending">
                <Pending />
                <span class="sr-only">"Sending"</span>
            </span>
        }
        .into_any(),
        State::Sending(Some(held)) => {
            let text = match held {
                Held::Seconds(seconds) => format!("Sending in {seconds} s"),
                Held::ReadOnly => {
                    "Waiting to send: the server is almost out of disk space".to_owned()
                }
            };
            view! { <p class="held">{text}</p> }.into_any()
        }
        State::Failed(refusal) => view! {
            <div class="failed">
                <Warning />
                <span>"Not sent. " {refusal.to_string()}</span>
                <button
                    type="button"
                    class="button small"
                    on:click=handler(move |_| chat.act(Input::Retry(id)))
                >
                    "Try again"
                </button>
                <button
                    type="button"
                    class="button small quiet"
                    on:click=handler(move |_| discard(chat, toasts, id))
                >
                    "Delete"
                </button>
            </div>
        }
        .into_any(),
    }
}
