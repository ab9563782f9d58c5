//! Pinned messages, shared by the members of a thread, and messages a member has saved for later. Each is a short list
//! of positions in the row of the thread, or of the member.

use sqlx::{AnyConnection, Row};

use super::dialect::{distinct, list, positions};
use super::events::message_at;
use super::{Change, Outcome, Rule, Store, StoreError, events};
use crate::model::{Event, EventBody, Excerpts, Millis, Refusal, Seq, ThreadId, UserId, limits};

/// The list with this position at its end (`on`), or without it.
fn with(mut positions: Vec<Seq>, seq: Seq, on: bool) -> Vec<Seq> {
    positions.retain(|stored| *stored != seq);
    if on {
        positions.push(seq);
    }
    positions
}

/// Adds a message to the pins of its thread, or removes it. The caller updates the message itself.
pub(super) async fn pin(
    db: &mut AnyConnection,
    thread: ThreadId,
    seq: Seq,
    on: bool,
) -> Result<(), StoreError> {
    let stored: String = sqlx::query_scalar("SELECT pins FROM threads WHERE id = $1")
        .bind(thread.0)
        .fetch_one(&mut *db)
        .await?;
    let pins = with(positions(&stored), seq, on);
    let max = limits::PINS_MAX;
    if on && pins.len() > max {
        return Err(Refusal::TooMany { max }.into());
    }
    sqlx::query("UPDATE threads SET pins = $2 WHERE id = $1")
        .bind(thread.0)
        .bind(list(&pins))
        .execute(db)
        .await?;
    Ok(())
}

impl Store {
    /// Saves the message at `seq` for `user` (`on`), or removes it, if `rule` allows it. Idempotent.
    ///
    /// # Errors
    /// Those of the rule; [`Refusal::NotFound`] when there is no such message to save, or it was deleted;
    /// [`Refusal::TooMany`].
    pub async fn save(
        &self,
        user: UserId,
        thread: ThreadId,
        seq: Seq,
        rule: Rule,
        on: bool,
    ) -> Result<(), StoreError> {
        self.writer
            .run_as(user, thread, rule, move |db| {
                Box::pin(async move {
                    let all = saved_of(db, user).await?;
                    let found = all.iter().find(|(other, _)| *other == thread);
                    let held = found.map_or(&[][..], |(_, saved)| saved);
                    if held.contains(&seq) == on {
                        return Ok(Outcome::silent(()));
                    }
                    if on {
                        let found = message_at(db, thread, seq).await?;
                        let found = found.filter(|event| event.body != EventBody::Deleted);
                        found.ok_or(Refusal::NotFound)?;
                        let count: usize = all.iter().map(|(_, saved)| saved.len()).sum();
                        let max = limits::SAVED_MAX;
                        if count >= max {
                            return Err(Refusal::TooMany { max }.into());
                        }
                    }
                    let saved = with(held.to_vec(), seq, on);
                    let text =
                        "UPDATE members SET saved = $3 WHERE user_id = $1 AND thread_id = $2";
                    sqlx::query(text)
                        .bind(user.0)
                        .bind(thread.0)
                        .bind(list(&saved))
                        .execute(db)
                        .await?;
                    Ok(Outcome {
                        answer: (),
                        changes: vec![Change::Saved {
                            user,
                            thread,
                            saved,
                        }],
                    })
                })
            })
            .await
    }

    /// The pinned messages of a thread, latest pin first. The caller has checked that they may be read.
    pub async fn pins(&self, reader: UserId, thread: ThreadId) -> Result<Excerpts, StoreError> {
        let stored: Option<String> = sqlx::query_scalar("SELECT pins FROM threads WHERE id = $1")
            .bind(thread.0)
            .fetch_optional(&self.readers)
            .await?;
        let pins = positions(&stored.unwrap_or_default());
        let pins = pins.into_iter().rev().map(|seq| (thread, seq)).collect();
        self.excerpts(reader, pins).await
    }

    /// The messages a user has saved for later, the latest written first. Includes those deleted since.
    pub async fn saved(&self, user: UserId) -> Result<Excerpts, StoreError> {
        let all = saved_of(&mut *self.readers.acquire().await?, user).await?;
        let all = all.into_iter().flat_map(|(thread, saved)| {
            let saved = saved.into_iter();
            saved.map(move |seq| (thread, seq))
        });
        let mut found = self.excerpts(user, all.collect()).await?;
        let place = |event: &Event| (event.at, event.thread, event.seq);
        found
            .events
            .sort_by_key(|event| std::cmp::Reverse(place(event)));
        Ok(found)
    }

    /// The position in a thread at a time: that of the first event at or after it, or of the last event. The caller has
    /// checked that the thread may be read.
    pub async fn seq_at(&self, thread: ThreadId, at: Millis) -> Result<Seq, StoreError> {
        // The log is dense, in order of time, and not indexed by time, so a binary search finds the position.
        let mut db = self.readers.acquire().await?;
        let last: Option<Seq> = sqlx::query_scalar("SELECT last_seq FROM threads WHERE id = $1")
            .bind(thread.0)
            .fetch_optional(&mut *db)
            .await?;
        let (mut low, mut high) = (1, last.unwrap_or(0));
        while low < high {
            let middle = low + (high - low) / 2;
            let text = "SELECT at FROM events WHERE thread_id = $1 AND seq = $2";
            let of_middle: Option<Millis> = sqlx::query_scalar(text)
                .bind(thread.0)
                .bind(middle)
                .fetch_optional(&mut *db)
                .await?;
            match of_middle {
                Some(of_middle) if of_middle < at => low = middle + 1,
                _ => high = middle,
            }
        }
        Ok(low.min(last.unwrap_or(0)))
    }

    /// These messages as they are now, in this order, as `reader` sees them. Missing ones are left out.
    pub(super) async fn excerpts(
        &self,
        reader: UserId,
        places: Vec<(ThreadId, Seq)>,
    ) -> Result<Excerpts, StoreError> {
        let mut db = self.readers.acquire().await?;
        let mut found = events::at(&mut db, places.iter().copied()).await?;
        drop(db);
        let found = places.iter().filter_map(|place| found.remove(place));
        let events: Vec<Event> = found.collect();
        let threads = distinct(events.iter().map(|event| event.thread));
        let authors = distinct(events.iter().map(|event| event.actor));
        Ok(Excerpts {
            people: self.people_by_id(&authors).await?,
            threads: self.heads(reader, &threads).await?,
            events,
        })
    }
}

/// A user's saved messages, by thread.
async fn saved_of(
    db: &mut AnyConnection,
    user: UserId,
) -> Result<Vec<(ThreadId, Vec<Seq>)>, sqlx::Error> {
    let text = "SELECT thread_id, saved FROM members WHERE user_id = $1 AND saved <> ''";
    let rows = sqlx::query(text).bind(user.0).fetch_all(db).await?;
    let saved = rows.iter().map(|row| {
        let thread: i64 = row.try_get(0)?;
        Ok((ThreadId(thread), positions(row.try_get(1)?)))
    });
    saved.collect()
}
