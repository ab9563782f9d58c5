//! The common parts of the log-in and sign-up pages: the card, the form, the return address, and errors that reach
//! the page with and without a script.

use leptos::prelude::*;

use crate::client::dom;
use crate::client::reactive::effect;
use crate::ui::common::icons::Logo;
use crate::ui::common::submission::{FormError, Submission};

/// The frame of such a page.
#[component]
pub fn AuthCard(heading: &'static str, children: Children) -> impl IntoView {
    effect(|_| dom::mark_hydrated());
    view! {
        <main class="card-page">
            <div class="card">
                <div class="card-brand">
                    <Logo />
                    <span>"chapp"</span>
                </div>
                <h1>{heading}</h1>
                {children()}
            </div>
        </main>
    }
}

/// A page with a form that posts to `action`.
#[component]
pub fn AuthPage(
    heading: &'static str,
    action: &'static str,
    attempt: Submission,
    /// The return address, from the query. The server checks it.
    next: Option<String>,
    /// The content above the form.
    #[prop(optional)]
    intro: Option<AnyView>,
    /// The content below the form.
    foot: impl IntoView + 'static,
    children: Children,
) -> impl IntoView {
    // On success the whole document is replaced, since it was rendered for a visitor without a session.
    let sent = move |event| {
        attempt.submit(&event, |answer| {
            dom::go(answer.location.as_deref().unwrap_or("/"));
        });
    };
    view! {
        <AuthCard heading>
            {intro}
            <form method="post" action=action on:submit=sent>
                <FormError text=attempt.error_of(None) id="form-error" />
                {children()}
                {next.map(|next| view! { <input type="hidden" name="next" value=next /> })}
            </form>
            <p class="card-foot">{foot}</p>
        </AuthCard>
    }
}

/// The address of the other of the two pages, with the same return address.
#[must_use]
pub fn with_next(page: &str, next: Option<&str>) -> String {
    match next {
        Some(next) => [page, "?next=", &encoded(next)].concat(),
        None => page.to_owned(),
    }
}

/// Percent-encodes everything that is not plain in a query.
fn encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"/-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn special_characters_are_percent_encoded() {
        assert_eq!(encoded("/t/12"), "/t/12");
        assert_eq!(encoded("/a?b=c&d é"), "/a%3Fb%3Dc%26d%20%C3%A9");
    }
}
