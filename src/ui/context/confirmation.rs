//! The confirmation dialog of the window: asks before something that can't be undone, or for the details of an
//! action.

use leptos::prelude::*;

use crate::client::api::calls::Call;
use crate::model::Person;

/// The content of the dialog.
#[derive(Clone, Debug)]
pub struct Confirmation {
    pub title: String,
    /// The consequences, naming what they affect.
    pub text: String,
    /// The label of the button that acts, and of the menu item that opens the dialog.
    pub act: &'static str,
    pub kind: ConfirmKind,
    /// The call to send; `None` if there is nothing to do.
    pub call: Option<Call>,
    /// Incremented when the call has succeeded.
    pub done: Option<RwSignal<u32>>,
    /// The path to go to afterwards.
    pub then: Option<&'static str>,
}

/// The input that the dialog asks for.
#[derive(Clone, Debug)]
pub enum ConfirmKind {
    /// Confirm or cancel.
    Plain,
    /// The name of what is to be deleted, typed by the user.
    Typed(String),
    /// The duration and the note.
    Ban,
    /// The reason for reporting this person, or a message of theirs.
    Report(Person),
    /// None: the dialog only reports that something has been done.
    Notice,
}

impl Confirmation {
    /// A question to confirm or cancel.
    #[must_use]
    pub fn plain(title: String, text: String, act: &'static str, call: Call) -> Self {
        Self {
            act,
            call: Some(call),
            ..Self::without_call(title, text, ConfirmKind::Plain)
        }
    }

    /// A dialog without an action of its own.
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

    /// Increments `done` when the call has succeeded.
    #[must_use]
    pub fn notifying(mut self, done: RwSignal<u32>) -> Self {
        self.done = Some(done);
        self
    }
}

/// The dialog of the window, open while it is set.
#[derive(Clone, Copy)]
pub struct ConfirmContext(pub RwSignal<Option<Confirmation>>);

impl ConfirmContext {
    /// Provides a closed dialog as a context of the whole window.
    pub fn provide() {
        provide_context(Self(RwSignal::new(None)));
    }

    /// Opens the dialog.
    pub fn ask(self, question: Confirmation) {
        self.0.set(Some(question));
    }
}

/// The dialog of this window, from the context.
#[must_use]
pub fn use_dialog() -> ConfirmContext {
    expect_context()
}
