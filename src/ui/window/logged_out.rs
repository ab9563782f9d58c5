//! The form to log in again on the page whose session has ended.

use leptos::html;
use leptos::prelude::*;

use crate::client::api::forms::LOG_IN;
use crate::client::dom;
use crate::client::reactive::effect;
use crate::client::state::use_client;
use crate::model::Field;
use crate::routes::log_in_path;
use crate::ui::common::field::PasswordField;
use crate::ui::common::submission::{FormError, Submission};

#[component]
pub fn LoggedOut() -> impl IntoView {
    let me = use_client().me();
    let attempt = Submission::new(None);
    let node = NodeRef::<html::Form>::new();
    effect(move |_| {
        if let Some(form) = node.get() {
            dom::after_render(move || dom::focus_first(&form, "input[type=password]"));
        }
    });
    // The page begins anew, with the drafts and the unsent messages that this browser keeps.
    let again = move |_| {
        let _ = location().reload();
    };
    view! {
        <form
            class="logged-out"
            method="post"
            action=LOG_IN
            node_ref=node
            on:submit=move |event| attempt.submit(&event, again)
        >
            <h2>"You were logged out"</h2>
            <p class="dialog-text">"Log in to go on. Your drafts and unsent messages are kept in this browser."</p>
            <FormError text=attempt.error_of(None) />
            <input type="hidden" name="username" autocomplete="username" value=me.username />
            <PasswordField
                label="Password"
                name="password"
                new=false
                error=attempt.error_of(Some(Field::Password))
            />
            <div class="dialog-buttons">
                <a class="button quiet" href=move || log_in_path(&dom::path())>
                    "Use another account"
                </a>
                <button class="button primary" disabled=move || attempt.pending.get()>
                    "Log in"
                </button>
            </div>
        </form>
    }
}
