//! Rooms: creation, and changes of members, roles and settings. Each act is one savepoint: it evaluates the rule,
//! changes the rows, and appends the event and the audit entry, or does none of this.

use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row};

use super::append::write_one;
use super::audit::{self, AuditRecord};
use super::invites::{self, Revoked};
use super::members::{add, count_members, enter, send_title};
use super::standing::{Rule, SITE, SiteRule, Standing, role_text, standing_of};
use super::write_queue::{Owner, WriteTurn};
use super::writer::Needs;
use super::{Change, Outcome, Store, StoreError, dialect, files, group_title, search, settings};
use crate::model::{
    Departure, EventBody, Field, Inviting, Millis, Posting, Refusal, Role, ThreadId, UserId,
};
use crate::server::clock;
use crate::server::lookalikes::look;

/// The most private rooms of one name considered as candidates for a key. Rooms beyond are joined by their number.
const SAME_NAME: i64 = 256;

/// A new room.
#[derive(Clone, Debug)]
pub struct NewRoom {
    pub name: String,
    /// The normalized name by which two names count as equal.
    pub name_key: String,
    pub topic: String,
    /// `None`: public.
    pub key_hash: Option<String>,
}

/// A change to a room or its membership.
#[derive(Clone, Debug)]
pub enum Act {
    Join,
    Leave,
    Remove {
        user: UserId,
    },
    Ban {
        user: UserId,
        until: Option<Millis>,
        note: String,
    },
    LiftBan {
        user: UserId,
    },
    SetRole {
        user: UserId,
        role: Role,
    },
    Rename {
        name: String,
        name_key: String,
    },
    SetTopic {
        topic: String,
    },
    MakePublic,
    /// Also replaces the key of a private room.
    MakePrivate {
        key_hash: String,
    },
    /// Sets who may post.
    SetPosting {
        posting: Posting,
    },
    /// Sets how many seconds a member waits between two messages; 0: none.
    SetSlowMode {
        seconds: u32,
    },
    /// Sets who may create invite links.
    SetInviting {
        inviting: Inviting,
    },
    Delete,
}

impl Act {
    /// The user acted on.
    fn subject(&self) -> Option<UserId> {
        match self {
            Self::Remove { user }
            | Self::Ban { user, .. }
            | Self::LiftBan { user }
            | Self::SetRole { user, .. } => Some(*user),
            _ => None,
        }
    }

    /// Whether it restricts somebody and therefore takes the priority lane.
    fn is_restrictive(&self) -> bool {
        match self {
            Self::Leave
            | Self::Remove { .. }
            | Self::Ban { .. }
            | Self::SetRole { .. }
            | Self::MakePrivate { .. }
            | Self::SetPosting { .. }
            | Self::SetSlowMode { .. }
            | Self::SetInviting { .. }
            | Self::Delete => true,
            Self::Join
            | Self::LiftBan { .. }
            | Self::Rename { .. }
            | Self::SetTopic { .. }
            | Self::MakePublic => false,
        }
    }

    /// The action and detail in the audit log; `None`: not administrative.
    fn audited(&self) -> Option<(&'static str, String)> {
        Some(match self {
            Self::Join | Self::Leave => return None,
            Self::Remove { .. } => ("remove", String::new()),
            Self::Ban { note, .. } => ("ban", note.clone()),
            Self::LiftBan { .. } => ("lift_ban", String::new()),
            Self::SetRole { role, .. } => ("set_role", role_text(*role).into()),
            Self::Rename { name, .. } => ("rename", name.clone()),
            Self::SetTopic { topic } => ("set_topic", topic.clone()),
            Self::MakePublic => ("make_public", String::new()),
            Self::MakePrivate { .. } => ("set_key", String::new()),
            Self::SetPosting { posting } => ("set_posting", posting.word().into()),
            Self::SetSlowMode { seconds } => ("set_slow_mode", seconds.to_string()),
            Self::SetInviting { inviting } => ("set_inviting", inviting.word().into()),
            Self::Delete => ("delete_room", String::new()),
        })
    }
}

