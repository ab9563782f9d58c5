//! Queries about rooms: the directory, members, bans.

use sqlx::any::AnyRow;
use sqlx::{AssertSqlSafe, Row};

use super::audit::person_at;
use super::group_title::NAME;
use super::standing::role;
use super::{Store, StoreError, dialect};
use crate::model::{Ban, Member, MembersPage, RoomCard, RoomsPage, ThreadId, UserId, names};
use crate::server::clock;

/// SQL for the cards of the rooms `r`, as the user `$1` sees them.
fn card_text() -> String {
    format!(
        "SELECT r.thread_id, {NAME}, r.topic, r.key_hash IS NOT NULL, r.members, \
           m.user_id IS NOT NULL \
         FROM rooms r LEFT JOIN members m ON m.thread_id = r.thread_id AND m.user_id = $1"
    )
}

impl Store {
    /// The public rooms whose name contains each word of `part`, after this one by name.
    pub async fn public_rooms(
        &self,
        viewer: UserId,
        part: &str,
        after: Option<ThreadId>,
        limit: usize,
    ) -> Result<RoomsPage, StoreError> {
        let text = format!(
            "{} WHERE r.key_hash IS NULL AND r.name_key > \
               COALESCE((SELECT name_key FROM rooms WHERE thread_id = $2), '') ORDER BY r.name_key LIMIT $3",
            card_text()
        );
        // The match is decided by the model, as in the browser, not by SQL; a site has few rooms.
        let most = match part.trim() {
            "" => i64::try_from(limit + 1).unwrap_or(i64::MAX),
            _ => i64::MAX,
        };
        let rows = sqlx::query(AssertSqlSafe(text))
            .bind(viewer.0)
            .bind(after.map(|after| after.0))
            .bind(most)
            .fetch_all(&self.readers)
            .await?;
        let cards = rows.iter().map(card);
        let is_found = |card: &Result<RoomCard, _>| match card {
            Ok(card) => names::match_all(&[&card.name], part),
            Err(_) => true,
        };
        let mut rooms: Vec<RoomCard> = cards
            .filter(is_found)
            .take(limit + 1)
            .collect::<Result<_, sqlx::Error>>()?;
        let more = rooms.len() > limit;
        rooms.truncate(limit);
        Ok(RoomsPage { rooms, more })
    }

    /// One room, public or private. The caller has checked that the viewer may see it.
    pub async fn room_card(
        &self,
        viewer: impl Into<Option<UserId>>,
        thread: ThreadId,
    ) -> Result<Option<RoomCard>, StoreError> {
        let viewer: Option<UserId> = viewer.into();
        let row = sqlx::query(AssertSqlSafe(format!(
            "{} WHERE r.thread_id = $2",
            card_text()
        )))
        .bind(viewer.map(|viewer| viewer.0))
        .bind(thread.0)
        .fetch_optional(&self.readers)
        .await?;
        Ok(row.as_ref().map(card).transpose()?)
    }

    /// The rooms with a name that two users are members of, by name, at most `limit`.
    pub async fn shared_rooms(
        &self,
        viewer: UserId,
        other: UserId,
        limit: usize,
    ) -> Result<RoomsPage, StoreError> {
        let rows = sqlx::query(AssertSqlSafe(format!(
            "{} JOIN members o ON o.thread_id = r.thread_id AND o.user_id = $2 \
             WHERE m.user_id IS NOT NULL AND r.name <> '' ORDER BY r.name_key LIMIT $3",
            card_text()
        )))
        .bind(viewer.0)
        .bind(other.0)
        .bind(i64::try_from(limit + 1).unwrap_or(i64::MAX))
        .fetch_all(&self.readers)
        .await?;
        let mut rooms: Vec<RoomCard> = rows.iter().map(card).collect::<Result<_, _>>()?;
        let more = rooms.len() > limit;
        rooms.truncate(limit);
        Ok(RoomsPage { rooms, more })
    }

    /// The members after this user name, at most `limit`, by user name.
    pub async fn members(
        &self,
        thread: ThreadId,
        after: &str,
        limit: usize,
    ) -> Result<MembersPage, StoreError> {
        let rows = sqlx::query(
            "SELECT u.id, u.username, u.display_name, u.is_ambiguous, m.role \
             FROM members m JOIN users u ON u.id = m.user_id \
             WHERE m.thread_id = $1 AND u.username > $2 ORDER BY u.username LIMIT $3",
        )
        .bind(thread.0)
        .bind(dialect::text(after))
        .bind(i64::try_from(limit + 1).unwrap_or(i64::MAX))
        .fetch_all(&self.readers)
        .await?;
        let mut members: Vec<Member> = rows.iter().map(member).collect::<Result<_, _>>()?;
        let more = members.len() > limit;
        members.truncate(limit);
        Ok(MembersPage { members, more })
    }

    /// The bans of a room in force, latest first, at most `limit`.
    pub async fn bans(&self, thread: ThreadId, limit: usize) -> Result<Vec<Ban>, StoreError> {
        let rows = sqlx::query(
            "SELECT b.at, b.until, b.note, u.id, u.username, u.display_name, u.is_ambiguous, \
               a.id, a.username, a.display_name, a.is_ambiguous \
             FROM bans b JOIN users u ON u.id = b.user_id JOIN users a ON a.id = b.actor \
             WHERE b.thread_id = $1 AND (b.until IS NULL OR b.until > $2) \
             ORDER BY b.at DESC, u.id LIMIT $3",
        )
        .bind(thread.0)
        .bind(clock::now())
        .bind(i64::try_from(limit).unwrap_or(i64::MAX))
        .fetch_all(&self.readers)
        .await?;
        Ok(rows.iter().map(ban).collect::<Result<_, _>>()?)
    }
}

fn card(row: &AnyRow) -> Result<RoomCard, sqlx::Error> {
    Ok(RoomCard {
        id: ThreadId(row.try_get(0)?),
        name: row.try_get(1)?,
        topic: row.try_get(2)?,
        is_private: dialect::flag(row, 3)?,
        members: row.try_get(4)?,
        is_member: dialect::flag(row, 5)?,
    })
}

fn member(row: &AnyRow) -> Result<Member, sqlx::Error> {
    Ok(Member {
        person: person_at(row, 0)?,
        role: role(row.try_get(4)?),
    })
}

fn ban(row: &AnyRow) -> Result<Ban, sqlx::Error> {
    Ok(Ban {
        at: row.try_get(0)?,
        until: row.try_get(1)?,
        note: row.try_get(2)?,
        person: person_at(row, 3)?,
        by: person_at(row, 7)?,
    })
}
