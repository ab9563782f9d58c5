//! The log-in.

use leptos::prelude::*;
use leptos_meta::Title;

use super::auth_page::{Attempt, AuthPage};
use super::field::Field;
use crate::model;

/// The log-in.
#[component]
pub fn LogInPage() -> impl IntoView {
    let attempt = Attempt::begun();
    let pending = attempt.pending;
    let foot = view! {
        "New here? " <a href=attempt.with_next("/signup")>"Sign up"</a>
    };
    view! {
        <Title text="Log in – chapp" />
        <AuthPage heading="Log in" action="/api/log_in" attempt foot>
                <Field
                    label="User name"
                    name="username"
                    autocomplete="username"
                    required=true
                    autofocus=true
                    error=attempt.error_of(Some(model::Field::Username))
                />
                <Field
                    label="Password"
                    name="password"
                    autocomplete="current-password"
                    password=true
                    required=true
                    error=attempt.error_of(Some(model::Field::Password))
                />
                <button class="button primary" disabled=move || pending.get()>
                    {move || if pending.get() { "Logging in…" } else { "Log in" }}
                </button>
        </AuthPage>
    }
}
