//! The title of a group: a room without a name of its own goes by the names of its other members.

use sqlx::AnyConnection;

use super::threads::joined;
use super::{Change, StoreError};
use crate::model::{Field, Refusal, ThreadId, UserId, limits};

/// The title of a group for its only member.
const ALONE: &str = "Just you";

/// SQL for the title of the group `r` as the user `$1` sees it: the names of the other members. NULL if it is no group.
pub(super) fn title_text() -> String {
    format!(
        "CASE WHEN r.name = '' THEN (SELECT string_agg(n.display_name, ', ') FROM \
           (SELECT gu.display_name FROM members gm JOIN users gu ON gu.id = gm.user_id \
            WHERE gm.thread_id = r.thread_id AND gm.user_id <> $1 \
            ORDER BY gu.username LIMIT {}) AS n) END",
        limits::GROUP_OTHERS
    )
}

/// SQL for the name of the row of `rooms` for anyone: a group has none.
pub(super) const NAME: &str = "COALESCE(NULLIF(name, ''), 'Group')";

/// The title from the value of [`title_text`].
pub(super) fn title(found: Option<String>) -> String {
    found.unwrap_or_else(|| ALONE.to_owned())
}

/// Refuses a public room without a name.
pub(super) async fn check_named(
    db: &mut AnyConnection,
    thread: ThreadId,
) -> Result<(), StoreError> {
    let text = "SELECT 1 FROM rooms WHERE thread_id = $1 AND key_hash IS NULL AND name = ''";
    let unnamed = sqlx::query(text).bind(thread.0).fetch_optional(db).await?;
    match unnamed {
        Some(_) => Err(Refusal::invalid(Field::Name, "Give it a name first.").into()),
        None => Ok(()),
    }
}

/// Sends the title of a group to its members, after one came or left. A group that has grown beyond what its title
/// names keeps it.
pub(super) async fn send(
    db: &mut AnyConnection,
    thread: ThreadId,
    changes: &mut Vec<Change>,
) -> Result<(), sqlx::Error> {
    let text = "SELECT m.user_id FROM rooms r JOIN members m ON m.thread_id = r.thread_id \
                WHERE r.thread_id = $1 AND r.name = '' AND r.members <= $2";
    let members: Vec<i64> = sqlx::query_scalar(text)
        .bind(thread.0)
        .bind(i64::try_from(limits::GROUP_OTHERS + 1).unwrap_or(i64::MAX))
        .fetch_all(&mut *db)
        .await?;
    for user in members.into_iter().map(UserId) {
        changes.extend(joined(db, user, thread).await?);
    }
    Ok(())
}
