//! The lobby: the room that every new account joins.

use sqlx::AnyConnection;

use super::members::add;
use super::rooms::{self, NewRoom};
use super::settings::{get, set};
use super::standing::standing_of;
use super::write_queue::{Owner, WriteTurn};
use super::{Change, Outcome, Store, StoreError};
use crate::model::{Role, ThreadId, UserId};

/// The setting with the lobby's thread id.
const LOBBY: &str = "lobby";

impl Store {
    /// Creates the lobby with all users in it, where an installation has users but never had one. Its admin is the
    /// first site admin.
    pub async fn ensure_lobby(&self, lobby: NewRoom) -> Result<(), StoreError> {
        // An installation that has it starts on a full disk.
        if self.setting(LOBBY).await?.is_some() {
            return Ok(());
        }
        self.writer
            .run(WriteTurn::ordinary(Owner::Server), move |db| {
                Box::pin(async move {
                    let mut changes = Vec::new();
                    let first: Option<i64> = sqlx::query_scalar(
                        "SELECT id FROM users ORDER BY is_admin DESC, id LIMIT 1",
                    )
                    .fetch_optional(&mut *db)
                    .await?;
                    if let Some(first) = first
                        && get(db, LOBBY).await?.is_none()
                    {
                        let thread = make_lobby(db, UserId(first), &lobby, &mut changes).await?;
                        let others: Vec<i64> =
                            sqlx::query_scalar("SELECT id FROM users WHERE id <> $1 ORDER BY id")
                                .bind(first)
                                .fetch_all(&mut *db)
                                .await?;
                        for user in others {
                            add(db, UserId(user), thread, Role::Member, &mut changes).await?;
                        }
                    }
                    Ok(Outcome {
                        answer: (),
                        changes,
                    })
                })
            })
            .await
    }
}

/// Adds a new account to the lobby; the first account creates it.
pub(super) async fn enter_lobby(
    db: &mut AnyConnection,
    user: UserId,
    lobby: &NewRoom,
    changes: &mut Vec<Change>,
) -> Result<(), StoreError> {
    let Some(id) = get(db, LOBBY).await? else {
        make_lobby(db, user, lobby, changes).await?;
        return Ok(());
    };
    let Ok(thread) = id.parse().map(ThreadId) else {
        return Ok(());
    };
    let standing = standing_of(db, user, thread).await?.unwrap_or_default();
    // It may have been deleted since.
    match (standing.kind, standing.role) {
        (Some(_), None) => add(db, user, thread, Role::Member, changes).await,
        _ => Ok(()),
    }
}

async fn make_lobby(
    db: &mut AnyConnection,
    maker: UserId,
    lobby: &NewRoom,
    changes: &mut Vec<Change>,
) -> Result<ThreadId, StoreError> {
    let thread = rooms::make(db, maker, lobby, changes).await?;
    set(db, LOBBY, thread.to_string()).await?;
    Ok(thread)
}
