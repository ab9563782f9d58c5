//! Threads and their members: the thread list, and opening a direct thread.

use std::collections::BTreeSet;

use sqlx::any::AnyRow;
use sqlx::{AnyConnection, AssertSqlSafe, Row};

use super::dialect::positions;
use super::group_title;
use super::mentions::UNREAD;
use super::notify_choice::notify_choice;
use super::standing::{Acquaintance, SITE, WriteRule, role, standing_of};
use super::unread::{DELETED, HUSHED};
use super::write_queue::WriteTurn;
use super::{Change, Outcome, Store, StoreError, dialect, events, mentions, settings};
use crate::model::{
    Event, Inviting, Person, Posting, Preview, ReadMark, Refusal, Room, ThreadHead, ThreadId,
    ThreadKind, ThreadsPage, UserId,
};
use crate::server::clock;

/// SQL for the heads of the threads in `mine`, as the user `$1` sees them.
fn heads_text() -> String {
    format!(
        "SELECT t.id, t.creator, t.created_at, t.last_seq, t.count, m.read_turn, m.read_seq, m.read_count, m.favourite, \
           e.seq AS last_message, e.at AS last_at, e.actor AS last_author, e.body AS last_body, \
           u.id AS other, u.username, u.display_name, u.is_ambiguous, \
           r.name, r.topic, r.key_hash IS NOT NULL AS is_private, r.members, m.role, m.muted, m.muted_until, m.notify_level, \
           r.posting, r.slow_seconds, r.inviting, m.posted_at, {} AS group_title, \
           t.pins, m.saved, {UNREAD} AS mentions, {DELETED} AS deleted, {HUSHED} AS hushed \
         FROM mine JOIN threads t ON t.id = mine.id \
         JOIN members m ON m.thread_id = t.id AND m.user_id = $1 \
         LEFT JOIN events e ON e.thread_id = t.id AND e.seq = t.last_message \
         LEFT JOIN rooms r ON r.thread_id = t.id \
         LEFT JOIN users u \
           ON u.id = CASE WHEN t.creator = $1 THEN t.other WHEN t.other = $1 THEN t.creator END \
         ORDER BY t.active_at DESC, t.id DESC",
        group_title::title_text()
    )
}

/// SQL for the heads of the first `$2` threads in the list of the user `$1`, after the thread `$3`.
///
/// Each of the three parts is limited before they are combined: the two of direct threads are read from indexes in the
/// list's order, so that their number does not matter; rooms are sorted.
pub(super) fn list(is_continued: bool) -> String {
    let beyond = match is_continued {
        true => "AND (t.active_at, t.id) < (SELECT active_at, id FROM threads WHERE id = $3)",
        false => "",
    };
    let part = |from: &str| {
        format!(
            "SELECT * FROM (SELECT t.id, t.active_at FROM {from} {beyond} \
             ORDER BY t.active_at DESC, t.id DESC LIMIT $2) AS part"
        )
    };
    let opened = part("threads t WHERE t.creator = $1 AND t.other IS NOT NULL");
    let answered = part(
        "threads t WHERE t.other = $1 AND t.creator <> $1 AND t.other IS NOT NULL AND t.count > 0",
    );
    let rooms = part(
        "members m JOIN threads t ON t.id = m.thread_id WHERE m.user_id = $1 AND m.is_room = 1",
    );
    format!(
        "WITH mine (id, active_at) AS \
           (SELECT * FROM ({opened} UNION ALL {answered} UNION ALL {rooms}) AS parts \
            ORDER BY active_at DESC, id DESC LIMIT $2) {}",
        heads_text()
    )
}

impl Store {
    /// The user's threads after this one in the list (`None`: from the latest), at most `limit`.
    pub async fn threads(
        &self,
        user: UserId,
        after: Option<ThreadId>,
        limit: usize,
    ) -> Result<ThreadsPage, StoreError> {
        let text = list(after.is_some());
        let mut query = sqlx::query(AssertSqlSafe(text))
            .bind(user.0)
            .bind(i64::try_from(limit + 1).unwrap_or(i64::MAX));
        if let Some(after) = after {
            query = query.bind(after.0);
        }
        let rows = query.fetch_all(&self.readers).await?;
        let mut threads = heads(&rows)?;
        let more = threads.len() > limit;
        threads.truncate(limit);
        Ok(ThreadsPage { threads, more })
    }

    /// These threads as the user sees them; those of which the user is not a member are left out.
    pub async fn heads(
        &self,
        user: UserId,
        threads: &[ThreadId],
    ) -> Result<Vec<ThreadHead>, StoreError> {
        Ok(heads_of(&mut *self.readers.acquire().await?, user, threads).await?)
    }

