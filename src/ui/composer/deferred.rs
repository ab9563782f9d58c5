//! Messages that the user sends while the code that takes over their files is still loading. Until they are sent, their
//! text stays in the field, and so in the stored draft; what is written or attached meanwhile belongs to the next one.

use leptos::prelude::*;

use super::draft::Draft;
use crate::model::Quote;
use crate::ui::context::attachments::Attachments;

/// A message that the user has sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Submitted {
    /// What the field had.
    written: String,
    /// What is sent of it.
    pub text: String,
    pub reply: Option<Quote>,
}

impl Submitted {
    /// The message of a draft, with its final text.
    #[must_use]
    pub fn of(draft: Draft, text: String) -> Self {
        Self {
            written: draft.text,
            text,
            reply: draft.reply,
        }
    }

    /// The draft without this message.
    #[must_use]
    pub fn rest(&self, draft: &Draft) -> Draft {
        draft.without(&self.written, self.reply.as_ref())
    }
}

/// The deferred messages of a composer, in the order in which they were sent.
#[derive(Clone, Copy)]
pub struct Deferred(StoredValue<Vec<Submitted>>);

impl Deferred {
    pub(super) fn new() -> Self {
        Self(StoredValue::new(Vec::new()))
    }

    /// The draft without the deferred messages.
    #[must_use]
    pub fn rest(self, draft: &Draft) -> Draft {
        self.0.with_value(|all| {
            let rest = |draft, message: &Submitted| message.rest(&draft);
            all.iter().fold(draft.clone(), rest)
        })
    }

    /// Keeps a message back if its files are not in the tray yet, or another one is kept back. Otherwise returns it.
    #[must_use]
    pub fn unless_deferred(self, message: Submitted) -> Option<Submitted> {
        if !Attachments::is_taking() && self.0.with_value(Vec::is_empty) {
            return Some(message);
        }
        Attachments::end_message();
        self.0.update_value(|all| all.push(message));
        None
    }

    /// Removes the first message, if its files are in the tray.
    #[must_use]
    pub fn due(self) -> Option<Submitted> {
        if Attachments::is_taking() {
            return None;
        }
        let due = self
            .0
            .try_update_value(|all| (!all.is_empty()).then(|| all.remove(0)));
        due.flatten()
    }

    /// When the composer goes away, the messages are not sent: their text is in the draft, and their files get into the
    /// tray.
    pub fn end_with_composer(self, attachments: Attachments) {
        on_cleanup(move || {
            let count = self.0.try_with_value(Vec::len).unwrap_or(0);
            (0..count).for_each(|_| attachments.next_message());
        });
    }
}
