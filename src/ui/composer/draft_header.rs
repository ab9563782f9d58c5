//! The line above the composer's field: the reply or the edit under way.

use leptos::prelude::*;

use super::draft::Writing;
use crate::client::reactive::handler;
use crate::model::Quote;
use crate::model::names::isolated;
use crate::ui::common::erased::erase;
use crate::ui::common::icons::{Close, Pen, Reply};
use crate::ui::context::open_thread::OpenThread;
use crate::ui::markdown::loader::MarkdownContext;

/// The reply or the edit under way, and its cancel button.
#[component]
pub fn DraftHeader(open_thread: OpenThread) -> impl IntoView {
    let marked = expect_context::<MarkdownContext>();
    erase(move || {
        let (icon, what, text, leave) = match open_thread.writing.get() {
            Writing::New => return None,
            Writing::Reply(Quote { author, text, .. }) => {
                let name =
                    move || format!("Replying to {}", isolated(&open_thread.chat.name(author)));
                let icon = view! { <Reply /> }.into_any();
                let text = text.map(|text| marked.plain(text)).unwrap_or_default();
                (icon, erase(name), text, "Cancel reply")
            }
            Writing::Edit(_) => {
                let name = || "Editing your message".to_owned();
                let icon = view! { <Pen /> }.into_any();
                (icon, erase(name), String::new(), "Cancel editing")
            }
        };
        Some(
            view! {
                <div class="composer-about">
                    {icon}
                    <strong>{what}</strong>
                    <span class="composer-quote" dir="auto">
                        {text}
                    </span>
                    <button
                        type="button"
                        class="icon-button"
                        aria-label=leave
                        title=leave
                        on:click=handler(move |_| open_thread.cancel())
                    >
                        <Close />
                    </button>
                </div>
            }
            .into_any(),
        )
    })
}
