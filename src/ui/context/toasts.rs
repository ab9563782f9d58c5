//! The toast: one line about what has just been done, with *Undo* if it can be undone; or an error that belongs to
//! no field. One at a time: the newest replaces the one before.
//!
//! ```ignore
//! let toasts = use_toasts();
//! toasts.act(Undoable::new("Message pinned", calls::pin(thread, seq, true), calls::pin(thread, seq, false)));
//! toasts.say("Link copied");
//! toasts.fail(refusal.to_string(), None);
//! ```

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::client::api::calls::Call;

/// What a toast's button does.
pub type ToastAction = Arc<dyn Fn() + Send + Sync>;

/// A toast.
#[derive(Clone)]
pub struct Toast {
    pub text: String,
    /// The label of its button, and what it does.
    pub action: Option<(&'static str, ToastAction)>,
    pub is_error: bool,
    /// Tells it from the others.
    id: u32,
}

/// An act that can be undone.
#[derive(Clone)]
pub struct Undoable {
    /// What the toast says afterwards.
    done: String,
    call: Call,
    /// The call that undoes it.
    opposite: Call,
    /// Called after it was done (`true`) and after it was undone.
    then: Option<Arc<dyn Fn(bool) + Send + Sync>>,
}

impl Undoable {
    #[must_use]
    pub fn new(done: impl Into<String>, call: Call, opposite: Call) -> Self {
        Self {
            done: done.into(),
            call,
            opposite,
            then: None,
        }
    }

    /// Calls `then` after it was done (`true`), and after it was undone.
    #[must_use]
    pub fn then(mut self, then: impl Fn(bool) + Send + Sync + 'static) -> Self {
        self.then = Some(Arc::new(then));
        self
    }
}

/// The toast of the window, if there is one. A context of the window.
#[derive(Clone, Copy)]
pub struct Toasts(RwSignal<Option<Toast>>);

impl Toasts {
    /// Provides the context, without a toast.
    pub fn provide() {
        provide_context(Self(RwSignal::new(None)));
    }

    /// The toast that is shown. Tracked.
    #[must_use]
    pub fn get(self) -> Option<Toast> {
        self.0.get()
    }

    fn show(self, text: String, action: Option<(&'static str, ToastAction)>, is_error: bool) {
        static LAST: AtomicU32 = AtomicU32::new(0);
        let id = LAST.fetch_add(1, Ordering::Relaxed);
        let toast = Toast {
            text,
            action,
            is_error,
            id,
        };
        // The window may be gone when an answer comes.
        let _ = self.0.try_set(Some(toast));
    }

    /// Says what was done.
    pub fn say(self, text: impl Into<String>) {
        self.show(text.into(), None, false);
    }

    /// Says what was done, with a button.
    pub fn offer(self, text: impl Into<String>, label: &'static str, act: ToastAction) {
        self.show(text.into(), Some((label, act)), false);
    }

    /// Reports an error, with a button to try again. It stays until it is dismissed.
    pub fn fail(self, text: impl Into<String>, again: Option<ToastAction>) {
        self.show(text.into(), again.map(|again| ("Try again", again)), true);
    }

    /// Sends a call, and reports it if it fails.
    pub fn send(self, call: Call, then: impl Fn() + Send + Sync + 'static) {
        let then: ToastAction = Arc::new(then);
        self.attempt(call, then);
    }

    fn attempt(self, call: Call, then: ToastAction) {
        spawn_local(async move {
            match call.send().await {
                Ok(_) => then(),
                Err(refusal) => {
                    let again: ToastAction =
                        Arc::new(move || self.attempt(call.clone(), then.clone()));
                    self.fail(refusal.to_string(), Some(again));
                }
            }
        });
    }

    /// Does what can be undone, says so, and offers to undo it.
    pub fn act(self, act: Undoable) {
        let Undoable {
            done,
            call,
            opposite,
            then,
        } = act;
        let report = move |is_done| {
            if let Some(then) = &then {
                then(is_done);
            }
        };
        self.send(call, move || {
            let (opposite, report) = (opposite.clone(), report.clone());
            report(true);
            let undo = move || {
                let report = report.clone();
                self.send(opposite.clone(), move || report(false));
            };
            self.offer(done.clone(), "Undo", Arc::new(undo));
        });
    }

    /// Removes this toast, unless another has replaced it.
    pub fn dismiss(self, toast: &Toast) {
        let is_shown = self
            .0
            .try_with_untracked(|shown| shown.as_ref().is_some_and(|shown| shown.id == toast.id));
        if is_shown == Some(true) {
            self.0.set(None);
        }
    }
}

/// The toast of this window, from the context.
#[must_use]
pub fn use_toasts() -> Toasts {
    expect_context()
}
