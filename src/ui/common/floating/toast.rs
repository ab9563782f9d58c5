//! A toast: says what was done for some seconds, longer with a button, and until it is dismissed if it is an error.
//! Its time is an animation without a picture (`style/floating.css`), which pauses while the pointer or the focus is on
//! it. While it is shown, Ctrl+Z does what its *Undo* does.

use leptos::ev::{self, AnimationEvent, KeyboardEvent};
use leptos::prelude::*;

use crate::client::keyboard;
use crate::client::reactive::handler;
use crate::ui::common::icons::{Close, Warning};
use crate::ui::context::toasts::{Toast, use_toasts};

#[component]
pub fn ToastView(toast: Toast) -> impl IntoView {
    let toasts = use_toasts();
    let this = StoredValue::new(toast.clone());
    let dismiss = move || {
        if let Some(toast) = this.try_get_value() {
            toasts.dismiss(&toast);
        }
    };
    let act = move || {
        let action = this.try_get_value().and_then(|toast| toast.action);
        dismiss();
        if let Some((_, act)) = action {
            act();
        }
    };
    let can_undo = toast
        .action
        .as_ref()
        .is_some_and(|(label, _)| *label == "Undo");
    let keys = window_event_listener(ev::keydown, move |event: KeyboardEvent| {
        let is_undo = keyboard::is_command(&event)
            && keyboard::key(&event) == "z"
            && !event.shift_key()
            && !keyboard::is_typing(&event);
        if can_undo && is_undo && !event.default_prevented() {
            event.prevent_default();
            act();
        }
    });
    on_cleanup(move || keys.remove());
    let class = match toast.action {
        _ if toast.is_error => "toast error",
        Some(_) => "toast with-action",
        None => "toast",
    };
    let action = toast.action.map(|(label, _)| {
        view! {
            <button type="button" class="button small quiet" on:click=handler(move |_| act())>
                {label}
            </button>
        }
    });
    view! {
        <div
            class=class
            on:animationend=handler(move |event: AnimationEvent| {
                if event.animation_name() == "toast-stay" {
                    dismiss();
                }
            })
        >
            {toast.is_error.then(|| view! { <Warning /> })}
            <p dir="auto">{toast.text}</p>
            {action}
            <button
                type="button"
                class="icon-button"
                aria-label="Dismiss"
                title="Dismiss"
                on:click=handler(move |_| dismiss())
            >
                <Close />
            </button>
        </div>
    }
}