    /// The ids of all threads of which the user is a member.
    pub async fn thread_ids(&self, user: UserId) -> Result<Vec<ThreadId>, StoreError> {
        let ids: Vec<i64> = sqlx::query_scalar("SELECT thread_id FROM members WHERE user_id = $1")
            .bind(user.0)
            .fetch_all(&self.readers)
            .await?;
        Ok(ids.into_iter().map(ThreadId).collect())
    }

    /// As [`Store::open_direct_if`], without a rule.
    ///
    /// # Errors
    /// [`Refusal::NotFound`].
    pub async fn open_direct(&self, opener: UserId, with: UserId) -> Result<ThreadId, StoreError> {
        self.open_direct_if(opener, with, |_, _, _| Ok(())).await
    }

    /// The direct thread between two users, created if there is none and `rule` allows it. There is only one, whichever
    /// of them opens it. Of a user with themselves, it holds their notes.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] when there is no such user; those of the rule.
    pub async fn open_direct_if(
        &self,
        opener: UserId,
        with: UserId,
        rule: WriteRule,
    ) -> Result<ThreadId, StoreError> {
        self.writer
            .run(WriteTurn::of(opener), move |db| {
                Box::pin(async move {
                    if let Some(thread) = find_direct(db, opener, with).await? {
                        return Ok(Outcome::silent(thread));
                    }
                    check_writes_to(db, opener, &[with], rule).await?;
                    let thread = make_direct(db, opener, with).await?;
                    let mut changes = Vec::new();
                    for user in BTreeSet::from([opener, with]) {
                        changes.extend(joined(db, user, thread).await?);
                    }
                    Ok(Outcome {
                        answer: thread,
                        changes,
                    })
                })
            })
            .await
    }
}

/// Checks that a user may write to each of these others.
///
/// # Errors
/// [`Refusal::NotFound`] when one of them does not exist; those of the rule.
pub(super) async fn check_writes_to(
    db: &mut AnyConnection,
    user: UserId,
    others: &[UserId],
    rule: WriteRule,
) -> Result<(), StoreError> {
    let standing = standing_of(db, user, SITE).await?.unwrap_or_default();
    let site = settings::site(db).await?;
    for &other in others {
        let exists = sqlx::query("SELECT 1 FROM users WHERE id = $1")
            .bind(other.0)
            .fetch_optional(&mut *db)
            .await?;
        if exists.is_none() {
            return Err(Refusal::NotFound.into());
        }
        rule(&standing, &site, &acquaintance(db, user, other).await?)?;
    }
    Ok(())
}

/// The relation between two users.
async fn acquaintance(
    db: &mut AnyConnection,
    one: UserId,
    other: UserId,
) -> Result<Acquaintance, sqlx::Error> {
    let row = sqlx::query(
        "SELECT \
           CASE WHEN EXISTS (SELECT 1 FROM members a JOIN members b ON b.thread_id = a.thread_id \
             WHERE a.user_id = $1 AND b.user_id = $2 AND a.is_room = 1 \
               AND CAST(a.thread_id AS TEXT) <> COALESCE( \
                 (SELECT value FROM settings WHERE name = 'lobby'), '')) THEN 1 ELSE 0 END, \
           CASE WHEN EXISTS (SELECT 1 FROM blocks WHERE user_id = $2 AND blocked = $1) \
             THEN 1 ELSE 0 END, \
           CASE WHEN EXISTS (SELECT 1 FROM blocks WHERE user_id = $1 AND blocked = $2) \
             THEN 1 ELSE 0 END",
    )
    .bind(one.0)
    .bind(other.0)
    .fetch_one(db)
    .await?;
    Ok(Acquaintance {
        is_self: one == other,
        shares_room: dialect::flag(&row, 0)?,
        is_blocked: dialect::flag(&row, 1)?,
        blocks: dialect::flag(&row, 2)?,
    })
}

pub(super) async fn find_direct(
    db: &mut AnyConnection,
    one: UserId,
    other: UserId,
) -> Result<Option<ThreadId>, sqlx::Error> {
    // Notes are the only thread in which one user is both.
    let text = match one == other {
        true => "SELECT id FROM threads WHERE creator = $1 AND other = creator AND other = $2",
        false => "SELECT thread_id FROM direct_threads WHERE low_user = $1 AND high_user = $2",
    };
    let id: Option<i64> = sqlx::query_scalar(text)
        .bind(one.min(other).0)
        .bind(one.max(other).0)
        .fetch_optional(db)
        .await?;
    Ok(id.map(ThreadId))
}

