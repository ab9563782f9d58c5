//! A form field: its label, its input, a hint, and its error beside it.

use leptos::html::Input;
use leptos::prelude::*;

use super::erased::erase;
use crate::client::dom;
use crate::client::reactive::{effect, handler};

/// A form field. Its input stays when the form is refused.
#[component]
pub fn FormField(
    label: &'static str,
    name: &'static str,
    autocomplete: &'static str,
    #[prop(optional)] password: bool,
    #[prop(optional)] required: bool,
    #[prop(optional)] autofocus: bool,
    /// The ID, where several fields of the page have this name.
    #[prop(optional)]
    id: Option<&'static str>,
    /// The initial value.
    #[prop(optional, into)]
    value: String,
    /// Shown below the field while there is no error.
    #[prop(optional)]
    hint: Option<&'static str>,
    #[prop(into)] error: Signal<Option<String>>,
) -> impl IntoView {
    let hint = hint.filter(|hint| !hint.is_empty());
    let shown = RwSignal::new(false);
    let node = NodeRef::<Input>::new();
    let kind = move || {
        if password && !shown.get() {
            "password"
        } else {
            "text"
        }
    };
    let id = id.unwrap_or(name);
    let error_id = [id, "-error"].concat();
    let hint_id = [id, "-hint"].concat();
    let described = {
        let (error_id, hint_id) = (error_id.clone(), hint_id.clone());
        move || match (error.get().is_some(), hint.is_some()) {
            (true, _) => Some(error_id.clone()),
            (false, true) => Some(hint_id.clone()),
            (false, false) => None,
        }
    };
    // Errors move the focus to the first field that has one.
    effect(move |_| {
        if error.get().is_some()
            && let Some(form) = node.get_untracked().and_then(|input| input.form())
        {
            dom::after_render(move || dom::focus_first(&form, "[aria-invalid]"));
        }
    });
    let toggle = move || {
        view! {
            <button
                type="button"
                class="show-password live-only"
                aria-pressed=move || shown.get().to_string()
                on:click=handler(move |_| shown.update(|shown| *shown = !*shown))
            >
                {format!("Show {}", label.to_ascii_lowercase())}
            </button>
        }
    };
    let below = move || match (error.get(), hint) {
        (Some(error), _) => view! {
            <p class="field-error" id=error_id.clone() role="alert">
                {error}
            </p>
        }
        .into_any(),
        (None, Some(hint)) => view! {
            <p class="field-hint" id=hint_id.clone()>
                {hint}
            </p>
        }
        .into_any(),
        (None, None) => ().into_any(),
    };
    view! {
        <div class="field">
            <div class="field-head">
                <label for=id>{label}</label>
                {password.then(toggle)}
            </div>
            <input
                id=id
                name=name
                value=value
                dir="auto"
                type=erase(kind)
                autocomplete=autocomplete
                autocapitalize="none"
                spellcheck="false"
                required=required
                autofocus=autofocus
                aria-invalid=move || error.get().map(|_| "true")
                aria-describedby=erase(described)
                node_ref=node
            />
            {erase(below)}
        </div>
    }
}

/// A required password field.
#[component]
pub fn PasswordField(
    label: &'static str,
    name: &'static str,
    /// Whether it is for a new password.
    new: bool,
    #[prop(optional)] hint: &'static str,
    #[prop(into)] error: Signal<Option<String>>,
) -> impl IntoView {
    let autocomplete = match new {
        true => "new-password",
        false => "current-password",
    };
    let (password, required) = (true, true);
    view! { <FormField label name autocomplete password required hint error /> }
}
