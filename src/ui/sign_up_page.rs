//! The sign-up.

use leptos::prelude::*;
use leptos_meta::Title;

use super::auth_page::{Attempt, AuthPage};
use super::field::Field;
use crate::model;

/// The sign-up.
#[component]
pub fn SignUpPage() -> impl IntoView {
    let attempt = Attempt::begun();
    let pending = attempt.pending;
    let foot = view! {
        "Have an account? " <a href=attempt.with_next("/login")>"Log in"</a>
    };
    view! {
        <Title text="Sign up – chapp" />
        <AuthPage heading="Create an account" action="/api/sign_up" attempt foot>
                <Field
                    label="User name"
                    name="username"
                    autocomplete="username"
                    required=true
                    autofocus=true
                    hint="3 to 32 characters, without spaces. You log in with it."
                    error=attempt.error_of(Some(model::Field::Username))
                />
                <Field
                    label="Display name (optional)"
                    name="display_name"
                    autocomplete="name"
                    hint="What others see."
                    error=attempt.error_of(Some(model::Field::DisplayName))
                />
                <Field
                    label="Password"
                    name="password"
                    autocomplete="new-password"
                    password=true
                    required=true
                    hint="8 characters or more. A few unrelated words are strong, and easy to keep in mind."
                    error=attempt.error_of(Some(model::Field::Password))
                />
                <button class="button primary" disabled=move || pending.get()>
                    {move || if pending.get() { "Creating…" } else { "Create account" }}
                </button>
        </AuthPage>
    }
}
