//! The read marks of authors, which their own messages move.

use std::collections::HashMap;

use sqlx::{AnyConnection, AssertSqlSafe};

use super::dialect;
use super::dialect::Column::Number;
use super::dialect::Dialect;
use crate::model::{Event, ThreadId, UserId};

/// Advances the author's read mark past their own message, and starts their slow-mode interval. A batch has one time.
pub(super) async fn mark_own_as_read(
    db: &mut AnyConnection,
    events: &[Event],
) -> Result<(), sqlx::Error> {
    let mut marks: HashMap<(UserId, ThreadId), &Event> = HashMap::new();
    for event in events.iter().filter(|event| event.body.is_message()) {
        marks.insert((event.actor, event.thread), event);
    }
    if marks.is_empty() {
        return Ok(());
    }
    let rows: Vec<_> = marks
        .iter()
        .map(|((user, thread), event)| (user, thread, event.seq, event.count))
        .collect();
    sqlx::query(AssertSqlSafe(mark_own_text(Dialect::of(db))))
        .bind(dialect::json(&rows))
        .bind(events.first().map(|event| event.at))
        .execute(&mut *db)
        .await?;
    Ok(())
}

fn mark_own_text(engine: Dialect) -> String {
    format!(
        "UPDATE members SET read_seq = mark.seq, read_count = mark.count, posted_at = $2 \
         FROM {} AS mark \
         WHERE members.user_id = mark.user_id AND members.thread_id = mark.thread_id \
           AND members.read_seq < mark.seq",
        engine.rows(&[
            Number("user_id"),
            Number("thread_id"),
            Number("seq"),
            Number("count")
        ])
    )
}
