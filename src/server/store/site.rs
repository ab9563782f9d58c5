//! The site: settings that a site admin changes at run time, site admins, suspensions, and the lobby.

use sqlx::any::AnyRow;
use sqlx::{AnyConnection, AssertSqlSafe, Row};

use super::audit::{self, Entry, person_at};
use super::invites::{self, Revoked};
use super::queue::{Owner, Turn};
use super::rooms::{self, NewRoom, enter};
use super::sessions::end_sessions_in;
use super::standing::{Rule, standing_of};
use super::{Change, Failure, Outcome, Store, sql};
use crate::model::{
    Account, AccountsPage, Inviting, Refusal, Role, RoomMaking, SignUp, Site, ThreadId, UserId,
    WritingFirst,
};
use crate::server::clock;

/// On whose authority an account is changed.
#[derive(Clone, Copy)]
pub enum Authority {
    /// The operator of the machine, through the command line.
    Operator,
    /// A user, if the rule allows it.
    User(UserId, Rule),
}

impl Authority {
    fn user(self) -> Option<UserId> {
        match self {
            Self::Operator => None,
            Self::User(user, _) => Some(user),
        }
    }
}

/// A site setting with its new value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SiteSetting {
    SignUp(SignUp),
    Rooms(RoomMaking),
    Writing(WritingFirst),
    Inviting(Inviting),
}

impl SiteSetting {
    fn name(self) -> &'static str {
        match self {
            Self::SignUp(_) => SIGN_UP,
            Self::Rooms(_) => ROOMS,
            Self::Writing(_) => WRITING,
            Self::Inviting(_) => INVITING,
        }
    }

    /// The action in the audit log.
    fn action(self) -> &'static str {
        match self {
            Self::SignUp(_) => "set_sign_up",
            Self::Rooms(_) => "set_room_making",
            Self::Writing(_) => "set_writing_first",
            Self::Inviting(_) => "set_site_inviting",
        }
    }

    fn word(self) -> String {
        match self {
            Self::SignUp(sign_up) => sign_up.to_string(),
            Self::Rooms(rooms) => rooms.word().to_owned(),
            Self::Writing(writing) => writing.word().to_owned(),
            Self::Inviting(inviting) => inviting.word().to_owned(),
        }
    }
}

const SIGN_UP: &str = "sign_up";
/// The setting with the hashes of the setup tokens, in hexadecimal, separated by spaces. Each start on an empty site
/// prints another token, and earlier ones stay valid. Without the setting no token is required.
const SETUP: &str = "setup_token";
/// The most setup tokens valid at a time.
const SETUP_TOKENS: usize = 16;
const ROOMS: &str = "room_making";
const WRITING: &str = "writing_first";
const INVITING: &str = "site_inviting";
const LOBBY: &str = "lobby";

impl Store {
    /// The public facts about the installation.
    pub async fn site(&self) -> Result<Site, Failure> {
        Ok(site(&mut *self.readers.acquire().await?).await?)
    }

    /// Changes a site setting, if `rule` allows it.
    ///
    /// # Errors
    /// Those of the rule.
    pub async fn set_site(
        &self,
        actor: UserId,
        rule: Rule,
        setting: SiteSetting,
    ) -> Result<(), Failure> {
        self.writer
            .run(Turn::first(Owner::Person(actor)), move |db| {
                Box::pin(async move {
                    let standing = standing_of(db, actor, ThreadId(0)).await?;
                    rule(&standing.unwrap_or_default(), None)?;
                    set(db, setting.name(), setting.word()).await?;
                    let entry = Entry {
                        actor: Some(actor),
                        action: setting.action(),
                        thread: None,
                        subject: None,
                        detail: setting.word(),
                    };
                    audit::write(db, entry).await?;
                    Ok(Outcome::silent(()))
                })
            })
            .await
    }

    /// Sets the setup token (its SHA-256) required for the first account, while there is none: in addition to those of
    /// earlier starts, or, if `alone`, in place of them. `None`: no token is required. Returns whether the site is
    /// empty.
    pub async fn set_up(&self, token: Option<[u8; 32]>, alone: bool) -> Result<bool, Failure> {
        self.writer
            .run(Turn::ordinary(Owner::Server), move |db| {
                Box::pin(async move {
                    if !site(db).await?.is_empty {
                        return Ok(Outcome::silent(false));
                    }
                    let Some(token) = token else {
                        end_setup(db).await?;
                        return Ok(Outcome::silent(true));
                    };
                    let before = get(db, SETUP).await?.filter(|_| !alone).unwrap_or_default();
                    let mut tokens: Vec<String> = before.split(' ').map(Into::into).collect();
                    tokens.retain(|hash| !hash.is_empty() && *hash != hex(&token));
                    tokens.drain(..tokens.len().saturating_sub(SETUP_TOKENS - 1));
                    tokens.push(hex(&token));
                    set(db, SETUP, tokens.join(" ")).await?;
                    Ok(Outcome::silent(true))
                })
            })
            .await
    }

