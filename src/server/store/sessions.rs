//! Sessions. Only the hash of a token is stored, so that a copy of the database grants no access.

use sqlx::any::AnyRow;
use sqlx::{AnyConnection, AssertSqlSafe, Row};
use uuid::Uuid;

use super::audit::person_at;
use super::write_queue::{Owner, WriteTurn};
use super::writer::Needs;
use super::{Change, Outcome, Store, StoreError, counters, dialect};
use crate::model::{Millis, OwnSession, Person, Refusal, SessionId, UserId, limits};
use crate::server::clock;

/// The setting that counts [`Store::revocations`].
const REVOCATIONS: &str = "revocations";

/// A session that has not ended.
#[derive(Clone, Debug)]
pub struct Session {
    pub id: SessionId,
    pub person: Person,
    pub created_at: Millis,
    /// When it was last used, to within the interval at which this is recorded.
    pub seen_at: Millis,
}

impl Store {
    /// Starts a session for the token with this SHA-256.
    ///
    /// # Errors
    /// [`Refusal::Suspended`], also when the suspension came after the password check.
    pub async fn add_session(&self, user: UserId, token_hash: [u8; 32]) -> Result<(), StoreError> {
        let begun = self.start_session(user, token_hash, String::new());
        begun.await.map(drop)
    }

    /// As [`Self::add_session`], with a description of the browser. Ends the user's least recently used sessions beyond
    /// [`limits::SESSIONS_MAX`].
    ///
    /// # Errors
    /// [`Refusal::Suspended`], also when the suspension came after the password check.
    pub async fn start_session(
        &self,
        user: UserId,
        token_hash: [u8; 32],
        browser: String,
    ) -> Result<SessionId, StoreError> {
        self.writer
            .run(WriteTurn::of(user), move |db| {
                Box::pin(async move {
                    let now = clock::now();
                    let id = Uuid::now_v7();
                    let begun = sqlx::query(
                        "INSERT INTO sessions (token_hash, id, user_id, created_at, seen_at, browser) \
                         SELECT $1, $2, id, $4, $5, $6 FROM users \
                         WHERE id = $3 AND suspended_at IS NULL",
                    )
                    .bind(token_hash.to_vec())
                    .bind(id.as_bytes().to_vec())
                    .bind(user.0)
                    .bind(now)
                    .bind(now)
                    .bind(browser)
                    .execute(&mut *db)
                    .await?;
                    if begun.rows_affected() == 0 {
                        return Err(Refusal::Suspended.into());
                    }
                    let text = "DELETE FROM sessions WHERE user_id = $1 AND id NOT IN \
                                (SELECT id FROM sessions WHERE user_id = $2 \
                                 ORDER BY seen_at DESC, id DESC LIMIT $3) RETURNING id";
                    let beyond = sqlx::query(text)
                        .bind(user.0)
                        .bind(user.0)
                        .bind(limits::SESSIONS_MAX as i64);
                    Ok(Outcome {
                        answer: SessionId(id),
                        changes: ended(beyond, db).await?.changes,
                    })
                })
            })
            .await
    }

    /// The sessions of a user, the last used first. `is_this` is false in all of them.
    pub async fn sessions_of(&self, user: UserId) -> Result<Vec<OwnSession>, StoreError> {
        let rows = sqlx::query(
            "SELECT id, browser, created_at, seen_at FROM sessions WHERE user_id = $1 \
             ORDER BY seen_at DESC, id DESC",
        )
        .bind(user.0)
        .fetch_all(&self.readers)
        .await?;
        let session = |row: &AnyRow| {
            Ok(OwnSession {
                id: session_id(&row.try_get::<Vec<u8>, _>(0)?)?.0,
                browser: row.try_get(1)?,
                created_at: row.try_get(2)?,
                seen_at: row.try_get(3)?,
                is_this: false,
            })
        };
        let sessions = rows.iter().map(session);
        Ok(sessions.collect::<Result<_, sqlx::Error>>()?)
    }

    /// Ends a session if it is this user's; returns whether it was.
    pub async fn end_session_of(
        &self,
        user: UserId,
        session: SessionId,
    ) -> Result<bool, StoreError> {
        self.writer
            .run(WriteTurn::first(Owner::Person(user)), move |db| {
                Box::pin(async move {
                    let text = "DELETE FROM sessions WHERE id = $1 AND user_id = $2 RETURNING id";
                    let query = sqlx::query(text)
                        .bind(session.0.as_bytes().to_vec())
                        .bind(user.0);
                    let changes = ended(query, db).await?.changes;
                    Ok(Outcome {
                        answer: !changes.is_empty(),
                        changes,
                    })
                })
            })
            .await
    }

    /// Ends all sessions of a user but this one.
    pub async fn end_other_sessions(
        &self,
        user: UserId,
        current: SessionId,
    ) -> Result<(), StoreError> {
        self.writer
            .run(WriteTurn::first(Owner::Person(user)), move |db| {
                Box::pin(async move {
                    Ok(Outcome {
                        answer: (),
                        changes: end_others_in(db, user, current).await?,
                    })
                })
            })
            .await
    }

    /// How often any process has ended sessions by a new password or a suspension. A server polls it to notice the
    /// operator's commands.
    pub async fn revocations(&self) -> Result<i64, StoreError> {
        self.counter(REVOCATIONS).await
    }

