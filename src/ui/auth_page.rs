//! What the log-in and the sign-up share: the card, the form, the way back to where one came from, and
//! errors that reach the page with scripts and without.

use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::JsCast;
use web_sys::HtmlFormElement;

use super::browser;
use super::icons::Logo;
use super::start::Start;
use crate::api::call;
use crate::model::{Field, Refusal};

/// How it stands with such a form.
#[derive(Clone, Copy)]
pub struct Attempt {
    /// Why the last attempt was refused.
    refused: RwSignal<Option<Refusal>>,
    /// Where to go when it has worked: what the address says, which the server checks.
    next: StoredValue<Option<String>>,
    /// Whether one is under way.
    pub pending: RwSignal<bool>,
}

impl Attempt {
    /// None yet, but for one that was made without a script.
    #[must_use]
    pub fn begun() -> Self {
        let Start { refused, next, .. } = Start::take();
        Self {
            refused: RwSignal::new(refused),
            next: StoredValue::new(next),
            pending: RwSignal::new(false),
        }
    }

    /// The address of the other one of the two pages, which leads to the same place in the end.
    #[must_use]
    pub fn with_next(self, page: &str) -> String {
        match self.next.get_value() {
            Some(next) => [page, "?next=", &encoded(&next)].concat(),
            None => page.to_owned(),
        }
    }

    /// The error of one field, or of the whole form.
    #[must_use]
    pub fn error_of(self, field: Option<Field>) -> Signal<Option<String>> {
        Signal::derive(move || {
            self.refused.with(|refused| match refused {
                Some(refusal) if shown_at(refusal) == field => Some(refusal.to_string()),
                _ => None,
            })
        })
    }

    /// Sends the form. When it has worked the page is left, as it is then for somebody else.
    fn submit(self, event: &SubmitEvent) {
        event.prevent_default();
        let form = event.target().and_then(|form| form.dyn_into().ok());
        let Some(form) = form.filter(|_: &HtmlFormElement| !self.pending.get_untracked()) else {
            return;
        };
        self.pending.set(true);
        spawn_local(async move {
            match call::submit(&form).await {
                Ok(address) => browser::go(&address),
                Err(refusal) => {
                    self.pending.set(false);
                    self.refused.set(Some(refusal));
                }
            }
        });
    }
}

/// The frame of such a page, and its form, which posts to `action`.
#[component]
pub fn AuthPage(
    heading: &'static str,
    action: &'static str,
    attempt: Attempt,
    /// What stands below the form.
    foot: impl IntoView + 'static,
    children: Children,
) -> impl IntoView {
    Effect::new(|_| browser::mark_alive());
    view! {
        <main class="card-page">
            <div class="card">
                <div class="card-brand">
                    <Logo />
                    <span>"chapp"</span>
                </div>
                <h1>{heading}</h1>
                <form method="post" action=action on:submit=move |event| attempt.submit(&event)>
                    <FormError text=attempt.error_of(None) />
                    {children()}
                    {attempt.next.get_value().map(|next| view! { <input type="hidden" name="next" value=next /> })}
                </form>
                <p class="card-foot">{foot}</p>
            </div>
        </main>
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

/// The field of these forms beside which a refusal is shown.
fn shown_at(refusal: &Refusal) -> Option<Field> {
    refusal.field().filter(|field| *field != Field::Text)
}

/// The error of the whole form.
#[component]
fn FormError(#[prop(into)] text: Signal<Option<String>>) -> impl IntoView {
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