    /// The value of a setting, initialized to `made` if it is missing.
    pub async fn setting_or(&self, name: &'static str, made: String) -> Result<String, Failure> {
        self.writer
            .run(Turn::ordinary(Owner::Server), move |db| {
                Box::pin(async move {
                    if let Some(value) = get(db, name).await? {
                        return Ok(Outcome::silent(value));
                    }
                    set(db, name, made.clone()).await?;
                    Ok(Outcome::silent(made))
                })
            })
            .await
    }

    /// Grants or revokes site admin rights.
    ///
    /// # Errors
    /// Those of the rule; [`Refusal::NotFound`]; [`Refusal::LastAdmin`].
    pub async fn set_site_admin(
        &self,
        by: Authority,
        user: UserId,
        is_admin: bool,
    ) -> Result<(), Failure> {
        let action = if is_admin {
            "make_site_admin"
        } else {
            "take_site_admin"
        };
        self.on_account(by, user, action, move |db| {
            Box::pin(async move {
                sqlx::query("UPDATE users SET is_admin = $2 WHERE id = $1")
                    .bind(user.0)
                    .bind(i64::from(is_admin))
                    .execute(&mut *db)
                    .await?;
                check_site_admins(db).await?;
                if !is_admin {
                    invites::revoke(db, user, Revoked::OfSiteAdmin).await?;
                }
                Ok(vec![])
            })
        })
        .await
    }

    /// Suspends an account and ends its sessions, or restores it.
    ///
    /// # Errors
    /// Those of the rule; [`Refusal::NotFound`]; [`Refusal::LastAdmin`].
    pub async fn suspend(
        &self,
        by: Authority,
        user: UserId,
        suspended: bool,
    ) -> Result<(), Failure> {
        let action = if suspended { "suspend" } else { "restore" };
        self.on_account(by, user, action, move |db| {
            Box::pin(async move {
                sqlx::query("UPDATE users SET suspended_at = $2 WHERE id = $1")
                    .bind(user.0)
                    .bind(suspended.then(clock::now))
                    .execute(&mut *db)
                    .await?;
                check_site_admins(db).await?;
                if !suspended {
                    return Ok(vec![]);
                }
                invites::revoke(db, user, Revoked::All).await?;
                end_sessions_in(db, user).await
            })
        })
        .await
    }

    async fn on_account<F>(
        &self,
        by: Authority,
        user: UserId,
        action: &'static str,
        change: F,
    ) -> Result<(), Failure>
    where
        F: for<'c> FnOnce(
                &'c mut AnyConnection,
            )
                -> futures_util::future::BoxFuture<'c, Result<Vec<Change>, Failure>>
            + Clone
            + Send
            + 'static,
    {
        let owner = by.user().map_or(Owner::Server, Owner::Person);
        self.writer
            .run(Turn::first(owner), move |db| {
                Box::pin(async move {
                    let to = standing_of(db, user, ThreadId(0)).await?;
                    if let Authority::User(actor, rule) = by {
                        let standing = standing_of(db, actor, ThreadId(0)).await?;
                        rule(&standing.unwrap_or_default(), to.as_ref())?;
                    }
                    to.ok_or(Refusal::NotFound)?;
                    let changes = change(db).await?;
                    let entry = Entry {
                        actor: by.user(),
                        action,
                        thread: None,
                        subject: Some(user),
                        detail: String::new(),
                    };
                    audit::write(db, entry).await?;
                    Ok(Outcome {
                        answer: (),
                        changes,
                    })
                })
            })
            .await
    }

    /// The accounts after this user name, as a site admin sees them.
    pub async fn accounts(&self, after: &str, limit: usize) -> Result<AccountsPage, Failure> {
        let text = "SELECT id, username, display_name, is_ambiguous, is_admin, suspended_at FROM users \
                    WHERE username > $1 ORDER BY username LIMIT $2";
        let rows = sqlx::query(AssertSqlSafe(text))
            .bind(sql::text(after))
            .bind(i64::try_from(limit + 1).unwrap_or(i64::MAX))
            .fetch_all(&self.readers)
            .await?;
        let mut accounts: Vec<Account> = rows.iter().map(account).collect::<Result<_, _>>()?;
        let more = accounts.len() > limit;
        accounts.truncate(limit);
        Ok(AccountsPage { accounts, more })
    }

    /// Creates the lobby with all users in it, where an installation has users but never had one. Its admin is the
    /// first site admin.
    pub async fn ensure_lobby(&self, lobby: NewRoom) -> Result<(), Failure> {
        self.writer
            .run(Turn::ordinary(Owner::Server), move |db| {
                Box::pin(async move {
                    let mut changes = Vec::new();
                    let first: Option<i64> = sqlx::query_scalar(
                        "SELECT id FROM users ORDER BY is_admin DESC, id LIMIT 1",
                    )
                    .fetch_optional(&mut *db)
                    .await?;
                    if let Some(first) = first
                        && get(db, LOBBY).await?.is_none()
                    {
                        let thread = make_lobby(db, UserId(first), &lobby, &mut changes).await?;
                        let others: Vec<i64> =
                            sqlx::query_scalar("SELECT id FROM users WHERE id <> $1 ORDER BY id")
                                .bind(first)
                                .fetch_all(&mut *db)
                                .await?;
                        for user in others {
                            enter(db, UserId(user), thread, Role::Member, &mut changes).await?;
                        }
                    }
                    Ok(Outcome {
                        answer: (),
                        changes,
                    })
                })
            })
            .await
    }
}

