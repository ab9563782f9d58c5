//! The user's own profile.

use super::Chat;
use crate::model::{Refusal, UserId, validate};

impl Chat {
    /// Sets the user's display name; empty: their user name.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] when it is too long, has hidden characters, or no visible ones.
    pub async fn set_display_name(&self, me: UserId, name: &str) -> Result<(), Refusal> {
        let found = self.store.people_by_id(&[me]).await?;
        let person = found.first().ok_or(Refusal::NotFound)?;
        let name = validate::display_name(name, &person.username)?;
        Ok(self.store.set_display_name(me, name).await?)
    }
}
