//! Sessions: only the hash of a token is kept, so that a copy of the database logs nobody in.

use sqlx::{AnyConnection, AssertSqlSafe, Row};
use uuid::Uuid;

use super::audit::person_at;
use super::writer::Needs;
use super::{Change, Failure, Outcome, Store, sql};
use crate::model::{Millis, Person, Refusal, UserId};
use crate::server::clock;

/// Names a session without giving it away: for live sockets and logs. The token can't be told from it.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
)]
pub struct SessionId(pub Uuid);

/// A session that has not ended.
#[derive(Clone, Debug)]
pub struct Session {
    pub id: SessionId,
    pub person: Person,
    pub created_at: Millis,
    /// When it was last used, to within the step with which that is written down.
    pub seen_at: Millis,
}

impl Store {
    /// Begins a session for the token with this SHA-256.
    ///
    /// # Errors
    /// [`Refusal::Suspended`], also when that has happened since the password was checked.
    pub async fn add_session(&self, user: UserId, token_hash: [u8; 32]) -> Result<(), Failure> {
        self.writer
            .run(move |db| {
                Box::pin(async move {
                    let now = clock::now();
                    let begun = sqlx::query(
                        "INSERT INTO sessions (token_hash, id, user_id, created_at, seen_at) \
                         SELECT $1, $2, id, $4, $5 FROM users \
                         WHERE id = $3 AND suspended_at IS NULL",
                    )
                    .bind(token_hash.to_vec())
                    .bind(Uuid::now_v7().as_bytes().to_vec())
                    .bind(user.0)
                    .bind(now)
                    .bind(now)
                    .execute(db)
                    .await?;
                    if begun.rows_affected() == 0 {
                        return Err(Refusal::Suspended.into());
                    }
                    Ok(Outcome::silent(()))
                })
            })
            .await
    }

    /// The session of the token with this SHA-256, with its user.
    ///
    /// # Errors
    /// [`Failure::Database`].
    pub async fn session(&self, token_hash: [u8; 32]) -> Result<Option<Session>, Failure> {
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

    /// Writes down that these sessions were used now.
    ///
    /// # Errors
    /// [`Failure::Database`].
    pub async fn touch_sessions(&self, sessions: Vec<SessionId>) -> Result<(), Failure> {
        if sessions.is_empty() {
            return Ok(());
        }
        self.writer
            .run_with(Needs::Nothing, move |db| {
                Box::pin(async move {
                    let list = sql::values(sessions.len(), 1, 2);
                    let text = format!("UPDATE sessions SET seen_at = $1 WHERE id IN ({list})");
                    let mut query = sqlx::query(AssertSqlSafe(text)).bind(clock::now());
                    for session in &sessions {
                        query = query.bind(session.0.as_bytes().to_vec());
                    }
                    query.execute(db).await?;
                    Ok(Outcome::silent(()))
                })
            })
            .await
    }

    /// Those of `sessions` that have not ended, whoever ended them.
    ///
    /// # Errors
    /// [`Failure::Database`].
    pub async fn live_sessions(&self, sessions: &[SessionId]) -> Result<Vec<SessionId>, Failure> {
        if sessions.is_empty() {
            return Ok(Vec::new());
        }
        let list = sql::values(sessions.len(), 1, 1);
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

    /// Ends one session.
    ///
    /// # Errors
    /// [`Failure::Database`].
    pub async fn end_session(&self, session: SessionId) -> Result<(), Failure> {
        self.writer
            .run_with(Needs::Nothing, move |db| {
                let id = session.0.as_bytes().to_vec();
                Box::pin(async move {
                    let text = "DELETE FROM sessions WHERE id = $1 RETURNING id";
                    ended(sqlx::query(text).bind(id), db).await
                })
            })
            .await
    }

    /// Ends the sessions last used before `unused_since`, and those begun before `begun_before`.
    ///
    /// # Errors
    /// [`Failure::Database`].
    pub async fn end_expired_sessions(
        &self,
        unused_since: Millis,
        begun_before: Millis,
    ) -> Result<(), Failure> {
        self.writer
            .run_with(Needs::Nothing, move |db| {
                Box::pin(async move {
                    let text =
                        "DELETE FROM sessions WHERE seen_at < $1 OR created_at < $2 RETURNING id";
                    ended(sqlx::query(text).bind(unused_since).bind(begun_before), db).await
                })
            })
            .await
    }
}

/// Ends all sessions of a user, within a transaction.
pub(super) async fn end_sessions_in(
    db: &mut AnyConnection,
    user: UserId,
) -> Result<Vec<Change>, Failure> {
    let text = "DELETE FROM sessions WHERE user_id = $1 RETURNING id";
    Ok(ended(sqlx::query(text).bind(user.0), db).await?.changes)
}

type Query<'q> = sqlx::query::Query<'q, sqlx::Any, sqlx::any::AnyArguments>;

async fn ended(query: Query<'_>, db: &mut AnyConnection) -> Result<Outcome<()>, Failure> {
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
