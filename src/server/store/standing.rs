//! A user's standing in a thread: facts, read in the transaction that acts on them.

use std::collections::HashMap;

use sqlx::any::AnyRow;
use sqlx::{AnyConnection, AssertSqlSafe, Row};

use super::dialect;
use super::dialect::Column::Number;
use super::dialect::Dialect;
use super::{Store, StoreError, distinct};
use crate::model::{Inviting, Millis, Posting, Refusal, Role, Site, ThreadId, UserId};
use crate::server::clock;

/// The kind of a thread, as rules distinguish it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ThreadType {
    Direct,
    PublicRoom,
    PrivateRoom,
}

/// The facts about a user's place in a thread. The rules of `chat` decide what follows from them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// `None`: no such thread.
    pub kind: Option<ThreadType>,
    /// `None`: not a member.
    pub role: Option<Role>,
    /// The end of a ban in force; [`Millis::MAX`]: permanent.
    pub banned_until: Option<Millis>,
    pub is_site_admin: bool,
    pub is_suspended: bool,
    /// Of a room: who may post, and who may invite.
    pub posting: Posting,
    pub inviting: Inviting,
    /// Slow mode of the room: milliseconds between two messages of a member. 0: off.
    pub slow_ms: u64,
    /// The part of that interval left since the user last posted or joined.
    pub slow_left_ms: u64,
    /// Of a direct thread: whether the other user blocks this one.
    pub is_blocked: bool,
    /// Of a direct thread: whether this user blocks the other.
    pub blocks: bool,
}

impl Standing {
    /// Restarts the slow-mode interval after a post.
    pub(super) fn record_post(&mut self) {
        self.slow_left_ms = self.slow_ms;
    }
}

/// The relation between two users.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Acquaintance {
    /// Whether both are in a room other than the lobby.
    pub shares_room: bool,
    /// Whether the second blocks the first.
    pub is_blocked: bool,
    /// Whether the first blocks the second.
    pub blocks: bool,
}

/// A rule of `chat` about the site: may the user do it under the site's settings?
pub type SiteRule = fn(&Standing, &Site) -> Result<(), Refusal>;

/// A rule of `chat`: may the first user open a direct thread with the second under the site's settings?
pub type WriteRule = fn(&Standing, &Site, &Acquaintance) -> Result<(), Refusal>;

/// A rule of `chat`, evaluated inside the transaction: may the first user do it (to the second)?
pub type Rule = fn(&Standing, Option<&Standing>) -> Result<(), Refusal>;

/// As [`Rule`], for a change to a message; the flag tells whether the user is its author.
pub type MessageRule = fn(&Standing, bool) -> Result<(), Refusal>;

fn standings_text(engine: Dialect) -> String {
    format!(
        "SELECT k.user_id, k.thread_id, t.kind, r.key_hash IS NOT NULL, m.role, \
           b.at, b.until, u.is_admin, u.suspended_at IS NOT NULL, \
           r.posting, r.inviting, r.slow_seconds, m.posted_at, \
           CASE WHEN t.other IS NULL THEN 0 WHEN EXISTS (SELECT 1 FROM blocks x \
             WHERE x.user_id = CASE WHEN t.creator = k.user_id THEN t.other ELSE t.creator END \
               AND x.blocked = k.user_id) THEN 1 ELSE 0 END, \
           CASE WHEN t.other IS NULL THEN 0 WHEN EXISTS (SELECT 1 FROM blocks x \
             WHERE x.blocked = CASE WHEN t.creator = k.user_id THEN t.other ELSE t.creator END \
               AND x.user_id = k.user_id) THEN 1 ELSE 0 END \
         FROM {} AS k CROSS JOIN users u \
         LEFT JOIN threads t ON t.id = k.thread_id \
         LEFT JOIN rooms r ON r.thread_id = k.thread_id \
         LEFT JOIN members m ON m.user_id = k.user_id AND m.thread_id = k.thread_id \
         LEFT JOIN bans b ON b.thread_id = k.thread_id AND b.user_id = k.user_id \
         WHERE u.id = k.user_id",
        engine.rows(&[Number("user_id"), Number("thread_id")])
    )
}

/// No thread: the standing towards the site.
pub const SITE: Option<ThreadId> = None;

