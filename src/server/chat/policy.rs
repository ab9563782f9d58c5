//! Authorization rules: pure functions of the actor's standing in a thread and, where there is one, the subject's.
//!
//! A refusal reveals nothing to a stranger: a private room, or a direct thread of others, yields [`Refusal::NotFound`],
//! like a thread that does not exist. A site admin moderates every room, but reads and writes only where they are a
//! member: the log shows that they joined.

use crate::model::{Inviting, Millis, Posting, Refusal, Role, RoomMaking, Site, WritingFirst};
use crate::server::store::{Acquaintance, Standing, ThreadType};

type Verdict = Result<(), Refusal>;

/// Whether the actor may read a thread and receive its events.
///
/// # Errors
/// [`Refusal::NotFound`]; for a public room [`Refusal::NotMember`] or [`Refusal::Banned`].
pub fn may_read(actor: &Standing, _: Option<&Standing>) -> Verdict {
    match (actor.role, actor.kind) {
        _ if actor.is_suspended => Err(Refusal::Suspended),
        (Some(_), _) => Ok(()),
        (None, Some(ThreadType::PublicRoom)) => {
            not_banned(actor)?;
            Err(Refusal::NotMember)
        }
        (None, _) => Err(Refusal::NotFound),
    }
}

/// Whether the actor may post a new message to a thread, under its posting rule.
///
/// # Errors
/// As [`may_read`]; in a direct thread [`Refusal::CantMessage`], [`Refusal::YouBlocked`]; in a room
/// [`Refusal::AdminsPost`], [`Refusal::RepliesOnly`], [`Refusal::SlowMode`].
pub fn may_post(actor: &Standing, subject: Option<&Standing>) -> Verdict {
    may_write(actor, subject)?;
    match actor.posting {
        Posting::Replies if !is_moderator(actor) => Err(Refusal::RepliesOnly),
        _ => check_slow_mode(actor),
    }
}

/// Whether the actor may post a reply to a message of the thread.
///
/// # Errors
/// As [`may_post`], except [`Refusal::RepliesOnly`].
pub fn may_reply(actor: &Standing, subject: Option<&Standing>) -> Verdict {
    may_write(actor, subject)?;
    check_slow_mode(actor)
}

/// Whether the actor may upload a file for a message in the thread. Whether they may post that message is asked again when
/// they do: it may be a reply, and slow mode may have passed.
///
/// # Errors
/// As [`may_reply`], except [`Refusal::SlowMode`].
pub fn may_upload(actor: &Standing, subject: Option<&Standing>) -> Verdict {
    may_write(actor, subject)
}

/// Whether the actor may write text into a thread at all: in a new message, or by editing one.
fn may_write(actor: &Standing, subject: Option<&Standing>) -> Verdict {
    may_respond(actor, subject)?;
    match actor.posting {
        Posting::Admins if !is_moderator(actor) => Err(Refusal::AdminsPost),
        _ => Ok(()),
    }
}

/// Whether the actor may do anything visible to other members. In a direct thread, not while either blocks the other.
fn may_respond(actor: &Standing, subject: Option<&Standing>) -> Verdict {
    may_read(actor, subject)?;
    match (actor.is_blocked, actor.blocks) {
        (true, _) => Err(Refusal::CantMessage),
        (false, true) => Err(Refusal::YouBlocked),
        (false, false) => Ok(()),
    }
}

/// Slow mode: whether enough time has passed. Admins are exempt.
fn check_slow_mode(actor: &Standing) -> Verdict {
    match actor.slow_left_ms {
        0 => Ok(()),
        _ if is_moderator(actor) => Ok(()),
        retry_after_ms => Err(Refusal::SlowMode { retry_after_ms }),
    }
}

/// Whether the actor is an admin of the room or of the site, and so exempt from the room's posting rules.
fn is_moderator(actor: &Standing) -> bool {
    actor.role == Some(Role::Admin) || actor.is_site_admin
}

