//! The main part of the window when no thread is open.

use leptos::prelude::*;

use super::erased::erase;
use super::icons::{Logo, Two};
use crate::client::reactive::memo;
use crate::client::state::use_client;
use crate::ui::context::open_place::Open;
use crate::ui::thread::unsent::UnsentNotice;

/// The hint about what to do next when nothing is open.
#[component]
pub fn EmptyState() -> impl IntoView {
    let chat = use_client();
    let alone = memo(move |_| chat.people_with(|_| Some(())).len() < 2);
    let words = move || {
        if alone.get() {
            view! {
                <h2>"You're the first one here"</h2>
                <p>"Share the address of this site. Anyone who signs up appears under People."</p>
            }
            .into_any()
        } else {
            view! {
                <h2>"Pick a chat to start"</h2>
                <p>"Choose someone under People, or open one of your chats."</p>
            }
            .into_any()
        }
    };
    view! {
        <div class="empty-state">
            <Two />
            {erase(words)}
            <UnsentNotice thread=None />
        </div>
    }
}

/// The page for an address of no thread, or of one that the user is not in.
#[component]
pub fn NothingHere() -> impl IntoView {
    let open = use_context::<RwSignal<Open>>();
    let thread = open.and_then(|open| open.with_untracked(|open| open.route.thread()));
    view! {
        <div class="empty-state">
            <Logo />
            <h1>"You can't see this chat"</h1>
            <p>"It doesn't exist, or you're not a member."</p>
            {thread.map(|id| view! { <UnsentNotice thread=Some(id) /> })}
            <p>
                <a class="button" href="/">
                    "Back to chats"
                </a>
            </p>
        </div>
    }
}
