//! The rules, as pure functions of what somebody is to a thread, and of what another is to it.
//!
//! A refusal tells a stranger nothing: of a private room and of other people's direct threads they hear
//! [`Refusal::NotFound`], as of a thread that does not exist. A site admin keeps order in every room, but
//! reads and writes only where they are a member: the log shows that they came in.

use crate::model::{Millis, Refusal, Role};
use crate::server::store::{Kind, Standing};

type Verdict = Result<(), Refusal>;

/// Whether somebody may read a thread and hear of it: its log, its members.
///
/// # Errors
/// [`Refusal::NotFound`]; of a public room [`Refusal::NotMember`], or [`Refusal::Banned`].
pub fn may_read(actor: &Standing, _: Option<&Standing>) -> Verdict {
    match (actor.role, actor.kind) {
        _ if actor.is_suspended => Err(Refusal::Suspended),
        (Some(_), _) => Ok(()),
        (None, Some(Kind::PublicRoom)) => {
            not_banned(actor)?;
            Err(Refusal::NotMember)
        }
        (None, _) => Err(Refusal::NotFound),
    }
}

/// Whether somebody may post to a thread.
///
/// # Errors
/// As [`may_read`].
pub fn may_post(actor: &Standing, subject: Option<&Standing>) -> Verdict {
    may_read(actor, subject)
}

/// Whether somebody may call all members of a room by `@room`: who keeps order in it.
///
/// # Errors
/// As [`may_post`] and [`may_manage`]; in a direct thread [`Refusal::Forbidden`].
pub fn may_call_room(actor: &Standing, subject: Option<&Standing>) -> Verdict {
    may_post(actor, subject)?;
    may_manage(actor, subject)
}

/// Whether somebody may tell that they are typing. `is_member`: as far as their connection has heard; that they
/// are banned or suspended has ended it.
///
/// # Errors
/// [`Refusal::NotFound`].
pub fn may_type(is_member: bool) -> Verdict {
    match is_member {
        true => Ok(()),
        false => Err(Refusal::NotFound),
    }
}

/// Whether somebody may change what a message says: only who wrote it, as long as they may post.
///
/// # Errors
/// As [`may_post`]; [`Refusal::NotAuthor`].
pub fn may_edit(actor: &Standing, is_author: bool) -> Verdict {
    may_post(actor, None)?;
    match is_author {
        true => Ok(()),
        false => Err(Refusal::NotAuthor),
    }
}

/// Whether somebody may delete a message: who wrote it, and who keeps order in the room.
///
/// # Errors
/// As [`may_manage`]; in a direct thread [`Refusal::NotAuthor`].
pub fn may_delete(actor: &Standing, is_author: bool) -> Verdict {
    match actor.kind {
        _ if is_author && may_post(actor, None).is_ok() => Ok(()),
        Some(Kind::Direct) => may_edit(actor, is_author),
        _ => may_manage(actor, None),
    }
}

/// Whether somebody may give a message an emoji, or take theirs back.
///
/// # Errors
/// As [`may_post`].
pub fn may_react(actor: &Standing, _: bool) -> Verdict {
    may_post(actor, None)
}

/// Whether somebody may pin a message, or unpin it: who keeps order in a room, and both in a direct thread.
///
/// # Errors
/// As [`may_post`]; [`Refusal::Forbidden`].
pub fn may_pin(actor: &Standing, _: bool) -> Verdict {
    may_post(actor, None)?;
    match actor.kind {
        Some(Kind::Direct) => Ok(()),
        _ => may_manage(actor, None),
    }
}

/// Whether somebody may join a room of their own accord. Who is in it already may, and nothing happens.
///
/// # Errors
/// [`Refusal::NotFound`], [`Refusal::Banned`].
pub fn may_join(actor: &Standing, subject: Option<&Standing>) -> Verdict {
    match actor.kind {
        Some(Kind::PublicRoom) => may_join_invited(actor, subject),
        Some(Kind::PrivateRoom) if actor.role.is_some() || actor.is_site_admin => {
            may_join_invited(actor, subject)
        }
        _ => Err(Refusal::NotFound),
    }
}

/// Whether somebody may join a room for which they hold the key or a link.
///
/// # Errors
/// [`Refusal::NotFound`], [`Refusal::Banned`].
pub fn may_join_invited(actor: &Standing, _: Option<&Standing>) -> Verdict {
    match actor.kind {
        _ if actor.is_suspended => Err(Refusal::Suspended),
        Some(Kind::PublicRoom | Kind::PrivateRoom) => not_banned(actor),
        Some(Kind::Direct) | None => Err(Refusal::NotFound),
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

/// Whether somebody may leave a room. A direct thread can't be left.
///
/// # Errors
/// [`Refusal::NotFound`], [`Refusal::NotMember`], [`Refusal::Forbidden`].
pub fn may_leave(actor: &Standing, subject: Option<&Standing>) -> Verdict {
    may_read(actor, subject)?;
    match actor.kind {
        Some(Kind::Direct) => Err(Refusal::Forbidden),
        _ => Ok(()),
    }
}

/// Whether somebody may keep order in a room: its name, topic and key, its links, bans and audit log, the
/// messages in it, and the room as a whole.
///
/// # Errors
/// [`Refusal::Forbidden`] for who may see the room, [`Refusal::NotFound`] for others.
pub fn may_manage(actor: &Standing, subject: Option<&Standing>) -> Verdict {
    let is_room = matches!(actor.kind, Some(Kind::PublicRoom | Kind::PrivateRoom));
    match actor.role {
        _ if actor.is_suspended => Err(Refusal::Suspended),
        _ if actor.is_site_admin && is_room => Ok(()),
        Some(Role::Admin) if is_room => Ok(()),
        Some(_) => Err(Refusal::Forbidden),
        None => may_read(actor, subject),
    }
}

/// Whether somebody may take another out of a room, or ban them from it. A room's admins are safe from
/// each other: the role is taken back first, and the log shows it. A site admin is safe from them.
///
/// # Errors
/// As [`may_manage`].
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

/// Whether somebody may do what concerns the whole site.
///
/// # Errors
/// [`Refusal::Forbidden`].
pub fn may_manage_site(actor: &Standing, _: Option<&Standing>) -> Verdict {
    match actor.is_site_admin && !actor.is_suspended {
        true => Ok(()),
        false => Err(Refusal::Forbidden),
    }
}
