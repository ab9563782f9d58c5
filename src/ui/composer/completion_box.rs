//! The list of suggestions over the composer.

use leptos::prelude::*;

use super::completion::{Completion, LIST, Suggestion, option_id};
use crate::client::dom;
use crate::client::reactive::{effect, handler, memo};
use crate::ui::common::erased::erase;
use crate::ui::lazy::{Lazy, LazyView};

#[component]
pub fn CompletionBox(
    completion: Completion,
    field: NodeRef<leptos::html::Textarea>,
) -> impl IntoView {
    effect(move |_| {
        let Some(at) = completion.chosen.get() else {
            return;
        };
        completion.chosen.set(None);
        let offer = completion
            .suggestions
            .with_untracked(|suggestions| suggestions.get(at).cloned());
        let begun = completion.begun.get_untracked();
        if let (Some(field), Some(begun), Some(offer)) = (field.get_untracked(), begun, offer) {
            dom::replace(&field, begun.from, begun.to, &[&offer.insert, " "].concat());
            completion.look(&field);
        }
    });
    let is_open = memo(move |_| completion.is_open());
    let list = move || {
        is_open.get().then(|| {
            view! {
                <ul class="completions" id=LIST role="listbox" aria-label="Suggestions">
                    {erase(move || {
                        let suggestions = completion.suggestions.get().into_iter().enumerate();
                        suggestions.map(|(at, offer)| option(completion, at, offer)).collect_view()
                    })}
                </ul>
            }
            .into_any()
        })
    };
    let count = move || match completion.is_open() {
        true => format!("{} suggestions", completion.suggestions.with(Vec::len)),
        false => String::new(),
    };
    view! {
        {erase(list)}
        <span class="sr-only" role="status">
            {erase(count)}
        </span>
        {move || {
            completion
                .was_used
                .get()
                .then(|| {
                    view! {
                        <div hidden>
                            <Lazy view=LazyView::Complete(completion) />
                        </div>
                    }
                        .into_any()
                })
        }}
    }
}

fn option(completion: Completion, at: usize, offer: Suggestion) -> AnyView {
    view! {
        <li
            id=option_id(at)
            role="option"
            aria-selected=move || (completion.at.get() == at).to_string()
            // Keeps the focus in the field.
            on:mousedown=move |event| event.prevent_default()
            on:click=handler(move |_| completion.choose(at))
        >
            <span class="completion-sign" aria-hidden="true">
                {offer.sign}
            </span>
            <span class="completion-name" dir="auto">
                {offer.name}
            </span>
            <span class="completion-more" dir="auto">
                {offer.more}
            </span>
        </li>
    }
    .into_any()
}
