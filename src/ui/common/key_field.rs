//! The field for a new room key, with a random key offered beside it.

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::HtmlInputElement;

use super::copied::Copied;
use super::field::FormField;
use crate::client::dom;
use crate::model::key;

/// The field, with the offered key below it. Without a script, the key is copied by hand.
#[component]
pub fn KeyField(
    label: &'static str,
    id: &'static str,
    /// The key in the page's data; without one, it is generated here.
    #[prop(optional_no_strip)]
    offered: Option<String>,
    #[prop(into)] error: Signal<Option<String>>,
) -> impl IntoView {
    let offered = StoredValue::new(offered.unwrap_or_else(key::random));
    let copied = Copied::not_yet();
    let use_offered = move |_| {
        let field = document().get_element_by_id(id);
        if let Some(field) = field.and_then(|it| it.dyn_into::<HtmlInputElement>().ok()) {
            field.set_value(&offered.get_value());
            // It is shown below anyway, and no secret from the user who sets it.
            copied.notify(dom::copy_text(&offered.get_value()));
            let _ = field.focus();
        }
    };
    view! {
        <FormField
            label
            name="key"
            id
            autocomplete="off"
            password=true
            hint="At least 8 characters, and hard to guess"
            error
        />
        <p class="offered-key">
            <span>"For example "</span>
            <code dir="ltr" translate="no">
                {offered.get_value()}
            </code>
            <button type="button" class="button small live-only" on:click=use_offered>
                "Use and copy"
            </button>
            <span class="saved" role="status">
                {move || copied.get().then_some("Copied")}
            </span>
        </p>
    }
}
