//! The dialog over the window: the quick switcher, the list of shortcuts, the privacy settings. This module has
//! only the part needed from the start, which handles the keys.

use leptos::ev::{self, KeyboardEvent};
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::Element;

use crate::client::keyboard;
use crate::client::router::Router;
use crate::client::state::use_client;
use crate::routes::{SEARCH, thread_path};
use crate::ui::common::modal::Modal;
use crate::ui::common::modal_head::ModalHead;
use crate::ui::context::overlay::{OpenOverlay, Overlay};
use crate::ui::lazy::{Lazy, LazyView};

/// The dialog over the window. There must be one.
#[component]
pub fn Overlays() -> impl IntoView {
    let open: OpenOverlay = expect_context();
    listen(open);
    let name = Signal::derive(move || match open.get() {
        Some(Overlay::Keys) => "Keyboard shortcuts",
        Some(Overlay::Privacy) => "Privacy",
        _ => "Go to",
    });
    let closed = Callback::new(move |()| open.set(None));
    view! {
        <Modal
            class="dialog overlay"
            name=Signal::derive(move || name.get().to_owned())
            open=Signal::derive(move || open.with(Option::is_some))
            closed
        >
            {move || {
                open.get().map(|overlay| {
                    let has_head = overlay != Overlay::Switcher;
                    let head = has_head
                        .then(|| view! { <ModalHead title=name closed takes_focus=true /> });
                    view! {
                        {head}
                        <Lazy view=LazyView::Overlay(overlay) />
                    }
                    .into_any()
                })
            }}
        </Modal>
    }
}

/// Handles the shortcuts of the whole window, for the lifetime of the page. `ui/settings/shortcuts.rs` lists them.
fn listen(open: OpenOverlay) {
    let chat = use_client();
    let router = expect_context::<Router>();
    let pressed = move |event: KeyboardEvent| {
        if event.default_prevented() {
            return;
        }
        let command = keyboard::is_command(&event);
        let key = keyboard::key(&event);
        let is_over = document()
            .query_selector("dialog[open]")
            .is_ok_and(|it| it.is_some());
        let done = match (&*key, command, event.shift_key(), event.alt_key()) {
            ("k", true, false, false) if open.get_untracked() == Some(Overlay::Switcher) => {
                open.set(None);
                true
            }
            _ if is_over => false,
            ("k", true, false, false) => {
                open.set(Some(Overlay::Switcher));
                true
            }
            ("f", true, true, false) => {
                router.go(SEARCH);
                true
            }
            ("?", false, _, false) if !is_typing(&event) => {
                open.set(Some(Overlay::Keys));
                true
            }
            ("arrowdown" | "arrowup", false, only_unread, true) => {
                let next = untrack(|| {
                    let is_wanted = |id| !only_unread || chat.unread(id) > 0;
                    let now = router.route().thread();
                    step(&chat.thread_ids(), now, key == "arrowdown", is_wanted)
                });
                if let Some(next) = next {
                    router.go(&thread_path(next));
                }
                true
            }
            _ => false,
        };
        if done {
            event.prevent_default();
        }
    };
    Effect::new(move |begun: Option<()>| {
        if begun.is_none() {
            keyboard::watch();
            window_event_listener(ev::keydown, pressed);
        }
    });
}

/// The next wanted item below or above the open one, wrapping around at the end.
fn step<T: Copy + PartialEq>(
    all: &[T],
    now: Option<T>,
    down: bool,
    is_wanted: impl Fn(T) -> bool,
) -> Option<T> {
    let at = now.and_then(|now| all.iter().position(|id| *id == now));
    let count = all.len();
    let mut order = (1..=count).map(|steps| match (at, down) {
        (Some(at), true) => all[(at + steps) % count],
        (Some(at), false) => all[(at + count - steps) % count],
        (None, true) => all[steps - 1],
        (None, false) => all[count - steps],
    });
    order.find(|id| Some(*id) != now && is_wanted(*id))
}

fn is_typing(event: &KeyboardEvent) -> bool {
    let target = event
        .target()
        .and_then(|target| target.dyn_into::<Element>().ok());
    target.is_some_and(|target| {
        let field = "input, textarea, select, [contenteditable]";
        target.closest(field).is_ok_and(|field| field.is_some())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stepping_wraps_around_the_wanted_items() {
        let all = [1, 2, 3, 4];
        assert_eq!(step(&all, Some(2), true, |_| true), Some(3));
        assert_eq!(step(&all, Some(4), true, |_| true), Some(1));
        assert_eq!(step(&all, Some(1), false, |_| true), Some(4));
        assert_eq!(step(&all, None, true, |_| true), Some(1));
        assert_eq!(step(&all, None, false, |_| true), Some(4));
        assert_eq!(step(&all, Some(2), true, |id| id == 1), Some(1));
        assert_eq!(step(&all, Some(2), true, |id| id == 2), None);
        assert_eq!(step(&[], Some(2), true, |_| true), None);
    }
}
