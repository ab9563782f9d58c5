//! Full-text search over messages. The index follows the log (see `indexer`), usually within a second. Hits are read
//! from the log, so that nothing is returned that no longer exists.

mod fresh;
mod index_batch;
mod indexer;
mod query;
mod scrub;
pub mod token_runs;
pub mod tokenizer;

use std::sync::Arc;

use sqlx::{AnyConnection, AssertSqlSafe, Connection, Executor, Row as _};

pub(in crate::server::store) use fresh::Fresh;
pub(in crate::server::store) use indexer::Indexer;
pub use query::{Scope, SearchQuery};
pub(in crate::server::store) use scrub::words_are_deleted;

use super::dialect::Dialect;
use super::events::{EVENT_OF, event};
use super::unread::NOT_FOLDED;
use super::{Change, Listener, Store, StoreError, dialect};
use crate::model::{Event, ThreadId, UserId};

/// A message found, with its position among all hits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    pub event: Event,
    /// The cursor for the hits after this one.
    pub place: i64,
}

/// PostgreSQL: this many of the latest messages are scanned before the index is used. Frequent words are found among
/// them; for rare ones the index has few entries, and it must fetch all of them.
const LATEST: i64 = 4_000;

impl Store {
    /// The messages that match, latest first, at most `limit`, after the cursor `after`. Only from threads of which
    /// `user` is a member, whatever the scope. Messages in rooms by users whom they block are left out, unless the query
    /// names that author.
    pub async fn search(
        &self,
        user: UserId,
        sought: &SearchQuery,
        after: Option<i64>,
        limit: usize,
    ) -> Result<Vec<Found>, StoreError> {
        let until = sought.until.map_or(i64::MAX, query::first_id);
        let question = Query {
            user,
            below: after.unwrap_or(i64::MAX).min(until),
            from: sought.since.map_or(0, query::first_id),
            limit,
            and: match sought.author {
                Some(_) => "1 = 1",
                None => NOT_FOLDED,
            },
        };
        let _turn = self.searching.acquire().await;
        let mut db = self.readers.acquire().await?;
        let engine = Dialect::of(&db);
        let expression = sought.expression(engine);
        match engine {
            Dialect::Sqlite => question.ask(&mut db, SQLITE, None, &expression).await,
            Dialect::Postgres => question.run_postgres(&mut db, &expression).await,
        }
    }

    /// The rooms of this user, with their names.
    pub async fn rooms_of(&self, user: UserId) -> Result<Vec<(ThreadId, String)>, StoreError> {
        let text = format!(
            "SELECT m.thread_id, COALESCE(NULLIF(r.name, ''), {}, '') \
             FROM members m JOIN rooms r ON r.thread_id = m.thread_id \
             WHERE m.user_id = $1 AND m.is_room = 1",
            super::group_title::title_text()
        );
        let rows = sqlx::query(sqlx::AssertSqlSafe(text))
            .bind(user.0)
            .fetch_all(&self.readers)
            .await?;
        let room = |row: &sqlx::any::AnyRow| Ok((ThreadId(row.try_get(0)?), row.try_get(1)?));
        Ok(rows.iter().map(room).collect::<Result<_, sqlx::Error>>()?)
    }

    /// The direct thread between two users, if there is one.
    pub async fn direct(&self, one: UserId, other: UserId) -> Result<Option<ThreadId>, StoreError> {
        let mut db = self.readers.acquire().await?;
        Ok(super::threads::find_direct(&mut db, one, other).await?)
    }

    /// Whether the index has the whole log, except for the last moments.
    #[must_use]
    pub fn is_indexed(&self) -> bool {
        self.follower.is_done()
    }

    /// Indexes the whole log of the database at `url`, to which no other process may write.
    ///
    /// # Errors
    /// When it can't be opened.
    pub async fn make_index(url: &str) -> anyhow::Result<()> {
        let store = Self::open(url, 1, Arc::new(NoListener)).await?;
        store.follower.until_done().await;
        store.close().await;
        Ok(())
    }
}

