//! The confirmation that the window asks for: before something that can't be undone, or for what it takes.

use leptos::prelude::*;

use crate::client::api::calls::Call;
use crate::model::Person;

/// What is asked.
#[derive(Clone, Debug)]
pub struct Confirmation {
    pub title: String,
    /// What will happen, naming of what.
    pub text: String,
    /// What the button says that does it, and the one that leads here.
    pub act: &'static str,
    pub kind: ConfirmKind,
    /// What is sent; `None` where nothing is to be done.
    pub call: Option<Call>,
    /// Whoever is told when it has been done.
    pub done: Option<RwSignal<u32>>,
    /// Where to go then.
    pub then: Option<&'static str>,
}

/// What it takes to answer.
#[derive(Clone, Debug)]
pub enum ConfirmKind {
    /// Yes or no.
    Plain,
    /// The name of what is to be done away with, typed.
    Typed(String),
    /// For how long, and why.
    Ban,
    /// Why this person, or a message of theirs, is reported.
    Report(Person),
    /// Nothing: something was done, and this is said of it.
    Said,
    /// One of these.
    Choice(Vec<Confirmation>),
}

impl Confirmation {
    /// A question to be answered with yes or no.
    #[must_use]
    pub fn plain(title: String, text: String, act: &'static str, call: Call) -> Self {
        Self {
            act,
            call: Some(call),
            ..Self::without_call(title, text, ConfirmKind::Plain)
        }
    }

    /// A dialog that itself does nothing.
    #[must_use]
    pub fn without_call(title: String, text: String, kind: ConfirmKind) -> Self {
        Self {
            title,
            text,
            act: "",
            kind,
            call: None,
            done: None,
            then: None,
        }
    }

    /// Whoever is told when it has been done.
    #[must_use]
    pub fn telling(mut self, done: RwSignal<u32>) -> Self {
        self.done = Some(done);
        self
    }
}

/// The dialog of the window: set it to ask.
#[derive(Clone, Copy)]
pub struct ConfirmContext(pub RwSignal<Option<Confirmation>>);

impl ConfirmContext {
    /// A dialog that asks nothing yet; a context of the whole window.
    pub fn provide() {
        provide_context(Self(RwSignal::new(None)));
    }

    /// Asks.
    pub fn ask(self, question: Confirmation) {
        self.0.set(Some(question));
    }
}

/// The dialog of this window.
#[must_use]
pub fn use_dialog() -> ConfirmContext {
    expect_context()
}
