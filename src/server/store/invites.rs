//! Invite links, to a room or to the site. Only the hash of a link's token is stored.

use sqlx::any::AnyRow;
use sqlx::{AnyConnection, AssertSqlSafe, Row};

use super::audit::{self, AuditRecord, person_at};
use super::members::enter;
use super::standing::{Rule, standing_of};
use super::write_queue::{Owner, WriteTurn};
use super::{Change, Outcome, Store, StoreError, dialect, settings};
use crate::model::{
    Invite, InviteTarget, Inviting, Millis, Refusal, SignUp, ThreadId, UserId, limits,
};
use crate::server::clock;

/// A new invite link.
#[derive(Clone, Copy, Debug)]
pub struct NewInvite {
    pub target: InviteTarget,
    /// SHA-256 of the token.
    pub token_hash: [u8; 32],
    pub expires_at: Option<Millis>,
    pub uses: Option<i64>,
}

/// The row of a valid link.
pub(super) struct ValidInvite {
    id: i64,
    thread: Option<ThreadId>,
    /// Whether its maker is a site admin.
    by_site_admin: bool,
}

impl ValidInvite {
    /// Whether the link allows sign-up while sign-up is by invitation only: it is to the site or made by a site admin,
    /// or the site lets members invite.
    pub(super) fn allows_sign_up(&self, inviting: Inviting) -> bool {
        self.by_site_admin || self.thread.is_none() || inviting == Inviting::Members
    }
}

/// Who may invite, and who sees and revokes everybody's links; others see only their own.
#[derive(Clone, Copy)]
pub struct InviteRules {
    pub may: Rule,
    pub all: Rule,
}

const IS_VALID: &str = "(expires_at IS NULL OR expires_at > $2) \
     AND (uses_left IS NULL OR uses_left > 0)";

impl Store {
    /// Creates an invite link, if the rules allow it.
    ///
    /// # Errors
    /// Those of the rules; [`Refusal::TooMany`] when the actor has [`limits::INVITES_MAX`] already, or
    /// [`limits::INVITES_OWN`] where they see only their own.
    pub async fn make_invite(
        &self,
        actor: UserId,
        rules: InviteRules,
        invite: NewInvite,
    ) -> Result<(), StoreError> {
        self.writer
            .run(WriteTurn::of(actor), move |db| {
                Box::pin(async move {
                    let max = match may(db, actor, invite.target, rules).await? {
                        None => limits::INVITES_MAX,
                        Some(_) => limits::INVITES_OWN,
                    };
                    insert(db, actor, invite, max).await?;
                    let entry = AuditRecord {
                        actor: Some(actor),
                        action: "make_invite",
                        thread: thread_of(invite.target),
                        subject: None,
                        detail: String::new(),
                    };
                    audit::write(db, entry).await?;
                    Ok(Outcome::silent(()))
                })
            })
            .await
    }

    /// Revokes an invite link, if the rules allow it. Idempotent.
    pub async fn revoke_invite(
        &self,
        actor: UserId,
        rules: InviteRules,
        target: InviteTarget,
        id: i64,
    ) -> Result<(), StoreError> {
        self.writer
            .run(WriteTurn::first(Owner::Person(actor)), move |db| {
                Box::pin(async move {
                    let of = may(db, actor, target, rules).await?;
                    let text = "DELETE FROM invites WHERE id = $1 AND COALESCE(thread_id, 0) = $2 \
                                AND ($3 = 0 OR actor = $3)";
                    let done = sqlx::query(text)
                        .bind(id)
                        .bind(thread_of(target).map_or(0, |thread| thread.0))
                        .bind(of.map_or(0, |of| of.0))
                        .execute(&mut *db)
                        .await?;
                    if done.rows_affected() > 0 {
                        let entry = AuditRecord {
                            actor: Some(actor),
                            action: "revoke_invite",
                            thread: thread_of(target),
                            subject: None,
                            detail: String::new(),
                        };
                        audit::write(db, entry).await?;
                    }
                    Ok(Outcome::silent(()))
                })
            })
            .await
    }

    /// The valid links to a target, latest first: those of one user, or all. At most [`limits::INVITES_SHOWN`].
    pub async fn invites(
        &self,
        target: InviteTarget,
        of: Option<UserId>,
    ) -> Result<Vec<Invite>, StoreError> {
        let text = format!(
            "SELECT i.id, i.created_at, i.expires_at, i.uses_left, i.uses, \
               u.id, u.username, u.display_name, u.is_ambiguous \
             FROM invites i JOIN users u ON u.id = i.actor \
             WHERE COALESCE(i.thread_id, 0) = $1 AND {IS_VALID} \
             AND ($4 = 0 OR i.actor = $4) ORDER BY i.id DESC LIMIT $3"
        );
        let rows = sqlx::query(AssertSqlSafe(text))
            .bind(thread_of(target).map_or(0, |thread| thread.0))
            .bind(clock::now())
            .bind(limits::INVITES_SHOWN as i64)
            .bind(of.map_or(0, |of| of.0))
            .fetch_all(&self.readers)
            .await?;
        Ok(rows.iter().map(invite).collect::<Result<_, _>>()?)
    }

