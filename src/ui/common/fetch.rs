//! Something that a part of the page shows once it is fetched, and again when it has changed.

use std::future::Future;

use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::model::Refusal;

/// What was fetched, or why it was not; `None` until the first answer.
pub type Fetched<T> = RwSignal<Option<Result<T, Refusal>>>;

/// Fetches at first, and whenever `changed` is told of something.
pub fn fetched<T, F, Answer>(changed: RwSignal<u32>, fetch: F) -> Fetched<T>
where
    T: Send + Sync + 'static,
    F: Fn() -> Answer + 'static,
    Answer: Future<Output = Result<T, Refusal>> + 'static,
{
    let found = RwSignal::new(None);
    Effect::new(move |_| {
        changed.track();
        let answer = fetch();
        spawn_local(async move {
            let answer = answer.await;
            let _ = found.try_set(Some(answer));
        });
    });
    found
}

/// What is said while there is nothing to show.
#[component]
pub fn LoadingText(#[prop(into)] text: Signal<Option<String>>) -> impl IntoView {
    view! {
        <p class="section-hint" role="status">
            {text}
        </p>
    }
}

/// "Loading…", or why it failed, or that there is nothing.
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
