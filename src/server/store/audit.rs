//! The audit log: administrative actions, with actor and subject. An entry is written in the transaction of its action.
//!
//! An entry about a room is in that room's log. The site's log has the actions of site admins and the operator,
//! wherever they happen. An ordinary account's actions in its own rooms, however many, do not appear there.

use sqlx::any::AnyRow;
use sqlx::{AnyConnection, AssertSqlSafe, Row};

use super::group_title::NAME;
use super::{Store, StoreError, dialect};
use crate::model::{AuditEntry, AuditPage, Person, ThreadId, UserId};
use crate::server::clock;

/// One administrative action.
pub(super) struct AuditRecord {
    /// `None`: the operator of the machine.
    pub(super) actor: Option<UserId>,
    pub(super) action: &'static str,
    /// `None`: about the site.
    pub(super) thread: Option<ThreadId>,
    pub(super) subject: Option<UserId>,
    pub(super) detail: String,
}

pub(super) async fn write(db: &mut AnyConnection, entry: AuditRecord) -> Result<(), sqlx::Error> {
    let text = format!(
        "INSERT INTO audit (at, actor, action, thread_id, room, subject, detail, of_site) \
         VALUES ($1, $2, $3, $4, \
           COALESCE((SELECT {NAME} FROM rooms WHERE thread_id = $5), ''), $6, $7, \
           CASE WHEN $8 = 1 OR EXISTS (SELECT 1 FROM users WHERE id = $9 AND is_admin <> 0) \
             THEN 1 ELSE 0 END)"
    );
    sqlx::query(AssertSqlSafe(text))
        .bind(clock::now())
        .bind(entry.actor.map(|actor| actor.0))
        .bind(entry.action.to_owned())
        .bind(entry.thread.map(|thread| thread.0))
        .bind(entry.thread.map(|thread| thread.0))
        .bind(entry.subject.map(|subject| subject.0))
        .bind(entry.detail)
        .bind(i64::from(entry.thread.is_none() || entry.actor.is_none()))
        .bind(entry.actor.map(|actor| actor.0))
        .execute(db)
        .await?;
    Ok(())
}

impl Store {
    /// The entries before this one (`None`: the latest) of a room's log, or of the site's; see the module
    /// documentation.
    pub async fn audit(
        &self,
        thread: Option<ThreadId>,
        before: Option<i64>,
        limit: usize,
    ) -> Result<AuditPage, StoreError> {
        let of_thread = match thread {
            Some(_) => "AND a.thread_id = $3",
            None => "AND a.of_site = 1",
        };
        let text = format!(
            "SELECT a.id, a.at, a.action, a.room, a.detail, \
               u.id, u.username, u.display_name, u.is_ambiguous, s.id, s.username, s.display_name, s.is_ambiguous \
             FROM audit a LEFT JOIN users u ON u.id = a.actor LEFT JOIN users s ON s.id = a.subject \
             WHERE a.id < $1 {of_thread} ORDER BY a.id DESC LIMIT $2"
        );
        let mut query = sqlx::query(AssertSqlSafe(text))
            .bind(before.unwrap_or(i64::MAX))
            .bind(i64::try_from(limit + 1).unwrap_or(i64::MAX));
        if let Some(thread) = thread {
            query = query.bind(thread.0);
        }
        let rows = query.fetch_all(&self.readers).await?;
        let mut entries: Vec<AuditEntry> = rows.iter().map(entry).collect::<Result<_, _>>()?;
        let more = entries.len() > limit;
        entries.truncate(limit);
        Ok(AuditPage { entries, more })
    }
}

fn entry(row: &AnyRow) -> Result<AuditEntry, sqlx::Error> {
    let (actor, subject): (Option<i64>, Option<i64>) = (row.try_get(5)?, row.try_get(9)?);
    Ok(AuditEntry {
        id: row.try_get(0)?,
        at: row.try_get(1)?,
        action: row.try_get(2)?,
        room: row.try_get(3)?,
        detail: row.try_get(4)?,
        actor: actor.map(|_| person_at(row, 5)).transpose()?,
        subject: subject.map(|_| person_at(row, 9)).transpose()?,
    })
}

/// The person in four columns from `first` on: id, user name, display name, and whether that is ambiguous.
pub(super) fn person_at(row: &AnyRow, first: usize) -> Result<Person, sqlx::Error> {
    Ok(Person {
        id: UserId(row.try_get(first)?),
        username: row.try_get(first + 1)?,
        display_name: row.try_get(first + 2)?,
        is_ambiguous: dialect::flag(row, first + 3)?,
    })
}
