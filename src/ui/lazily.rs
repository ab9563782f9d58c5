//! A part whose code is loaded when it is first shown: what few people open is not in the first download.

use std::pin::Pin;

use leptos::prelude::*;

/// The view of such a part, as soon as its code is here.
pub type Part = Pin<Box<dyn Future<Output = AnyView> + Send>>;

/// Shows `part`. On the server, and until the page is alive, there is nothing: each of these parts needs a
/// script to be of use.
#[component]
pub fn Lazily<F>(part: F) -> impl IntoView
where
    F: Fn() -> Part + Send + Sync + 'static,
{
    let is_alive = RwSignal::new(false);
    Effect::new(move |_| is_alive.set(true));
    move || is_alive.get().then(|| Suspend::new(part()))
}
