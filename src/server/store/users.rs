//! Accounts and the list of people.

use sqlx::any::AnyRow;
use sqlx::{AnyConnection, AssertSqlSafe, Connection, Executor, Row};

use super::audit::person_at;
use super::rooms::NewRoom;
use super::write_queue::{Owner, WriteTurn};
use super::writer::Needs;
use super::{Change, Outcome, Store, StoreError, dialect, invites, lobby, sessions, settings};
use crate::model::{Field, PeoplePage, Person, Refusal, SessionId, SignUp, Site, UserId};
use crate::server::clock;
use crate::server::lookalikes::look;

/// A new account. The names have been checked, the password is hashed.
#[derive(Clone, Debug)]
pub struct NewUser {
    /// The user name, case-mapped.
    pub username: String,
    /// The skeleton of the name (UTS 39): unique, so that no user name can be mistaken for another.
    pub skeleton: String,
    pub display_name: String,
    /// A PHC string.
    pub password_hash: String,
}

/// The data a log-in is checked against.
#[derive(Clone, Debug)]
pub struct Login {
    pub person: Person,
    /// A PHC string.
    pub password_hash: String,
    pub is_suspended: bool,
}

/// The credentials that admit a new account, and the rooms it joins.
#[derive(Clone, Debug, Default)]
pub struct Admission {
    /// Created by the operator of the machine, whatever the site's setting for sign-up.
    pub by_operator: bool,
    /// SHA-256 of the token of the invite link in use.
    pub invite: Option<[u8; 32]>,
    /// SHA-256 of the setup token, for the first account.
    pub setup: Option<[u8; 32]>,
    /// The room that every account joins; the first account creates it.
    pub lobby: Option<NewRoom>,
}

impl Admission {
    fn is_allowed(&self, site: Site, link: Option<&invites::ValidInvite>) -> bool {
        match site.sign_up {
            _ if self.by_operator || site.is_empty => true,
            SignUp::Everyone => true,
            // An invalid link is refused separately, later.
            SignUp::Invited => {
                self.invite.is_some() && link.is_none_or(|link| link.allows_sign_up(site.inviting))
            }
            SignUp::Nobody => false,
        }
    }
}

pub(super) const PERSON: &str = "SELECT id, username, display_name, is_ambiguous FROM users";

impl Store {
    /// Whether an account could be created now. Checked before the costly password hash.
    ///
    /// # Errors
    /// [`Refusal::SignUpClosed`], [`Refusal::InviteInvalid`], [`Refusal::NeedsToken`].
    pub async fn admits(&self, admission: &Admission) -> Result<(), StoreError> {
        let mut db = self.readers.acquire().await?;
        let site = settings::site(&mut db).await?;
        let link = match admission.invite {
            Some(token_hash) => invites::find(&mut db, token_hash).await?,
            None => None,
        };
        if !admission.is_allowed(site, link.as_ref()) {
            return Err(Refusal::SignUpClosed.into());
        }
        if site.needs_token && !admission.by_operator {
            settings::check_setup(&mut db, admission.setup).await?;
        }
        if admission.invite.is_some() && link.is_none() {
            return Err(Refusal::InviteInvalid.into());
        }
        Ok(())
    }

    /// Creates an account, if admitted. The first one of an installation is its admin.
    ///
    /// # Errors
    /// [`Refusal::Taken`] when the name is in use or looks like one that is; [`Refusal::SignUpClosed`],
    /// [`Refusal::InviteInvalid`], [`Refusal::NeedsToken`].
    pub async fn add_user(
        &self,
        user: NewUser,
        admission: Admission,
    ) -> Result<Person, StoreError> {
        self.writer
            .run(WriteTurn::ordinary(Owner::Newcomers), move |db| {
                Box::pin(async move {
                    let site = settings::site(db).await?;
                    let link = match admission.invite {
                        Some(token_hash) => invites::find(db, token_hash).await?,
                        None => None,
                    };
                    if !admission.is_allowed(site, link.as_ref()) {
                        return Err(Refusal::SignUpClosed.into());
                    }
                    if site.needs_token && !admission.by_operator {
                        settings::check_setup(db, admission.setup).await?;
                    }
                    let answer = insert(db, user, site.is_empty).await?;
                    if site.is_empty {
                        settings::end_setup(db).await?;
                    }
                    let mut changes = vec![Change::Person(answer.clone())];
                    changes.extend(
                        now_ambiguous(db, answer.id)
                            .await?
                            .into_iter()
                            .map(Change::Person),
                    );
                    if let Some(lobby) = &admission.lobby {
                        lobby::enter_lobby(db, answer.id, lobby, &mut changes).await?;
                    }
                    if let Some(token_hash) = admission.invite {
                        invites::sign_up_with(db, answer.id, token_hash, &mut changes).await?;
                    }
                    Ok(Outcome { answer, changes })
                })
            })
            .await
    }

