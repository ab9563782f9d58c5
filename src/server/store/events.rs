//! Reading the log: pages by position.

use sqlx::any::AnyRow;
use sqlx::{AssertSqlSafe, Row};
use uuid::Uuid;

use super::{Failure, Store};
use crate::model::{ClientId, Event, EventBody, Page, Position, Seq, ThreadId, UserId};

const EVENT: &str = "SELECT thread_id, seq, count, at, actor, client_id, body FROM events";

impl Store {
    /// A page of at most `limit` events. The caller has made sure that it may be read.
    ///
    /// # Errors
    /// [`Failure::Database`].
    pub async fn page(
        &self,
        thread: ThreadId,
        position: Position,
        limit: usize,
    ) -> Result<Page, Failure> {
        let half = limit / 2;
        let mut events = match position {
            Position::Latest => self.events_up_to(thread, Seq::MAX, limit).await?,
            Position::Before(seq) => {
                self.events_up_to(thread, seq.saturating_sub(1), limit)
                    .await?
            }
            Position::After(_) => Vec::new(),
            Position::Around(seq) => self.events_up_to(thread, seq, half).await?,
        };
        match position {
            Position::After(seq) => events = self.events_after(thread, seq, limit).await?,
            Position::Around(seq) => {
                let rest = limit - events.len();
                events.extend(self.events_after(thread, seq, rest).await?);
            }
            Position::Latest | Position::Before(_) => {}
        }
        let mut authors: Vec<UserId> = events
            .iter()
            .flat_map(|event| [Some(event.actor), event.body.subject()])
            .flatten()
            .collect();
        authors.sort_unstable();
        authors.dedup();
        Ok(Page {
            thread,
            more_before: events.first().is_some_and(|first| first.seq > 1),
            last_seq: self
                .last_seq(thread)
                .await?
                .max(events.last().map_or(0, |last| last.seq)),
            people: self.people_by_id(&authors).await?,
            events,
        })
    }

    /// The events right after `seq`, at most `limit`.
    ///
    /// # Errors
    /// [`Failure::Database`].
    pub async fn events_after(
        &self,
        thread: ThreadId,
        seq: Seq,
        limit: usize,
    ) -> Result<Vec<Event>, Failure> {
        let text = format!("{EVENT} WHERE thread_id = $1 AND seq > $2 ORDER BY seq LIMIT $3");
        self.events(text, thread, seq, limit).await
    }

    async fn events_up_to(
        &self,
        thread: ThreadId,
        seq: Seq,
        limit: usize,
    ) -> Result<Vec<Event>, Failure> {
        let text = format!("{EVENT} WHERE thread_id = $1 AND seq <= $2 ORDER BY seq DESC LIMIT $3");
        let mut events = self.events(text, thread, seq, limit).await?;
        events.reverse();
        Ok(events)
    }

    async fn events(
        &self,
        text: String,
        thread: ThreadId,
        seq: Seq,
        limit: usize,
    ) -> Result<Vec<Event>, Failure> {
        let rows = sqlx::query(AssertSqlSafe(text))
            .bind(thread.0)
            .bind(seq)
            .bind(i64::try_from(limit).unwrap_or(i64::MAX))
            .fetch_all(&self.readers)
            .await?;
        Ok(rows.iter().map(event).collect::<Result<_, _>>()?)
    }

    async fn last_seq(&self, thread: ThreadId) -> Result<Seq, Failure> {
        let seq = sqlx::query_scalar("SELECT last_seq FROM threads WHERE id = $1")
            .bind(thread.0)
            .fetch_optional(&self.readers)
            .await?;
        Ok(seq.unwrap_or(0))
    }
}

fn event(row: &AnyRow) -> Result<Event, sqlx::Error> {
    let client: Option<Vec<u8>> = row.try_get(5)?;
    Ok(Event {
        thread: ThreadId(row.try_get(0)?),
        seq: row.try_get(1)?,
        count: row.try_get(2)?,
        at: row.try_get(3)?,
        actor: UserId(row.try_get(4)?),
        client_id: client.as_deref().map(client_id).transpose()?,
        body: body(row.try_get(6)?),
    })
}

pub(super) fn client_id(bytes: &[u8]) -> Result<ClientId, sqlx::Error> {
    Uuid::from_slice(bytes)
        .map(ClientId)
        .map_err(|error| sqlx::Error::Decode(error.into()))
}

/// A body that this build can't read keeps its place: the log stays dense, and the rest readable.
pub(super) fn body(text: &str) -> EventBody {
    serde_json::from_str(text).unwrap_or(EventBody::Unknown)
}

pub(super) fn body_text(body: &EventBody) -> String {
    serde_json::to_string(body).unwrap_or_default()
}
