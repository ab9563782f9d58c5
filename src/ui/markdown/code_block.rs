//! A code block in a message: its language, and a button that copies it.

use leptos::prelude::*;

use crate::client::dom;
use crate::ui::common::copied::Copied;
use crate::ui::common::erased::erase;

#[component]
pub fn CodeBlock(language: String, text: String) -> impl IntoView {
    let copied = Copied::not_yet();
    let code = text.clone();
    let copy = move |_| copied.notify(dom::copy_text(&code));
    let name = move || match copied.get() {
        true => "Copied",
        false => "Copy",
    };
    view! {
        <div class="code">
            <div class="code-head">
                <span>{language}</span>
                <button type="button" class="live-only" on:click=copy>
                    {erase(name)}
                </button>
            </div>
            <pre dir="ltr" tabindex="0">
                <code>{text}</code>
            </pre>
        </div>
    }
}