    /// Sets a password and ends the user's sessions.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] when there is no such user.
    pub async fn set_password(&self, user: UserId, hash: String) -> Result<(), StoreError> {
        self.writer
            .run(WriteTurn::first(Owner::Person(user)), move |db| {
                Box::pin(async move {
                    let text = "UPDATE users SET password_hash = $2 WHERE id = $1";
                    let query = sqlx::query(text).bind(user.0).bind(hash);
                    let done = query.execute(&mut *db).await?;
                    if done.rows_affected() == 0 {
                        return Err(Refusal::NotFound.into());
                    }
                    // In the same transaction: an old session never outlives the old password.
                    Ok(Outcome {
                        changes: sessions::end_sessions_in(db, user).await?,
                        answer: (),
                    })
                })
            })
            .await
    }

    /// Replaces the user's password, if its hash is still `old` and the session has not ended, and ends all other
    /// sessions of the user; returns whether the hash was still `old`.
    ///
    /// # Errors
    /// [`Refusal::NotLoggedIn`] when the session has ended.
    pub async fn change_password(
        &self,
        user: UserId,
        session: SessionId,
        old: String,
        new: String,
    ) -> Result<bool, StoreError> {
        self.writer
            .run(WriteTurn::first(Owner::Person(user)), move |db| {
                Box::pin(async move {
                    if !sessions::is_there(db, session).await? {
                        return Err(Refusal::NotLoggedIn.into());
                    }
                    let text =
                        "UPDATE users SET password_hash = $3 WHERE id = $1 AND password_hash = $2";
                    let query = sqlx::query(text).bind(user.0).bind(old).bind(new);
                    let done = query.execute(&mut *db).await?;
                    if done.rows_affected() == 0 {
                        return Ok(Outcome::silent(false));
                    }
                    Ok(Outcome {
                        changes: sessions::end_others_in(db, user, session).await?,
                        answer: true,
                    })
                })
            })
            .await
    }