    /// The session of the token with this SHA-256, with its user.
    pub async fn session(&self, token_hash: [u8; 32]) -> Result<Option<Session>, StoreError> {
        let row = sqlx::query(
            "SELECT s.id, s.created_at, s.seen_at, u.id, u.username, u.display_name, u.is_ambiguous \
             FROM sessions s JOIN users u ON u.id = s.user_id WHERE s.token_hash = $1",
        )
        .bind(token_hash.to_vec())
        .fetch_optional(&self.readers)
        .await?;
        let Some(row) = row else { return Ok(None) };
        Ok(Some(Session {
            id: session_id(&row.try_get::<Vec<u8>, _>(0)?)?,
            created_at: row.try_get(1)?,
            seen_at: row.try_get(2)?,
            person: person_at(&row, 3)?,
        }))
    }

    /// Records that these sessions are in use now.
    pub async fn touch_sessions(&self, sessions: Vec<SessionId>) -> Result<(), StoreError> {
        if sessions.is_empty() {
            return Ok(());
        }
        self.writer
            .run_with(
                WriteTurn::ordinary(Owner::Server),
                Needs::Nothing,
                move |db| {
                    Box::pin(async move {
                        let list = dialect::values(sessions.len(), 1, 2);
                        let text = format!("UPDATE sessions SET seen_at = $1 WHERE id IN ({list})");
                        let mut query = sqlx::query(AssertSqlSafe(text)).bind(clock::now());
                        for session in &sessions {
                            query = query.bind(session.0.as_bytes().to_vec());
                        }
                        query.execute(db).await?;
                        Ok(Outcome::silent(()))
                    })
                },
            )
            .await
    }

    /// Those of `sessions` that have not ended, whichever process ended the others.
    pub async fn live_sessions(
        &self,
        sessions: &[SessionId],
    ) -> Result<Vec<SessionId>, StoreError> {
        if sessions.is_empty() {
            return Ok(Vec::new());
        }
        let list = dialect::values(sessions.len(), 1, 1);
        let text = format!("SELECT id FROM sessions WHERE id IN ({list})");
        let mut query = sqlx::query(AssertSqlSafe(text));
        for session in sessions {
            query = query.bind(session.0.as_bytes().to_vec());
        }
        let rows = query.fetch_all(&self.readers).await?;
        Ok(rows
            .iter()
            .map(|row| session_id(&row.try_get::<Vec<u8>, _>(0)?))
            .collect::<Result<_, _>>()?)
    }

    pub async fn end_session(&self, session: SessionId) -> Result<(), StoreError> {
        self.writer
            .run_with(
                WriteTurn::first(Owner::Session(session)),
                Needs::Nothing,
                move |db| {
                    let id = session.0.as_bytes().to_vec();
                    Box::pin(async move {
                        let text = "DELETE FROM sessions WHERE id = $1 RETURNING id";
                        ended(sqlx::query(text).bind(id), db).await
                    })
                },
            )
            .await
    }

    /// Ends the sessions last used before `unused_since`, and those started before `begun_before`.
    pub async fn end_expired_sessions(
        &self,
        unused_since: Millis,
        begun_before: Millis,
    ) -> Result<(), StoreError> {
        self.writer
            .run_with(WriteTurn::first(Owner::Server), Needs::Nothing, move |db| {
                Box::pin(async move {
                    let text =
                        "DELETE FROM sessions WHERE seen_at < $1 OR created_at < $2 RETURNING id";
                    ended(sqlx::query(text).bind(unused_since).bind(begun_before), db).await
                })
            })
            .await
    }
}

/// Whether a session has not ended, within a transaction.
pub(super) async fn is_there(
    db: &mut AnyConnection,
    session: SessionId,
) -> Result<bool, sqlx::Error> {
    let text = "SELECT 1 FROM sessions WHERE id = $1";
    let query = sqlx::query(text).bind(session.0.as_bytes().to_vec());
    Ok(query.fetch_optional(db).await?.is_some())
}

/// Ends all sessions of a user, within a transaction.
pub(super) async fn end_sessions_in(
    db: &mut AnyConnection,
    user: UserId,
) -> Result<Vec<Change>, StoreError> {
    counters::increment(db, REVOCATIONS).await?;
    let text = "DELETE FROM sessions WHERE user_id = $1 RETURNING id";
    Ok(ended(sqlx::query(text).bind(user.0), db).await?.changes)
}

/// Ends all sessions of a user but one, within a transaction.
pub(super) async fn end_others_in(
    db: &mut AnyConnection,
    user: UserId,
    current: SessionId,
) -> Result<Vec<Change>, StoreError> {
    counters::increment(db, REVOCATIONS).await?;
    let text = "DELETE FROM sessions WHERE user_id = $1 AND id <> $2 RETURNING id";
    let current = current.0.as_bytes().to_vec();
    Ok(ended(sqlx::query(text).bind(user.0).bind(current), db)
        .await?
        .changes)
}

type Query<'q> = sqlx::query::Query<'q, sqlx::Any, sqlx::any::AnyArguments>;

async fn ended(query: Query<'_>, db: &mut AnyConnection) -> Result<Outcome<()>, StoreError> {
    let rows = query.fetch_all(db).await?;
    let ids: Vec<SessionId> = rows
        .iter()
        .map(|row| session_id(&row.try_get::<Vec<u8>, _>(0)?))
        .collect::<Result<_, _>>()?;
    let changes = if ids.is_empty() {
        vec![]
    } else {
        vec![Change::SessionsEnded(ids)]
    };
    Ok(Outcome {
        answer: (),
        changes,
    })
}

fn session_id(bytes: &[u8]) -> Result<SessionId, sqlx::Error> {
    Uuid::from_slice(bytes)
        .map(SessionId)
        .map_err(|error| sqlx::Error::Decode(error.into()))
}