impl Store {
    /// Creates a room with its creator as member and admin, if `rule` allows it.
    ///
    /// # Errors
    /// Those of the rule; [`Refusal::Taken`] when both it and another room of that name are public.
    pub async fn create_room_if(
        &self,
        maker: UserId,
        rule: SiteRule,
        room: NewRoom,
    ) -> Result<ThreadId, StoreError> {
        self.writer
            .run(WriteTurn::of(maker), move |db| {
                Box::pin(async move {
                    let standing = standing_of(db, maker, SITE).await?;
                    rule(&standing.unwrap_or_default(), &settings::site(db).await?)?;
                    let mut changes = Vec::new();
                    let thread = make(db, maker, &room, &mut changes).await?;
                    Ok(Outcome {
                        answer: thread,
                        changes,
                    })
                })
            })
            .await
    }

    /// As [`Store::create_room_if`], without a rule.
    ///
    /// # Errors
    /// [`Refusal::Taken`].
    pub async fn make_room(&self, maker: UserId, room: NewRoom) -> Result<ThreadId, StoreError> {
        self.create_room_if(maker, |_, _| Ok(()), room).await
    }

    /// Changes a room, if `rule` allows it. Idempotent.
    ///
    /// # Errors
    /// Those of the rule; [`Refusal::Taken`] for a name; [`Refusal::LastAdmin`]; [`Refusal::NotFound`] when the subject
    /// does not exist.
    pub async fn act(
        &self,
        actor: UserId,
        thread: ThreadId,
        rule: Rule,
        act: Act,
    ) -> Result<(), StoreError> {
        let turn = match act.is_restrictive() {
            true => WriteTurn::first(Owner::Person(actor)),
            false => WriteTurn::of(actor),
        };
        self.writer
            .run_with(turn, Needs::AloneIn(thread), move |db| {
                Box::pin(async move {
                    let case = Case::read(db, actor, thread, act.subject()).await?;
                    rule(&case.actor, case.subject.as_ref())?;
                    let mut changes = Vec::new();
                    case.apply(db, &act, &mut changes).await?;
                    Ok(Outcome {
                        answer: (),
                        changes,
                    })
                })
            })
            .await
    }

    /// The private rooms that a key may belong to, with the hashes of their keys, at most `limit`: the one that is
    /// `numbered`, by its name key and its id, and those of this name. Among those, each creator's first room comes
    /// first, in the order in which they took the name, so that nobody can crowd out an existing room by creating many.
    pub async fn private_rooms(
        &self,
        name_key: Option<String>,
        numbered: Option<(String, ThreadId)>,
        limit: usize,
    ) -> Result<Vec<(ThreadId, String)>, StoreError> {
        let (named, id) = numbered.map(|(named, id)| (named, id.0)).unzip();
        let text = "SELECT thread_id, key_hash FROM (\
               SELECT r.thread_id, r.key_hash, r.named_at, \
                 CASE WHEN r.thread_id = $2 AND r.name_key = $3 THEN 0 ELSE ROW_NUMBER() OVER \
                   (PARTITION BY t.creator ORDER BY r.named_at, r.thread_id) END AS nth \
               FROM (SELECT * FROM (SELECT thread_id FROM rooms \
                   WHERE name_key = $1 AND key_hash IS NOT NULL \
                   ORDER BY named_at, thread_id LIMIT $5) AS first \
                 UNION SELECT thread_id FROM rooms \
                   WHERE thread_id = $2 AND name_key = $3 AND key_hash IS NOT NULL) AS named \
               JOIN rooms r ON r.thread_id = named.thread_id \
               JOIN threads t ON t.id = r.thread_id) AS ranked \
             ORDER BY nth, named_at, thread_id LIMIT $4";
        let rows = sqlx::query(text)
            .bind(dialect::text(&name_key.unwrap_or_default()))
            .bind(id)
            .bind(dialect::text(&named.unwrap_or_default()))
            .bind(i64::try_from(limit).unwrap_or(i64::MAX))
            .bind(SAME_NAME)
            .fetch_all(&self.readers)
            .await?;
        let room = |row: &AnyRow| Ok((ThreadId(row.try_get(0)?), row.try_get(1)?));
        Ok(rows.iter().map(room).collect::<Result<_, sqlx::Error>>()?)
    }
}

