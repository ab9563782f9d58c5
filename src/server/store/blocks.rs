//! Block lists.

use sqlx::{AssertSqlSafe, Row};

use super::dialect;
use super::dialect::Column::Number;
use super::dialect::Dialect;
use super::users::person;
use super::write_queue::{Owner, WriteTurn};
use super::{Change, Outcome, Store, StoreError};
use crate::model::{Person, Refusal, UserId, limits};
use crate::server::clock;

/// The positions of the unread messages of a room `t` by users whom its member `m` blocks, separated by commas, among the
/// last [`limits::HUSHED_WITHIN`] events. (An event is a message if it adds to the count.) Deleted ones are left out: see [`DELETED`](super::deleted::DELETED).
pub(super) const HUSHED: &str = "CASE WHEN t.other IS NULL AND t.count > m.read_count \
       AND EXISTS (SELECT 1 FROM blocks x WHERE x.user_id = m.user_id) THEN \
     (SELECT string_agg(CAST(y.seq AS TEXT), ',') FROM events y WHERE y.thread_id = t.id \
        AND y.seq > CASE WHEN m.read_seq > t.last_seq - 1000 THEN m.read_seq ELSE t.last_seq - 1000 END \
        AND y.count > COALESCE((SELECT p.count FROM events p \
          WHERE p.thread_id = y.thread_id AND p.seq = y.seq - 1), 0) \
        AND y.body <> '{\"kind\":\"deleted\"}' \
        AND EXISTS (SELECT 1 FROM blocks x \
          WHERE x.user_id = m.user_id AND x.blocked = y.actor)) END";

/// The condition that the viewer `$1`, a member `m` of the thread of the event `e`, doesn't block its author. Direct threads
/// always meet it.
pub(super) const NOT_FOLDED: &str = "(m.is_room = 0 OR NOT EXISTS \
     (SELECT 1 FROM blocks x WHERE x.user_id = $1 AND x.blocked = e.actor))";

impl Store {
    /// Blocks `other` (`on`), or unblocks them. Idempotent.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] when there is no such person, or it is the user; [`Refusal::TooMany`].
    pub async fn block(&self, user: UserId, other: UserId, on: bool) -> Result<(), StoreError> {
        self.writer
            .run(WriteTurn::first(Owner::Person(user)), move |db| {
                Box::pin(async move {
                    let text = match on {
                        // Inserts no row for an unknown person.
                        true => {
                            "INSERT INTO blocks (user_id, blocked, at) \
                             SELECT $1, id, $3 FROM users WHERE id = $2 AND id <> $1 \
                             ON CONFLICT (user_id, blocked) DO NOTHING"
                        }
                        false => {
                            "DELETE FROM blocks WHERE user_id = $1 AND blocked = $2 AND at <= $3"
                        }
                    };
                    let changed = sqlx::query(text)
                        .bind(user.0)
                        .bind(other.0)
                        .bind(if on { clock::now() } else { i64::MAX })
                        .execute(&mut *db)
                        .await?;
                    let blocked: Vec<i64> = sqlx::query_scalar(
                        "SELECT blocked FROM blocks WHERE user_id = $1 ORDER BY blocked",
                    )
                    .bind(user.0)
                    .fetch_all(db)
                    .await?;
                    let blocked: Vec<UserId> = blocked.into_iter().map(UserId).collect();
                    if on && !blocked.contains(&other) {
                        return Err(Refusal::NotFound.into());
                    }
                    if on && blocked.len() > limits::BLOCKS_MAX {
                        let max = limits::BLOCKS_MAX;
                        return Err(Refusal::TooMany { max }.into());
                    }
                    if changed.rows_affected() == 0 {
                        return Ok(Outcome::silent(()));
                    }
                    Ok(Outcome {
                        answer: (),
                        changes: vec![Change::Blocked { user, blocked }],
                    })
                })
            })
            .await
    }

    /// The people each of these users blocks, in ascending order.
    pub async fn blocked_by(
        &self,
        users: &[UserId],
    ) -> Result<Vec<(UserId, Vec<UserId>)>, StoreError> {
        let mut db = self.readers.acquire().await?;
        let text = format!(
            "SELECT b.user_id, b.blocked FROM {} AS k CROSS JOIN blocks b \
             WHERE b.user_id = k.user_id ORDER BY b.blocked",
            Dialect::of(&db).rows(&[Number("user_id")])
        );
        let keys: Vec<_> = users.iter().map(|user| (user,)).collect();
        let rows = sqlx::query(AssertSqlSafe(text))
            .bind(dialect::json(&keys))
            .fetch_all(&mut *db)
            .await?;
        let mut all: Vec<_> = users.iter().map(|user| (*user, Vec::new())).collect();
        for row in &rows {
            let (user, other) = (UserId(row.try_get(0)?), UserId(row.try_get(1)?));
            let of_one = all.iter_mut().filter(|(one, _)| *one == user);
            of_one.for_each(|(_, blocked)| blocked.push(other));
        }
        Ok(all)
    }

    /// The people a user blocks, by user name.
    pub async fn blocked(&self, user: UserId) -> Result<Vec<Person>, StoreError> {
        let text = "SELECT u.id, u.username, u.display_name, u.is_ambiguous FROM blocks b \
                    JOIN users u ON u.id = b.blocked WHERE b.user_id = $1 ORDER BY u.username";
        let rows = sqlx::query(text)
            .bind(user.0)
            .fetch_all(&self.readers)
            .await?;
        Ok(rows.iter().map(person).collect::<Result<_, _>>()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_hushed_is_looked_for_as_far_back_as_a_client_keeps_it() {
        let within = format!("t.last_seq - {} ", limits::HUSHED_WITHIN);
        assert!(HUSHED.contains(&within));
    }
}
