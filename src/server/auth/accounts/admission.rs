//! The checks of a new account. A refusal names everything that is wrong with the form.

use super::Accounts;
use crate::model::{Field, Person, Refusal, validate};
use crate::server::auth::names;
use crate::server::auth::passwords::Asker;
use crate::server::store::{Admission, NewUser};

impl Accounts {
    pub(super) async fn admit(
        &self,
        username: &str,
        display_name: &str,
        password: String,
        admission: Admission,
        asker: Asker,
    ) -> Result<Person, Refusal> {
        let name = names::username(username).and_then(|name| {
            if !admission.by_operator {
                names::check_reserved(&name)?;
            }
            Ok(name)
        });
        let display_name = validate::display_name(display_name, username.trim());
        self.store.admits(&admission).await?;
        let (name, display_name) = match (name, display_name) {
            (Ok(name), Ok(display_name)) => (name, display_name),
            (name, display_name) => {
                let refusals = [name.as_ref().err(), display_name.as_ref().err()];
                let refusals = refusals.into_iter().flatten().cloned().collect();
                let words = vec![username.to_owned(), display_name.unwrap_or_default()];
                let checked = self.passwords.check_new(asker, password, words).await;
                return Err(self
                    .refused_fields(name.ok(), refusals, checked.err())
                    .await?);
            }
        };
        let words = vec![name.key.clone(), display_name.clone()];
        let password_hash = match self.passwords.hash_new(asker, password, words).await {
            Ok(hash) => hash,
            Err(refusal) => {
                let refusal = Some(refusal);
                return Err(self.refused_fields(Some(name), Vec::new(), refusal).await?);
            }
        };
        let user = NewUser {
            username: name.key,
            skeleton: name.skeleton,
            display_name,
            password_hash,
        };
        Ok(self.store.add_user(user, admission).await?)
    }

    /// The refusals of a sign-up's fields together, so that a weak password doesn't hide that the name is taken.
    async fn refused_fields(
        &self,
        name: Option<names::Username>,
        mut refusals: Vec<Refusal>,
        password: Option<Refusal>,
    ) -> Result<Refusal, Refusal> {
        // A refusal that is about no field is returned alone.
        if let Some(refusal) = password
            .as_ref()
            .filter(|refusal| refusal.field().is_none())
        {
            return Ok(refusal.clone());
        }
        if let Some(name) = name
            && self.store.is_taken(&name.key, &name.skeleton).await?
        {
            let field = Field::Username;
            refusals.insert(0, Refusal::Taken { field });
        }
        refusals.extend(password);
        Ok(Refusal::of_fields(refusals).unwrap_or(Refusal::Internal))
    }
}