/// Creates a room with its creator as admin.
pub(super) async fn make(
    db: &mut AnyConnection,
    maker: UserId,
    room: &NewRoom,
    changes: &mut Vec<Change>,
) -> Result<ThreadId, StoreError> {
    let now = clock::now();
    let id: i64 = sqlx::query_scalar(
        "INSERT INTO threads (kind, creator, created_at, active_at) \
         VALUES ('room', $1, $2, $3) RETURNING id",
    )
    .bind(maker.0)
    .bind(now)
    .bind(now)
    .fetch_one(&mut *db)
    .await?;
    let thread = ThreadId(id);
    sqlx::query(
        "INSERT INTO rooms (thread_id, name, name_key, topic, key_hash, named_at, look) \
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(id)
    .bind(room.name.clone())
    .bind(room.name_key.clone())
    .bind(room.topic.clone())
    .bind(room.key_hash.clone())
    .bind(now)
    .bind(look(&room.name))
    .execute(&mut *db)
    .await
    .map_err(taken)?;
    check_look(db, thread).await?;
    write_one(db, thread, maker, EventBody::Created).await?;
    add(db, maker, thread, Role::Admin, changes).await?;
    Ok(thread)
}

/// Turns a violation of the unique index on public names into a refusal. Private names are not unique.
fn taken(error: sqlx::Error) -> StoreError {
    let is_unique = error
        .as_database_error()
        .is_some_and(sqlx::error::DatabaseError::is_unique_violation);
    if is_unique {
        return Refusal::Taken { field: Field::Name }.into();
    }
    error.into()
}

/// Refuses a public room without a name, or whose name looks like another public room's.
async fn check_look(db: &mut AnyConnection, thread: ThreadId) -> Result<(), StoreError> {
    group_title::check_named(db, thread).await?;
    let text = "SELECT 1 FROM rooms r JOIN rooms o ON o.look = r.look AND o.thread_id <> r.thread_id \
                WHERE r.thread_id = $1 AND r.key_hash IS NULL AND o.key_hash IS NULL LIMIT 1";
    let other = sqlx::query(text).bind(thread.0).fetch_optional(db).await?;
    match other {
        Some(_) => Err(Refusal::Taken { field: Field::Name }.into()),
        None => Ok(()),
    }
}

/// The actor, the thread and the subject of an act.
struct Case {
    thread: ThreadId,
    by: UserId,
    actor: Standing,
    to: Option<UserId>,
    subject: Option<Standing>,
}

impl Case {
    async fn read(
        db: &mut AnyConnection,
        by: UserId,
        thread: ThreadId,
        to: Option<UserId>,
    ) -> Result<Self, StoreError> {
        let actor = standing_of(db, by, thread).await?.unwrap_or_default();
        let subject = match to {
            // Whether a user exists is no secret.
            Some(user) => Some(
                standing_of(db, user, thread)
                    .await?
                    .ok_or(Refusal::NotFound)?,
            ),
            None => None,
        };
        Ok(Self {
            thread,
            by,
            actor,
            to,
            subject,
        })
    }

    async fn apply(
        &self,
        db: &mut AnyConnection,
        act: &Act,
        changes: &mut Vec<Change>,
    ) -> Result<(), StoreError> {
        if self.is_set(act) {
            return Ok(());
        }
        // Before the act: after it, the room may be renamed or gone.
        if let Some((action, detail)) = act.audited() {
            let entry = AuditRecord {
                actor: Some(self.by),
                action,
                thread: Some(self.thread),
                subject: self.to,
                detail,
            };
            audit::write(db, entry).await?;
        }
        match act {
            Act::Join => self.join(db, changes).await,
            Act::Leave => self.leave(db, changes).await,
            Act::Remove { user } => self.remove(db, *user, changes).await,
            Act::Ban { user, until, note } => self.ban(db, *user, *until, note, changes).await,
            Act::LiftBan { user } => self.lift_ban(db, *user, changes).await,
            Act::SetRole { user, role } => self.set_role(db, *user, *role, changes).await,
            Act::Delete => self.delete(db, changes).await,
            Act::Rename { .. }
            | Act::SetTopic { .. }
            | Act::MakePublic
            | Act::MakePrivate { .. }
            | Act::SetPosting { .. }
            | Act::SetInviting { .. }
            | Act::SetSlowMode { .. } => self.describe(db, act, changes).await,
        }
    }

    /// Whether a setting already has the requested value.
    fn is_set(&self, act: &Act) -> bool {
        match act {
            Act::SetPosting { posting } => self.actor.posting == *posting,
            Act::SetSlowMode { seconds } => self.actor.slow_ms == u64::from(*seconds) * 1_000,
            Act::SetInviting { inviting } => self.actor.inviting == *inviting,
            _ => false,
        }
    }

    async fn log(
        &self,
        db: &mut AnyConnection,
        body: EventBody,
        changes: &mut Vec<Change>,
    ) -> Result<(), StoreError> {
        let event = write_one(db, self.thread, self.by, body).await?;
        changes.push(Change::Event(event));
        Ok(())
    }

    async fn join(
        &self,
        db: &mut AnyConnection,
        changes: &mut Vec<Change>,
    ) -> Result<(), StoreError> {
        if self.actor.role.is_some() {
            return Ok(());
        }
        enter(db, self.by, self.thread, changes).await
    }

    /// Removes a member. The change precedes the event: a former member does not receive it.
    async fn remove_member(
        &self,
        db: &mut AnyConnection,
        user: UserId,
        why: Departure,
        changes: &mut Vec<Change>,
    ) -> Result<i64, StoreError> {
        sqlx::query("DELETE FROM members WHERE user_id = $1 AND thread_id = $2")
            .bind(user.0)
            .bind(self.thread.0)
            .execute(&mut *db)
            .await?;
        invites::delete_uses(db, user, self.thread).await?;
        invites::revoke(db, user, Revoked::Of(self.thread)).await?;
        let members = count_members(db, self.thread, -1).await?;
        let out = if user == self.by {
            Some(self.actor)
        } else {
            self.subject
        };
        let was_admin = out.is_some_and(|out| out.role == Some(Role::Admin));
        if was_admin && (user == self.by || !self.actor.is_site_admin) {
            self.check_admins(db).await?;
        }
        changes.push(Change::Left {
            user,
            thread: self.thread,
            why,
        });
        send_title(db, self.thread, changes).await?;
        Ok(members)
    }

    /// Refuses an act that would leave the room without an admin. Site admins may: they can appoint another.
    async fn check_admins(&self, db: &mut AnyConnection) -> Result<(), StoreError> {
        let admins: i64 = sqlx::query_scalar(
            "SELECT COUNT(*) FROM members WHERE thread_id = $1 AND role = 'admin'",
        )
        .bind(self.thread.0)
        .fetch_one(db)
        .await?;
        match admins {
            0 => Err(Refusal::LastAdmin.into()),
            _ => Ok(()),
        }
    }

    async fn leave(
        &self,
        db: &mut AnyConnection,
        changes: &mut Vec<Change>,
    ) -> Result<(), StoreError> {
        let members = self
            .remove_member(db, self.by, Departure::Left, changes)
            .await?;
        self.log(db, EventBody::Left { members }, changes).await
    }

    fn is_subject_in(&self) -> bool {
        self.subject.is_some_and(|subject| subject.role.is_some())
    }

    async fn remove(
        &self,
        db: &mut AnyConnection,
        user: UserId,
        changes: &mut Vec<Change>,
    ) -> Result<(), StoreError> {
        if !self.is_subject_in() {
            return Err(Refusal::NotFound.into());
        }
        let members = self
            .remove_member(db, user, Departure::Removed, changes)
            .await?;
        self.log(db, EventBody::Removed { user, members }, changes)
            .await
    }

    async fn ban(
        &self,
        db: &mut AnyConnection,
        user: UserId,
        until: Option<Millis>,
        note: &str,
        changes: &mut Vec<Change>,
    ) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO bans (thread_id, user_id, actor, at, until, note) \
             VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (thread_id, user_id) DO UPDATE \
             SET actor = excluded.actor, at = excluded.at, until = excluded.until, \
                 note = excluded.note",
        )
        .bind(self.thread.0)
        .bind(user.0)
        .bind(self.by.0)
        .bind(clock::now())
        .bind(until)
        .bind(note.to_owned())
        .execute(&mut *db)
        .await?;
        let members = if self.is_subject_in() {
            let note = note.to_owned();
            self.remove_member(db, user, Departure::Banned { until, note }, changes)
                .await?
        } else {
            // A site admin may have created links without being a member.
            invites::revoke(db, user, Revoked::Of(self.thread)).await?;
            count_members(db, self.thread, 0).await?
        };
        self.log(db, EventBody::Banned { user, members }, changes)
            .await
    }

    async fn lift_ban(
        &self,
        db: &mut AnyConnection,
        user: UserId,
        changes: &mut Vec<Change>,
    ) -> Result<(), StoreError> {
        let done = sqlx::query("DELETE FROM bans WHERE thread_id = $1 AND user_id = $2")
            .bind(self.thread.0)
            .bind(user.0)
            .execute(&mut *db)
            .await?;
        if done.rows_affected() == 0 {
            return Err(Refusal::NotFound.into());
        }
        self.log(db, EventBody::BanLifted { user }, changes).await
    }

    async fn set_role(
        &self,
        db: &mut AnyConnection,
        user: UserId,
        role: Role,
        changes: &mut Vec<Change>,
    ) -> Result<(), StoreError> {
        match self.subject.and_then(|subject| subject.role) {
            None => return Err(Refusal::NotFound.into()),
            Some(now) if now == role => return Ok(()),
            Some(_) => {}
        }
        sqlx::query("UPDATE members SET role = $3 WHERE user_id = $1 AND thread_id = $2")
            .bind(user.0)
            .bind(self.thread.0)
            .bind(role_text(role))
            .execute(&mut *db)
            .await?;
        self.check_admins(db).await?;
        if role != Role::Admin {
            invites::revoke(db, user, Revoked::Of(self.thread)).await?;
        }
        self.log(db, EventBody::RoleSet { user, role }, changes)
            .await
    }

    /// Changes the name, topic, visibility, posting rule, slow mode or who may invite.
    async fn describe(
        &self,
        db: &mut AnyConnection,
        act: &Act,
        changes: &mut Vec<Change>,
    ) -> Result<(), StoreError> {
        // `$1` is the room; the values follow.
        let now = clock::now().to_string();
        let (text, values, body) = match act.clone() {
            Act::Rename { name, name_key } => (
                "UPDATE rooms SET name = $2, name_key = $3, look = $4, named_at = CAST($5 AS BIGINT) \
                 WHERE thread_id = $1",
                vec![name.clone(), name_key, look(&name), now],
                EventBody::Renamed { name },
            ),
            Act::SetTopic { topic } => (
                "UPDATE rooms SET topic = $2 WHERE thread_id = $1",
                vec![topic.clone()],
                EventBody::TopicSet { topic },
            ),
            Act::MakePrivate { key_hash } => (
                "UPDATE rooms SET key_hash = $2, named_at = \
                   CASE WHEN key_hash IS NULL THEN CAST($3 AS BIGINT) ELSE named_at END \
                 WHERE thread_id = $1",
                vec![key_hash, now],
                EventBody::MadePrivate,
            ),
            Act::SetPosting { posting } => (
                "UPDATE rooms SET posting = $2 WHERE thread_id = $1",
                vec![posting.word().to_owned()],
                EventBody::PostingSet { posting },
            ),
            Act::SetInviting { inviting } => (
                "UPDATE rooms SET inviting = $2 WHERE thread_id = $1",
                vec![inviting.word().to_owned()],
                EventBody::InvitingSet { inviting },
            ),
            Act::SetSlowMode { seconds } => (
                "UPDATE rooms SET slow_seconds = CAST($2 AS BIGINT) WHERE thread_id = $1",
                vec![seconds.to_string()],
                EventBody::SlowModeSet { seconds },
            ),
            _ => (
                "UPDATE rooms SET key_hash = NULL WHERE thread_id = $1",
                vec![],
                EventBody::MadePublic,
            ),
        };
        let mut query = sqlx::query(text).bind(self.thread.0);
        for value in values {
            query = query.bind(value);
        }
        query.execute(&mut *db).await.map_err(taken)?;
        match act {
            Act::Rename { .. } | Act::MakePublic => check_look(db, self.thread).await?,
            Act::SetInviting {
                inviting: Inviting::Admins,
            } => {
                invites::revoke_of_members(db, self.thread).await?;
            }
            _ => {}
        }
        self.log(db, body, changes).await
    }

    /// Deletes the room with all its messages, members, bans and invites: their rows cascade from the thread's.
    async fn delete(
        &self,
        db: &mut AnyConnection,
        changes: &mut Vec<Change>,
    ) -> Result<(), StoreError> {
        let thread = self.thread;
        files::forget(db, thread, None).await?;
        sqlx::query("DELETE FROM threads WHERE id = $1")
            .bind(thread.0)
            .execute(&mut *db)
            .await?;
        search::words_are_deleted(db).await?;
        changes.push(Change::Deleted { thread });
        Ok(())
    }
}
