//! One thread in the thread list.

use leptos::prelude::*;

use super::avatar::Avatar;
use super::chat::use_chat;
use super::place::thread_path;
use super::time::{Clock, rfc3339};
use super::window::Open;
use crate::model::ThreadId;

/// One thread in the thread list: with whom, what was said last, when, and how much of it is unread.
#[component]
pub fn ThreadRow(id: ThreadId) -> impl IntoView {
    let chat = use_chat();
    let clock = expect_context::<Clock>();
    let open = expect_context::<RwSignal<Open>>();
    let me = chat.me().id;
    let other = Memo::new(move |_| chat.other(id));
    let last = Memo::new(move |_| chat.thread(id).and_then(|head| head.last));
    let unread = Memo::new(move |_| chat.unread(id));
    let current = Memo::new(move |_| open.get().place.thread() == Some(id));

    let avatar = move || {
        other.get().map(|other| {
            let online = Signal::derive(move || chat.is_online(other.id));
            view! { <Avatar person=other online /> }
        })
    };
    let name = move || other.get().map(|other| other.display_name);
    let time = move || {
        last.get().map(|last| {
            view! {
                <time class="thread-time" datetime=rfc3339(last.at)>
                    {move || clock.brief(last.at)}
                </time>
            }
        })
    };
    let preview = move || match last.get() {
        Some(last) if last.author == me => ["You: ", &last.text].concat(),
        Some(last) => last.text,
        None => "No messages yet".to_owned(),
    };
    let badge = move || {
        let count = unread.get();
        (count > 0).then(|| {
            view! {
                <span class="badge">
                    <span aria-hidden="true">
                        {if count > 99 { "99+".to_owned() } else { count.to_string() }}
                    </span>
                    <span class="sr-only">{format!("{count} unread")}</span>
                </span>
            }
        })
    };
    view! {
        <li>
            <a
                class="row thread-row"
                class:unread=move || { unread.get() > 0 }
                href=thread_path(id)
                aria-current=move || current.get().then_some("page")
            >
                {avatar}
                <span class="row-text">
                    <span class="row-line">
                        <span class="row-name" dir="auto">
                            {name}
                        </span>
                        {time}
                    </span>
                    <span class="row-line">
                        <span class="row-more" dir="auto">
                            {preview}
                        </span>
                        {badge}
                    </span>
                </span>
            </a>
        </li>
    }
}
