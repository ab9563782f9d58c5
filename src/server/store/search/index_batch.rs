//! Index updates: reads a bounded piece of the logs of some threads, and writes it in one transaction together with the
//! new indexed positions. A position only advances from the value it had when the log was read, so that concurrent
//! indexers and interrupted ones do no harm.

use std::collections::{BTreeMap, HashSet};

use sqlx::{AnyConnection, AssertSqlSafe, Row as _};

use super::query;
use super::query::Document;
use super::scrub::words_are_deleted;
use crate::model::{Event, EventBody, Message, Millis, Seq, ThreadId, UserId};
use crate::server::store::dialect;
use crate::server::store::dialect::Column::{Number, Text};
use crate::server::store::dialect::Dialect;
use crate::server::store::events::{EVENT_OF, event};

/// Events read per transaction, over all threads.
pub(super) const EVENTS: usize = 512;
/// Other ids that are tried for a message whose own is in use.
pub(super) const TRIES: usize = 64;

/// The indexed position of a thread that has newer events.
#[derive(Clone, Copy, Debug)]
struct Behind {
    thread: ThreadId,
    pair: Option<(UserId, UserId)>,
    /// The indexed position.
    mark: Seq,
    last_seq: Seq,
}

/// A piece to be written.
#[derive(Clone, Debug, Default)]
pub(super) struct IndexBatch {
    /// The threads, with their old and new positions.
    steps: Vec<(ThreadId, Seq, Seq)>,
    /// Messages to remove from the index: deleted, or indexed anew.
    gone: Vec<(ThreadId, Seq)>,
    /// Messages to index: thread, position, id, terms.
    documents: Vec<(ThreadId, Seq, i64, String)>,
    /// The threads with more events.
    pub(super) unfinished: Vec<ThreadId>,
    /// Whether one of the messages was deleted.
    pub(super) deletes: bool,
}