    /// The target of the link with this token; `None` when the link is not valid.
    pub async fn invite(&self, token_hash: [u8; 32]) -> Result<Option<InviteTarget>, StoreError> {
        let found = find(&mut *self.readers.acquire().await?, token_hash).await?;
        Ok(found.map(|working| match working.thread {
            Some(thread) => InviteTarget::Room(thread),
            None => InviteTarget::Site,
        }))
    }

    /// Whether the link with this token allows sign-up under the site's current settings.
    pub async fn allows_sign_up(&self, token_hash: [u8; 32]) -> Result<bool, StoreError> {
        let mut db = self.readers.acquire().await?;
        let site = settings::site(&mut db).await?;
        let link = find(&mut db, token_hash).await?;
        Ok(match site.sign_up {
            SignUp::Everyone => true,
            SignUp::Invited => link.is_some_and(|link| link.allows_sign_up(site.inviting)),
            SignUp::Nobody => false,
        })
    }

    /// The room this user joined by the link with this token, if they are still a member. The link may have expired
    /// since.
    pub async fn joined_by(
        &self,
        user: UserId,
        token_hash: [u8; 32],
    ) -> Result<Option<ThreadId>, StoreError> {
        let db = &mut *self.readers.acquire().await?;
        Ok(joined_by(db, user, token_hash).await?)
    }

    /// Joins the room of an invite link, if `rule` allows it. A member does not use the link up. A member who joined by
    /// it is led to the room even when it is no longer valid.
    ///
    /// # Errors
    /// [`Refusal::InviteInvalid`], and those of the rule.
    pub async fn join_by_invite(
        &self,
        user: UserId,
        token_hash: [u8; 32],
        rule: Rule,
    ) -> Result<ThreadId, StoreError> {
        self.writer
            .run(WriteTurn::of(user), move |db| {
                Box::pin(async move {
                    let mut changes = Vec::new();
                    let Some(invite) = find(db, token_hash).await? else {
                        let joined = joined_by(db, user, token_hash).await?;
                        return Ok(Outcome::silent(joined.ok_or(Refusal::InviteInvalid)?));
                    };
                    let thread = invite.thread.ok_or(Refusal::InviteInvalid)?;
                    let standing = standing_of(db, user, thread).await?.unwrap_or_default();
                    if standing.role.is_none() {
                        rule(&standing, None)?;
                        use_up(db, invite.id).await?;
                        enter(db, user, thread, &mut changes).await?;
                        insert_use(db, user, thread, token_hash).await?;
                    }
                    Ok(Outcome {
                        answer: thread,
                        changes,
                    })
                })
            })
            .await
    }
}

/// Uses the invite link of a new account: it joins the room, if the link is to one.
pub(super) async fn sign_up_with(
    db: &mut AnyConnection,
    user: UserId,
    token_hash: [u8; 32],
    changes: &mut Vec<Change>,
) -> Result<(), StoreError> {
    let invite = find(db, token_hash).await?.ok_or(Refusal::InviteInvalid)?;
    use_up(db, invite.id).await?;
    match invite.thread {
        Some(thread) => {
            enter(db, user, thread, changes).await?;
            Ok(insert_use(db, user, thread, token_hash).await?)
        }
        None => Ok(()),
    }
}

/// Which of a user's links are revoked.
#[derive(Clone, Copy)]
pub(super) enum Revoked {
    /// Those to this room: the user lost the right to invite to it.
    Of(ThreadId),
    /// Those to the site, and to rooms of which the user is not an admin.
    OfSiteAdmin,
    /// All.
    All,
}

/// Revokes links of a user, so that no link outlives the right to create it.
pub(super) async fn revoke(
    db: &mut AnyConnection,
    maker: UserId,
    which: Revoked,
) -> Result<(), sqlx::Error> {
    let (condition, thread) = match which {
        Revoked::Of(thread) => ("thread_id = $2", thread.0),
        Revoked::OfSiteAdmin => (
            "$2 = 0 AND COALESCE(thread_id, 0) NOT IN \
               (SELECT thread_id FROM members WHERE user_id = $1 AND role = 'admin')",
            0,
        ),
        Revoked::All => ("$2 = 0", 0),
    };
    let text = format!("DELETE FROM invites WHERE actor = $1 AND {condition}");
    sqlx::query(AssertSqlSafe(text))
        .bind(maker.0)
        .bind(thread)
        .execute(db)
        .await?;
    Ok(())
}

/// Revokes the links to a room that its members have made, and no admin: members may no longer.
pub(super) async fn revoke_of_members(
    db: &mut AnyConnection,
    thread: ThreadId,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "DELETE FROM invites WHERE thread_id = $1 AND actor NOT IN \
         (SELECT user_id FROM members WHERE thread_id = $1 AND role = 'admin' \
          UNION SELECT id FROM users WHERE is_admin <> 0)",
    )
    .bind(thread.0)
    .execute(db)
    .await?;
    Ok(())
}

