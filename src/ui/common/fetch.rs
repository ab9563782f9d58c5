//! Data that a part of the page fetches, and fetches again after a change.

use std::future::Future;

use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::client::reactive::effect;
use crate::model::Refusal;

/// The data, or why it could not be fetched; `None` until the first answer.
pub type Fetched<T> = RwSignal<Option<Result<T, Refusal>>>;

/// Fetches at first, and whenever `changed` is incremented.
pub fn fetched<T, F, Answer>(changed: RwSignal<u32>, fetch: F) -> Fetched<T>
where
    T: Send + Sync + 'static,
    F: Fn() -> Answer + 'static,
    Answer: Future<Output = Result<T, Refusal>> + 'static,
{
    let found = RwSignal::new(None);
    effect(move |_| {
        changed.track();
        let answer = fetch();
        spawn_local(async move {
            let answer = answer.await;
            let _ = found.try_set(Some(answer));
        });
    });
    found
}

/// The text in place of the data.
#[component]
pub fn LoadingText(#[prop(into)] text: Signal<Option<String>>) -> impl IntoView {
    view! {
        <p class="section-hint" role="status">
            {text}
        </p>
    }
}

/// "Loading…", the error, or `nothing` if there is nothing; else `None`.
pub fn waiting_text<T>(
    found: Fetched<T>,
    nothing: &'static str,
    is_nothing: impl Fn(&T) -> bool + Send + Sync + 'static,
) -> Signal<Option<String>>
where
    T: Send + Sync + 'static,
{
    Signal::derive(move || {
        found.with(|found| match found {
            None => Some("Loading…".to_owned()),
            Some(Err(refusal)) => Some(refusal.to_string()),
            Some(Ok(all)) if is_nothing(all) => Some(nothing.to_owned()),
            Some(Ok(_)) => None,
        })
    })
}
