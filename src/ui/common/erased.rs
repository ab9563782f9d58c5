//! Render closures of one type for all that render the same. Each closure has a type of its own, and Leptos
//! compiles some kilobytes for each type that it renders. (It erases a closure written within `view!` by itself.)

use std::sync::{Arc, Mutex};

use crate::client::reactive::memo;
use leptos::prelude::*;

/// A type-erased render closure.
pub type Erased<T> = Arc<Mutex<dyn FnMut() -> T + Send>>;

/// Erases the type of a render closure.
pub fn erase<T>(draw: impl FnMut() -> T + Send + 'static) -> Erased<T> {
    Arc::new(Mutex::new(draw))
}

/// Renders its children while `so` is true. (Leptos's `Show` is compiled anew for each use.)
#[component]
pub fn When(#[prop(into)] so: Signal<bool>, children: ChildrenFn) -> impl IntoView {
    let so = memo(move |_| so.get());
    erase(move || so.get().then(|| children()))
}
