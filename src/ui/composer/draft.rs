//! The draft of a composer: a new message with the message it replies to, or an edit of an earlier one. Pure: the
//! composer renders it, and [`crate::ui::composer::drafts`] stores it.
//!
//! An edit leaves the new message alone, which returns when the edit is over.

use serde::{Deserialize, Serialize};

use crate::model::{Millis, Quote, Refusal, Seq, validate};

/// The content of a composer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Draft {
    /// The text of the new message.
    pub text: String,
    /// The message that it replies to.
    pub reply: Option<Quote>,
    /// The message being edited, and its new text.
    pub edit: Option<(Seq, String)>,
    /// The current text of that message.
    #[serde(skip)]
    pub(crate) original: String,
    /// When the draft was last changed.
    pub at: Millis,
}

/// The kind of text in the composer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Writing {
    /// A new message.
    #[default]
    New,
    /// A reply to this message.
    Reply(Quote),
    /// An edit of the user's own message at this position.
    Edit(Seq),
}

/// A text that is ready to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outgoing {
    Send { text: String, reply: Option<Quote> },
    Edit { seq: Seq, text: String },
}

impl Draft {
    /// The kind of text being written.
    #[must_use]
    pub fn writing(&self) -> Writing {
        match (&self.edit, &self.reply) {
            (Some((seq, _)), _) => Writing::Edit(*seq),
            (None, Some(quote)) => Writing::Reply(quote.clone()),
            (None, None) => Writing::New,
        }
    }

    #[must_use]
    pub fn is_edit(&self) -> bool {
        self.edit.is_some()
    }

    /// The text in the field.
    #[must_use]
    pub fn field_text(&self) -> &str {
        match &self.edit {
            Some((_, text)) => text,
            None => &self.text,
        }
    }

    /// Sets the text of the field.
    pub fn input(&mut self, text: String) {
        match &mut self.edit {
            Some((_, edited)) => *edited = text,
            None => self.text = text,
        }
    }

    /// Starts a reply, and cancels the edit.
    pub fn reply_to(&mut self, quote: Quote) {
        (self.reply, self.edit) = (Some(quote), None);
    }

    /// Starts the edit of a message with this text.
    pub fn start_edit(&mut self, seq: Seq, text: String) {
        self.original.clone_from(&text);
        self.edit = Some((seq, text));
    }

    /// Cancels the edit, or else the reply. The text of the new message stays.
    pub fn cancel(&mut self) {
        if self.edit.take().is_none() {
            self.reply = None;
        }
    }

    /// The text to send; `None` if there is none.
    ///
    /// # Errors
    /// Why the text can't be sent. An empty new message is no error; an empty edit is one.
    pub fn submit(&self) -> Result<Option<Outgoing>, Refusal> {
        let text = match validate::message_text(self.field_text()) {
            Ok(text) => text,
            Err(_) if !self.is_edit() && self.text.trim().is_empty() => return Ok(None),
            Err(refusal) => return Err(refusal),
        };
        Ok(Some(match &self.edit {
            Some((seq, _)) => Outgoing::Edit { seq: *seq, text },
            None => Outgoing::Send {
                text,
                reply: self.reply.clone(),
            },
        }))
    }

    /// The draft without a message that was sent when the field had the text `written`: what was written after it. Of
    /// a text that was replaced meanwhile, everything.
    #[must_use]
    pub fn without(&self, written: &str, reply: Option<&Quote>) -> Self {
        let mut rest = self.clone();
        if let Some(text) = self.text.strip_prefix(written) {
            rest.text = text.trim_start().to_owned();
        }
        if rest.reply.as_ref() == reply {
            rest.reply = None;
        }
        rest
    }

    /// Ends an edit that the server has accepted. The composer may have moved on meanwhile.
    pub fn edited(&mut self, seq: Seq) {
        if matches!(self.edit, Some((edited, _)) if edited == seq) {
            self.edit = None;
        }
    }

    /// Text typed before hydration replaces the stored one.
    pub fn typed_before(&mut self, text: String) {
        if !text.is_empty() {
            self.text = text;
        }
    }

