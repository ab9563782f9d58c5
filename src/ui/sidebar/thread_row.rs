//! A row of the thread list.

use leptos::prelude::*;

use crate::client::clock::{TimeFormat, rfc3339};
use crate::client::state::{ClientState, use_client};
use crate::model::names::isolated;
use crate::model::thread::BLOCKED;
use crate::model::{Preview, ThreadId};
use crate::routes::thread_path;
use crate::ui::common::avatar::Avatar;
use crate::ui::common::badge::badge;
use crate::ui::common::erased::erase;
use crate::ui::common::icons::BellOff;
use crate::ui::common::room_icon::RoomIcon;
use crate::ui::context::open_place::Open;
use crate::ui::markdown::loader::MarkdownContext;

/// A thread in the list: its name, the last message with its time, and the number of unread messages.
#[component]
pub fn ThreadRow(id: ThreadId) -> impl IntoView {
    let chat = use_client();
    let (clock, marked) = (
        expect_context::<TimeFormat>(),
        expect_context::<MarkdownContext>(),
    );
    let open = expect_context::<RwSignal<Open>>();
    let other = Memo::new(move |_| chat.other(id));
    let last = Memo::new(move |_| chat.thread(id).and_then(|head| head.last));
    let unread = Memo::new(move |_| chat.unread(id));
    let is_mentioned = Memo::new(move |_| chat.is_mentioned(id));
    let current = Memo::new(move |_| open.get().route.thread() == Some(id));

    let room = Memo::new(move |_| {
        let room = chat.room(id)?;
        Some((room.is_private, room.muted))
    });
    let muted = move || room.get().is_some_and(|(_, muted)| muted);

    let avatar = move || match (other.get(), room.get()) {
        (Some(other), _) => {
            let online = Signal::derive(move || chat.is_online(other.id));
            view! { <Avatar person=other online /> }.into_any()
        }
        (None, Some((is_private, _))) => view! { <RoomIcon is_private /> }.into_any(),
        (None, None) => ().into_any(),
    };
    let name = move || chat.title(id);
    let time = move || {
        last.get().map(|last| {
            view! {
                <time class="thread-time" datetime=rfc3339(last.at)>
                    {move || clock.brief(last.at)}
                </time>
            }
            .into_any()
        })
    };
    let preview = move || match last.get() {
        Some(last) => preview(chat, marked, id, last),
        None => "No messages yet".to_owned(),
    };
    let silence = move || {
        muted().then(|| {
            view! {
                <span class="thread-muted">
                    <BellOff />
                    <span class="sr-only">"Muted"</span>
                </span>
            }
            .into_any()
        })
    };
    let call = move || {
        is_mentioned.get().then(|| {
            view! {
                <span class="badge call">
                    <span aria-hidden="true">"@"</span>
                    <span class="sr-only">"You are mentioned"</span>
                </span>
            }
            .into_any()
        })
    };
    view! {
        <li>
            <a
                class="row thread-row"
                class:unread=move || { unread.get() > 0 }
                class:muted=erase(muted)
                href=thread_path(id)
                aria-current=move || current.get().then_some("page")
            >
                {erase(avatar)}
                <span class="row-text">
                    <span class="row-line">
                        <span class="row-name" dir="auto">
                            {erase(name)}
                        </span>
                        {erase(time)}
                    </span>
                    <span class="row-line">
                        <span class="row-more" dir="auto">
                            {erase(preview)}
                        </span>
                        {erase(silence)}
                        {erase(call)}
                        {erase(move || badge(unread.get()))}
                    </span>
                </span>
            </a>
        </li>
    }
}

/// The last message, with its author where that isn't obvious.
fn preview(chat: ClientState, marked: MarkdownContext, id: ThreadId, last: Preview) -> String {
    let text = match chat.is_folded(id, last.author) {
        true => BLOCKED.to_owned(),
        false => marked.plain(last.text),
    };
    if last.author == chat.me().id {
        ["You: ", &text].concat()
    } else if chat.is_room(id) {
        [&isolated(&chat.name(last.author)), ": ", &text].concat()
    } else {
        text
    }
}
