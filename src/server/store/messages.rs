//! Changes to messages that are in the log. Each is one savepoint, which evaluates the rule, appends the event that
//! records the change, and updates the message.

use sqlx::{AnyConnection, Row};

use super::append::write_one;
use super::audit::{self, AuditRecord};
use super::events::{self, message_at};
use super::mentions::{self, Candidates};
use super::standing::{MessageRule, standing_of};
use super::write_queue::{Owner, WriteTurn};
use super::writer::Needs;
use super::{Change, Outcome, Store, StoreError, files, pins_and_saved};
use crate::model::{
    Event, EventBody, Mentions, Message, Millis, Refusal, Seq, ThreadId, UserId, Version, limits,
};

/// A change to a message.
#[derive(Clone, Debug)]
pub enum Amend {
    /// Replaces its text.
    Edit {
        text: String,
        /// The mentions the new text may contain.
        candidates: Option<Box<Candidates>>,
    },
    /// Deletes its text for good.
    Delete,
    /// Adds the actor's reaction, or removes it.
    React { emoji: String, on: bool },
    /// Pins it for all members of the thread, or unpins it.
    Pin { on: bool },
}

impl Store {
    /// Changes the message at `seq`, if `rule` allows it. Idempotent.
    ///
    /// # Errors
    /// Those of the rule; [`Refusal::NotFound`] when there is no such message, or it was deleted; [`Refusal::TooMany`].
    pub async fn amend(
        &self,
        actor: UserId,
        thread: ThreadId,
        seq: Seq,
        rule: MessageRule,
        amend: Amend,
    ) -> Result<(), StoreError> {
        let turn = match amend {
            // A deletion is served first, however much is queued.
            Amend::Delete => WriteTurn::first(Owner::Person(actor)),
            _ => WriteTurn::of(actor),
        };
        self.writer
            .run_with(turn, Needs::AloneIn(thread), move |db| {
                Box::pin(async move {
                    let standing = standing_of(db, actor, thread).await?.unwrap_or_default();
                    let found = message_at(db, thread, seq).await?;
                    let is_author = found.as_ref().is_some_and(|event| event.actor == actor);
                    rule(&standing, is_author)?;
                    let case = Target {
                        actor,
                        is_author,
                        event: found.ok_or(Refusal::NotFound)?,
                    };
                    let changes = case.apply(db, amend).await?;
                    Ok(Outcome {
                        answer: (),
                        changes: changes.into_iter().map(Change::Event).collect(),
                    })
                })
            })
            .await
    }

    /// The texts of a message, from the first version to the current one. Empty when there is no such message, or it
    /// was deleted. The caller has checked that it may be read.
    pub async fn versions(&self, thread: ThreadId, seq: Seq) -> Result<Vec<Version>, StoreError> {
        let mut db = self.readers.acquire().await?;
        let Some(event) = message_at(&mut db, thread, seq).await? else {
            return Ok(Vec::new());
        };
        let EventBody::Message(message) = event.body else {
            return Ok(Vec::new());
        };
        let text = "SELECT at, text FROM versions WHERE thread_id = $1 AND seq = $2 ORDER BY edit";
        let rows = sqlx::query(text)
            .bind(thread.0)
            .bind(seq)
            .fetch_all(&mut *db)
            .await?;
        let mut versions = Vec::with_capacity(rows.len() + 1);
        for row in rows {
            versions.push(Version {
                at: row.try_get(0)?,
                text: row.try_get(1)?,
            });
        }
        versions.push(Version {
            at: message.edited_at.unwrap_or(event.at),
            text: message.text,
        });
        Ok(versions)
    }
}

/// A message that is being changed.
struct Target {
    actor: UserId,
    is_author: bool,
    event: Event,
}

