//! Something that is done by a form or a button: whether it is under way, and why it was refused.

use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::JsCast;
use web_sys::HtmlFormElement;

use super::erased::erase;
use crate::client::api::calls::Call;
use crate::client::api::{self, Answer};
use crate::client::clock::TimeFormat;
use crate::model::{Field, Refusal};

/// What is done with the answer.
type Then = Box<dyn FnOnce(Answer)>;

/// How it stands with a form, or with the buttons of a part of the page.
#[derive(Clone, Copy)]
pub struct Submission {
    /// Why the last attempt was refused.
    refused: RwSignal<Option<Refusal>>,
    /// Whether one is under way.
    pub pending: RwSignal<bool>,
    clock: Option<TimeFormat>,
}

impl Submission {
    /// None yet, but for one that was made without a script and refused.
    #[must_use]
    pub fn new(refused: Option<Refusal>) -> Self {
        Self {
            refused: RwSignal::new(refused),
            pending: RwSignal::new(false),
            clock: use_context(),
        }
    }

    /// Why the last attempt was refused, whatever it is about.
    #[must_use]
    pub fn error(self) -> Signal<Option<String>> {
        Signal::derive(move || self.refused.get().map(|refusal| self.words(&refusal)))
    }

    /// The error of one field, or of the whole form.
    #[must_use]
    pub fn error_of(self, field: Option<Field>) -> Signal<Option<String>> {
        Signal::derive(move || {
            let refusal = self.refused.get();
            let refusal = refusal.filter(|refusal| shown_at(refusal) == field);
            refusal.map(|refusal| self.words(&refusal))
        })
    }

    fn words(self, refusal: &Refusal) -> String {
        match (refusal, self.clock) {
            (Refusal::Banned { until: Some(until) }, Some(clock)) => [
                "You are banned from this room until ",
                &clock.full(*until),
                ".",
            ]
            .concat(),
            _ => refusal.to_string(),
        }
    }

    /// Says why something is refused before it is even tried.
    pub fn refuse(self, refusal: Refusal) {
        self.refused.set(Some(refusal));
    }

    /// Nothing has been tried.
    pub fn reset(self) {
        self.refused.set(None);
    }

    /// Sends the form of this event; `then` gets the answer when it has worked.
    pub fn submit(self, event: &SubmitEvent, then: impl FnOnce(Answer) + 'static) {
        event.prevent_default();
        let form = event.target().and_then(|form| form.dyn_into().ok());
        let Some(form) = form.filter(|_: &HtmlFormElement| self.begin()) else {
            return;
        };
        let then: Then = Box::new(then);
        spawn_local(async move { self.end(api::submit(&form).await, then) });
    }

    /// Does something; `then` gets the answer when it has worked.
    pub fn send(self, call: Call, then: impl FnOnce(Answer) + 'static) {
        if self.begin() {
            let then: Then = Box::new(then);
            spawn_local(async move { self.end(call.send().await, then) });
        }
    }

    fn begin(self) -> bool {
        if self.pending.try_get_untracked() != Some(false) {
            return false;
        }
        self.pending.set(true);
        self.refused.set(None);
        true
    }

    fn end(self, answer: Result<Answer, Refusal>, then: Then) {
        // Where the answer leads to another page, nothing more is to be done on this one. What this
        // belongs to may also be gone from the page by now.
        if !matches!(&answer, Ok(answer) if answer.location.is_some()) {
            let _ = self.pending.try_set(false);
        }
        match answer {
            Ok(answer) => then(answer),
            Err(refusal) => drop(self.refused.try_set(Some(refusal))),
        }
    }
}

/// The field beside which a refusal is shown.
fn shown_at(refusal: &Refusal) -> Option<Field> {
    match refusal {
        // Which of name and key is wrong is not said; the key is what one types again.
        Refusal::WrongKey => Some(Field::Key),
        _ => refusal.field().filter(|field| *field != Field::Text),
    }
}

/// The error of a whole form.
#[component]
pub fn FormError(
    #[prop(into)] text: Signal<Option<String>>,
    /// What tells it from others on its page.
    #[prop(optional)]
    id: Option<&'static str>,
) -> impl IntoView {
    erase(move || {
        text.get().map(|text| {
            view! {
                <p class="form-error" id=id role="alert">
                    {text}
                </p>
            }
            .into_any()
        })
    })
}
