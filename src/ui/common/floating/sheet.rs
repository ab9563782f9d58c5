//! A sheet: comes from below on a phone, keeps the focus within, and closes with Escape, a tap beside it, and the
//! back button.

use leptos::ev::{self, MouseEvent};
use leptos::html;
use leptos::prelude::*;
use wasm_bindgen::JsValue;

use crate::client::dom;
use crate::client::reactive::{effect, handler};
use crate::ui::common::modal::is_beside;
use crate::ui::context::floating::use_floats;

/// The state of the entry in the history that the back button removes.
const ENTRY: &str = "sheet";

/// A sheet, open for as long as it is rendered. It takes the focus itself: a field in it would open the keyboard.
#[component]
pub fn Sheet(#[prop(into)] name: String, children: Children) -> impl IntoView {
    let floats = use_floats();
    let node = NodeRef::<html::Dialog>::new();
    effect(move |_| {
        if let Some(sheet) = node.get() {
            dom::after_render(move || {
                if !sheet.is_connected() || sheet.open() {
                    return;
                }
                let _ = sheet.show_modal();
                push_entry();
            });
        }
    });
    let back = window_event_listener(ev::popstate, move |_| floats.close());
    on_cleanup(move || {
        back.remove();
        drop_entry();
    });
    view! {
        <dialog
            class="from-below"
            aria-label=name
            autofocus
            tabindex="-1"
            node_ref=node
            on:click=handler(move |event: MouseEvent| {
                if is_beside(&event) {
                    floats.close();
                }
            })
            on:cancel=handler(move |event: ev::Event| {
                event.prevent_default();
                floats.close();
            })
            // A browser may close it without asking.
            on:close=handler(move |_| floats.close())
        >
            <span class="handle" aria-hidden="true"></span>
            {children()}
        </dialog>
    }
}

fn is_entry() -> bool {
    let state = window().history().and_then(|history| history.state());
    state.is_ok_and(|state| state.as_string().as_deref() == Some(ENTRY))
}

/// Adds an entry to the history, so that the back button closes the sheet and stays on the page.
fn push_entry() {
    if let Ok(history) = window().history()
        && !is_entry()
    {
        let _ = history.push_state_with_url(&JsValue::from_str(ENTRY), "", None);
    }
}

/// Removes the entry, unless the back button or another page has done so. Waits for what was chosen in the sheet:
/// it may open another page, or another sheet.
fn drop_entry() {
    request_animation_frame(move || {
        let is_open = document().query_selector("dialog.from-below[open]");
        if is_entry()
            && matches!(is_open, Ok(None))
            && let Ok(history) = window().history()
        {
            let _ = history.back();
        }
    });
}
