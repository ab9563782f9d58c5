//! The native dialog over the page: it keeps the focus within, closes with Escape or a click beside it, and returns
//! the focus.

use leptos::ev::MouseEvent;
use leptos::html;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::HtmlDialogElement;

use super::icons::Close;
use crate::client::dom;
use crate::client::reactive::{effect, handler};

/// The native dialog.
#[component]
pub fn Modal(
    class: &'static str,
    /// The accessible name.
    #[prop(into)]
    name: Signal<String>,
    #[prop(into)] open: Signal<bool>,
    /// Called when the user has closed it.
    closed: Callback<()>,
    children: Children,
) -> impl IntoView {
    let node = NodeRef::<html::Dialog>::new();
    effect(move |_| {
        let is_open = open.get();
        let Some(dialog) = node.get() else { return };
        if is_open {
            dom::after_render(move || {
                if !dialog.open() {
                    let _ = dialog.show_modal();
                }
            });
        } else if dialog.open() {
            dialog.close();
        }
    });
    // The browser sends "close" later than it closes the dialog: by then it may be open again.
    let is_reported = StoredValue::new(false);
    let toggles = move |_: leptos::ev::Event| {
        if node.get_untracked().is_some_and(|dialog| dialog.open()) {
            is_reported.set_value(true);
            closed.run(());
        }
    };
    let has_closed = move |_| {
        if !is_reported.get_value() {
            closed.run(());
        }
        is_reported.set_value(false);
    };
    let clicked = move |event: MouseEvent| {
        if is_beside(&event) {
            closed.run(());
        }
    };
    view! {
        <dialog
            class=class
            aria-label=name
            node_ref=node
            on:click=clicked
            on:beforetoggle=toggles
            on:close=has_closed
        >
            {children()}
        </dialog>
    }
}

/// Whether a click was beside the dialog: its target is the dialog itself, and it lies outside its edges.
pub fn is_beside(event: &MouseEvent) -> bool {
    let target = event.target().and_then(|it| it.dyn_into().ok());
    target.is_some_and(|dialog: HtmlDialogElement| {
        let edges = dialog.get_bounding_client_rect();
        let (x, y) = (f64::from(event.client_x()), f64::from(event.client_y()));
        x < edges.left() || x > edges.right() || y < edges.top() || y > edges.bottom()
    })
}

/// The head of a dialog: its title, and the close button.
#[component]
pub fn ModalHead(
    #[prop(into)] title: Signal<&'static str>,
    closed: Callback<()>,
    /// Whether it is rendered into a dialog that is already open, and then takes the focus.
    #[prop(optional)]
    takes_focus: bool,
) -> impl IntoView {
    let close = NodeRef::<html::Button>::new();
    effect(move |_| {
        if let Some(close) = close.get().filter(|_| takes_focus) {
            dom::after_render(move || drop(close.focus()));
        }
    });
    view! {
        <div class="modal-head">
            <h2>{title}</h2>
            <button
                type="button"
                class="icon-button"
                aria-label="Close"
                title="Close"
                node_ref=close
                on:click=handler(move |_| closed.run(()))
            >
                <Close />
            </button>
        </div>
    }
}
