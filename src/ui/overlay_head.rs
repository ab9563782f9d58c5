//! The head of what is read over the window: what it is, and the way out of it.

use leptos::html;
use leptos::prelude::*;

use super::browser;
use super::icons::Close;
use super::overlay::OpenOverlay;

/// See the module's page.
#[component]
pub fn OverlayHead(title: &'static str) -> impl IntoView {
    let open: OpenOverlay = expect_context();
    let close = NodeRef::<html::Button>::new();
    Effect::new(move |_| {
        if let Some(close) = close.get() {
            browser::when_drawn(move || drop(close.focus()));
        }
    });
    view! {
        <div class="overlay-head">
            <h2>{title}</h2>
            <button
                type="button"
                class="icon-button"
                aria-label="Close"
                node_ref=close
                on:click=move |_| open.set(None)
            >
                <Close />
            </button>
        </div>
    }
}
