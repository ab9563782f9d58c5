//! The confirmation dialog of the window.

use leptos::prelude::*;

use crate::ui::common::modal::Modal;
use crate::ui::context::confirmation::use_dialog;
use crate::ui::lazy::{Lazy, LazyView};

/// The dialog. There must be one in the window.
#[component]
pub fn Dialog() -> impl IntoView {
    let asking = use_dialog();
    let name = move || asking.0.get().map(|question| question.title);
    view! {
        <Modal
            class="dialog"
            name=Signal::derive(move || name().unwrap_or_default())
            open=Signal::derive(move || asking.0.with(Option::is_some))
            closed=Callback::new(move |()| asking.0.set(None))
        >
            {move || {
                asking.0.get().map(|question| {
                    view! { <Lazy view=LazyView::Confirm(question) /> }.into_any()
                })
            }}
        </Modal>
    }
}
