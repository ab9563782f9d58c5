//! Following the size of an element.

use leptos::html::Div;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::ResizeObserver;

/// Runs `then` when an element comes into view or changes its size, for as long as it is rendered.
pub fn on_resize(node: NodeRef<Div>, then: impl Fn() + Copy + 'static) {
    Effect::new(move |_| {
        let Some(element) = node.get() else { return };
        let resized = Closure::<dyn FnMut()>::new(then);
        let Ok(observer) = ResizeObserver::new(resized.as_ref().unchecked_ref()) else {
            return;
        };
        observer.observe(&element);
        let held = StoredValue::new_local((observer, resized));
        on_cleanup(move || {
            held.try_update_value(|(observer, _)| observer.disconnect());
        });
    });
}
