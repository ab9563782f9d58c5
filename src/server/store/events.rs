//! Queries of the log: pages of events by position.

use std::borrow::Cow;
use std::collections::HashMap;

use sqlx::any::AnyRow;
use sqlx::{AnyConnection, AssertSqlSafe, Row};
use uuid::Uuid;

use super::dialect;
use super::dialect::Column::Number;
use super::dialect::Dialect;
use super::{Store, StoreError, distinct};
use crate::model::{ClientId, Event, EventBody, Page, Position, Quote, Seq, ThreadId, UserId};

pub(super) const EVENT: &str =
    "SELECT thread_id, seq, count, at, actor, client_id, body FROM events";
/// The columns of an event `e`, for [`event`].
pub(super) const EVENT_OF: &str = "e.thread_id, e.seq, e.count, e.at, e.actor, e.client_id, e.body";

impl Store {
    /// A page of at most `limit` events. The caller has checked that it may be read.
    pub async fn page(
        &self,
        thread: ThreadId,
        position: Position,
        limit: usize,
    ) -> Result<Page, StoreError> {
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
        let authors = distinct(events.iter().flat_map(people_of));
        Ok(Page {
            thread,
            more_before: events.first().is_some_and(|first| first.seq > 1),
            last_seq: self
                .last_seq(thread)
                .await?
                .max(events.last().map_or(0, |last| last.seq)),
            people: self.people_by_id(&authors).await?,
            receipts: None,
            events,
        })
    }

    /// The events right after `seq`, at most `limit`.
    pub async fn events_after(
        &self,
        thread: ThreadId,
        seq: Seq,
        limit: usize,
    ) -> Result<Vec<Event>, StoreError> {
        let text = format!("{EVENT} WHERE thread_id = $1 AND seq > $2 ORDER BY seq LIMIT $3");
        self.events(text, thread, seq, limit).await
    }

    async fn events_up_to(
        &self,
        thread: ThreadId,
        seq: Seq,
        limit: usize,
    ) -> Result<Vec<Event>, StoreError> {
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
    ) -> Result<Vec<Event>, StoreError> {
        let mut db = self.readers.acquire().await?;
        let rows = sqlx::query(AssertSqlSafe(text))
            .bind(thread.0)
            .bind(seq)
            .bind(i64::try_from(limit).unwrap_or(i64::MAX))
            .fetch_all(&mut *db)
            .await?;
        let mut events = rows.iter().map(event).collect::<Result<Vec<_>, _>>()?;
        let asked = events.iter().filter_map(replied_to);
        let quotes = quotes(&mut db, asked).await?;
        for event in &mut events {
            fill_quote(event.thread, &mut event.body, &quotes);
        }
        Ok(events)
    }

    async fn last_seq(&self, thread: ThreadId) -> Result<Seq, StoreError> {
        let seq = sqlx::query_scalar("SELECT last_seq FROM threads WHERE id = $1")
            .bind(thread.0)
            .fetch_optional(&self.readers)
            .await?;
        Ok(seq.unwrap_or(0))
    }
}

/// The users an event refers to: its actor, its subject, and the author of a quoted message.
fn people_of(event: &Event) -> impl Iterator<Item = UserId> + use<> {
    let quoted = match &event.body {
        EventBody::Message(message) => message.reply.as_ref().map(|quote| quote.author),
        _ => None,
    };
    [Some(event.actor), event.body.subject(), quoted]
        .into_iter()
        .flatten()
}

/// The message that an event replies to.
fn replied_to(event: &Event) -> Option<(ThreadId, Seq)> {
    Some((event.thread, reply_of(&event.body)?))
}

/// The message that a message replies to.
pub(super) fn reply_of(body: &EventBody) -> Option<Seq> {
    match body {
        EventBody::Message(message) => Some(message.reply.as_ref()?.seq),
        _ => None,
    }
}

pub(super) type Quotes = HashMap<(ThreadId, Seq), Quote>;

/// These messages as they are now, for their replies. Events that are not messages are left out.
pub(super) async fn quotes(
    db: &mut AnyConnection,
    asked: impl IntoIterator<Item = (ThreadId, Seq)>,
) -> Result<Quotes, sqlx::Error> {
    let found = at(db, asked).await?;
    let quote = |(place, event)| Some((place, Quote::of(&event)?));
    Ok(found.into_iter().filter_map(quote).collect())
}

/// The events at these positions. Missing ones are left out.
pub(super) async fn at(
    db: &mut AnyConnection,
    asked: impl IntoIterator<Item = (ThreadId, Seq)>,
) -> Result<HashMap<(ThreadId, Seq), Event>, sqlx::Error> {
    let asked = distinct(asked);
    if asked.is_empty() {
        return Ok(HashMap::new());
    }
    let text = format!(
        "SELECT {EVENT_OF} FROM {} AS asked CROSS JOIN events AS e \
         WHERE e.thread_id = asked.thread_id AND e.seq = asked.seq",
        Dialect::of(db).rows(&[Number("thread_id"), Number("seq")])
    );
    let rows = sqlx::query(AssertSqlSafe(text))
        .bind(dialect::json(&asked))
        .fetch_all(db)
        .await?;
    let found = rows.iter().map(event);
    found
        .map(|event| event.map(|event| ((event.thread, event.seq), event)))
        .collect()
}

/// The message at `seq`, deleted or not.
pub(super) async fn message_at(
    db: &mut AnyConnection,
    thread: ThreadId,
    seq: Seq,
) -> Result<Option<Event>, sqlx::Error> {
    let text = format!("{EVENT} WHERE thread_id = $1 AND seq = $2");
    let row = sqlx::query(AssertSqlSafe(text))
        .bind(thread.0)
        .bind(seq)
        .fetch_optional(db)
        .await?;
    let event = row.as_ref().map(event).transpose()?;
    Ok(event.filter(|event| event.body.is_message()))
}

/// Fills in the quote of a reply.
pub(super) fn fill_quote(thread: ThreadId, body: &mut EventBody, quotes: &Quotes) {
    if let EventBody::Message(message) = body
        && let Some(reply) = &mut message.reply
        && let Some(quote) = quotes.get(&(thread, reply.seq))
    {
        reply.clone_from(quote);
    }
}

pub(super) fn event(row: &AnyRow) -> Result<Event, sqlx::Error> {
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

/// A body that this build can't read becomes [`EventBody::Unknown`]: the log stays dense, and the rest readable.
pub(super) fn body(text: &str) -> EventBody {
    serde_json::from_str(text).unwrap_or(EventBody::Unknown)
}

/// A body as it is stored. A quote is stored as its position only: its text belongs to another message.
pub(super) fn body_text(body: &EventBody) -> String {
    let stored = match body {
        EventBody::Message(message) if message.reply.is_some() => {
            let mut stored = message.clone();
            stored.reply = stored.reply.map(|quote| Quote::to(quote.seq));
            Cow::Owned(EventBody::Message(stored))
        }
        body => Cow::Borrowed(body),
    };
    serde_json::to_string(&stored).unwrap_or_default()
}
