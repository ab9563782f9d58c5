//! The sign-up.

use leptos::form::ActionForm;
use leptos::prelude::*;
use leptos_meta::Title;

use super::auth_page::{
    AuthPage, FormError, error_of, next, provide_error_of_the_address, with_next,
};
use super::field::Field;
use crate::api::auth::SignUp;
use crate::model;

/// The sign-up.
#[component]
pub fn SignUpPage() -> impl IntoView {
    provide_error_of_the_address();
    let action = ServerAction::<SignUp>::new();
    let answer = Signal::from(action.value());
    let pending = action.pending();
    view! {
        <Title text="Sign up – chapp" />
        <AuthPage heading="Create an account">
            <ActionForm action>
                <FormError text=error_of(answer, None) />
                <Field
                    label="User name"
                    name="username"
                    autocomplete="username"
                    required=true
                    autofocus=true
                    hint="3 to 32 characters, without spaces. You log in with it."
                    error=error_of(answer, Some(model::Field::Username))
                />
                <Field
                    label="Display name (optional)"
                    name="display_name"
                    autocomplete="name"
                    hint="What others see."
                    error=error_of(answer, Some(model::Field::DisplayName))
                />
                <Field
                    label="Password"
                    name="password"
                    autocomplete="new-password"
                    password=true
                    required=true
                    hint="8 characters or more. A few unrelated words are strong, and easy to keep in mind."
                    error=error_of(answer, Some(model::Field::Password))
                />
                {next().map(|next| view! { <input type="hidden" name="next" value=next /> })}
                <button class="button primary" disabled=move || pending.get()>
                    {move || if pending.get() { "Creating…" } else { "Create account" }}
                </button>
            </ActionForm>
            <p class="card-foot">
                "Have an account? " <a href=with_next("/login")>"Log in"</a>
            </p>
        </AuthPage>
    }
}
