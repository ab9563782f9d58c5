//! The head of a dialog: its title, and the close button.

use leptos::html;
use leptos::prelude::*;

use super::icons::Close;
use crate::client::dom;

#[component]
pub fn ModalHead(
    #[prop(into)] title: Signal<&'static str>,
    closed: Callback<()>,
    /// Whether it is rendered into a dialog that is already open, and then takes the focus.
    #[prop(optional)]
    takes_focus: bool,
) -> impl IntoView {
    let close = NodeRef::<html::Button>::new();
    Effect::new(move |_| {
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
                on:click=move |_| closed.run(())
            >
                <Close />
            </button>
        </div>
    }
}
