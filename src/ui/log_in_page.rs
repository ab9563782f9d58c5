//! The log-in.

use leptos::form::ActionForm;
use leptos::prelude::*;
use leptos_meta::Title;

use super::auth_page::{
    AuthPage, FormError, error_of, next, provide_error_of_the_address, with_next,
};
use super::field::Field;
use crate::api::auth::LogIn;
use crate::model;

/// The log-in.
#[component]
pub fn LogInPage() -> impl IntoView {
    provide_error_of_the_address();
    let action = ServerAction::<LogIn>::new();
    let answer = Signal::from(action.value());
    let pending = action.pending();
    view! {
        <Title text="Log in – chapp" />
        <AuthPage heading="Log in">
            <ActionForm action>
                <FormError text=error_of(answer, None) />
                <Field
                    label="User name"
                    name="username"
                    autocomplete="username"
                    required=true
                    autofocus=true
                    error=error_of(answer, Some(model::Field::Username))
                />
                <Field
                    label="Password"
                    name="password"
                    autocomplete="current-password"
                    password=true
                    required=true
                    error=error_of(answer, Some(model::Field::Password))
                />
                {next().map(|next| view! { <input type="hidden" name="next" value=next /> })}
                <button class="button primary" disabled=move || pending.get()>
                    {move || if pending.get() { "Logging in…" } else { "Log in" }}
                </button>
            </ActionForm>
            <p class="card-foot">
                "New here? " <a href=with_next("/signup")>"Sign up"</a>
            </p>
        </AuthPage>
    }
}