async fn insert_use(
    db: &mut AnyConnection,
    user: UserId,
    thread: ThreadId,
    token_hash: [u8; 32],
) -> Result<(), sqlx::Error> {
    let text = "INSERT INTO invite_uses (token_hash, user_id, thread_id) VALUES ($1, $2, $3) \
                ON CONFLICT (token_hash, user_id) DO NOTHING";
    sqlx::query(text)
        .bind(token_hash.to_vec())
        .bind(user.0)
        .bind(thread.0)
        .execute(db)
        .await?;
    Ok(())
}

/// Forgets by which link a former member joined.
pub(super) async fn delete_uses(
    db: &mut AnyConnection,
    user: UserId,
    thread: ThreadId,
) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM invite_uses WHERE user_id = $1 AND thread_id = $2")
        .bind(user.0)
        .bind(thread.0)
        .execute(db)
        .await?;
    Ok(())
}

async fn joined_by(
    db: &mut AnyConnection,
    user: UserId,
    token_hash: [u8; 32],
) -> Result<Option<ThreadId>, sqlx::Error> {
    let text = "SELECT u.thread_id FROM invite_uses u JOIN members m \
                  ON m.user_id = u.user_id AND m.thread_id = u.thread_id \
                WHERE u.token_hash = $1 AND u.user_id = $2";
    let thread: Option<i64> = sqlx::query_scalar(text)
        .bind(token_hash.to_vec())
        .bind(user.0)
        .fetch_optional(db)
        .await?;
    Ok(thread.map(ThreadId))
}

fn thread_of(target: InviteTarget) -> Option<ThreadId> {
    match target {
        InviteTarget::Site => None,
        InviteTarget::Room(thread) => Some(thread),
    }
}

/// Checks whether the actor may invite; `Some(actor)` when they are limited to their own links.
async fn may(
    db: &mut AnyConnection,
    actor: UserId,
    target: InviteTarget,
    rules: InviteRules,
) -> Result<Option<UserId>, StoreError> {
    let standing = standing_of(db, actor, thread_of(target))
        .await?
        .unwrap_or_default();
    (rules.may)(&standing, None)?;
    Ok((rules.all)(&standing, None).err().map(|_| actor))
}

async fn insert(
    db: &mut AnyConnection,
    actor: UserId,
    invite: NewInvite,
    max: usize,
) -> Result<(), StoreError> {
    let now = clock::now();
    // Spent links serve no purpose.
    sqlx::query("DELETE FROM invites WHERE expires_at <= $1 OR uses_left <= 0")
        .bind(now)
        .execute(&mut *db)
        .await?;
    let thread = thread_of(invite.target).map(|thread| thread.0);
    let text = "SELECT COUNT(*) FROM invites WHERE COALESCE(thread_id, 0) = $1 AND actor = $2";
    let others: i64 = sqlx::query_scalar(text)
        .bind(thread.unwrap_or(0))
        .bind(actor.0)
        .fetch_one(&mut *db)
        .await?;
    if others >= max as i64 {
        return Err(Refusal::TooMany { max }.into());
    }
    sqlx::query(
        "INSERT INTO invites (token_hash, thread_id, actor, created_at, expires_at, uses_left) \
         VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(invite.token_hash.to_vec())
    .bind(thread)
    .bind(actor.0)
    .bind(now)
    .bind(invite.expires_at)
    .bind(invite.uses)
    .execute(&mut *db)
    .await?;
    Ok(())
}

pub(super) async fn find(
    db: &mut AnyConnection,
    token_hash: [u8; 32],
) -> Result<Option<ValidInvite>, sqlx::Error> {
    let text = format!(
        "SELECT i.id, i.thread_id, u.is_admin FROM invites i JOIN users u ON u.id = i.actor \
         WHERE i.token_hash = $1 AND {IS_VALID}"
    );
    let row = sqlx::query(AssertSqlSafe(text))
        .bind(token_hash.to_vec())
        .bind(clock::now())
        .fetch_optional(db)
        .await?;
    row.map(|row| {
        Ok(ValidInvite {
            id: row.try_get(0)?,
            thread: row.try_get::<Option<i64>, _>(1)?.map(ThreadId),
            by_site_admin: dialect::flag(&row, 2)?,
        })
    })
    .transpose()
}

async fn use_up(db: &mut AnyConnection, id: i64) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE invites SET uses = uses + 1, uses_left = uses_left - 1 WHERE id = $1")
        .bind(id)
        .execute(db)
        .await?;
    Ok(())
}

fn invite(row: &AnyRow) -> Result<Invite, sqlx::Error> {
    Ok(Invite {
        id: row.try_get(0)?,
        created_at: row.try_get(1)?,
        expires_at: row.try_get(2)?,
        uses_left: row.try_get(3)?,
        uses: row.try_get(4)?,
        by: person_at(row, 5)?,
    })
}
