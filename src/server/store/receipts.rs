//! Receipts: how far members have received and read their threads, as far as they share it.

use sqlx::{AssertSqlSafe, Row};

use super::dialect;
use super::dialect::Column::Number;
use super::dialect::Dialect;
use super::write_queue::{Owner, WriteTurn};
use super::writer::Needs;
use super::{Change, Outcome, Store, StoreError};
use crate::model::{Millis, Privacy, Reader, Receipts, Refusal, ThreadId, UserId, limits};

impl Store {
    /// The receipts of the other members of these threads, limited to what the viewer shares too. The caller has
    /// checked membership. Rooms with more than [`limits::RECEIPTS_MEMBERS`] members are left out.
    pub async fn receipts(
        &self,
        viewer: UserId,
        threads: &[ThreadId],
    ) -> Result<Vec<Receipts>, StoreError> {
        if threads.is_empty() {
            return Ok(Vec::new());
        }
        let mut db = self.readers.acquire().await?;
        // The delivered position is searched from the thread's end, using the time the other user was last online:
        // usually a short way.
        let text = format!(
            "SELECT m.thread_id, m.user_id, \
               CASE WHEN m.seen_seq > m.read_seq THEN m.seen_seq ELSE m.read_seq END, \
               CASE WHEN u.hides_reading = 1 OR v.hides_reading = 1 THEN 0 ELSE 1 END, \
               CASE WHEN m.is_room = 1 OR u.hides_online = 1 OR v.hides_online = 1 THEN 0 ELSE \
                 COALESCE((SELECT e.seq FROM events e \
                   WHERE e.thread_id = m.thread_id AND e.at <= u.online_at \
                   ORDER BY e.seq DESC LIMIT 1), 0) END \
             FROM {keys} AS k CROSS JOIN members m JOIN users u ON u.id = m.user_id \
               JOIN users v ON v.id = $2 \
             WHERE m.thread_id = k.thread_id AND m.user_id <> v.id AND {has_receipts} \
               AND (v.hides_reading = 0 OR v.hides_online = 0) \
             ORDER BY m.thread_id, m.user_id",
            keys = Dialect::of(&db).rows(&[Number("thread_id")]),
            has_receipts = has_receipts("k.thread_id"),
        );
        let keys: Vec<_> = threads.iter().map(|thread| (thread,)).collect();
        let rows = sqlx::query(AssertSqlSafe(text))
            .bind(dialect::json(&keys))
            .bind(viewer.0)
            .fetch_all(&mut *db)
            .await?;
        let mut all: Vec<Receipts> = Vec::new();
        for row in &rows {
            let thread = ThreadId(row.try_get(0)?);
            if all.last().is_none_or(|last| last.thread != thread) {
                all.push(Receipts {
                    thread,
                    read: Vec::new(),
                    delivered: row.try_get(4)?,
                });
            }
            if let Some(receipts) = all.last_mut()
                && dialect::flag(row, 3)?
            {
                receipts.read.push(Reader {
                    user: UserId(row.try_get(1)?),
                    seq: row.try_get(2)?,
                });
            }
        }
        Ok(all)
    }

    /// The privacy settings of these users.
    pub async fn privacies(&self, users: &[UserId]) -> Result<Vec<(UserId, Privacy)>, StoreError> {
        let text = |ids: &str| {
            format!(
                "SELECT u.id, u.hides_reading, u.hides_online FROM {ids} AS k CROSS JOIN users u \
                 WHERE u.id = k.id"
            )
        };
        let rows = self
            .read_by_ids(users.iter().map(|user| user.0), text)
            .await?;
        let privacy = |row: &sqlx::any::AnyRow| {
            let shows = Privacy {
                reading: !dialect::flag(row, 1)?,
                online: !dialect::flag(row, 2)?,
            };
            Ok((UserId(row.try_get(0)?), shows))
        };
        let all = rows.iter().map(privacy);
        Ok(all.collect::<Result<_, sqlx::Error>>()?)
    }

    /// A user's privacy settings.
    pub async fn privacy(&self, user: UserId) -> Result<Privacy, StoreError> {
        let mut found = self.privacies(&[user]).await?;
        Ok(found.pop().map_or(HIDDEN, |(_, privacy)| privacy))
    }

    /// Sets a user's privacy settings.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] when there is no such user.
    pub async fn set_privacy(&self, user: UserId, privacy: Privacy) -> Result<(), StoreError> {
        self.writer
            .run_with(WriteTurn::first(Owner::Person(user)), Needs::Nothing, move |db| {
                Box::pin(async move {
                    // Past online times must not reappear when the user shares their presence again.
                    let text = "UPDATE users SET hides_reading = $2, hides_online = $3, \
                                online_at = CASE WHEN $3 = 1 THEN 0 ELSE online_at END WHERE id = $1";
                    let done = sqlx::query(text)
                        .bind(user.0)
                        .bind(i64::from(!privacy.reading))
                        .bind(i64::from(!privacy.online))
                        .execute(db)
                        .await?;
                    if done.rows_affected() == 0 {
                        return Err(Refusal::NotFound.into());
                    }
                    Ok(Outcome {
                        answer: (),
                        changes: vec![Change::Privacy { user, privacy }],
                    })
                })
            })
            .await
    }

    /// Records that these users were online at this time, except those who hide it.
    pub async fn record_online(&self, users: Vec<UserId>, at: Millis) -> Result<(), StoreError> {
        self.writer
            .run_with(
                WriteTurn::ordinary(Owner::Server),
                Needs::Nothing,
                move |db| {
                    Box::pin(async move {
                        let text = format!(
                            "UPDATE users SET online_at = $2 FROM {} AS k \
                         WHERE users.id = k.id AND users.hides_online = 0 AND users.online_at < $2",
                            Dialect::of(db).rows(&[Number("id")])
                        );
                        let keys: Vec<_> = users.iter().map(|user| (user,)).collect();
                        sqlx::query(AssertSqlSafe(text))
                            .bind(dialect::json(&keys))
                            .bind(at)
                            .execute(db)
                            .await?;
                        Ok(Outcome::silent(()))
                    })
                },
            )
            .await
    }
}

/// Unknown users share nothing.
const HIDDEN: Privacy = Privacy {
    reading: false,
    online: false,
};

/// SQL for whether the thread in this column has receipts.
fn has_receipts(thread: &str) -> String {
    let most = limits::RECEIPTS_MEMBERS;
    format!(
        "NOT EXISTS (SELECT 1 FROM rooms r WHERE r.thread_id = {thread} AND r.members > {most})"
    )
}

/// SQL for whether others may see the read mark of the member in the row `members`.
pub(super) fn is_shown() -> String {
    format!(
        "{} AND NOT EXISTS \
           (SELECT 1 FROM users u WHERE u.id = members.user_id AND u.hides_reading = 1)",
        has_receipts("members.thread_id")
    )
}
