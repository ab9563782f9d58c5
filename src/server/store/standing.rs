//! A user's standing in a thread: facts, read in the transaction that acts on them.

use std::collections::HashMap;
use std::sync::LazyLock;

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
    /// Whether they are the same user, who writes notes.
    pub is_self: bool,
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

const KIND: &str = "CASE WHEN t.id IS NULL THEN 0 WHEN t.kind = 'direct' THEN 1 \
   WHEN r.key_hash IS NULL THEN 2 ELSE 3 END";
/// These rules are read as their positions in these lists; an unknown word as 0, the default.
const POSTINGS: [Posting; 3] = [Posting::Everyone, Posting::Replies, Posting::Admins];
const INVITINGS: [Inviting; 2] = [Inviting::Admins, Inviting::Members];
/// 1: the other user of the direct thread blocks this one; 2: this one blocks the other. On most sites nobody blocks
/// anybody, which is checked once for all rows.
const BLOCKS: &str = "CASE WHEN t.other IS NULL OR NOT EXISTS (SELECT 1 FROM blocks) THEN 0 ELSE \
   CASE WHEN EXISTS (SELECT 1 FROM blocks x \
     WHERE x.user_id = CASE WHEN t.creator = k.user_id THEN t.other ELSE t.creator END \
       AND x.blocked = k.user_id) THEN 1 ELSE 0 END + \
   CASE WHEN EXISTS (SELECT 1 FROM blocks x \
     WHERE x.blocked = CASE WHEN t.creator = k.user_id THEN t.other ELSE t.creator END \
       AND x.user_id = k.user_id) THEN 2 ELSE 0 END END";

/// The number of facts in [`FACTS`].
const FACT_COUNT: usize = 7;

/// SQL for the facts with few values, each of them 0 to 3, as one number of two bits per fact: every column of every row
/// costs, and a batch of sends reads thousands of standings.
static FACTS: LazyLock<String> = LazyLock::new(|| {
    let admin = role_text(Role::Admin);
    let facts: [String; FACT_COUNT] = [
        BLOCKS.to_owned(),
        KIND.to_owned(),
        format!("CASE WHEN m.role IS NULL THEN 0 WHEN m.role = '{admin}' THEN 2 ELSE 1 END"),
        "CASE WHEN u.is_admin <> 0 THEN 1 ELSE 0 END".to_owned(),
        "CASE WHEN u.suspended_at IS NULL THEN 0 ELSE 1 END".to_owned(),
        position_text("r.posting", &POSTINGS.map(Posting::word)),
        position_text("r.inviting", &INVITINGS.map(Inviting::word)),
    ];
    let facts = facts.iter().enumerate();
    let facts = facts.map(|(at, fact)| format!("({fact}) * {}", 1 << (2 * at)));
    facts.collect::<Vec<_>>().join(" + ")
});

/// SQL for the position of a column's word among these; 0 if it is none of them.
fn position_text(column: &str, words: &[&str]) -> String {
    let cases = words.iter().enumerate().skip(1);
    let cases = cases.map(|(at, word)| format!("WHEN '{word}' THEN {at}"));
    let cases: Vec<_> = cases.collect();
    format!("CASE {column} {} ELSE 0 END", cases.join(" "))
}

fn standings_text(engine: Dialect) -> String {
    format!(
        "SELECT k.user_id, k.thread_id, CAST({} AS BIGINT), \
           CASE WHEN b.at IS NULL THEN 0 ELSE COALESCE(b.until, {}) END, \
           COALESCE(r.slow_seconds, 0), COALESCE(m.posted_at, 0) \
         FROM {} AS k CROSS JOIN users u \
         LEFT JOIN threads t ON t.id = k.thread_id \
         LEFT JOIN rooms r ON r.thread_id = k.thread_id \
         LEFT JOIN members m ON m.user_id = k.user_id AND m.thread_id = k.thread_id \
         LEFT JOIN bans b ON b.thread_id = k.thread_id AND b.user_id = k.user_id \
         WHERE u.id = k.user_id",
        *FACTS,
        Millis::MAX,
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
    let facts: i64 = row.try_get(2)?;
    // In the order of `FACTS`.
    let mut facts = (0..FACT_COUNT).map(|at| (facts >> (2 * at)) as usize & 3);
    let mut next = || facts.next().unwrap_or(0);
    let banned_until: Millis = row.try_get(3)?;
    let slow_ms = row.try_get::<i64, _>(4)? * 1_000;
    let posted_at: Millis = row.try_get(5)?;
    // The clamp keeps a clock that was set back from extending the wait beyond the slow-mode interval.
    let slow_left = (posted_at + slow_ms - now).clamp(0, slow_ms);
    let blocks = next();
    let standing = Standing {
        is_blocked: blocks & 1 != 0,
        blocks: blocks & 2 != 0,
        kind: match next() {
            0 => None,
            1 => Some(ThreadType::Direct),
            2 => Some(ThreadType::PublicRoom),
            _ => Some(ThreadType::PrivateRoom),
        },
        role: match next() {
            0 => None,
            1 => Some(Role::Member),
            _ => Some(Role::Admin),
        },
        is_site_admin: next() != 0,
        is_suspended: next() != 0,
        posting: POSTINGS.get(next()).copied().unwrap_or_default(),
        inviting: INVITINGS.get(next()).copied().unwrap_or_default(),
        banned_until: Some(banned_until).filter(|&until| until > now),
        slow_ms: slow_ms.unsigned_abs(),
        slow_left_ms: slow_left.unsigned_abs(),
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
