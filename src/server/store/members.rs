//! Entering a room.

use sqlx::{AnyConnection, AssertSqlSafe};

use super::append::write_one;
use super::receipts::is_shown;
use super::standing::role_text;
use super::threads::joined;
use super::{Change, StoreError, dialect};
use crate::model::{EventBody, ReadMark, Role, ThreadId, UserId, limits};

/// Adds a member to a room, which may be a group.
pub(super) async fn enter(
    db: &mut AnyConnection,
    user: UserId,
    thread: ThreadId,
    changes: &mut Vec<Change>,
) -> Result<(), StoreError> {
    add(db, user, thread, Role::Member, changes).await?;
    Ok(send_title(db, thread, changes).await?)
}

/// Adds a member to a room that is no group, or whose title the caller sends. Their read mark starts here. So does their
/// slow-mode interval, so that leaving and rejoining does not bypass it.
pub(super) async fn add(
    db: &mut AnyConnection,
    user: UserId,
    thread: ThreadId,
    role: Role,
    changes: &mut Vec<Change>,
) -> Result<(), StoreError> {
    let members = count_members(db, thread, 1).await?;
    let event = write_one(db, thread, user, EventBody::Joined { members }).await?;
    let text = format!(
        "INSERT INTO members (user_id, thread_id, is_room, role, read_seq, read_count, posted_at) \
         VALUES ($1, $2, 1, $3, $4, $5, $6) RETURNING {}",
        is_shown()
    );
    let row = sqlx::query(AssertSqlSafe(text))
        .bind(user.0)
        .bind(thread.0)
        .bind(role_text(role))
        .bind(event.seq)
        .bind(event.count)
        .bind(event.at)
        .fetch_one(&mut *db)
        .await?;
    let read = Change::Read {
        user,
        thread,
        mark: ReadMark {
            turn: 0,
            seq: event.seq,
            count: event.count,
        },
        shown: dialect::flag(&row, 0)?,
    };
    changes.extend(joined(db, user, thread).await?);
    changes.extend([Change::Event(event), read]);
    Ok(())
}

/// Sends the title of a group to its members, after one came or left. A group that has grown beyond what its title
/// names keeps it.
pub(super) async fn send_title(
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

/// Changes a room's member count by `more`, and returns it.
pub(super) async fn count_members(
    db: &mut AnyConnection,
    thread: ThreadId,
    more: i64,
) -> Result<i64, sqlx::Error> {
    let text = "UPDATE rooms SET members = members + $2 WHERE thread_id = $1 RETURNING members";
    sqlx::query_scalar(text)
        .bind(thread.0)
        .bind(more)
        .fetch_one(db)
        .await
}
