//! Code in a message: its language, and a button that copies it.

use std::time::Duration;

use leptos::prelude::*;

use super::browser;
use super::shared::shared;

/// How long the button says that it has copied.
const COPIED_FOR: Duration = Duration::from_secs(2);

/// A block of code.
#[component]
pub fn CodeBlock(language: String, text: String) -> impl IntoView {
    let copied = RwSignal::new(false);
    let code = text.clone();
    let copy = move |_| {
        if browser::copy_text(&code) {
            copied.set(true);
            let later = move || {
                let _ = copied.try_set(false);
            };
            set_timeout(later, COPIED_FOR);
        }
    };
    let name = move || match copied.get() {
        true => "Copied",
        false => "Copy",
    };
    view! {
        <div class="code">
            <div class="code-head">
                <span>{language}</span>
                <button type="button" class="live-only" on:click=copy>
                    {shared(name)}
                </button>
            </div>
            <pre dir="ltr" tabindex="0">
                <code>{text}</code>
            </pre>
        </div>
    }
}
