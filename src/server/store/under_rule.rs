//! Writes under a rule about the user's standing in a thread.

use futures_util::future::BoxFuture;
use sqlx::AnyConnection;

use super::standing::{Rule, standing_of};
use super::write_queue::WriteTurn;
use super::writer::{Handle, Needs};
use super::{Outcome, StoreError};
use crate::model::{ThreadId, UserId};

impl Handle {
    /// As [`Handle::run_with`], for what a user does in a thread, if `rule` allows it.
    pub(super) async fn run_as<T, F>(
        &self,
        user: UserId,
        thread: ThreadId,
        rule: Rule,
        job: F,
    ) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: for<'c> FnOnce(&'c mut AnyConnection) -> BoxFuture<'c, Result<Outcome<T>, StoreError>>
            + Clone
            + Send
            + 'static,
    {
        self.run_with(WriteTurn::of(user), Needs::AloneIn(thread), move |db| {
            Box::pin(async move {
                let standing = standing_of(db, user, thread).await?.unwrap_or_default();
                rule(&standing, None)?;
                job(db).await
            })
        })
        .await
    }
}
