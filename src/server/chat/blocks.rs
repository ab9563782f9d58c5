//! Block lists. Each is private to its owner.

use super::Chat;
use crate::model::{Person, Refusal, UserId};

impl Chat {
    /// Blocks a user (`on`), or unblocks them.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] when there is no such user, or it is `me`; [`Refusal::TooMany`].
    pub async fn block(&self, me: UserId, user: UserId, on: bool) -> Result<(), Refusal> {
        Ok(self.store.block(me, user, on).await?)
    }

    /// The blocked users, by user name.
    pub async fn blocked(&self, me: UserId) -> Result<Vec<Person>, Refusal> {
        Ok(self.store.blocked(me).await?)
    }
}
