//! Block lists.

use sqlx::Row;

use super::users::person;
use super::write_queue::{Owner, WriteTurn};
use super::{Change, Outcome, Store, StoreError};
use crate::model::{Person, Refusal, UserId, limits};
use crate::server::clock;

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
        let text = |ids: &str| {
            format!(
                "SELECT b.user_id, b.blocked FROM {ids} AS k CROSS JOIN blocks b \
                 WHERE b.user_id = k.id ORDER BY b.blocked"
            )
        };
        let rows = self
            .read_by_ids(users.iter().map(|user| user.0), text)
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
