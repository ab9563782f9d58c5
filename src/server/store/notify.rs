//! What members are notified of in their threads.

use super::standing::Rule;
use super::threads::joined;
use super::{Outcome, Store, StoreError};
use crate::model::notify::Level;
use crate::model::{Millis, ThreadId, UserId};

impl Store {
    /// Mutes a thread for a member, until this time (0: until they unmute it), or unmutes it, if `rule` allows it.
    ///
    /// # Errors
    /// Those of the rule.
    pub async fn mute(
        &self,
        user: UserId,
        thread: ThreadId,
        (muted, until): (bool, Millis),
        rule: Rule,
    ) -> Result<(), StoreError> {
        let text =
            "UPDATE members SET muted = $3, muted_until = $4 WHERE user_id = $1 AND thread_id = $2";
        let values = vec![i64::from(muted), if muted { until } else { 0 }];
        self.set_notify(user, thread, rule, text, values).await
    }

    /// Sets what a member is notified of in a thread, if `rule` allows it. `None`: the default of such threads.
    ///
    /// # Errors
    /// Those of the rule.
    pub async fn set_level(
        &self,
        user: UserId,
        thread: ThreadId,
        level: Option<Level>,
        rule: Rule,
    ) -> Result<(), StoreError> {
        let text = "UPDATE members SET notify_level = $3 WHERE user_id = $1 AND thread_id = $2";
        let values = vec![Level::stored(level)];
        self.set_notify(user, thread, rule, text, values).await
    }

    async fn set_notify(
        &self,
        user: UserId,
        thread: ThreadId,
        rule: Rule,
        text: &'static str,
        values: Vec<i64>,
    ) -> Result<(), StoreError> {
        self.writer
            .run_as(user, thread, rule, move |db| {
                Box::pin(async move {
                    let query = sqlx::query(text).bind(user.0).bind(thread.0);
                    let query = values
                        .into_iter()
                        .fold(query, |query, value| query.bind(value));
                    query.execute(&mut *db).await?;
                    Ok(Outcome {
                        answer: (),
                        changes: joined(db, user, thread).await?,
                    })
                })
            })
            .await
    }
}
