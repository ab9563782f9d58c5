//! Changes of profiles.

use sqlx::{AnyConnection, Row};

use super::audit::{self, AuditRecord};
use super::users::{now_ambiguous, person};
use super::write_queue::{Owner, WriteTurn};
use super::{Change, Outcome, Store, StoreError};
use crate::model::{Person, Refusal, UserId};
use crate::server::lookalikes::look;

impl Store {
    /// Sets a user's display name. The audit log has the one before it.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] when there is no such user.
    pub async fn set_display_name(&self, user: UserId, name: String) -> Result<(), StoreError> {
        self.writer
            .run(WriteTurn::ordinary(Owner::Person(user)), move |db| {
                Box::pin(async move {
                    let before = sqlx::query("SELECT display_name, look FROM users WHERE id = $1")
                        .bind(user.0)
                        .fetch_optional(&mut *db)
                        .await?
                        .ok_or(Refusal::NotFound)?;
                    let (old_name, old_look): (String, String) =
                        (before.try_get(0)?, before.try_get(1)?);
                    if old_name == name {
                        return Ok(Outcome::silent(()));
                    }
                    let renamed = sqlx::query(
                        "UPDATE users SET display_name = $2, look = $3, \
                           is_ambiguous = CASE WHEN EXISTS \
                             (SELECT 1 FROM users AS o WHERE o.id <> $1 AND (o.look = $3 OR o.skeleton = $3)) \
                             THEN 1 ELSE 0 END \
                         WHERE id = $1 RETURNING id, username, display_name, is_ambiguous",
                    )
                    .bind(user.0)
                    .bind(name.clone())
                    .bind(look(&name))
                    .fetch_one(&mut *db)
                    .await?;
                    let mut people = vec![person(&renamed)?];
                    people.extend(now_ambiguous(db, user).await?);
                    people.extend(no_longer_ambiguous(db, &old_look).await?);
                    let record = AuditRecord {
                        actor: Some(user),
                        action: "set_display_name",
                        thread: None,
                        subject: Some(user),
                        detail: old_name,
                    };
                    audit::write(db, record).await?;
                    Ok(Outcome {
                        answer: (),
                        changes: people.into_iter().map(Change::Person).collect(),
                    })
                })
            })
            .await
    }
}

/// Marks as unambiguous the display names that looked like one which is gone, if no other looks like them.
async fn no_longer_ambiguous(
    db: &mut AnyConnection,
    look: &str,
) -> Result<Vec<Person>, sqlx::Error> {
    let rows = sqlx::query(
        "UPDATE users SET is_ambiguous = 0 WHERE is_ambiguous = 1 AND look = $1 AND NOT EXISTS \
           (SELECT 1 FROM users AS o WHERE o.id <> users.id \
              AND (o.look = users.look OR o.skeleton = users.look)) \
         RETURNING id, username, display_name, is_ambiguous",
    )
    .bind(look.to_owned())
    .fetch_all(db)
    .await?;
    rows.iter().map(person).collect()
}
