//! Changes to messages that are in the log, pins, saved messages and mentions.

use super::{Chat, policy};
use crate::model::{
    Attachment, ClientId, EventBody, Excerpts, Field, FileRef, Message, Millis, Quote, Refusal,
    Seq, ThreadId, UserId, Version, mention, validate,
};
use crate::server::auth::lookup_key;
use crate::server::store::{Amend, Append, Appended, Candidates, MessageRule, Name, Rule};

/// A message to post.
#[derive(Clone, Debug, Default)]
pub struct NewMessage<'t> {
    pub text: &'t str,
    /// The message of the same thread that it replies to.
    pub reply_to: Option<Seq>,
    /// Finished uploads of the author's for this thread.
    pub files: Vec<Attachment>,
}

impl Chat {
    /// As [`Self::post_message`], without files.
    pub fn post(
        &self,
        me: UserId,
        thread: ThreadId,
        client_id: ClientId,
        text: &str,
        reply_to: Option<Seq>,
        done: impl FnOnce(Result<Appended, Refusal>) + Send + Sync + 'static,
    ) {
        let message = NewMessage {
            text,
            reply_to,
            files: Vec::new(),
        };
        self.post_message(me, thread, client_id, message, done);
    }

    /// Posts a message; `done` is invoked once, when it is durable, or with the reason for a refusal. Messages posted
    /// one after the other are written in that order.
    pub fn post_message(
        &self,
        me: UserId,
        thread: ThreadId,
        client_id: ClientId,
        message: NewMessage<'_>,
        done: impl FnOnce(Result<Appended, Refusal>) + Send + Sync + 'static,
    ) {
        let reply_to = message.reply_to;
        match self.valid(message) {
            Ok(message) => self.store.append(Append {
                thread,
                actor: me,
                client_id: Some(client_id),
                candidates: candidates(&message.text),
                body: EventBody::Message(message),
                may: match reply_to {
                    Some(_) => policy::may_reply,
                    None => policy::may_post,
                },
                done: Box::new(done),
            }),
            Err(refusal) => done(Err(refusal)),
        }
    }

    /// The message as it is stored, if it breaks no rule. With files it needs no text.
    fn valid(&self, message: NewMessage<'_>) -> Result<Message, Refusal> {
        let max = self.files.limits.max_files;
        if message.files.len() > max {
            return Err(Refusal::TooManyFiles { max });
        }
        let text = match message.files.is_empty() || !message.text.trim().is_empty() {
            true => validate::message_text(message.text)?,
            false => String::new(),
        };
        let files = message.files.into_iter().map(|attachment| {
            let alt = validate::alt_text(&attachment.alt)?;
            Ok::<_, Refusal>(FileRef::to(Attachment { alt, ..attachment }))
        });
        Ok(Message {
            reply: message.reply_to.map(Quote::to),
            files: files.collect::<Result<_, _>>()?,
            ..Message::new(text)
        })
    }

    /// Changes the text of the user's own message. The old version is stored.
    ///
    /// # Errors
    /// Those of the rules; [`Refusal::NotFound`]; [`Refusal::Invalid`]; [`Refusal::TooMany`].
    pub async fn edit_message(
        &self,
        me: UserId,
        thread: ThreadId,
        seq: Seq,
        text: &str,
    ) -> Result<(), Refusal> {
        let text = validate::message_text(text)?;
        let candidates = candidates(&text);
        let amend = Amend::Edit { text, candidates };
        self.amend(me, thread, seq, policy::may_edit, amend).await
    }

    /// Deletes a message of the user, or any message in a room that they moderate.
    ///
    /// # Errors
    /// Those of the rules; [`Refusal::NotFound`].
    pub async fn delete_message(
        &self,
        me: UserId,
        thread: ThreadId,
        seq: Seq,
    ) -> Result<(), Refusal> {
        self.amend(me, thread, seq, policy::may_delete, Amend::Delete)
            .await
    }

    /// Adds the user's reaction to a message (`on`), or removes it.
    ///
    /// # Errors
    /// Those of the rules; [`Refusal::NotFound`]; [`Refusal::Invalid`]; [`Refusal::TooMany`].
    pub async fn react(
        &self,
        me: UserId,
        thread: ThreadId,
        seq: Seq,
        emoji: &str,
        on: bool,
    ) -> Result<(), Refusal> {
        let emoji = emoji_of(emoji)?;
        let amend = Amend::React { emoji, on };
        self.amend(me, thread, seq, policy::may_react, amend).await
    }

    /// Pins a message for all members of the thread (`on`), or unpins it.
    ///
    /// # Errors
    /// Those of the rules; [`Refusal::NotFound`]; [`Refusal::TooMany`].
    pub async fn pin(
        &self,
        me: UserId,
        thread: ThreadId,
        seq: Seq,
        on: bool,
    ) -> Result<(), Refusal> {
        self.amend(me, thread, seq, policy::may_pin, Amend::Pin { on })
            .await
    }

