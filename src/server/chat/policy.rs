//! The rules, as pure functions of what somebody is to a thread, and of what another is to it.
//!
//! A refusal tells a stranger nothing: of a private room and of other people's direct threads they hear
//! [`Refusal::NotFound`], as of a thread that does not exist. A site admin keeps order in every room, but
//! reads and writes only where they are a member: the log shows that they came in.

use crate::model::{Inviting, Millis, Posting, Refusal, Role, RoomMaking, Site, WritingFirst};
use crate::server::store::{Acquaintance, Kind, Standing};

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

/// Whether somebody may post a new message to a thread, as its admins have set it.
///
/// # Errors
/// As [`may_read`]; in a direct thread [`Refusal::CantMessage`], [`Refusal::YouBlocked`]; in a room
/// [`Refusal::AdminsPost`], [`Refusal::RepliesOnly`], [`Refusal::SlowMode`].
pub fn may_post(actor: &Standing, subject: Option<&Standing>) -> Verdict {
    may_say(actor, subject)?;
    match actor.posting {
        Posting::Replies if !keeps_order(actor) => Err(Refusal::RepliesOnly),
        _ => in_turn(actor),
    }
}

/// Whether somebody may post a reply to a message of the thread.
///
/// # Errors
/// As [`may_post`], but for [`Refusal::RepliesOnly`].
pub fn may_reply(actor: &Standing, subject: Option<&Standing>) -> Verdict {
    may_say(actor, subject)?;
    in_turn(actor)
}

/// Whether somebody may put words into a thread at all: in a new message, or by editing one.
fn may_say(actor: &Standing, subject: Option<&Standing>) -> Verdict {
    may_respond(actor, subject)?;
    match actor.posting {
        Posting::Admins if !keeps_order(actor) => Err(Refusal::AdminsPost),
        _ => Ok(()),
    }
}

/// Whether somebody may do anything in a thread that the others see. In a direct thread, not while one blocks the
/// other.
fn may_respond(actor: &Standing, subject: Option<&Standing>) -> Verdict {
    may_read(actor, subject)?;
    match (actor.is_blocked, actor.blocks) {
        (true, _) => Err(Refusal::CantMessage),
        (false, true) => Err(Refusal::YouBlocked),
        (false, false) => Ok(()),
    }
}

/// Slow mode: whether enough time has passed. Admins don't wait.
fn in_turn(actor: &Standing) -> Verdict {
    match actor.slow_left_ms {
        0 => Ok(()),
        _ if keeps_order(actor) => Ok(()),
        retry_after_ms => Err(Refusal::SlowMode { retry_after_ms }),
    }
}

/// Whether somebody is an admin of the room, or of the site: the room's rules of posting are not for them.
fn keeps_order(actor: &Standing) -> bool {
    actor.role == Some(Role::Admin) || actor.is_site_admin
}

/// Whether somebody may call all members of a room by `@room`: who keeps order in it.
///
/// # Errors
/// As [`may_read`] and [`may_manage`]; in a direct thread [`Refusal::Forbidden`].
pub fn may_call_room(actor: &Standing, subject: Option<&Standing>) -> Verdict {
    may_read(actor, subject)?;
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

/// Whether somebody may change what a message says: only who wrote it. Where members may not post, they may not edit
/// either: it would be a way to say something new.
///
/// # Errors
/// As [`may_reply`], but for [`Refusal::SlowMode`]; [`Refusal::NotAuthor`].
pub fn may_edit(actor: &Standing, is_author: bool) -> Verdict {
    may_say(actor, None)?;
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
        _ if is_author && may_read(actor, None).is_ok() => Ok(()),
        Some(Kind::Direct) => {
            may_read(actor, None)?;
            Err(Refusal::NotAuthor)
        }
        _ => may_manage(actor, None),
    }
}

/// Whether somebody may give a message an emoji, or take theirs back.
///
/// # Errors
/// As [`may_read`]; in a direct thread [`Refusal::CantMessage`], [`Refusal::YouBlocked`].
pub fn may_react(actor: &Standing, _: bool) -> Verdict {
    may_respond(actor, None)
}

/// Whether somebody may pin a message, or unpin it: who keeps order in a room, and both in a direct thread.
///
/// # Errors
/// As [`may_react`]; [`Refusal::Forbidden`].
pub fn may_pin(actor: &Standing, _: bool) -> Verdict {
    may_respond(actor, None)?;
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

/// Whether somebody may make links to a room: who keeps order in it, and every member where it is set so.
///
/// # Errors
/// As [`may_manage`].
pub fn may_invite(actor: &Standing, subject: Option<&Standing>) -> Verdict {
    match may_manage(actor, subject) {
        Err(Refusal::Forbidden) if actor.inviting == Inviting::Members => Ok(()),
        verdict => verdict,
    }
}

/// Whether somebody may make a room.
///
/// # Errors
/// [`Refusal::Suspended`], [`Refusal::Forbidden`].
pub fn may_make_room(actor: &Standing, site: &Site) -> Verdict {
    match site.rooms {
        _ if actor.is_suspended => Err(Refusal::Suspended),
        RoomMaking::Admins if !actor.is_site_admin => Err(Refusal::Forbidden),
        _ => Ok(()),
    }
}

/// Whether somebody may begin a direct thread with another. What keeps them from it, the other's block or the site's
/// setting, is not told.
///
/// # Errors
/// [`Refusal::Suspended`], [`Refusal::YouBlocked`], [`Refusal::CantMessage`].
pub fn may_write_first(actor: &Standing, site: &Site, known: &Acquaintance) -> Verdict {
    match site.writing {
        _ if actor.is_suspended => Err(Refusal::Suspended),
        _ if known.is_blocked => Err(Refusal::CantMessage),
        _ if known.blocks => Err(Refusal::YouBlocked),
        WritingFirst::Everyone => Ok(()),
        WritingFirst::Roommates if known.shares_room => Ok(()),
        _ if actor.is_site_admin => Ok(()),
        _ => Err(Refusal::CantMessage),
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
