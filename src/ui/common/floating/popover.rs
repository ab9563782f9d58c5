//! A popover: lies in the top layer at the button that opened it, closes with Escape and a click elsewhere, and
//! gives the focus back.
//!
//! It is placed by a few lines here: not all browsers have CSS anchor positioning yet.

use leptos::ev::{self, FocusEvent, KeyboardEvent, PointerEvent};
use leptos::html;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Element, EventTarget, HtmlElement};

use super::sheet::Sheet;
use crate::client::dom;
use crate::client::reactive::{effect, handler};
use crate::ui::common::on_resize::observe;
use crate::ui::context::floating::{opener, use_floats};

/// The distance from the button.
const GAP: f64 = 4.0;
/// The distance from the edges of the window.
const EDGE: f64 = 8.0;

/// Shows its children at the button, with the focus on the element with `autofocus`, else on itself; on a phone, in a
/// sheet.
#[component]
pub fn Popover(#[prop(into)] name: String, children: Children) -> impl IntoView {
    match is_phone() {
        true => view! { <Sheet name>{children()}</Sheet> }.into_any(),
        false => view! {
            <Anchored class="popover" name first="[autofocus]">
                {children()}
            </Anchored>
        }
        .into_any(),
    }
}

/// Whether popovers are sheets here.
#[must_use]
pub fn is_phone() -> bool {
    dom::matches_media("(width < 720px)")
}

/// An element at the button. `first`: the selector of the element that gets the focus.
#[component]
pub fn Anchored(
    class: &'static str,
    /// The accessible name, of a dialog.
    #[prop(optional, into)]
    name: Option<String>,
    first: &'static str,
    children: Children,
) -> impl IntoView {
    let floats = use_floats();
    let node = NodeRef::<html::Div>::new();
    effect(move |_| {
        if let Some(frame) = node.get() {
            dom::after_render(move || {
                let _ = frame.show_popover();
                place(&frame);
                // Escape closes it also when there is nothing in it to focus.
                let _ = frame.focus();
                dom::focus_first(&frame, first);
            });
        }
    });
    follow_size(node);
    let within = move |target: Option<EventTarget>| {
        let target = target.and_then(|it| it.dyn_into::<Element>().ok());
        target.is_none_or(|it| matches!(it.closest(".floats, [data-opener]"), Ok(Some(_))))
    };
    let elsewhere = window_event_listener(ev::pointerdown, move |event: PointerEvent| {
        if !within(event.target()) {
            floats.close();
        }
    });
    on_cleanup(move || elsewhere.remove());
    let pressed = move |event: KeyboardEvent| {
        if event.key() == "Escape" {
            event.prevent_default();
            event.stop_propagation();
            floats.close();
        }
    };
    view! {
        <div
            class=class
            role=name.is_some().then_some("dialog")
            aria-label=name
            popover="manual"
            tabindex="-1"
            node_ref=node
            on:keydown=pressed
            on:focusout=handler(move |event: FocusEvent| {
                if !within(event.related_target()) {
                    floats.close();
                }
            })
        >
            {children()}
        </div>
    }
}

/// Places it again when its size or that of the window changes.
fn follow_size(node: NodeRef<html::Div>) {
    effect(move |_| {
        let Some(frame) = node.get() else { return };
        let placed = frame.clone();
        let place = move || place(&placed);
        match document().document_element() {
            Some(root) => observe(&[&frame, &root], place),
            None => observe(&[&frame], place),
        }
    });
}

/// Places it below the button, or above if there is no room; at the button's side of the window.
fn place(frame: &HtmlElement) {
    let Some(button) = opener() else { return };
    let (at, size) = (
        button.get_bounding_client_rect(),
        frame.get_bounding_client_rect(),
    );
    let root = document().document_element();
    let Some(root) = root else { return };
    let (width, height) = (root.client_width(), root.client_height());
    let (width, height) = (f64::from(width), f64::from(height));
    let top = match at.top() - GAP - size.height() {
        above if at.bottom() + GAP + size.height() > height - EDGE && above >= EDGE => above,
        _ => at.bottom() + GAP,
    };
    let left = match at.left() + at.right() < width {
        true => at.left(),
        false => at.right() - size.width(),
    };
    let within = |place: f64, size: f64, all: f64| place.min(all - size - EDGE).max(EDGE);
    let style = frame.style();
    for (side, place) in [
        ("top", within(top, size.height(), height)),
        ("left", within(left, size.width(), width)),
    ] {
        let _ = style.set_property(side, &format!("{place}px"));
    }
}