impl IndexBatch {
    /// Reads the next piece of these threads.
    pub(super) async fn read(
        db: &mut AnyConnection,
        threads: &[ThreadId],
    ) -> Result<Self, sqlx::Error> {
        let behind = behind(db, threads).await?;
        let mut piece = Self::default();
        if behind.is_empty() {
            return Ok(piece);
        }
        let share = (EVENTS / behind.len()).max(1) as Seq;
        let mut ranges = Vec::new();
        for it in &behind {
            let until = it.last_seq.min(it.mark.saturating_add(share));
            piece.steps.push((it.thread, it.mark, until));
            ranges.push((it.thread, it.mark + 1, until));
            if until < it.last_seq {
                piece.unfinished.push(it.thread);
            }
        }
        let mut messages = BTreeMap::new();
        let mut changed = HashSet::new();
        for event in events(db, ranges).await? {
            match event.body {
                EventBody::MessageEdited { seq, .. } | EventBody::MessageDeleted { seq } => {
                    piece.deletes |= matches!(event.body, EventBody::MessageDeleted { .. });
                    changed.insert((event.thread, seq));
                }
                _ => messages.extend(message_of(event)),
            }
        }
        let ranges = changed.iter().map(|&(thread, seq)| (thread, seq, seq));
        for event in events(db, ranges.collect()).await? {
            messages.remove(&(event.thread, event.seq));
            messages.extend(message_of(event));
        }
        let engine = Dialect::of(db);
        for ((thread, seq), (author, at, message)) in messages {
            let document = Document {
                thread,
                pair: behind
                    .iter()
                    .find(|it| it.thread == thread)
                    .and_then(|it| it.pair),
                author,
                message: &message,
            };
            let id = query::id(at, thread, seq);
            piece
                .documents
                .push((thread, seq, id, document.terms(engine)));
        }
        piece.gone = changed.into_iter().collect();
        Ok(piece)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// Writes the piece, except for threads that another indexer has advanced meanwhile.
    pub(super) async fn write(mut self, db: &mut AnyConnection) -> Result<(), sqlx::Error> {
        let engine = Dialect::of(db);
        let won = advance(db, engine, &self.steps).await?;
        self.gone.retain(|(thread, _)| won.contains(thread));
        self.documents.retain(|(thread, ..)| won.contains(thread));
        if !self.gone.is_empty() {
            let text = format!(
                "DELETE FROM search_docs WHERE (thread_id, seq) IN (SELECT thread_id, seq FROM {} AS k)",
                engine.rows(&[Number("thread_id"), Number("seq")])
            );
            sqlx::query(AssertSqlSafe(text))
                .bind(dialect::json(&self.gone))
                .execute(&mut *db)
                .await?;
        }
        if self.deletes {
            words_are_deleted(db).await?;
        }
        if self.documents.is_empty() {
            return Ok(());
        }
        self.assign_free_ids(db, engine).await?;
        // FTS5 needs ascending ids: at each smaller one it would start a new segment.
        self.documents.sort_unstable_by_key(|(_, _, id, _)| *id);
        let rows = engine.rows(&[
            Number("thread_id"),
            Number("seq"),
            Number("id"),
            Text("words"),
        ]);
        let texts = match engine {
            Dialect::Sqlite => vec![
                format!(
                    "INSERT INTO search_docs (id, thread_id, seq) SELECT id, thread_id, seq FROM {rows} AS d"
                ),
                format!(
                    "INSERT INTO search_index (rowid, words) SELECT id, words FROM {rows} AS d"
                ),
            ],
            Dialect::Postgres => vec![format!(
                "INSERT INTO search_docs (id, thread_id, seq, words) \
                 SELECT id, thread_id, seq, words::tsvector FROM {rows} AS d"
            )],
        };
        let documents = dialect::json(&self.documents);
        for text in texts {
            sqlx::query(AssertSqlSafe(text))
                .bind(&documents)
                .execute(&mut *db)
                .await?;
        }
        Ok(())
    }

    /// Assigns another id to each document whose own is in use.
    async fn assign_free_ids(
        &mut self,
        db: &mut AnyConnection,
        engine: Dialect,
    ) -> Result<(), sqlx::Error> {
        let mut settled = HashSet::with_capacity(self.documents.len());
        let mut open: Vec<usize> = (0..self.documents.len()).collect();
        for _ in 0..TRIES {
            let ids: Vec<_> = open.iter().map(|&at| (self.documents[at].2,)).collect();
            let text = format!(
                "SELECT d.id FROM {} AS k CROSS JOIN search_docs AS d WHERE d.id = k.id",
                engine.rows(&[Number("id")])
            );
            let taken: Vec<i64> = sqlx::query_scalar(AssertSqlSafe(text))
                .bind(dialect::json(&ids))
                .fetch_all(&mut *db)
                .await?;
            let taken: HashSet<i64> = taken.into_iter().collect();
            open.retain(|&at| {
                let id = self.documents[at].2;
                taken.contains(&id) || !settled.insert(id)
            });
            if open.is_empty() {
                break;
            }
            for &at in &open {
                self.documents[at].2 = query::next_id(self.documents[at].2);
            }
        }
        // If any conflict remains, the insert fails as a whole and is retried.
        Ok(())
    }
}

/// A message's place; its author, time and content.
type Placed = ((ThreadId, Seq), (UserId, Millis, Message));

/// The message of an event; `None` for other events.
fn message_of(event: Event) -> Option<Placed> {
    match event.body {
        EventBody::Message(message) => {
            Some(((event.thread, event.seq), (event.actor, event.at, message)))
        }
        _ => None,
    }
}

/// Those of these threads with events that are not indexed.
async fn behind(db: &mut AnyConnection, threads: &[ThreadId]) -> Result<Vec<Behind>, sqlx::Error> {
    let keys: Vec<_> = threads.iter().map(|thread| (thread,)).collect();
    let text = format!(
        "SELECT t.id, t.creator, t.other, COALESCE(m.seq, 0), t.last_seq \
         FROM {} AS k CROSS JOIN threads t LEFT JOIN search_marks m ON m.thread_id = t.id \
         WHERE t.id = k.id AND t.last_seq > COALESCE(m.seq, 0)",
        Dialect::of(db).rows(&[Number("id")])
    );
    let rows = sqlx::query(AssertSqlSafe(text))
        .bind(dialect::json(&keys))
        .fetch_all(db)
        .await?;
    rows.iter()
        .map(|row| {
            let (creator, other): (i64, Option<i64>) = (row.try_get(1)?, row.try_get(2)?);
            let pair = |other: i64| (UserId(creator.min(other)), UserId(creator.max(other)));
            Ok(Behind {
                thread: ThreadId(row.try_get(0)?),
                pair: other.map(pair),
                mark: row.try_get(3)?,
                last_seq: row.try_get(4)?,
            })
        })
        .collect()
}

/// The events of these threads between two positions, inclusive.
async fn events(
    db: &mut AnyConnection,
    ranges: Vec<(ThreadId, Seq, Seq)>,
) -> Result<Vec<Event>, sqlx::Error> {
    if ranges.is_empty() {
        return Ok(Vec::new());
    }
    let text = format!(
        "SELECT {EVENT_OF} FROM {} AS k CROSS JOIN events AS e \
         WHERE e.thread_id = k.thread_id AND e.seq >= k.first AND e.seq <= k.last",
        Dialect::of(db).rows(&[Number("thread_id"), Number("first"), Number("last")])
    );
    let rows = sqlx::query(AssertSqlSafe(text))
        .bind(dialect::json(&ranges))
        .fetch_all(db)
        .await?;
    rows.iter().map(event).collect()
}

/// Advances the positions that still have their old value; returns the threads of those.
async fn advance(
    db: &mut AnyConnection,
    engine: Dialect,
    steps: &[(ThreadId, Seq, Seq)],
) -> Result<HashSet<ThreadId>, sqlx::Error> {
    let steps = dialect::json(steps);
    let rows = engine.rows(&[Number("id"), Number("seq"), Number("until")]);
    let begun = format!(
        "INSERT INTO search_marks (thread_id, seq) \
         SELECT t.id, 0 FROM {rows} AS k CROSS JOIN threads t WHERE t.id = k.id AND k.seq = 0 \
         ORDER BY t.id ON CONFLICT (thread_id) DO NOTHING"
    );
    sqlx::query(AssertSqlSafe(begun))
        .bind(&steps)
        .execute(&mut *db)
        .await?;
    let text = format!(
        "UPDATE search_marks SET seq = k.until FROM {rows} AS k \
         WHERE search_marks.thread_id = k.id AND search_marks.seq = k.seq RETURNING search_marks.thread_id"
    );
    let won: Vec<i64> = sqlx::query_scalar(AssertSqlSafe(text))
        .bind(&steps)
        .fetch_all(&mut *db)
        .await?;
    Ok(won.into_iter().map(ThreadId).collect())
}

/// Threads with events that are not indexed, after this one, at most `limit`.
pub(super) async fn next_behind(
    db: &mut AnyConnection,
    after: Option<ThreadId>,
    limit: usize,
) -> Result<Vec<ThreadId>, sqlx::Error> {
    let text = "SELECT t.id FROM threads t LEFT JOIN search_marks m ON m.thread_id = t.id \
                WHERE t.id > $1 AND t.last_seq > COALESCE(m.seq, 0) ORDER BY t.id LIMIT $2";
    let threads: Vec<i64> = sqlx::query_scalar(text)
        .bind(after.map_or(0, |after| after.0))
        .bind(i64::try_from(limit).unwrap_or(i64::MAX))
        .fetch_all(db)
        .await?;
    Ok(threads.into_iter().map(ThreadId).collect())
}
