//! What the log-in and the sign-up share: the card, the way back to where one came from, and errors that
//! reach the page with scripts and without.

use leptos::prelude::*;
use leptos::server::ServerActionError;
use leptos_router::hooks::use_query_map;

use super::icons::Logo;
use super::{browser, respond};
use crate::api::Refused;
use crate::api::people::boot;
use crate::model::{Field, Refusal};

/// The frame of such a page. Whoever is logged in already is sent on.
#[component]
pub fn AuthPage(heading: &'static str, children: Children) -> impl IntoView {
    Effect::new(|_| browser::mark_alive());
    let logged_in = Resource::new_blocking(
        || (),
        |()| async { matches!(boot(None).await, Ok(Some(_))) },
    );
    view! {
        <Suspense>
            {move || Suspend::new(async move {
                if logged_in.await {
                    respond::redirect("/");
                }
            })}
        </Suspense>
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

/// Makes the error of a form that was sent without a script known to its action, which reads it when it
/// is made. It comes in the address.
pub fn provide_error_of_the_address() {
    let query = use_query_map().get_untracked();
    if let (Some(path), Some(error)) = (query.get("__path"), query.get("__err")) {
        provide_context(ServerActionError::new(&path, &error));
    }
}

/// Where to go when it has worked: what the address says, which the server checks.
#[must_use]
pub fn next() -> Option<String> {
    use_query_map().get_untracked().get("next")
}

/// The address of the other one of the two pages, which leads to the same place in the end.
#[must_use]
pub fn with_next(page: &str) -> String {
    match next() {
        Some(next) => [page, "?next=", &encoded(&next)].concat(),
        None => page.to_owned(),
    }
}

/// Percent-encodes all that is not plain in a query.
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

/// The error of one field, or of the whole form.
pub fn error_of<T>(
    answer: Signal<Option<Result<T, Refused>>>,
    field: Option<Field>,
) -> Signal<Option<String>>
where
    T: Clone + Send + Sync + 'static,
{
    Signal::derive(move || {
        answer.with(|answer| match answer {
            Some(Err(Refused(refusal))) if shown_at(refusal) == field => Some(refusal.to_string()),
            _ => None,
        })
    })
}

/// The field of these forms beside which a refusal is shown.
fn shown_at(refusal: &Refusal) -> Option<Field> {
    refusal.field().filter(|field| *field != Field::Text)
}

/// The error of the whole form.
#[component]
pub fn FormError(#[prop(into)] text: Signal<Option<String>>) -> impl IntoView {
    move || {
        text.get().map(|text| {
            view! {
                <p class="form-error" id="form-error" role="alert">
                    {text}
                </p>
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_plain_is_encoded() {
        assert_eq!(encoded("/t/12"), "/t/12");
        assert_eq!(encoded("/a?b=c&d é"), "/a%3Fb%3Dc%26d%20%C3%A9");
    }
}
