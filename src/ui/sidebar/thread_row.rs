//! A row of the thread list.

use leptos::ev::MouseEvent;
use leptos::prelude::*;

use crate::client::clock::{TimeFormat, rfc3339};
use crate::client::notices;
use crate::client::reactive::memo;
use crate::client::router::Router;
use crate::client::state::{ClientState, use_client};
use crate::model::names::isolated;
use crate::model::thread::BLOCKED;
use crate::model::{Preview, Seq, ThreadId};
use crate::routes::{message_path, thread_path};
use crate::ui::common::avatar::Avatar;
use crate::ui::common::badge::badge;
use crate::ui::common::erased::erase;
use crate::ui::common::icons::{BellOff, Star, Warning};
use crate::ui::common::room_icon::RoomIcon;
use crate::ui::context::open_place::Open;
use crate::ui::markdown::loader::MarkdownContext;

/// A thread in the list: its name, its last message with the time, and the number of unread messages.
#[component]
pub fn ThreadRow(
    id: ThreadId,
    /// The texts of drafts.
    drafts: RwSignal<Vec<(ThreadId, String)>>,
) -> impl IntoView {
    let chat = use_client();
    let marked = expect_context::<MarkdownContext>();
    let open = expect_context::<RwSignal<Open>>();
    let other = memo(move |_| chat.other(id));
    let last = memo(move |_| chat.thread(id).and_then(|head| head.last));
    let unread = memo(move |_| chat.unread(id));
    let mention = memo(move |_| chat.first_mention(id));
    let is_typing = memo(move |_| !chat.typing(id).is_empty());
    let current = memo(move |_| open.get().route.thread() == Some(id));
    let draft = memo(move |_| {
        let is_it = |(thread, _): &&(ThreadId, String)| *thread == id && !current.get();
        drafts.with(|all| all.iter().find(is_it).map(|(_, text)| text.clone()))
    });

    let room = memo(move |_| {
        let room = chat.room(id)?;
        Some((room.is_private, room.is_group))
    });
    let muted = memo(move |_| notices::is_muted(chat, id));
    let muted = move || muted.get();
    let calls = move || mention.get().is_some() || (unread.get() > 0 && !muted());

    let avatar = move || match (other.get(), room.get()) {
        (Some(other), _) => {
            let online = Signal::derive(move || chat.is_online(other.id) && !chat.is_notes(id));
            view! { <Avatar person=other online /> }.into_any()
        }
        (None, Some((is_private, is_group))) => {
            view! { <RoomIcon is_private is_group /> }.into_any()
        }
        (None, None) => ().into_any(),
    };
    let name = move || chat.title(id);
    let preview = move || match (is_typing.get(), draft.get(), last.get()) {
        (true, ..) => view! { <span class="row-typing">"typing…"</span> }.into_any(),
        (_, Some(text), _) => view! {
            <span class="row-draft">"Draft: "</span>
            {marked.plain(text)}
        }
        .into_any(),
        (.., Some(last)) => preview(chat, marked, id, last).into_any(),
        _ => "No messages yet".into_any(),
    };
    view! {
        <li>
            <a
                class="row thread-row"
                class:unread=move || { unread.get() > 0 }
                class:calls=erase(calls)
                class:muted=erase(muted)
                class:room=move || room.with(Option::is_some)
                href=thread_path(id)
                aria-current=move || current.get().then_some("page")
            >
                {erase(avatar)}
                <span class="row-text">
                    <span class="row-line">
                        <span class="row-name" dir="auto">
                            {erase(name)}
                        </span>
                        <ThreadTime id last />
                    </span>
                    <span class="row-line">
                        <span class="row-more" dir="auto">
                            {erase(preview)}
                        </span>
                        <ThreadMarks id muted=Signal::derive(muted) mention />
                        {erase(move || badge(unread.get()))}
                    </span>
                </span>
            </a>
        </li>
    }
}

/// The time of the last message; in its place, that the user's own could not be sent.
#[component]
fn ThreadTime(id: ThreadId, last: Memo<Option<Preview>>) -> impl IntoView {
    let chat = use_client();
    let clock = expect_context::<TimeFormat>();
    let has_unsent = memo(move |_| chat.has_unsent(id));
    erase(move || {
        if has_unsent.get() {
            let mark = view! {
                <span class="thread-unsent" title="Not sent">
                    <Warning />
                    <span class="sr-only">"Not sent"</span>
                </span>
            };
            return Some(mark.into_any());
        }
        last.get().map(|last| {
            view! {
                <time class="thread-time" datetime=rfc3339(last.at)>
                    {move || clock.brief(last.at)}
                </time>
            }
            .into_any()
        })
    })
}

/// That the thread is muted, and that the user is mentioned.
#[component]
fn ThreadMarks(id: ThreadId, muted: Signal<bool>, mention: Memo<Option<Seq>>) -> impl IntoView {
    let router = expect_context::<Router>();
    let silence = move || {
        muted.get().then(|| {
            view! {
                <span class="thread-muted">
                    <BellOff />
                    <span class="sr-only">"Muted"</span>
                </span>
            }
            .into_any()
        })
    };
    let chat = use_client();
    let is_favourite = memo(move |_| chat.thread(id).is_some_and(|head| head.favourite));
    let star = move || {
        is_favourite.get().then(|| {
            view! {
                <span class="thread-muted">
                    <Star />
                    <span class="sr-only">"Favourite"</span>
                </span>
            }
            .into_any()
        })
    };
    let call = move || {
        mention.get().map(|seq| {
            // A shortcut for the pointer: the row's link leads to the unread messages, where the mention is too.
            let go = move |event: MouseEvent| {
                event.prevent_default();
                router.go(&message_path(id, seq));
            };
            view! {
                <span class="badge call" title="Go to the mention" on:click=go>
                    <span aria-hidden="true">"@"</span>
                    <span class="sr-only">"You were mentioned"</span>
                </span>
            }
            .into_any()
        })
    };
    view! {
        {erase(star)}
        {erase(silence)}
        {erase(call)}
    }
}

/// The last message, with its author where that isn't obvious.
fn preview(chat: ClientState, marked: MarkdownContext, id: ThreadId, last: Preview) -> String {
    let text = match chat.is_folded(id, last.author) {
        true => BLOCKED.to_owned(),
        false => marked.plain(last.text),
    };
    if chat.is_notes(id) {
        text
    } else if last.author == chat.me().id {
        ["You: ", &text].concat()
    } else if chat.is_room(id) {
        [&isolated(&chat.name(last.author)), ": ", &text].concat()
    } else {
        text
    }
}
