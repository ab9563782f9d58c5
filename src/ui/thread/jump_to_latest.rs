//! The button over the messages that jumps to the latest ones.

use leptos::prelude::*;

use crate::client::reactive::handler;
use crate::ui::common::erased::{When, erase};
use crate::ui::common::icons::Down;

/// The button, labelled with the number of new messages.
#[component]
pub fn JumpToLatest(
    #[prop(into)] shown: Signal<bool>,
    #[prop(into)] unread: Signal<i64>,
    jump: impl Fn() + Copy + Send + Sync + 'static,
) -> impl IntoView {
    let text = move || match unread.get() {
        ..=0 => "Jump to latest".to_owned(),
        1 => "1 new message".to_owned(),
        count => format!("{count} new messages"),
    };
    view! {
        <When so=shown>
            <button
                type="button"
                class="pill live-only"
                class:news=move || { unread.get() > 0 }
                on:click=handler(move |_| jump())
            >
                <Down />
                <span>{erase(text)}</span>
            </button>
        </When>
    }
}