    /// The pinned messages of a thread, latest pin first.
    ///
    /// # Errors
    /// Those of the rules.
    pub async fn pins(&self, me: UserId, thread: ThreadId) -> Result<Excerpts, Refusal> {
        let pins = self.store.pins(me, thread);
        self.reading(me, thread, policy::may_read, pins).await
    }

    /// Moves the user's read mark of a thread up. Without effect on a thread of which `me` is not a member.
    pub async fn mark_read(
        &self,
        me: UserId,
        thread: ThreadId,
        seq: Seq,
        turn: i64,
    ) -> Result<(), Refusal> {
        Ok(self.store.mark_read(me, thread, seq, turn).await?)
    }

    /// Moves the user's read mark of a thread up, also after they marked messages as unread.
    ///
    /// # Errors
    /// Those of the rules.
    pub async fn mark_read_anew(
        &self,
        me: UserId,
        thread: ThreadId,
        seq: Seq,
    ) -> Result<(), Refusal> {
        let marked = self.store.mark_read(me, thread, seq, i64::MAX);
        self.reading(me, thread, policy::may_read, marked).await
    }

    /// Marks a message and all after it as unread, for this user only.
    ///
    /// # Errors
    /// Those of the rules; [`Refusal::NotFound`].
    pub async fn mark_unread(&self, me: UserId, thread: ThreadId, seq: Seq) -> Result<(), Refusal> {
        Ok(self
            .store
            .mark_unread(me, thread, seq, policy::may_read)
            .await?)
    }

    /// Saves a message for later (`on`), or removes it. Private to the user.
    ///
    /// # Errors
    /// Those of the rules; [`Refusal::NotFound`]; [`Refusal::TooMany`].
    pub async fn save(
        &self,
        me: UserId,
        thread: ThreadId,
        seq: Seq,
        on: bool,
    ) -> Result<(), Refusal> {
        Ok(self
            .store
            .save(me, thread, seq, policy::may_read, on)
            .await?)
    }

    /// The messages the user has saved for later, the latest written first, without those of threads they have left.
    pub async fn saved(&self, me: UserId) -> Result<Excerpts, Refusal> {
        Ok(self.store.saved(me).await?)
    }

    /// The position of the first event of a thread at or after this moment; that of the last event, when there is none.
    ///
    /// # Errors
    /// Those of the rules.
    pub async fn seq_at(&self, me: UserId, thread: ThreadId, at: Millis) -> Result<Seq, Refusal> {
        let seq = self.store.seq_at(thread, at);
        self.reading(me, thread, policy::may_read, seq).await
    }

    /// The texts of a message, from the first version to the current one.
    ///
    /// # Errors
    /// Those of the rules; [`Refusal::NotFound`], also when it was deleted.
    pub async fn versions(
        &self,
        me: UserId,
        thread: ThreadId,
        seq: Seq,
    ) -> Result<Vec<Version>, Refusal> {
        let versions = self.store.versions(thread, seq);
        let versions = self.reading(me, thread, policy::may_read, versions).await?;
        match versions.is_empty() {
            true => Err(Refusal::NotFound),
            false => Ok(versions),
        }
    }

    async fn amend(
        &self,
        me: UserId,
        thread: ThreadId,
        seq: Seq,
        rule: MessageRule,
        amend: Amend,
    ) -> Result<(), Refusal> {
        Ok(self.store.amend(me, thread, seq, rule, amend).await?)
    }
}

/// The mentions a text may contain. Most texts have none, which costs one search for an `@`.
pub(super) fn candidates(text: &str) -> Option<Box<Candidates>> {
    let tokens = mention::mentioned_names(text);
    if tokens.is_empty() {
        return None;
    }
    let name = |written: &str| {
        Some(Name {
            key: lookup_key(written)?,
            written: written.to_owned(),
        })
    };
    let is_room = |token: &String| mention::names(token).any(mention::is_room);
    let people = tokens
        .iter()
        .map(|token| mention::names(token).filter_map(name).collect());
    Some(Box::new(Candidates {
        people: people.collect(),
        room: tokens
            .iter()
            .any(is_room)
            .then_some(policy::may_mention_room as Rule),
    }))
}

/// The fully qualified Unicode form of an emoji.
fn emoji_of(text: &str) -> Result<String, Refusal> {
    match emojis::get(text) {
        Some(emoji) => Ok(emoji.as_str().to_owned()),
        None => Err(Refusal::invalid(Field::Emoji, "Choose a single emoji.")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_unicode_emoji_are_accepted() {
        for text in ["👍", "👍🏽", "❤️", "👩‍👩‍👧‍👦", "🇩🇪", "1️⃣"]
        {
            assert_eq!(emoji_of(text), Ok(text.to_owned()));
        }
        assert_eq!(emoji_of("❤"), Ok("❤️".to_owned()));
        for text in ["", "a", "👍👍", "<b>", ":+1:", "\u{1F3FD}\u{1F3FD}"] {
            assert!(emoji_of(text).is_err(), "{text}");
        }
    }
}
