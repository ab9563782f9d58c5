//! The state of an action by a form or a button: whether it is pending, and why it was refused.

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

/// Handles the answer.
type Then = Box<dyn FnOnce(Answer)>;

/// The state of a form, or of the buttons in a part of the page.
#[derive(Clone, Copy)]
pub struct Submission {
    /// Why the last attempt was refused.
    refused: RwSignal<Option<Refusal>>,
    /// Whether an attempt is pending.
    pub pending: RwSignal<bool>,
    clock: Option<TimeFormat>,
}

impl Submission {
    /// No attempt yet, except for a form that was posted without a script and `refused`.
    #[must_use]
    pub fn new(refused: Option<Refusal>) -> Self {
        Self {
            refused: RwSignal::new(refused),
            pending: RwSignal::new(false),
            clock: use_context(),
        }
    }

    /// Why the last attempt was refused, for whatever field.
    #[must_use]
    pub fn error(self) -> Signal<Option<String>> {
        Signal::derive(move || self.refused.get().map(|refusal| self.words(&refusal)))
    }

    /// The error of one field, or of the whole form.
    #[must_use]
    pub fn error_of(self, field: Option<Field>) -> Signal<Option<String>> {
        Signal::derive(move || {
            let refusal = self.refused.get();
            let mut each = refusal.iter().flat_map(Refusal::each);
            let refusal = each.find(|refusal| shown_at(refusal) == field);
            refusal.map(|refusal| self.words(refusal))
        })
    }

    fn words(self, refusal: &Refusal) -> String {
        match (refusal, self.clock) {
            (Refusal::Banned { until: Some(until) }, Some(clock)) => {
                let until = clock.full(*until);
                format!("You're banned from this room until {until}.")
            }
            _ => refusal.to_string(),
        }
    }

    /// Shows a refusal before anything is sent.
    pub fn refuse(self, refusal: Refusal) {
        self.refused.set(Some(refusal));
    }

    /// Clears the refusal.
    pub fn reset(self) {
        self.refused.set(None);
    }

    /// Sends the form of this event; `then` gets the answer on success.
    pub fn submit(self, event: &SubmitEvent, then: impl FnOnce(Answer) + 'static) {
        event.prevent_default();
        let form = event.target().and_then(|form| form.dyn_into().ok());
        let Some(form) = form.filter(|_: &HtmlFormElement| self.start()) else {
            return;
        };
        let then: Then = Box::new(then);
        spawn_local(async move { self.finish(api::submit(&form).await, then) });
    }

    /// Sends a call; `then` gets the answer on success.
    pub fn send(self, call: Call, then: impl FnOnce(Answer) + 'static) {
        if self.start() {
            let then: Then = Box::new(then);
            spawn_local(async move { self.finish(call.send().await, then) });
        }
    }

    fn start(self) -> bool {
        if self.pending.try_get_untracked() != Some(false) {
            return false;
        }
        self.pending.set(true);
        self.refused.set(None);
        true
    }

    fn finish(self, answer: Result<Answer, Refusal>, then: Then) {
        // If the answer leads to another page, the form stays disabled until this one is gone. The component may be
        // gone already.
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
        // The server doesn't tell whether name or key is wrong; the key is the one to type again.
        Refusal::WrongKey => Some(Field::Key),
        _ => refusal.field().filter(|field| *field != Field::Text),
    }
}

/// The error of a whole form.
#[component]
pub fn FormError(
    #[prop(into)] text: Signal<Option<String>>,
    /// The ID, where the page has several forms.
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