async fn make_direct(
    db: &mut AnyConnection,
    opener: UserId,
    with: UserId,
) -> Result<ThreadId, sqlx::Error> {
    let now = clock::now();
    let thread: i64 = sqlx::query_scalar(
        "INSERT INTO threads (kind, creator, other, created_at, active_at) \
         VALUES ('direct', $1, $2, $3, $4) RETURNING id",
    )
    .bind(opener.0)
    .bind(with.0)
    .bind(now)
    .bind(now)
    .fetch_one(&mut *db)
    .await?;
    if opener == with {
        sqlx::query("INSERT INTO members (user_id, thread_id) VALUES ($1, $2)")
            .bind(opener.0)
            .bind(thread)
            .execute(&mut *db)
            .await?;
        return Ok(ThreadId(thread));
    }
    sqlx::query("INSERT INTO direct_threads (low_user, high_user, thread_id) VALUES ($1, $2, $3)")
        .bind(opener.min(with).0)
        .bind(opener.max(with).0)
        .bind(thread)
        .execute(&mut *db)
        .await?;
    sqlx::query("INSERT INTO members (user_id, thread_id) VALUES ($1, $2), ($3, $4)")
        .bind(opener.0)
        .bind(thread)
        .bind(with.0)
        .bind(thread)
        .execute(&mut *db)
        .await?;
    Ok(ThreadId(thread))
}

/// The change that brings a member the current state of a thread.
pub(super) async fn joined(
    db: &mut AnyConnection,
    user: UserId,
    thread: ThreadId,
) -> Result<Vec<Change>, sqlx::Error> {
    let heads = heads_of(db, user, &[thread]).await?.into_iter();
    Ok(heads.map(|head| Change::Joined { user, head }).collect())
}

pub(super) async fn heads_of(
    db: &mut AnyConnection,
    user: UserId,
    threads: &[ThreadId],
) -> Result<Vec<ThreadHead>, sqlx::Error> {
    if threads.is_empty() {
        return Ok(Vec::new());
    }
    let text = format!(
        "WITH mine (id) AS ({}) {}",
        dialect::values(threads.len(), 1, 2),
        heads_text()
    );
    let mut query = sqlx::query(AssertSqlSafe(text)).bind(user.0);
    for thread in threads {
        query = query.bind(thread.0);
    }
    heads(&query.fetch_all(db).await?)
}

fn heads(rows: &[AnyRow]) -> Result<Vec<ThreadHead>, sqlx::Error> {
    rows.iter().map(head).collect()
}

fn head(row: &AnyRow) -> Result<ThreadHead, sqlx::Error> {
    let id = ThreadId(row.try_get("id")?);
    let count: i64 = row.try_get("count")?;
    let last = match row.try_get::<Option<i64>, _>("last_message")? {
        None => None,
        Some(seq) => Preview::of(&Event {
            thread: id,
            seq,
            count,
            at: row.try_get("last_at")?,
            actor: UserId(row.try_get("last_author")?),
            client_id: None,
            body: events::body(row.try_get("last_body")?),
        }),
    };
    Ok(ThreadHead {
        id,
        kind: kind(row)?,
        creator: UserId(row.try_get("creator")?),
        created_at: row.try_get("created_at")?,
        last_seq: row.try_get("last_seq")?,
        count,
        last,
        favourite: dialect::flag(row, "favourite")?,
        notify: notify_choice(row)?,
        read: ReadMark {
            turn: row.try_get("read_turn")?,
            seq: row.try_get("read_seq")?,
            count: row.try_get("read_count")?,
        },
        mentions: mentions::positions(row.try_get("mentions")?),
        pins: positions(row.try_get("pins")?),
        saved: positions(row.try_get("saved")?),
        deleted: mentions::positions(row.try_get("deleted")?),
        hushed: mentions::positions(row.try_get("hushed")?),
    })
}

fn kind(row: &AnyRow) -> Result<ThreadKind, sqlx::Error> {
    if let Some(name) = row.try_get::<Option<String>, _>("name")? {
        let is_group = name.is_empty();
        return Ok(ThreadKind::Room(Room {
            name: match is_group {
                true => group_title::title(row.try_get("group_title")?),
                false => name,
            },
            is_group,
            topic: row.try_get("topic")?,
            is_private: dialect::flag(row, "is_private")?,
            members: row.try_get("members")?,
            role: role(row.try_get("role")?),
            muted: dialect::flag(row, "muted")?,
            posting: Posting::of_word(row.try_get("posting")?),
            slow_seconds: u32::try_from(row.try_get::<i64, _>("slow_seconds")?).unwrap_or_default(),
            inviting: Inviting::of_word(row.try_get("inviting")?),
            posted_at: row.try_get("posted_at")?,
        }));
    }
    let other = Person {
        id: UserId(row.try_get("other")?),
        username: row.try_get("username")?,
        display_name: row.try_get("display_name")?,
        is_ambiguous: dialect::flag(row, "is_ambiguous")?,
    };
    Ok(ThreadKind::Direct { other })
}
