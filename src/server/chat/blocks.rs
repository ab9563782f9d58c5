//! Blocking people. Everybody decides for themselves, and nobody else is told.

use super::Chat;
use crate::model::{Person, Refusal, UserId};

impl Chat {
    /// Blocks somebody (`on`), or unblocks them.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] when there is no such person, or it is oneself; [`Refusal::TooMany`].
    pub async fn block(&self, me: UserId, user: UserId, on: bool) -> Result<(), Refusal> {
        Ok(self.store.block(me, user, on).await?)
    }

    /// Whom one blocks, by user name.
    ///
    /// # Errors
    /// [`Refusal::Unavailable`].
    pub async fn blocked(&self, me: UserId) -> Result<Vec<Person>, Refusal> {
        Ok(self.store.blocked(me).await?)
    }
}