/// Whether the actor may mention all members of a room by `@room`: only its moderators.
///
/// # Errors
/// As [`may_read`] and [`may_manage`]; in a direct thread [`Refusal::Forbidden`].
pub fn may_mention_room(actor: &Standing, subject: Option<&Standing>) -> Verdict {
    may_read(actor, subject)?;
    may_manage(actor, subject)
}

/// Whether the actor may send typing notices. `is_member`: whether their connection is subscribed to the thread; a ban
/// or a suspension has ended that.
///
/// # Errors
/// [`Refusal::NotFound`].
pub fn may_type(is_member: bool) -> Verdict {
    match is_member {
        true => Ok(()),
        false => Err(Refusal::NotFound),
    }
}

/// Whether the actor may edit a message: only its author. Where members may not post, they may not edit either, since
/// an edit can say something new.
///
/// # Errors
/// As [`may_reply`], except [`Refusal::SlowMode`]; [`Refusal::NotAuthor`].
pub fn may_edit(actor: &Standing, is_author: bool) -> Verdict {
    may_write(actor, None)?;
    match is_author {
        true => Ok(()),
        false => Err(Refusal::NotAuthor),
    }
}

/// Whether the actor may delete a message: its author, and the room's moderators.
///
/// # Errors
/// As [`may_manage`]; in a direct thread [`Refusal::NotAuthor`].
pub fn may_delete(actor: &Standing, is_author: bool) -> Verdict {
    match actor.kind {
        _ if is_author && may_read(actor, None).is_ok() => Ok(()),
        Some(ThreadType::Direct) => {
            may_read(actor, None)?;
            Err(Refusal::NotAuthor)
        }
        _ => may_manage(actor, None),
    }
}

/// Whether the actor may react to a message, or take a reaction back.
///
/// # Errors
/// As [`may_read`]; in a direct thread [`Refusal::CantMessage`], [`Refusal::YouBlocked`].
pub fn may_react(actor: &Standing, _: bool) -> Verdict {
    may_respond(actor, None)
}

/// Whether the actor may pin or unpin a message: the moderators of a room, and both users of a direct thread.
///
/// # Errors
/// As [`may_react`]; [`Refusal::Forbidden`].
pub fn may_pin(actor: &Standing, _: bool) -> Verdict {
    may_respond(actor, None)?;
    match actor.kind {
        Some(ThreadType::Direct) => Ok(()),
        _ => may_manage(actor, None),
    }
}

/// Whether the actor may join a room uninvited. Allowed for a member, for whom nothing happens.
///
/// # Errors
/// [`Refusal::NotFound`], [`Refusal::Banned`].
pub fn may_join(actor: &Standing, subject: Option<&Standing>) -> Verdict {
    match actor.kind {
        Some(ThreadType::PublicRoom) => may_join_invited(actor, subject),
        Some(ThreadType::PrivateRoom) if actor.role.is_some() || actor.is_site_admin => {
            may_join_invited(actor, subject)
        }
        _ => Err(Refusal::NotFound),
    }
}

/// Whether the actor may join a room for which they hold the key or a link.
///
/// # Errors
/// [`Refusal::NotFound`], [`Refusal::Banned`].
pub fn may_join_invited(actor: &Standing, _: Option<&Standing>) -> Verdict {
    match actor.kind {
        _ if actor.is_suspended => Err(Refusal::Suspended),
        Some(ThreadType::PublicRoom | ThreadType::PrivateRoom) => not_banned(actor),
        Some(ThreadType::Direct) | None => Err(Refusal::NotFound),
    }
}

fn not_banned(actor: &Standing) -> Verdict {
    match actor.banned_until {
        Some(until) => Err(Refusal::Banned {
            until: (until < Millis::MAX).then_some(until),
        }),
        None => Ok(()),
    }
}

