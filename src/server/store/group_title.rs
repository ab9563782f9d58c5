//! The title of a group: a room without a name of its own goes by the names of its other members.

use sqlx::AnyConnection;

use super::StoreError;
use crate::model::{Field, Refusal, ThreadId, limits};

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
