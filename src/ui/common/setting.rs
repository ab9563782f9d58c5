//! A setting that an admin chooses from a list, with its button.

use leptos::ev::SubmitEvent;
use leptos::prelude::*;

use super::submission::{FormError, Submission};
use crate::model::ThreadId;

/// The values that are sent, each with its label.
pub type Choices = &'static [(&'static str, &'static str)];

/// A setting, with the button that saves it.
#[component]
pub fn Setting(
    label: &'static str,
    /// The endpoint, and the field's name in it.
    address: &'static str,
    name: &'static str,
    choices: Choices,
    /// The room of the setting; `None` for one of the site.
    thread: Option<ThreadId>,
    /// The current value, once known.
    #[prop(into)]
    value: Signal<Option<String>>,
) -> impl IntoView {
    let attempt = Submission::new(None);
    let saved = RwSignal::new(false);
    let id = ["set-", name].concat();
    let sent = move |event: SubmitEvent| {
        saved.set(false);
        attempt.submit(&event, move |_| {
            let _ = saved.try_set(true);
        });
    };
    let options = choices.iter().map(|&(word, meaning)| {
        let is_chosen = move || value.with(|value| value.as_deref() == Some(word));
        view! {
            <option value=word prop:selected=is_chosen>
                {meaning}
            </option>
        }
    });
    view! {
        <form class="inline-form" method="post" action=address on:submit=sent>
            <FormError text=attempt.error() />
            {thread
                .map(|thread| {
                    view! { <input type="hidden" name="thread" value=thread.to_string() /> }
                })}
            <div class="field">
                <label for=id.clone()>{label}</label>
                <select id=id name=name>
                    {options.collect_view()}
                </select>
            </div>
            <button class="button small" disabled=move || attempt.pending.get()>
                "Save"
            </button>
            <span class="saved" role="status">
                {move || saved.get().then_some("Saved")}
            </span>
        </form>
    }
}