    /// Replaces a password's hash by one with the current parameters; sessions stay valid.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] when there is no such user.
    pub async fn rehash_password(&self, user: UserId, hash: String) -> Result<(), StoreError> {
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
    ) -> Result<(), StoreError>
    where
        V: Clone + Send + 'static + for<'q> sqlx::Encode<'q, sqlx::Any> + sqlx::Type<sqlx::Any>,
    {
        self.writer
            .run_with(WriteTurn::of(user), Needs::Nothing, move |db| {
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

    /// A user's account and password hash, by the case-mapped user name.
    pub async fn login(&self, username: &str) -> Result<Option<Login>, StoreError> {
        let row = sqlx::query(
            "SELECT id, username, display_name, is_ambiguous, password_hash, suspended_at FROM users \
             WHERE username = $1",
        )
        .bind(dialect::text(username))
        .fetch_optional(&self.readers)
        .await?;
        let Some(row) = row else { return Ok(None) };
        Ok(Some(Login {
            person: person_at(&row, 0)?,
            password_hash: row.try_get(4)?,
            is_suspended: row.try_get::<Option<i64>, _>(5)?.is_some(),
        }))
    }

    /// Whether the name belongs to someone, or is too close to one that does.
    pub async fn is_taken(&self, username: &str, skeleton: &str) -> Result<bool, StoreError> {
        let row = sqlx::query("SELECT 1 FROM users WHERE username = $1 OR skeleton = $2 LIMIT 1")
            .bind(dialect::text(username))
            .bind(dialect::text(skeleton))
            .fetch_optional(&self.readers)
            .await?;
        Ok(row.is_some())
    }

    /// The users after this user name, at most `limit`, by user name.
    pub async fn people(
        &self,
        after: Option<&str>,
        limit: usize,
    ) -> Result<PeoplePage, StoreError> {
        let text = format!("{PERSON} WHERE username > $1 ORDER BY username LIMIT $2");
        let rows = sqlx::query(AssertSqlSafe(text))
            .bind(dialect::text(after.unwrap_or_default()))
            .bind(i64::try_from(limit + 1).unwrap_or(i64::MAX))
            .fetch_all(&self.readers)
            .await?;
        let mut people: Vec<Person> = rows.iter().map(person).collect::<Result<_, _>>()?;
        let more = people.len() > limit;
        people.truncate(limit);
        Ok(PeoplePage { people, more })
    }

    /// These users, in no particular order; unknown ids are left out.
    pub async fn people_by_id(&self, ids: &[UserId]) -> Result<Vec<Person>, StoreError> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let text = format!(
            "{PERSON} WHERE id IN ({})",
            dialect::values(ids.len(), 1, 1)
        );
        let mut query = sqlx::query(AssertSqlSafe(text));
        for id in ids {
            query = query.bind(id.0);
        }
        let rows = query.fetch_all(&self.readers).await?;
        Ok(rows.iter().map(person).collect::<Result<_, _>>()?)
    }
}

async fn insert(
    db: &mut AnyConnection,
    user: NewUser,
    is_admin: bool,
) -> Result<Person, StoreError> {
    let added = sqlx::query(
        "INSERT INTO users (username, skeleton, display_name, password_hash, is_admin, created_at, \
           look, is_ambiguous) \
         SELECT $1, $2, $3, $4, $5, $6, $7, \
           CASE WHEN EXISTS (SELECT 1 FROM users WHERE look = $7) \
             OR EXISTS (SELECT 1 FROM users WHERE skeleton = $7) THEN 1 ELSE 0 END \
         WHERE NOT EXISTS (SELECT 1 FROM users WHERE username = $1 OR skeleton = $2) \
         RETURNING id, username, display_name, is_ambiguous",
    )
    .bind(user.username)
    .bind(user.skeleton)
    .bind(user.display_name.clone())
    .bind(user.password_hash)
    .bind(i64::from(is_admin))
    .bind(clock::now())
    .bind(look(&user.display_name))
    .fetch_optional(db)
    .await?
    .ok_or(Refusal::Taken {
        field: Field::Username,
    })?;
    Ok(person(&added)?)
}

/// Marks as ambiguous the display names that can now be mistaken for this user's names; returns the users affected.
pub(super) async fn now_ambiguous(
    db: &mut AnyConnection,
    new: UserId,
) -> Result<Vec<Person>, sqlx::Error> {
    let rows = sqlx::query(
        "UPDATE users SET is_ambiguous = 1 WHERE id <> $1 AND is_ambiguous = 0 \
         AND look IN (SELECT look FROM users WHERE id = $1 UNION SELECT skeleton FROM users WHERE id = $1) \
         RETURNING id, username, display_name, is_ambiguous",
    )
    .bind(new.0)
    .fetch_all(db)
    .await?;
    rows.iter().map(person).collect()
}

/// Computes the missing values of the column `look`: once, after the upgrade that introduced it.
pub(super) async fn fill_looks(db: &mut AnyConnection) -> Result<(), sqlx::Error> {
    let mut is_new = false;
    for (table, id, name) in [
        ("users", "id", "display_name"),
        ("rooms", "thread_id", "name"),
    ] {
        loop {
            let text = format!("SELECT {id}, {name} FROM {table} WHERE look = '' LIMIT 500");
            let rows = sqlx::query(AssertSqlSafe(text)).fetch_all(&mut *db).await?;
            if rows.is_empty() {
                break;
            }
            is_new |= table == "users";
            let mut transaction = db.begin().await?;
            for row in rows {
                let (key, name): (i64, String) = (row.try_get(0)?, row.try_get(1)?);
                let text = format!("UPDATE {table} SET look = $2 WHERE {id} = $1");
                // Never empty, so that the loop terminates.
                let look = Some(look(&name)).filter(|look| !look.is_empty());
                sqlx::query(AssertSqlSafe(text))
                    .bind(key)
                    .bind(look.unwrap_or_else(|| format!(" {key}")))
                    .execute(&mut *transaction)
                    .await?;
            }
            transaction.commit().await?;
        }
    }
    if is_new {
        let text = "UPDATE users SET is_ambiguous = 1 WHERE is_ambiguous = 0 AND EXISTS \
                      (SELECT 1 FROM users AS o WHERE o.id <> users.id \
                         AND (o.look = users.look OR o.skeleton = users.look))";
        db.execute(text).await?;
    }
    Ok(())
}

pub(super) fn person(row: &AnyRow) -> Result<Person, sqlx::Error> {
    person_at(row, 0)
}
