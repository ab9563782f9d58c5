//! The button that opens the actions on a person.

use leptos::prelude::*;

use super::icons::More;
use crate::ui::context::confirmation::{ConfirmKind, Confirmation, use_dialog};

/// Opens a dialog to choose one of these actions.
#[component]
pub fn ManageButton(label: String, title: String, questions: Vec<Confirmation>) -> impl IntoView {
    let dialog = use_dialog();
    let choose = move |_| {
        let choice = ConfirmKind::Choice(questions.clone());
        dialog.ask(Confirmation::without_call(
            title.clone(),
            String::new(),
            choice,
        ));
    };
    view! {
        <button
            type="button"
            class="icon-button"
            aria-label=label
            aria-haspopup="dialog"
            on:click=choose
        >
            <More />
        </button>
    }
}
