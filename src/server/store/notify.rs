//! What members are notified of in their threads, and what users chose for all of theirs.

use super::notify_choice::notify_settings;
use super::standing::Rule;
use super::threads::joined;
use super::write_queue::WriteTurn;
use super::{Change, Outcome, Store, StoreError};
use crate::model::notify::{Level, NotifySettings};
use crate::model::{Millis, Refusal, ThreadId, UserId};

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

    /// What a user chose to be notified of in all threads.
    pub async fn notify_settings(&self, user: UserId) -> Result<NotifySettings, StoreError> {
        let stored = sqlx::query_scalar("SELECT notify_settings FROM users WHERE id = $1")
            .bind(user.0)
            .fetch_optional(&self.readers)
            .await?;
        Ok(notify_settings(&stored.unwrap_or_else(String::new)))
    }

    /// Sets what a user is notified of in all threads.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] when there is no such user.
    pub async fn set_notify_settings(
        &self,
        user: UserId,
        settings: NotifySettings,
    ) -> Result<(), StoreError> {
        let settings = serde_json::to_string(&settings).unwrap_or_default();
        self.writer
            .run(WriteTurn::of(user), move |db| {
                Box::pin(async move {
                    let text = "UPDATE users SET notify_settings = $2 WHERE id = $1";
                    let query = sqlx::query(text).bind(user.0).bind(settings);
                    if query.execute(db).await?.rows_affected() == 0 {
                        return Err(Refusal::NotFound.into());
                    }
                    Ok(Outcome {
                        answer: (),
                        changes: vec![Change::NotifySettings { user }],
                    })
                })
            })
            .await
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