/// Whether the actor may leave a room. A direct thread can't be left.
///
/// # Errors
/// [`Refusal::NotFound`], [`Refusal::NotMember`], [`Refusal::Forbidden`].
pub fn may_leave(actor: &Standing, subject: Option<&Standing>) -> Verdict {
    may_read(actor, subject)?;
    match actor.kind {
        Some(ThreadType::Direct) => Err(Refusal::Forbidden),
        _ => Ok(()),
    }
}

/// Whether the actor may moderate a room: its name, topic and key, its links, bans and audit log, its messages, and the
/// room as a whole.
///
/// # Errors
/// [`Refusal::Forbidden`] for a user who can see the room, [`Refusal::NotFound`] for others.
pub fn may_manage(actor: &Standing, subject: Option<&Standing>) -> Verdict {
    let is_room = matches!(
        actor.kind,
        Some(ThreadType::PublicRoom | ThreadType::PrivateRoom)
    );
    match actor.role {
        _ if actor.is_suspended => Err(Refusal::Suspended),
        _ if actor.is_site_admin && is_room => Ok(()),
        Some(Role::Admin) if is_room => Ok(()),
        Some(_) => Err(Refusal::Forbidden),
        None => may_read(actor, subject),
    }
}

/// Whether the actor may create links to a room: its moderators, and every member where the room allows it.
///
/// # Errors
/// As [`may_manage`].
pub fn may_invite(actor: &Standing, subject: Option<&Standing>) -> Verdict {
    match may_manage(actor, subject) {
        Err(Refusal::Forbidden) if actor.inviting == Inviting::Members => Ok(()),
        verdict => verdict,
    }
}

/// Whether the actor may create a room.
///
/// # Errors
/// [`Refusal::Suspended`], [`Refusal::Forbidden`].
pub fn may_create_room(actor: &Standing, site: &Site) -> Verdict {
    match site.rooms {
        _ if actor.is_suspended => Err(Refusal::Suspended),
        RoomMaking::Admins if !actor.is_site_admin => Err(Refusal::Forbidden),
        _ => Ok(()),
    }
}

/// Whether the actor may start a direct thread with another user, or their own notes. The refusal is the same for the
/// other's block and for the site's setting.
///
/// # Errors
/// [`Refusal::Suspended`], [`Refusal::YouBlocked`], [`Refusal::CantMessage`].
pub fn may_write_first(actor: &Standing, site: &Site, known: &Acquaintance) -> Verdict {
    match site.writing {
        _ if actor.is_suspended => Err(Refusal::Suspended),
        _ if known.is_self => Ok(()),
        _ if known.is_blocked => Err(Refusal::CantMessage),
        _ if known.blocks => Err(Refusal::YouBlocked),
        WritingFirst::Everyone => Ok(()),
        WritingFirst::Roommates if known.shares_room => Ok(()),
        _ if actor.is_site_admin => Ok(()),
        _ => Err(Refusal::CantMessage),
    }
}

/// Whether the actor may remove the subject from a room, or ban them. A room's admins are protected from each other:
/// the role must be revoked first, which the log shows. Site admins are protected too.
///
/// # Errors
/// As [`may_manage`]; [`Refusal::Forbidden`].
pub fn may_remove(actor: &Standing, subject: Option<&Standing>) -> Verdict {
    may_manage(actor, subject)?;
    let is_safe = subject.is_some_and(|subject| {
        subject.is_site_admin || (subject.role == Some(Role::Admin) && !actor.is_site_admin)
    });
    if is_safe {
        return Err(Refusal::Forbidden);
    }
    Ok(())
}

/// Whether the actor may administer the site.
///
/// # Errors
/// [`Refusal::Forbidden`].
pub fn may_manage_site(actor: &Standing, _: Option<&Standing>) -> Verdict {
    match actor.is_site_admin && !actor.is_suspended {
        true => Ok(()),
        false => Err(Refusal::Forbidden),
    }
}

#[cfg(test)]
mod tests;
