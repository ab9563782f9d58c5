//! Groups: private rooms without a name of their own. Each member sees the names of the others in its place. A group has
//! no key, so it is joined by a link only; once it is named, it is a room like any other.

use sqlx::AnyConnection;

use super::members::{add, send_title};
use super::rooms::{self, NewRoom};
use super::standing::WriteRule;
use super::threads::check_writes_to;
use super::write_queue::WriteTurn;
use super::{Change, Outcome, Store, StoreError};
use crate::model::{Inviting, Role, ThreadId, UserId};

/// The name key of a group. No name that can be typed has it.
const NAME_KEY: &str = " ";
/// In place of the hash of a key: no key matches it.
const NO_KEY: &str = "";

impl Store {
    /// Creates a group of `maker`, who is its admin, and these others, if `rule` allows them to write to each.
    ///
    /// # Errors
    /// [`NotFound`](crate::model::Refusal::NotFound) when one of them does not exist; those of the rule.
    pub async fn create_group_if(
        &self,
        maker: UserId,
        others: Vec<UserId>,
        rule: WriteRule,
    ) -> Result<ThreadId, StoreError> {
        self.writer
            .run(WriteTurn::of(maker), move |db| {
                Box::pin(async move {
                    check_writes_to(db, maker, &others, rule).await?;
                    let mut changes = Vec::new();
                    let thread = make(db, maker, &others, &mut changes).await?;
                    Ok(Outcome {
                        answer: thread,
                        changes,
                    })
                })
            })
            .await
    }
}

async fn make(
    db: &mut AnyConnection,
    maker: UserId,
    others: &[UserId],
    changes: &mut Vec<Change>,
) -> Result<ThreadId, StoreError> {
    let group = NewRoom {
        name: String::new(),
        name_key: NAME_KEY.to_owned(),
        topic: String::new(),
        key_hash: Some(NO_KEY.to_owned()),
    };
    let thread = rooms::make(db, maker, &group, changes).await?;
    sqlx::query("UPDATE rooms SET inviting = $2 WHERE thread_id = $1")
        .bind(thread.0)
        .bind(Inviting::Members.word())
        .execute(&mut *db)
        .await?;
    for &other in others {
        add(db, other, thread, Role::Member, changes).await?;
    }
    send_title(db, thread, changes).await?;
    Ok(thread)
}
