//! Mentions: resolved in the transaction that writes the message, and stored by position, so that a member's unread
//! mentions are read from an index.

use std::collections::HashMap;

use sqlx::{AnyConnection, AssertSqlSafe, Row};

use super::dialect;
use super::dialect::Column::{Number, Text};
use super::dialect::{Dialect, distinct};
use super::standing::{Rule, standings};
use crate::model::{Event, EventBody, Mentioned, Mentions, Seq, ThreadId, UserId};

/// In the column `user_id`, all members of the room.
const EVERYONE: i64 = 0;

/// The mentions a text may contain; the store resolves which of the names exist.
#[derive(Clone, Debug)]
pub struct Candidates {
    /// One entry per mention: the user names it may refer to, best match first.
    pub people: Vec<Vec<Name>>,
    /// Set when the text mentions the whole room: the rule for who may. If it refuses, the mention is dropped.
    pub room: Option<Rule>,
}

/// A candidate user name.
#[derive(Clone, Debug)]
pub struct Name {
    /// As written in the text.
    pub written: String,
    /// The user name it maps to.
    pub key: String,
}

/// A text's author, thread and possible mentions.
pub(super) type MentionQuery<'a> = (UserId, ThreadId, &'a Candidates);

/// The mentions of these texts, in the same order.
pub(super) async fn resolve(
    db: &mut AnyConnection,
    queries: &[MentionQuery<'_>],
) -> Result<Vec<Mentions>, sqlx::Error> {
    if queries.is_empty() {
        return Ok(Vec::new());
    }
    let users = users(db, queries).await?;
    let with_room = queries
        .iter()
        .filter(|(.., candidates)| candidates.room.is_some());
    let keys: Vec<_> = with_room
        .map(|(actor, thread, _)| (*actor, *thread))
        .collect();
    let standings = match keys.is_empty() {
        true => HashMap::new(),
        false => standings(db, keys).await?,
    };
    let mentions = queries.iter().map(|(actor, thread, candidates)| {
        let standing = standings
            .get(&(*actor, *thread))
            .copied()
            .unwrap_or_default();
        let people = candidates.people.iter().filter_map(|names| {
            let mut names = names.iter();
            names.find_map(|name| {
                Some(Mentioned {
                    user: *users.get(&name.key)?,
                    name: name.written.clone(),
                })
            })
        });
        Mentions {
            people: people.collect(),
            room: candidates
                .room
                .is_some_and(|rule| rule(&standing, None).is_ok()),
        }
    });
    Ok(mentions.collect())
}

/// The users who have one of these names.
async fn users(
    db: &mut AnyConnection,
    queries: &[MentionQuery<'_>],
) -> Result<HashMap<String, UserId>, sqlx::Error> {
    let names = queries
        .iter()
        .flat_map(|(.., candidates)| candidates.people.iter().flatten());
    let keys = distinct(names.map(|name| (&*name.key,)));
    if keys.is_empty() {
        return Ok(HashMap::new());
    }
    let text = format!(
        "SELECT u.id, u.username FROM {} AS k CROSS JOIN users u WHERE u.username = k.name",
        Dialect::of(db).rows(&[Text("name")])
    );
    let rows = sqlx::query(AssertSqlSafe(text))
        .bind(dialect::json(&keys))
        .fetch_all(db)
        .await?;
    let users = rows
        .iter()
        .map(|row| Ok((row.try_get(1)?, UserId(row.try_get(0)?))));
    users.collect()
}

/// The mentions an event adds, with the position of the message.
fn of(event: &Event) -> Option<(Seq, &Mentions)> {
    let (seq, mentions) = match &event.body {
        EventBody::Message(message) => (event.seq, &message.mentions),
        EventBody::MessageEdited { seq, mentions, .. } => (*seq, mentions),
        _ => return None,
    };
    (!mentions.is_empty()).then_some((seq, mentions))
}

/// Stores the mentions of these events.
pub(super) async fn insert(db: &mut AnyConnection, events: &[Event]) -> Result<(), sqlx::Error> {
    let mut rows = Vec::new();
    for event in events {
        let Some((seq, mentions)) = of(event) else {
            continue;
        };
        let people = mentions.people.iter().map(|mentioned| mentioned.user.0);
        let room = mentions.room.then_some(EVERYONE);
        rows.extend(people.chain(room).map(|user| (event.thread, user, seq)));
    }
    if rows.is_empty() {
        return Ok(());
    }
    // One person may be mentioned by two spellings of their name.
    let rows = distinct(rows);
    let text = format!(
        "INSERT INTO mentions (thread_id, user_id, seq) \
         SELECT thread_id, user_id, seq FROM {} AS m",
        Dialect::of(db).rows(&[Number("thread_id"), Number("user_id"), Number("seq")])
    );
    let rows = dialect::json(&rows);
    sqlx::query(AssertSqlSafe(text))
        .bind(rows)
        .execute(db)
        .await?;
    Ok(())
}

/// Removes the mentions of a message.
pub(super) async fn forget(
    db: &mut AnyConnection,
    thread: ThreadId,
    seq: Seq,
) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM mentions WHERE thread_id = $1 AND seq = $2")
        .bind(thread.0)
        .bind(seq)
        .execute(db)
        .await?;
    Ok(())
}

/// SQL for the unread mentions of a room `t` for its member `m`: positions above the read mark as comma-separated text,
/// without those by users whom the member blocks.
pub(super) const UNREAD: &str = "(SELECT string_agg(CAST(seq AS TEXT), ',') FROM \
     (SELECT DISTINCT c.seq FROM mentions c \
      WHERE c.thread_id = t.id AND c.user_id IN (m.user_id, 0) AND c.seq > m.read_seq \
        AND t.other IS NULL \
        AND NOT EXISTS (SELECT 1 FROM events y JOIN blocks x ON x.blocked = y.actor \
          WHERE y.thread_id = c.thread_id AND y.seq = c.seq AND x.user_id = m.user_id) \
      ORDER BY c.seq DESC LIMIT 100) AS mentioned)";

/// The positions of [`UNREAD`], ascending.
pub(super) fn positions(text: Option<&str>) -> Vec<Seq> {
    let mut all = dialect::positions(text.unwrap_or_default());
    all.sort_unstable();
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::limits;

    #[test]
    fn the_query_limit_matches_the_clients() {
        let limit = format!("LIMIT {})", limits::MENTIONS_UNREAD_MAX);
        assert!(UNREAD.contains(&limit));
    }

    #[test]
    fn positions_are_read_from_a_text() {
        assert_eq!(positions(None), Vec::<Seq>::new());
        assert_eq!(positions(Some("12,3")), [3, 12]);
    }
}
