//! Following the size of elements.

use crate::client::reactive::effect;
use leptos::html::Div;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{Element, ResizeObserver};

/// Runs `then` when an element comes into view or changes its size, for as long as it is rendered.
pub fn on_resize(node: NodeRef<Div>, then: impl Fn() + Copy + 'static) {
    effect(move |_| {
        if let Some(element) = node.get() {
            observe(&[&element], then);
        }
    });
}

/// Runs `then` when one of these elements comes into view or changes its size, until the calling effect runs again or
/// ends. It runs after layout and before painting.
pub fn observe(elements: &[&Element], then: impl FnMut() + 'static) {
    let resized = Closure::<dyn FnMut()>::new(then);
    let Ok(observer) = ResizeObserver::new(resized.as_ref().unchecked_ref()) else {
        return;
    };
    for element in elements {
        observer.observe(element);
    }
    let kept = StoredValue::new_local((observer, resized));
    on_cleanup(move || {
        kept.try_update_value(|(observer, _)| observer.disconnect());
    });
}
