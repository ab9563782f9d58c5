//! Accounts and the list of people.

use sqlx::any::AnyRow;
use sqlx::{AssertSqlSafe, Row};

use super::{Change, Failure, Outcome, Store, sessions, sql};
use crate::model::{Field, PeoplePage, Person, Refusal, UserId};
use crate::server::clock;

/// An account to be made. The names have been checked, the password is hashed.
#[derive(Clone, Debug)]
pub struct NewUser {
    /// The user name, case-mapped.
    pub username: String,
    /// What the name looks like (UTS 39): unique, so that nobody passes for another.
    pub skeleton: String,
    pub display_name: String,
    /// A PHC string.
    pub password_hash: String,
}

const PERSON: &str = "SELECT id, username, display_name FROM users";

impl Store {
    /// Makes an account. The first one of an installation is its admin.
    ///
    /// # Errors
    /// [`Refusal::Taken`] when the name is somebody's or looks like one that is.
    pub async fn add_user(&self, user: NewUser) -> Result<Person, Failure> {
        self.writer
            .run(move |db| {
                Box::pin(async move {
                    let added = sqlx::query(
                        "INSERT INTO users (username, skeleton, display_name, password_hash, \
                           is_admin, created_at) \
                         SELECT $1, $2, $3, $4, \
                           CASE WHEN EXISTS (SELECT 1 FROM users) THEN 0 ELSE 1 END, $5 \
                         WHERE NOT EXISTS \
                           (SELECT 1 FROM users WHERE username = $1 OR skeleton = $2) \
                         RETURNING id, username, display_name",
                    )
                    .bind(user.username)
                    .bind(user.skeleton)
                    .bind(user.display_name)
                    .bind(user.password_hash)
                    .bind(clock::now())
                    .fetch_optional(db)
                    .await?
                    .ok_or(Refusal::Taken {
                        field: Field::Username,
                    })?;
                    let answer = person(&added)?;
                    Ok(Outcome {
                        changes: vec![Change::Person(answer.clone())],
                        answer,
                    })
                })
            })
            .await
    }

    /// Makes somebody an admin of the installation, or takes it back.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] when there is no such user.
    pub async fn set_admin(&self, user: UserId, admin: bool) -> Result<(), Failure> {
        self.update_user(
            "UPDATE users SET is_admin = $2 WHERE id = $1",
            user,
            i64::from(admin),
        )
        .await
    }

    /// Sets a password and ends the user's sessions.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] when there is no such user.
    pub async fn set_password(&self, user: UserId, hash: String) -> Result<(), Failure> {
        self.writer
            .run(move |db| {
                Box::pin(async move {
                    let text = "UPDATE users SET password_hash = $2 WHERE id = $1";
                    let query = sqlx::query(text).bind(user.0).bind(hash);
                    let done = query.execute(&mut *db).await?;
                    if done.rows_affected() == 0 {
                        return Err(Refusal::NotFound.into());
                    }
                    // In the same transaction: an old session never outlives the old password.
                    let text = "DELETE FROM sessions WHERE user_id = $1 RETURNING id";
                    sessions::ended(sqlx::query(text).bind(user.0), db).await
                })
            })
            .await
    }

    /// Replaces a password's hash by one with today's parameters; sessions go on.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] when there is no such user.
    pub async fn rehash_password(&self, user: UserId, hash: String) -> Result<(), Failure> {
        self.update_user(
            "UPDATE users SET password_hash = $2 WHERE id = $1",
            user,
            hash,
        )
        .await
    }

    async fn update_user<V>(
        &self,
        text: &'static str,
        user: UserId,
        value: V,
    ) -> Result<(), Failure>
    where
        V: Send + 'static + for<'q> sqlx::Encode<'q, sqlx::Any> + sqlx::Type<sqlx::Any>,
    {
        self.writer
            .run(move |db| {
                Box::pin(async move {
                    let done = sqlx::query(text)
                        .bind(user.0)
                        .bind(value)
                        .execute(db)
                        .await?;
                    match done.rows_affected() {
                        0 => Err(Refusal::NotFound.into()),
                        _ => Ok(Outcome::silent(())),
                    }
                })
            })
            .await
    }

    /// Somebody's account and password hash, by the case-mapped user name.
    ///
    /// # Errors
    /// [`Failure::Database`].
    pub async fn login(&self, username: &str) -> Result<Option<(Person, String)>, Failure> {
        let row = sqlx::query(
            "SELECT id, username, display_name, password_hash FROM users WHERE username = $1",
        )
        .bind(username.to_owned())
        .fetch_optional(&self.readers)
        .await?;
        Ok(row
            .map(|row| Ok::<_, sqlx::Error>((person(&row)?, row.try_get(3)?)))
            .transpose()?)
    }

    /// The people after this user name, at most `limit`, by user name.
    ///
    /// # Errors
    /// [`Failure::Database`].
    pub async fn people(&self, after: Option<&str>, limit: usize) -> Result<PeoplePage, Failure> {
        let text = format!("{PERSON} WHERE username > $1 ORDER BY username LIMIT $2");
        let rows = sqlx::query(AssertSqlSafe(text))
            .bind(after.unwrap_or_default().to_owned())
            .bind(i64::try_from(limit + 1).unwrap_or(i64::MAX))
            .fetch_all(&self.readers)
            .await?;
        let mut people: Vec<Person> = rows.iter().map(person).collect::<Result<_, _>>()?;
        let more = people.len() > limit;
        people.truncate(limit);
        Ok(PeoplePage { people, more })
    }

    /// These people, in no order; unknown ids are left out.
    ///
    /// # Errors
    /// [`Failure::Database`].
    pub async fn people_by_id(&self, ids: &[UserId]) -> Result<Vec<Person>, Failure> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let text = format!("{PERSON} WHERE id IN ({})", sql::values(ids.len(), 1, 1));
        let mut query = sqlx::query(AssertSqlSafe(text));
        for id in ids {
            query = query.bind(id.0);
        }
        let rows = query.fetch_all(&self.readers).await?;
        Ok(rows.iter().map(person).collect::<Result<_, _>>()?)
    }
}

fn person(row: &AnyRow) -> Result<Person, sqlx::Error> {
    Ok(Person {
        id: UserId(row.try_get(0)?),
        username: row.try_get(1)?,
        display_name: row.try_get(2)?,
    })
}