impl Target {
    async fn apply(
        mut self,
        db: &mut AnyConnection,
        amend: Amend,
    ) -> Result<Option<Event>, StoreError> {
        let EventBody::Message(message) = &self.event.body else {
            return match amend {
                Amend::Delete => Ok(None),
                _ => Err(Refusal::NotFound.into()),
            };
        };
        let seq = self.event.seq;
        let body = match &amend {
            Amend::Delete => Some(EventBody::MessageDeleted { seq }),
            Amend::Edit { text, .. } if *text == message.text => None,
            Amend::Edit { text, candidates } => Some(EventBody::MessageEdited {
                seq,
                text: text.clone(),
                mentions: self.mentions_of(db, candidates.as_deref()).await?,
            }),
            Amend::React { emoji, on } => reaction(message, seq, self.actor, emoji, *on)?,
            Amend::Pin { on } if *on == message.pinned_by.is_some() => None,
            Amend::Pin { on: true } => Some(EventBody::Pinned { seq }),
            Amend::Pin { on: false } => Some(EventBody::Unpinned { seq }),
        };
        let Some(body) = body else { return Ok(None) };
        let has_files = !message.files.is_empty();
        let is_pinned = message.pinned_by.is_some();
        let was = (
            message.edited_at.unwrap_or(self.event.at),
            message.text.clone(),
        );
        // Drops the old mentions; the event adds those of the new text.
        if matches!(amend, Amend::Edit { .. } | Amend::Delete) {
            mentions::forget(db, self.event.thread, seq).await?;
        }
        let by = write_one(db, self.event.thread, self.actor, body).await?;
        match amend {
            Amend::Delete => {
                if has_files {
                    files::forget(db, self.event.thread, Some(seq)).await?;
                }
                self.delete_versions(db).await?;
                if is_pinned {
                    pins_and_saved::pin(db, self.event.thread, seq, false).await?;
                }
            }
            Amend::Edit { .. } => self.insert_version(db, by.seq, was).await?,
            Amend::Pin { on } => pins_and_saved::pin(db, self.event.thread, seq, on).await?,
            Amend::React { .. } => {}
        }
        self.event.amend(&by);
        sqlx::query("UPDATE events SET body = $3 WHERE thread_id = $1 AND seq = $2")
            .bind(self.event.thread.0)
            .bind(seq)
            .bind(events::body_text(&self.event.body))
            .execute(db)
            .await?;
        Ok(Some(by))
    }

    /// The mentions of the new text.
    async fn mentions_of(
        &self,
        db: &mut AnyConnection,
        candidates: Option<&Candidates>,
    ) -> Result<Mentions, sqlx::Error> {
        let Some(candidates) = candidates else {
            return Ok(Mentions::default());
        };
        let queries = [(self.actor, self.event.thread, candidates)];
        let found = mentions::resolve(db, &queries).await?;
        Ok(found.into_iter().next().unwrap_or_default())
    }

    /// Stores the text that the edit at `edit` replaced.
    async fn insert_version(
        &self,
        db: &mut AnyConnection,
        edit: Seq,
        (at, text): (Millis, String),
    ) -> Result<(), StoreError> {
        let (thread, seq) = (self.event.thread.0, self.event.seq);
        let counted = "SELECT COUNT(*) FROM versions WHERE thread_id = $1 AND seq = $2";
        let stored_count: i64 = sqlx::query_scalar(counted)
            .bind(thread)
            .bind(seq)
            .fetch_one(&mut *db)
            .await?;
        if stored_count >= limits::VERSIONS_MAX as i64 {
            let max = limits::VERSIONS_MAX;
            return Err(Refusal::TooMany { max }.into());
        }
        sqlx::query(
            "INSERT INTO versions (thread_id, seq, edit, at, text) VALUES ($1, $2, $3, $4, $5)",
        )
        .bind(thread)
        .bind(seq)
        .bind(edit)
        .bind(at)
        .bind(text)
        .execute(db)
        .await?;
        Ok(())
    }

    /// Deletes every text the message ever had: its versions, and the texts in the events that brought them. The
    /// events' rows stay, so that the log remains dense. A deletion by an admin is audited.
    async fn delete_versions(&self, db: &mut AnyConnection) -> Result<(), StoreError> {
        let (thread, seq) = (self.event.thread, self.event.seq);
        let emptied = EventBody::edited(seq, "");
        sqlx::query(
            "UPDATE events SET body = $3 WHERE thread_id = $1 AND seq IN \
             (SELECT edit FROM versions WHERE thread_id = $1 AND seq = $2)",
        )
        .bind(thread.0)
        .bind(seq)
        .bind(events::body_text(&emptied))
        .execute(&mut *db)
        .await?;
        sqlx::query("DELETE FROM versions WHERE thread_id = $1 AND seq = $2")
            .bind(thread.0)
            .bind(seq)
            .execute(&mut *db)
            .await?;
        if !self.is_author {
            let entry = AuditRecord {
                actor: Some(self.actor),
                action: "delete_message",
                thread: Some(thread),
                subject: None,
                detail: seq.to_string(),
            };
            audit::write(db, entry).await?;
        }
        Ok(())
    }
}

/// The event that records a reaction; `None` when nothing changes.
fn reaction(
    message: &Message,
    seq: Seq,
    actor: UserId,
    emoji: &str,
    on: bool,
) -> Result<Option<EventBody>, Refusal> {
    if message.has_reaction(emoji, actor) == on {
        return Ok(None);
    }
    let is_new = message.reactions.iter().all(|given| given.emoji != emoji);
    if is_new && message.reactions.len() >= limits::REACTIONS_MAX {
        let max = limits::REACTIONS_MAX;
        return Err(Refusal::TooMany { max });
    }
    let emoji = emoji.to_owned();
    Ok(Some(match on {
        true => EventBody::Reacted { seq, emoji },
        false => EventBody::Unreacted { seq, emoji },
    }))
}
