//! The pill over the messages: the way to the latest ones for whoever reads above.

use leptos::prelude::*;

use crate::ui::common::erased::{When, erase};
use crate::ui::common::icons::Down;

/// The pill. It says how many messages are new.
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
                on:click=move |_| jump()
            >
                <Down />
                <span>{erase(text)}</span>
            </button>
        </When>
    }
}
