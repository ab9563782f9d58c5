//! A long press on a message opens what can be done with it.

use std::time::Duration;

use leptos::ev;
use leptos::prelude::*;

use crate::client::dom;
use crate::client::reactive::effect;
use crate::model::Seq;
use crate::ui::context::floating::{Floating, use_floats};
use crate::ui::context::open_thread::OpenThread;

const LONG: Duration = Duration::from_millis(400);

/// A finger on a message, rendered for as long as it rests there.
#[component]
pub fn LongPress(open_thread: OpenThread, seq: Seq) -> impl IntoView {
    let floats = use_floats();
    let open = move || {
        if let Some(message) = dom::message(seq) {
            floats.open_at(&message, Floating::Pressed(open_thread, seq));
        }
    };
    effect(move |_| {
        let timer = set_timeout_with_handle(open, LONG).ok();
        on_cleanup(move || {
            if let Some(timer) = timer {
                timer.clear();
            }
        });
    });
    // The browser's own menu for a long press stays closed.
    let menu = window_event_listener(ev::contextmenu, |event| event.prevent_default());
    on_cleanup(move || menu.remove());
}

/// Keeps the finger that opened the sheet from also tapping what is under it when it lifts.
pub fn ignore_lift(open_thread: OpenThread) {
    if open_thread.pressed.get_untracked().is_none() {
        return;
    }
    let is_lifted = StoredValue::new(false);
    let lift = window_event_listener(ev::touchend, move |event| {
        if is_lifted.try_get_value() == Some(false) {
            event.prevent_default();
            is_lifted.set_value(true);
        }
    });
    on_cleanup(move || lift.remove());
}