/// Adds a new account to the lobby; the first account creates it.
pub(super) async fn enter_lobby(
    db: &mut AnyConnection,
    user: UserId,
    lobby: &NewRoom,
    changes: &mut Vec<Change>,
) -> Result<(), Failure> {
    let Some(id) = get(db, LOBBY).await? else {
        make_lobby(db, user, lobby, changes).await?;
        return Ok(());
    };
    let thread = ThreadId(id.parse().unwrap_or_default());
    let standing = standing_of(db, user, thread).await?.unwrap_or_default();
    // It may have been deleted since.
    match (standing.kind, standing.role) {
        (Some(_), None) => enter(db, user, thread, Role::Member, changes).await,
        _ => Ok(()),
    }
}

async fn make_lobby(
    db: &mut AnyConnection,
    maker: UserId,
    lobby: &NewRoom,
    changes: &mut Vec<Change>,
) -> Result<ThreadId, Failure> {
    let thread = rooms::make(db, maker, lobby, changes).await?;
    set(db, LOBBY, thread.to_string()).await?;
    Ok(thread)
}

pub(super) async fn site(db: &mut AnyConnection) -> Result<Site, sqlx::Error> {
    let any = sqlx::query("SELECT 1 FROM users LIMIT 1")
        .fetch_optional(&mut *db)
        .await?;
    let text = format!(
        "SELECT name, value FROM settings \
         WHERE name IN ('{SIGN_UP}', '{ROOMS}', '{WRITING}', '{INVITING}')"
    );
    let rows = sqlx::query(AssertSqlSafe(text)).fetch_all(&mut *db).await?;
    let is_empty = any.is_none();
    let mut site = Site {
        is_empty,
        needs_token: is_empty && get(db, SETUP).await?.is_some(),
        ..Site::default()
    };
    for row in rows {
        let (name, word): (String, String) = (row.try_get(0)?, row.try_get(1)?);
        match &*name {
            SIGN_UP => site.sign_up = word.parse().unwrap_or_default(),
            ROOMS => site.rooms = RoomMaking::of_word(&word),
            WRITING => site.writing = WritingFirst::of_word(&word),
            _ => site.inviting = Inviting::of_word(&word),
        }
    }
    Ok(site)
}

/// Refuses the first account without a valid setup token.
pub(super) async fn check_setup(
    db: &mut AnyConnection,
    token: Option<[u8; 32]>,
) -> Result<(), Failure> {
    let known = get(db, SETUP).await?.unwrap_or_default();
    match token {
        // Hashes are compared, so the duration of the comparison reveals nothing.
        Some(token) if known.split(' ').any(|hash| hash == hex(&token)) => Ok(()),
        _ => Err(Refusal::NeedsToken.into()),
    }
}

/// Removes the setup tokens: the first account exists, or needs none.
pub(super) async fn end_setup(db: &mut AnyConnection) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM settings WHERE name = $1")
        .bind(SETUP)
        .execute(db)
        .await?;
    Ok(())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

async fn check_site_admins(db: &mut AnyConnection) -> Result<(), Failure> {
    let text = "SELECT COUNT(*) FROM users WHERE is_admin <> 0 AND suspended_at IS NULL";
    match sqlx::query_scalar::<_, i64>(text).fetch_one(db).await? {
        0 => Err(Refusal::LastAdmin.into()),
        _ => Ok(()),
    }
}

async fn get(db: &mut AnyConnection, name: &'static str) -> Result<Option<String>, sqlx::Error> {
    sqlx::query_scalar("SELECT value FROM settings WHERE name = $1")
        .bind(name)
        .fetch_optional(db)
        .await
}

async fn set(db: &mut AnyConnection, name: &'static str, value: String) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO settings (name, value) VALUES ($1, $2) \
         ON CONFLICT (name) DO UPDATE SET value = excluded.value",
    )
    .bind(name)
    .bind(value)
    .execute(db)
    .await?;
    Ok(())
}

fn account(row: &AnyRow) -> Result<Account, sqlx::Error> {
    Ok(Account {
        person: person_at(row, 0)?,
        is_admin: sql::flag(row, 4)?,
        is_suspended: row.try_get::<Option<i64>, _>(5)?.is_some(),
    })
}
