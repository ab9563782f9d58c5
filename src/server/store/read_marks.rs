//! Read marks.

use sqlx::{AssertSqlSafe, Row};

use super::receipts::is_shown;
use super::standing::Rule;
use super::threads::joined;
use super::write_queue::WriteTurn;
use super::writer::Needs;
use super::{Change, Outcome, Store, StoreError, dialect};
use crate::model::{ReadMark, Refusal, Seq, ThreadId, UserId};

impl Store {
    /// Moves a read mark up to `seq`, or to the end of the thread if `seq` is beyond it. Nothing changes for users who
    /// aren't members, or when the mark is higher or of a later turn than `turn`.
    pub async fn mark_read(
        &self,
        user: UserId,
        thread: ThreadId,
        seq: Seq,
        turn: i64,
    ) -> Result<(), StoreError> {
        self.writer
            .run_with(WriteTurn::of(user), Needs::Nothing, move |db| {
                Box::pin(async move {
                    let text = format!(
                        "UPDATE members SET read_seq = e.seq, read_count = e.count FROM \
                           (SELECT seq, count FROM events WHERE thread_id = $2 AND seq <= $3 \
                            ORDER BY seq DESC LIMIT 1) AS e \
                         WHERE members.user_id = $1 AND members.thread_id = $2 \
                           AND members.read_seq < e.seq AND members.read_turn <= $4 \
                         RETURNING members.read_seq, members.read_count, {}, members.read_turn",
                        is_shown()
                    );
                    let row = sqlx::query(AssertSqlSafe(text))
                        .bind(user.0)
                        .bind(thread.0)
                        .bind(seq)
                        .bind(turn)
                        .fetch_optional(db)
                        .await?;
                    let Some(row) = row else {
                        return Ok(Outcome::silent(()));
                    };
                    let mark = ReadMark {
                        turn: row.try_get(3)?,
                        seq: row.try_get(0)?,
                        count: row.try_get(1)?,
                    };
                    let changes = vec![Change::Read {
                        user,
                        thread,
                        mark,
                        shown: dialect::flag(&row, 2)?,
                    }];
                    Ok(Outcome {
                        answer: (),
                        changes,
                    })
                })
            })
            .await
    }

    /// Marks the message at `seq` and all after it as unread. What others see of the user's reading stays.
    ///
    /// # Errors
    /// Those of the rule; [`Refusal::NotFound`] when the thread has no such position.
    pub async fn mark_unread(
        &self,
        user: UserId,
        thread: ThreadId,
        seq: Seq,
        rule: Rule,
    ) -> Result<(), StoreError> {
        self.writer
            .run_as(user, thread, rule, move |db| {
                Box::pin(async move {
                    let text = "UPDATE members SET read_turn = read_turn + 1, read_seq = $3, \
                           read_count = COALESCE((SELECT count FROM events \
                             WHERE thread_id = $2 AND seq = $3), 0), \
                           seen_seq = CASE WHEN seen_seq > read_seq THEN seen_seq ELSE read_seq END \
                         WHERE user_id = $1 AND thread_id = $2 AND $3 >= 0 \
                           AND $3 < (SELECT last_seq FROM threads WHERE id = $2)";
                    let done = sqlx::query(text)
                        .bind(user.0)
                        .bind(thread.0)
                        .bind(seq.saturating_sub(1))
                        .execute(&mut *db)
                        .await?;
                    if done.rows_affected() == 0 {
                        return Err(Refusal::NotFound.into());
                    }
                    // The whole head: it has the mentions and deleted messages that are unread again.
                    Ok(Outcome {
                        answer: (),
                        changes: joined(db, user, thread).await?,
                    })
                })
            })
            .await
    }
}
