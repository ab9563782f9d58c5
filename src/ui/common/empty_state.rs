//! The main part of the window when no thread is open.

use leptos::prelude::*;

use super::erased::erase;
use super::icons::{Logo, Two};
use crate::client::state::use_client;
use crate::ui::context::open_place::Open;
use crate::ui::thread::unsent::UnsentNotice;

/// The hint about what to do next when nothing is open.
#[component]
pub fn EmptyState() -> impl IntoView {
    let chat = use_client();
    let alone = Memo::new(move |_| chat.people("").is_empty());
    let words = move || {
        if alone.get() {
            view! {
                <h2>"You're the first one here"</h2>
                <p>"Share this address with the people you want to talk with. As soon as somebody signs up, they appear under People."</p>
            }
            .into_any()
        } else {
            view! {
                <h2>"Whom would you like to talk with?"</h2>
                <p>"Pick someone from People, or open one of your threads."</p>
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
            <h1>"There is nothing here for you"</h1>
            <p>"This thread doesn't exist, or you are not in it."</p>
            {thread.map(|id| view! { <UnsentNotice thread=Some(id) /> })}
            <p>
                <a class="button" href="/">
                    "Back to threads"
                </a>
            </p>
        </div>
    }
}
