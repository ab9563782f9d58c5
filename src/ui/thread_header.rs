//! The head of an open thread: with whom it is, and whether that person is online.

use leptos::prelude::*;

use super::avatar::Avatar;
use super::chat::use_chat;
use super::icons::Back;
use crate::model::ThreadId;

/// The head of an open thread.
#[component]
pub fn ThreadHeader(id: ThreadId) -> impl IntoView {
    let chat = use_chat();
    let other = Memo::new(move |_| chat.other(id));
    let online = Memo::new(move |_| other.get().is_some_and(|other| chat.is_online(other.id)));
    let avatar = move || other.get().map(|person| view! { <Avatar person online /> });
    let name = move || {
        other
            .get()
            .map_or_else(|| "Thread".to_owned(), |other| other.display_name)
    };
    let username = move || other.get().map(|other| ["@", &other.username].concat());
    let state = move || if online.get() { "online" } else { "offline" };
    view! {
        <header class="thread-header">
            <a class="icon-button back" href="/" aria-label="Back to threads">
                <Back />
            </a>
            {avatar}
            <div class="row-text">
                <h1 class="row-name" dir="auto">
                    {name}
                </h1>
                <p class="row-more">
                    <span class="row-username">{username}</span>
                    " · "
                    <span class="row-state" class:online=move || online.get()>
                        {state}
                    </span>
                </p>
            </div>
        </header>
    }
}
