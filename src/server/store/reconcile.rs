//! Queries with which a node discovers changes of other nodes that it missed.

use std::collections::HashMap;

use sqlx::{AssertSqlSafe, Row};

use super::dialect;
use super::dialect::positions;
use super::users::{PERSON, person};
use super::write_queue::{Owner, WriteTurn};
use super::writer::Needs;
use super::{Outcome, Store, StoreError, counters};
use crate::model::notify::{Level, NotifyChoice};
use crate::model::{Departure, Person, ReadMark, Seq, ThreadId, UserId};

/// The setting that counts [`Store::signs`].
const SIGNS: &str = "signs";

/// A user's state in one of their threads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Membership {
    pub user: UserId,
    pub thread: ThreadId,
    /// The position of the thread's last event.
    pub last_seq: Seq,
    pub read: ReadMark,
    pub notify: NotifyChoice,
    pub favourite: bool,
    /// The positions of the messages saved for later.
    pub saved: Vec<Seq>,
}

impl Store {
    /// The memberships of these users, in one snapshot, sorted by user.
    pub async fn memberships(&self, users: &[UserId]) -> Result<Vec<Membership>, StoreError> {
        let text = |ids: &str| {
            format!(
                "SELECT m.user_id, m.thread_id, t.last_seq, m.read_seq, m.read_count, m.muted, m.saved, \
                   m.read_turn, m.muted_until, m.notify_level, m.favourite \
                 FROM {ids} AS k CROSS JOIN members m JOIN threads t ON t.id = m.thread_id \
                 WHERE m.user_id = k.id ORDER BY m.user_id"
            )
        };
        let rows = self
            .read_by_ids(users.iter().map(|user| user.0), text)
            .await?;
        let membership = |row: &sqlx::any::AnyRow| {
            Ok(Membership {
                user: UserId(row.try_get(0)?),
                thread: ThreadId(row.try_get(1)?),
                last_seq: row.try_get(2)?,
                read: ReadMark {
                    turn: row.try_get(7)?,
                    seq: row.try_get(3)?,
                    count: row.try_get(4)?,
                },
                notify: NotifyChoice {
                    level: Level::of_stored(row.try_get(9)?),
                    muted: dialect::flag(row, 5)?,
                    muted_until: row.try_get(8)?,
                },
                favourite: dialect::flag(row, 10)?,
                saved: positions(row.try_get(6)?),
            })
        };
        let memberships = rows.iter().map(membership);
        Ok(memberships.collect::<Result<_, sqlx::Error>>()?)
    }

    /// The positions of the last events of these threads. Deleted threads are left out.
    pub async fn last_seqs(
        &self,
        threads: impl Iterator<Item = ThreadId>,
    ) -> Result<HashMap<ThreadId, Seq>, StoreError> {
        let text = |ids: &str| {
            format!(
                "SELECT t.id, t.last_seq FROM {ids} AS k CROSS JOIN threads t WHERE t.id = k.id"
            )
        };
        let rows = self
            .read_by_ids(threads.map(|thread| thread.0), text)
            .await?;
        let places = rows.iter().map(|row| {
            let thread: i64 = row.try_get(0)?;
            Ok((ThreadId(thread), row.try_get(1)?))
        });
        Ok(places.collect::<Result<_, sqlx::Error>>()?)
    }

    /// Why a user who was removed from a thread is not in it.
    pub async fn departure(&self, user: UserId, thread: ThreadId) -> Result<Departure, StoreError> {
        let row = sqlx::query("SELECT until, note FROM bans WHERE user_id = $1 AND thread_id = $2")
            .bind(user.0)
            .bind(thread.0)
            .fetch_optional(&self.readers)
            .await?;
        Ok(match row {
            Some(row) => Departure::Banned {
                until: row.try_get(0)?,
                note: row.try_get(1)?,
            },
            None => Departure::Removed,
        })
    }

    /// The users with ids after this one, at most `limit`, in order of their ids.
    pub async fn people_since(&self, after: UserId, limit: i64) -> Result<Vec<Person>, StoreError> {
        let text = format!("{PERSON} WHERE id > $1 ORDER BY id LIMIT $2");
        let rows = sqlx::query(AssertSqlSafe(text))
            .bind(after.0)
            .bind(limit)
            .fetch_all(&self.readers)
            .await?;
        Ok(rows.iter().map(person).collect::<Result<_, _>>()?)
    }

    /// The newest user; 0 when there is none.
    pub async fn newest_person(&self) -> Result<UserId, StoreError> {
        let newest: Option<i64> = sqlx::query_scalar("SELECT MAX(id) FROM users")
            .fetch_one(&self.readers)
            .await?;
        Ok(UserId(newest.unwrap_or(0)))
    }

    /// How many commits have been signalled to the other nodes by [`Store::leave_sign`].
    pub async fn signs(&self) -> Result<i64, StoreError> {
        self.counter(SIGNS).await
    }

    /// Signals to the other nodes, through [`Store::signs`], that something was committed; returns the new count of
    /// signs.
    pub async fn leave_sign(&self) -> Result<i64, StoreError> {
        self.writer
            .run_with(
                WriteTurn::ordinary(Owner::Server),
                Needs::Nothing,
                move |db| {
                    Box::pin(
                        async move { Ok(Outcome::silent(counters::increment(db, SIGNS).await?)) },
                    )
                },
            )
            .await
    }
}
