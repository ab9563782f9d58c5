//! What is shown over the messages: the choice of emoji for one, what it said before, those that are pinned, the way
//! to another day. One native
//! dialog, which keeps the focus within, closes with Escape and gives the focus back.

use leptos::ev::MouseEvent;
use leptos::html;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::Element;

use super::browser;
use super::icons::Close;
use super::later::Later;
use super::shared::shared;
use super::stream::{Sheet, use_stream};

/// The dialog. Once over the messages.
#[component]
pub fn SheetDialog() -> impl IntoView {
    let stream = use_stream();
    let node = NodeRef::<html::Dialog>::new();
    Effect::new(move |_| {
        let open = stream.sheet.get().is_some();
        let Some(dialog) = node.get() else { return };
        if open && !dialog.open() {
            browser::when_drawn(move || drop(dialog.show_modal()));
        } else if !open && dialog.open() {
            dialog.close();
        }
    });
    // A click beside what is in it is on the dialog itself.
    let clicked = move |event: MouseEvent| {
        let target = event.target().and_then(|it| it.dyn_into::<Element>().ok());
        if target.is_some_and(|it| it.has_attribute("data-sheet")) {
            stream.sheet.set(None);
        }
    };
    let title = move || match stream.sheet.get() {
        Some(Sheet::Versions(_)) => "Versions of the message",
        Some(Sheet::Pins) => "Pinned messages",
        Some(Sheet::Jump(_)) => "Jump to a day",
        _ => "Choose an emoji",
    };
    view! {
        <dialog
            class="sheet"
            data-sheet=""
            aria-labelledby="sheet-title"
            node_ref=node
            on:click=clicked
            on:close=move |_| stream.sheet.set(None)
        >
            <div class="sheet-body">
                <div class="sheet-head">
                    <h2 id="sheet-title">{title}</h2>
                    <button
                        type="button"
                        class="icon-button"
                        aria-label="Close"
                        title="Close"
                        on:click=move |_| stream.sheet.set(None)
                    >
                        <Close />
                    </button>
                </div>
                {shared(move || match stream.sheet.get() {
                    None => ().into_any(),
                    Some(Sheet::Emoji(seq)) => {
                        view! { <Later draw=Box::new(move |parts| (parts.emoji)(seq)) /> }.into_any()
                    }
                    Some(Sheet::Pins) => {
                        let thread = stream.thread;
                        view! { <Later draw=Box::new(move |parts| (parts.pins)(thread)) /> }
                            .into_any()
                    }
                    Some(Sheet::Jump(at)) => {
                        view! { <Later draw=Box::new(move |parts| (parts.jump)(at)) /> }.into_any()
                    }
                    Some(Sheet::Versions(seq)) => {
                        let thread = stream.thread;
                        view! {
                            <Later draw=Box::new(move |parts| (parts.versions)(thread, seq)) />
                        }
                            .into_any()
                    }
                })}
            </div>
        </dialog>
    }
}
