//! Removal of the words of deleted messages from the index. FTS5 only marks a deleted document; its words stay in the
//! index until a merge drops them. So after a deletion the whole index is merged anew, a few pages at a time, between
//! other writes. SQLite only: PostgreSQL stores the words in the row, which is deleted.

use std::sync::Arc;
use std::time::{Duration, Instant};

use sqlx::{AnyConnection, AnyPool, AssertSqlSafe, Executor};
use tokio::time::sleep;
use uuid::Uuid;

use super::fresh::Fresh;
use crate::server::store::dialect::Dialect;
use crate::server::store::write_queue::{Owner, WriteTurn};
use crate::server::store::writer::{self, Needs};
use crate::server::store::{Outcome, StoreError};

/// Pages of the index (4 KB each) merged per transaction.
const PAGES: i64 = 64;
/// The pause between two merges, as a multiple of their duration: at most a tenth of the writer's time is spent here.
const REST: u32 = 9;
/// The pause between two rounds, as a multiple of their duration, so that a large index is not rewritten for each
/// message.
const PAUSE: u32 = 20;
/// The pause after a database failure.
const AFTER_FAILURE: Duration = Duration::from_secs(2);

/// Records, in the transaction that deletes words, that the index may still contain some: a mark in the database, which
/// changes with each deletion.
pub(in crate::server::store) async fn words_are_deleted(
    db: &mut AnyConnection,
) -> Result<(), sqlx::Error> {
    if Dialect::of(db) == Dialect::Postgres {
        return Ok(());
    }
    sqlx::query(
        "INSERT INTO search_scrub (id, mark) VALUES (1, $1) \
         ON CONFLICT (id) DO UPDATE SET mark = excluded.mark",
    )
    .bind(Uuid::new_v4().to_string())
    .execute(db)
    .await?;
    Ok(())
}

/// Scrubs the index whenever necessary, for as long as the store is open.
pub(super) async fn scrub(fresh: Arc<Fresh>, readers: AnyPool, writer: writer::Handle) {
    loop {
        let notified = fresh.scrub.notified();
        match pending(&readers).await {
            Ok(None) => notified.await,
            Ok(Some(mark)) => {
                let started = Instant::now();
                if let Err(failure) = round(&writer, mark).await {
                    tracing::warn!(%failure, "scrubbing deleted words from the search index failed");
                    sleep(AFTER_FAILURE).await;
                }
                sleep(started.elapsed() * PAUSE).await;
            }
            Err(_) => sleep(AFTER_FAILURE).await,
        }
    }
}

async fn pending(readers: &AnyPool) -> Result<Option<String>, sqlx::Error> {
    sqlx::query_scalar("SELECT mark FROM search_scrub")
        .fetch_optional(readers)
        .await
}

/// Merges everything that was in the index at the start, and then removes the mark, unless it has changed since.
async fn round(writer: &writer::Handle, mark: String) -> Result<(), StoreError> {
    // A negative number starts a merge of everything; positive ones continue it (SQLite, FTS5, 6.8).
    let mut pages = -PAGES;
    loop {
        let started = Instant::now();
        let is_done = writer
            .run_with(
                WriteTurn::ordinary(Owner::Server),
                Needs::Scrubbing,
                move |db| Box::pin(async move { Ok(Outcome::silent(merge(db, pages).await?)) }),
            )
            .await?;
        if is_done {
            break;
        }
        pages = PAGES;
        sleep(started.elapsed() * REST).await;
    }
    writer
        .run_with(
            WriteTurn::ordinary(Owner::Server),
            Needs::Scrubbing,
            move |db| {
                Box::pin(async move {
                    sqlx::query("DELETE FROM search_scrub WHERE mark = $1")
                        .bind(mark)
                        .execute(db)
                        .await?;
                    Ok(Outcome::silent(()))
                })
            },
        )
        .await
}

/// Merges some pages. Returns whether there was nothing left to merge: then fewer than two rows change.
async fn merge(db: &mut AnyConnection, pages: i64) -> Result<bool, sqlx::Error> {
    let before = total_changes(db).await?;
    let text = format!("INSERT INTO search_index (search_index, rank) VALUES ('merge', {pages})");
    db.execute(AssertSqlSafe(text)).await?;
    Ok(total_changes(db).await? - before < 2)
}

async fn total_changes(db: &mut AnyConnection) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar("SELECT total_changes()")
        .fetch_one(db)
        .await
}