    /// The part worth storing: an edit without changes is not. `None` if nothing is left.
    #[must_use]
    pub fn stored(&self) -> Option<Self> {
        let mut stored = self.clone();
        if matches!(&stored.edit, Some((_, text)) if *text == self.original) {
            stored.edit = None;
        }
        (!stored.is_empty()).then_some(stored)
    }

    /// The non-blank texts.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        let edited = self.edit.as_ref().map(|(_, text)| &**text);
        [Some(&*self.text), edited]
            .into_iter()
            .flatten()
            .filter(|text| !text.trim().is_empty())
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.text.is_empty() && self.reply.is_none() && self.edit.is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::UserId;

    fn quote() -> Quote {
        Quote {
            seq: 3,
            author: UserId(2),
            text: Some("why?".into()),
            amended: 0,
        }
    }

    fn draft(text: &str) -> Draft {
        Draft {
            text: text.into(),
            ..Draft::default()
        }
    }

    #[test]
    fn a_new_message_waits_with_its_reply_while_another_is_edited() {
        let mut draft = draft("because");
        draft.reply_to(quote());
        draft.start_edit(7, "then".into());
        assert_eq!(draft.writing(), Writing::Edit(7));
        assert_eq!(draft.field_text(), "then");
        draft.input("now".into());
        assert_eq!((draft.field_text(), &*draft.text), ("now", "because"));
        draft.cancel();
        assert_eq!(draft.writing(), Writing::Reply(quote()));
        assert_eq!(draft.field_text(), "because");
        draft.cancel();
        assert_eq!(
            (draft.writing(), draft.field_text()),
            (Writing::New, "because")
        );
    }

    #[test]
    fn a_reply_ends_an_edit() {
        let mut draft = draft("so");
        draft.start_edit(7, "then".into());
        draft.reply_to(quote());
        assert_eq!(draft.writing(), Writing::Reply(quote()));
        assert_eq!(draft.field_text(), "so");
    }

    #[test]
    fn a_message_is_sent_once_with_what_it_replies_to() {
        let mut draft = draft("hello \n");
        draft.reply_to(quote());
        let (text, reply) = ("hello".into(), Some(quote()));
        assert_eq!(draft.submit(), Ok(Some(Outgoing::Send { text, reply })));
        let rest = draft.without("hello \n", Some(&quote()));
        assert!(rest.is_empty());
        assert_eq!(rest.submit(), Ok(None));
    }

    #[test]
    fn what_is_written_after_a_message_is_not_sent_with_it() {
        let mut draft = draft("see the plan  and now");
        let later = Quote { seq: 4, ..quote() };
        draft.reply = Some(later.clone());
        let rest = draft.without("see the plan ", Some(&quote()));
        assert_eq!((&*rest.text, rest.reply), ("and now", Some(later)));
        assert_eq!(draft.without("something else", None).text, draft.text);
    }

    #[test]
    fn a_blank_message_is_not_sent_and_a_blank_edit_is_refused() {
        let mut draft = draft(" \n ");
        assert_eq!(draft.submit(), Ok(None));
        draft.start_edit(7, "then".into());
        draft.input(" ".into());
        assert!(draft.submit().is_err());
        draft.input("now".into());
        let (seq, text) = (7, "now".into());
        assert_eq!(draft.submit(), Ok(Some(Outgoing::Edit { seq, text })));
    }

    #[test]
    fn a_late_answer_to_an_edit_does_not_end_the_next_one() {
        let mut draft = draft("");
        draft.start_edit(7, "then".into());
        draft.start_edit(8, "else".into());
        draft.edited(7);
        assert_eq!(draft.writing(), Writing::Edit(8));
        draft.edited(8);
        assert_eq!(draft.writing(), Writing::New);
    }

    #[test]
    fn an_edit_is_stored_once_it_has_changed_something() {
        let mut draft = draft("");
        draft.start_edit(7, "then".into());
        assert_eq!(draft.stored(), None);
        draft.input("now".into());
        let edit = Some((7, "now".to_owned()));
        assert_eq!(draft.stored().map(|stored| stored.edit), Some(edit));
    }

    #[test]
    fn text_typed_before_hydration_is_preserved() {
        let mut stored = draft("old");
        stored.typed_before(String::new());
        assert_eq!(stored.field_text(), "old");
        stored.typed_before("new".into());
        assert_eq!(stored.field_text(), "new");
    }
}
