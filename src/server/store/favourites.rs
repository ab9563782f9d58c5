//! Favourites: the chats that a user keeps on top of their list.

use super::standing::Rule;
use super::threads::joined;
use super::{Outcome, Store, StoreError};
use crate::model::{Refusal, ThreadId, UserId, limits};

impl Store {
    /// Makes a thread one of the user's favourites (`on`), or no longer, if `rule` allows it. Idempotent.
    ///
    /// # Errors
    /// Those of the rule; [`Refusal::TooMany`].
    pub async fn set_favourite(
        &self,
        user: UserId,
        thread: ThreadId,
        on: bool,
        rule: Rule,
    ) -> Result<(), StoreError> {
        self.writer
            .run_as(user, thread, rule, move |db| {
                Box::pin(async move {
                    let text = "UPDATE members SET favourite = $3 \
                                WHERE user_id = $1 AND thread_id = $2 AND favourite <> $3";
                    let done = sqlx::query(text)
                        .bind(user.0)
                        .bind(thread.0)
                        .bind(i64::from(on))
                        .execute(&mut *db)
                        .await?;
                    if done.rows_affected() == 0 {
                        return Ok(Outcome::silent(()));
                    }
                    let text = "SELECT COUNT(*) FROM members WHERE user_id = $1 AND favourite = 1";
                    let count: i64 = sqlx::query_scalar(text)
                        .bind(user.0)
                        .fetch_one(&mut *db)
                        .await?;
                    let max = limits::FAVOURITES_MAX;
                    if on && count > i64::try_from(max).unwrap_or(i64::MAX) {
                        return Err(Refusal::TooMany { max }.into());
                    }
                    Ok(Outcome {
                        answer: (),
                        changes: joined(db, user, thread).await?,
                    })
                })
            })
            .await
    }

    /// The user's favourites.
    pub async fn favourites(&self, user: UserId) -> Result<Vec<ThreadId>, StoreError> {
        let text = "SELECT thread_id FROM members WHERE user_id = $1 AND favourite = 1";
        let ids: Vec<i64> = sqlx::query_scalar(text)
            .bind(user.0)
            .fetch_all(&self.readers)
            .await?;
        Ok(ids.into_iter().map(ThreadId).collect())
    }
}