/// A listener without connections.
struct NoListener;

impl Listener for NoListener {
    fn committed(&self, _: Vec<Change>) {}

    fn outcome_unknown(&self) {}
}

/// The parameters common to all queries.
struct Query {
    user: UserId,
    /// Lower bound of document ids, inclusive.
    from: i64,
    /// Upper bound, exclusive.
    below: i64,
    limit: usize,
    /// A further condition on the event `e`.
    and: &'static str,
}

/// FTS5 walks its lists from the end, so it stops as soon as there are enough hits.
const SQLITE: &str = "FROM search_index s CROSS JOIN search_docs d ON d.id = s.rowid \
     CROSS JOIN members m ON m.thread_id = d.thread_id AND m.user_id = $1 \
     CROSS JOIN events e ON e.thread_id = d.thread_id AND e.seq = d.seq \
     WHERE s.search_index MATCH $2 AND s.rowid >= $3 AND s.rowid < $4 AND {and} \
     ORDER BY s.rowid DESC LIMIT $5";

/// Scans the latest documents.
const POSTGRES_LATEST: &str = "FROM (SELECT id, thread_id, seq, words FROM search_docs \
       WHERE id >= $3 AND id < $4 ORDER BY id DESC LIMIT $6) d \
     JOIN members m ON m.thread_id = d.thread_id AND m.user_id = $1 \
     JOIN events e ON e.thread_id = d.thread_id AND e.seq = d.seq \
     WHERE d.words @@ $2::tsquery AND {and} ORDER BY d.id DESC LIMIT $5";

/// Fetches all documents the index has. (`+ 0` keeps the planner from using the primary key, which would lead through
/// all documents.)
const POSTGRES_INDEX: &str = "FROM (SELECT id, thread_id, seq FROM search_docs \
       WHERE words @@ $2::tsquery AND id + 0 >= $3 AND id + 0 < $4 ORDER BY id + 0 DESC LIMIT $6) d \
     JOIN members m ON m.thread_id = d.thread_id AND m.user_id = $1 \
     JOIN events e ON e.thread_id = d.thread_id AND e.seq = d.seq \
     WHERE {and} ORDER BY d.id DESC LIMIT $5";

impl Query {
    /// `latest`: how many documents are scanned, where the statement has that parameter.
    async fn ask(
        &self,
        db: &mut AnyConnection,
        from: &str,
        latest: Option<i64>,
        expression: &str,
    ) -> Result<Vec<Found>, StoreError> {
        let limit = i64::try_from(self.limit).unwrap_or(i64::MAX);
        let from = from.replace("{and}", self.and);
        let mut query = sqlx::query(AssertSqlSafe(format!("SELECT {EVENT_OF}, d.id {from}")))
            .bind(self.user.0)
            .bind(dialect::text(expression))
            .bind(self.from)
            .bind(self.below)
            .bind(limit);
        if let Some(latest) = latest {
            query = query.bind(latest);
        }
        let rows = query.fetch_all(db).await?;
        let found = |row: &sqlx::any::AnyRow| {
            let (event, place) = (event(row)?, row.try_get(7)?);
            Ok(Found { event, place })
        };
        Ok(rows.iter().map(found).collect::<Result<_, sqlx::Error>>()?)
    }

    async fn run_postgres(
        &self,
        db: &mut AnyConnection,
        expression: &str,
    ) -> Result<Vec<Found>, StoreError> {
        let some = Some(LATEST);
        let latest = self.ask(db, POSTGRES_LATEST, some, expression).await?;
        if latest.len() >= self.limit {
            return Ok(latest);
        }
        // Prevents a scan of the whole table, whatever row count the planner estimates.
        let mut transaction = db.begin().await?;
        let plan = "SET LOCAL enable_seqscan = off; SET LOCAL enable_indexscan = off";
        transaction.execute(plan).await?;
        let found = self
            .ask(&mut transaction, POSTGRES_INDEX, some, expression)
            .await?;
        transaction.commit().await?;
        Ok(found)
    }
}
