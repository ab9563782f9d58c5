//! The settings of the site: those that a site admin changes while the server runs, and the server's internal ones.

use data_encoding::HEXLOWER;
use sqlx::{AnyConnection, AssertSqlSafe, Row};

use super::audit::{self, AuditRecord};
use super::standing::{Rule, SITE, standing_of};
use super::write_queue::{Owner, WriteTurn};
use super::{Outcome, Store, StoreError};
use crate::model::{Inviting, Refusal, RoomMaking, SignUp, Site, UserId, WritingFirst};

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

impl Store {
    /// The public facts about the installation.
    pub async fn site(&self) -> Result<Site, StoreError> {
        Ok(site(&mut *self.readers.acquire().await?).await?)
    }

    /// The value of a setting, if there is one.
    pub(super) async fn setting(&self, name: &'static str) -> Result<Option<String>, StoreError> {
        Ok(get(&mut *self.readers.acquire().await?, name).await?)
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
    ) -> Result<(), StoreError> {
        self.writer
            .run(WriteTurn::first(Owner::Person(actor)), move |db| {
                Box::pin(async move {
                    let standing = standing_of(db, actor, SITE).await?;
                    rule(&standing.unwrap_or_default(), None)?;
                    set(db, setting.name(), setting.word()).await?;
                    let entry = AuditRecord {
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
    pub async fn set_up(&self, token: Option<[u8; 32]>, alone: bool) -> Result<bool, StoreError> {
        // A site with accounts starts on a full disk.
        if !self.site().await?.is_empty {
            return Ok(false);
        }
        self.writer
            .run(WriteTurn::ordinary(Owner::Server), move |db| {
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
                    tokens.retain(|hash| !hash.is_empty() && *hash != HEXLOWER.encode(&token));
                    tokens.drain(..tokens.len().saturating_sub(SETUP_TOKENS - 1));
                    tokens.push(HEXLOWER.encode(&token));
                    set(db, SETUP, tokens.join(" ")).await?;
                    Ok(Outcome::silent(true))
                })
            })
            .await
    }

    /// The value of a setting, initialized to `made` if it is missing. An existing one is only read, so that a server
    /// starts on a full disk.
    pub async fn setting_or(&self, name: &'static str, made: String) -> Result<String, StoreError> {
        if let Some(value) = self.setting(name).await? {
            return Ok(value);
        }
        self.writer
            .run(WriteTurn::ordinary(Owner::Server), move |db| {
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
}

/// The public properties of the site.
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
) -> Result<(), StoreError> {
    let known = get(db, SETUP).await?.unwrap_or_default();
    match token {
        // Hashes are compared, so the duration of the comparison reveals nothing.
        Some(token) if known.split(' ').any(|hash| hash == HEXLOWER.encode(&token)) => Ok(()),
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

pub(super) async fn get(
    db: &mut AnyConnection,
    name: &'static str,
) -> Result<Option<String>, sqlx::Error> {
    sqlx::query_scalar("SELECT value FROM settings WHERE name = $1")
        .bind(name)
        .fetch_optional(db)
        .await
}

pub(super) async fn set(
    db: &mut AnyConnection,
    name: &'static str,
    value: String,
) -> Result<(), sqlx::Error> {
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
