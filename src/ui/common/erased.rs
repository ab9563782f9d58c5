//! Closures that draw, of one type for all that draw the same. Each closure has a type of its own, and
//! Leptos compiles some kilobytes for each type that it draws. (It does this by itself for a closure that is
//! written within `view!`.)

use std::sync::{Arc, Mutex};

use leptos::prelude::*;

/// See the module's page.
pub type Erased<T> = Arc<Mutex<dyn FnMut() -> T + Send>>;

/// See the module's page.
pub fn erase<T>(draw: impl FnMut() -> T + Send + 'static) -> Erased<T> {
    Arc::new(Mutex::new(draw))
}

/// Draws what is in it while something is so. (Leptos has `Show`, which is compiled anew for each use.)
#[component]
pub fn When(#[prop(into)] so: Signal<bool>, children: ChildrenFn) -> impl IntoView {
    let so = Memo::new(move |_| so.get());
    erase(move || so.get().then(|| children()))
}