/// The standings of these users in these threads; unknown users are left out.
pub(super) async fn standings(
    db: &mut AnyConnection,
    keys: impl IntoIterator<Item = (UserId, ThreadId)>,
) -> Result<HashMap<(UserId, ThreadId), Standing>, sqlx::Error> {
    let keys = keys.into_iter().map(|(user, thread)| (user, Some(thread)));
    let found = read(db, distinct(keys)).await?.into_iter();
    let found = found.filter_map(|((user, thread), standing)| Some(((user, thread?), standing)));
    Ok(found.collect())
}

/// The user's standing in one thread, or, with [`SITE`], towards the site.
pub(super) async fn standing_of(
    db: &mut AnyConnection,
    user: UserId,
    thread: impl Into<Option<ThreadId>>,
) -> Result<Option<Standing>, sqlx::Error> {
    let found = read(db, vec![(user, thread.into())]).await?;
    Ok(found.first().map(|(_, standing)| *standing))
}

type Key = (UserId, Option<ThreadId>);

async fn read(db: &mut AnyConnection, keys: Vec<Key>) -> Result<Vec<(Key, Standing)>, sqlx::Error> {
    let now = clock::now();
    let rows = sqlx::query(AssertSqlSafe(standings_text(Dialect::of(db))))
        .bind(dialect::json(&keys))
        .fetch_all(db)
        .await?;
    rows.iter().map(|row| standing(row, now)).collect()
}

fn standing(row: &AnyRow, now: Millis) -> Result<(Key, Standing), sqlx::Error> {
    let kind: Option<String> = row.try_get(2)?;
    let is_private = dialect::flag(row, 3)?;
    let kind = kind.map(|kind| match (kind.as_str(), is_private) {
        ("direct", _) => ThreadType::Direct,
        (_, false) => ThreadType::PublicRoom,
        (_, true) => ThreadType::PrivateRoom,
    });
    let banned_at: Option<Millis> = row.try_get(5)?;
    let until: Option<Millis> = row.try_get(6)?;
    let slow_ms = row.try_get::<Option<i64>, _>(11)?.unwrap_or(0) * 1_000;
    let posted_at: Option<Millis> = row.try_get(12)?;
    // The clamp keeps a clock that was set back from extending the wait beyond the slow-mode interval.
    let slow_left = (posted_at.unwrap_or(0) + slow_ms - now).clamp(0, slow_ms);
    let word = |at| row.try_get::<Option<String>, _>(at);
    let standing = Standing {
        posting: Posting::of_word(&word(9)?.unwrap_or_default()),
        inviting: Inviting::of_word(&word(10)?.unwrap_or_default()),
        slow_ms: slow_ms.unsigned_abs(),
        slow_left_ms: slow_left.unsigned_abs(),
        is_blocked: dialect::flag(row, 13)?,
        blocks: dialect::flag(row, 14)?,
        kind,
        role: row.try_get::<Option<String>, _>(4)?.as_deref().map(role),
        banned_until: banned_at
            .map(|_| until.unwrap_or(Millis::MAX))
            .filter(|&until| until > now),
        is_site_admin: dialect::flag(row, 7)?,
        is_suspended: dialect::flag(row, 8)?,
    };
    let thread: Option<i64> = row.try_get(1)?;
    Ok(((UserId(row.try_get(0)?), thread.map(ThreadId)), standing))
}

pub(super) fn role(text: &str) -> Role {
    match text {
        "admin" => Role::Admin,
        _ => Role::Member,
    }
}

pub(super) fn role_text(role: Role) -> &'static str {
    match role {
        Role::Admin => "admin",
        Role::Member => "member",
    }
}

impl Store {
    /// The user's standing in the thread, or in [`SITE`] on the site.
    pub async fn standing(
        &self,
        user: UserId,
        thread: impl Into<Option<ThreadId>>,
    ) -> Result<Standing, StoreError> {
        let thread = thread.into();
        let found = standing_of(&mut *self.readers.acquire().await?, user, thread).await?;
        Ok(found.unwrap_or_default())
    }

    pub async fn is_site_admin(&self, user: UserId) -> Result<bool, StoreError> {
        Ok(self.standing(user, SITE).await?.is_site_admin)
    }
}
