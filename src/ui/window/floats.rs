//! The places of what floats over the page: a menu, a popover or a sheet, and the toast. What is in them is loaded
//! when it is first needed.

use leptos::prelude::*;

use crate::client::notices::use_notices;
use crate::client::reactive::effect;
use crate::client::router::Router;
use crate::ui::common::erased::{When, erase};
use crate::ui::context::attachments::use_attachments;
use crate::ui::context::floating::use_floats;
use crate::ui::context::toasts::use_toasts;
use crate::ui::lazy::{Lazy, LazyView};

/// The place of what floats. There must be one, within the main part: all content belongs to a landmark.
#[component]
pub fn FloatPlace() -> impl IntoView {
    let floats = use_floats();
    let router = expect_context::<Router>();
    // What floats belongs to the page that it was opened on.
    effect(move |_| {
        let _ = router.route();
        floats.close();
    });
    view! {
        <div class="floats">
            {erase(move || {
                let what = floats.get().map(Box::new);
                what.map(|what| view! { <Lazy view=LazyView::Floating(what) /> }.into_any())
            })}
        </div>
    }
}

/// The places of the toast, and of the uploader and the notifier, which show nothing. The toasts' places are always in the page, so that a new one is announced.
#[component]
pub fn ToastPlaces() -> impl IntoView {
    let toasts = use_toasts();
    let is_used = use_attachments().is_used;
    let notifies = use_notices().is_on;
    let toast = move |is_error: bool| {
        erase(move || {
            let toast = toasts.get().filter(|toast| toast.is_error == is_error);
            toast.map(|toast| view! { <Lazy view=LazyView::Toast(toast) /> }.into_any())
        })
    };
    view! {
        <div hidden>
            <When so=is_used>{|| view! { <Lazy view=LazyView::Uploads /> }.into_any()}</When>
            <When so=notifies>{|| view! { <Lazy view=LazyView::Notifier /> }.into_any()}</When>
        </div>
        <div class="toasts" role="status">
            {toast(false)}
        </div>
        <div class="toasts" role="alert">
            {toast(true)}
        </div>
    }
}
