//! The log-in page.

use leptos::prelude::*;
use leptos_meta::Title;

use super::auth_page::{AuthPage, with_next};
use crate::client::api::forms;
use crate::client::page_data;
use crate::model;
use crate::model::page_data::PageData;
use crate::routes::SIGN_UP;
use crate::ui::common::field::{FormField, PasswordField};
use crate::ui::common::submission::Submission;

#[component]
pub fn LogInPage() -> impl IntoView {
    let data = page_data::load();
    let username = data.typed("username");
    let PageData { refused, next, .. } = data;
    let attempt = Submission::new(refused);
    let pending = attempt.pending;
    let foot = view! {
        "New here? " <a href=with_next(SIGN_UP, next.as_deref())>"Sign up"</a>
    };
    view! {
        <Title text="Log in – chapp" />
        <AuthPage heading="Log in" action=forms::LOG_IN attempt next foot>
                <FormField
                    label="Username"
                    name="username"
                    value=username
                    autocomplete="username"
                    required=true
                    autofocus=true
                    error=attempt.error_of(Some(model::Field::Username))
                />
                <PasswordField
                    label="Password"
                    name="password"
                    new=false
                    error=attempt.error_of(Some(model::Field::Password))
                />
                <button class="button primary" disabled=move || pending.get()>
                    {move || if pending.get() { "Logging in…" } else { "Log in" }}
                </button>
        </AuthPage>
    }
}
