//! Read marks.

use sqlx::{AssertSqlSafe, Row};

use super::receipts::is_shown;
use super::write_queue::WriteTurn;
use super::writer::Needs;
use super::{Change, Outcome, Store, StoreError, dialect};
use crate::model::{ReadMark, Seq, ThreadId, UserId};

impl Store {
    /// Moves a read mark up to `seq`, or to the end of the thread if `seq` is beyond it. A mark never moves down, and
    /// only members have one; otherwise nothing changes.
    pub async fn mark_read(
        &self,
        user: UserId,
        thread: ThreadId,
        seq: Seq,
    ) -> Result<(), StoreError> {
        self.writer
            .run_with(WriteTurn::of(user), Needs::Nothing, move |db| {
                Box::pin(async move {
                    let text = format!(
                        "UPDATE members SET read_seq = e.seq, read_count = e.count FROM \
                           (SELECT seq, count FROM events WHERE thread_id = $2 AND seq <= $3 \
                            ORDER BY seq DESC LIMIT 1) AS e \
                         WHERE members.user_id = $1 AND members.thread_id = $2 \
                           AND members.read_seq < e.seq \
                         RETURNING members.read_seq, members.read_count, {}",
                        is_shown()
                    );
                    let row = sqlx::query(AssertSqlSafe(text))
                        .bind(user.0)
                        .bind(thread.0)
                        .bind(seq)
                        .fetch_optional(db)
                        .await?;
                    let Some(row) = row else {
                        return Ok(Outcome::silent(()));
                    };
                    let mark = ReadMark {
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
}
