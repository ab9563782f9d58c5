//! What people can get wrong or be refused. The one error type that crosses the wire.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::Millis;
use super::wire::tagged;

/// A field of a form, so that its error can stand beside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Field {
    Username,
    DisplayName,
    Password,
    /// The password that somebody has now, asked for before it is changed.
    CurrentPassword,
    Text,
    /// The name of a room.
    Name,
    /// The topic of a room.
    Topic,
    /// The key of a private room.
    Key,
    /// Why somebody is banned.
    Reason,
    /// What somebody says of what they report.
    Details,
    /// An emoji.
    Emoji,
    /// What is looked for.
    Query,
}

/// Why something was not done. `code` on the wire is stable; the sentence is for a person and may change.
#[derive(Clone, Debug, PartialEq, Eq, Error, Serialize, Deserialize)]
#[serde(remote = "Self", rename_all = "snake_case")]
pub enum Refusal {
    /// There is no session, or it has ended.
    #[error("Please log in.")]
    NotLoggedIn,
    /// It does not exist, or is not for you: the two are not told apart.
    #[error("There is nothing here for you.")]
    NotFound,
    /// A value breaks a rule; `reason` is a sentence.
    #[error("{reason}")]
    Invalid { field: Field, reason: String },
    /// The name is somebody's already, or looks like one that is.
    #[error("That name is taken, or looks too much like one that is.")]
    Taken { field: Field },
    /// Log-in failed; which of the two was wrong is not said.
    #[error("The user name or the password is wrong.")]
    WrongCredentials,
    /// One may see it, but not do that.
    #[error("Only an admin can do that.")]
    Forbidden,
    /// The room is set so that only its admins post.
    #[error("Only admins can post here.")]
    AdminsPost,
    /// Slow mode of the room: the member has just posted. Other threads are not concerned.
    #[error("Slow mode is on. Try again in {}.", human(*retry_after_ms))]
    SlowMode { retry_after_ms: u64 },
    /// The room is set so that members only reply.
    #[error("Only admins start new messages here. You can reply to one.")]
    RepliesOnly,
    /// The person can't be written to: they don't want it, or the site is set so. Which of these is not said.
    #[error("You can't message this person.")]
    CantMessage,
    /// One has blocked that person.
    #[error("You blocked this person. Unblock them to message them.")]
    YouBlocked,
    /// It is for who wrote the message.
    #[error("Only who wrote it can do that.")]
    NotAuthor,
    /// It is a public room of which one is no member.
    #[error("Join the room first.")]
    NotMember,
    /// One is banned from the room: until a moment, or for good.
    #[error("You are banned from this room.")]
    Banned { until: Option<Millis> },
    /// No private room has this name and this key; which of the two is wrong is not said.
    #[error("There is no private room of this name with this key.")]
    WrongKey,
    /// The link was never made, was revoked, has expired or is used up; which is not said.
    #[error("This link does not work any more.")]
    InviteInvalid,
    /// A room must not be left without an admin.
    #[error("A room needs an admin: make somebody else one first, or delete the room.")]
    LastAdmin,
    /// There are as many of these as there may be.
    #[error("There can be at most {max} of these at a time.")]
    TooMany { max: usize },
    /// A site admin has suspended the account.
    #[error("This account is suspended.")]
    Suspended,
    /// New accounts are made with an invite link only, or not at all.
    #[error("New accounts can't be made here without an invite link.")]
    SignUpClosed,
    /// The first account is made with the token that the server printed; this was none, or another one.
    #[error("The first account needs the link that the server printed in its log when it started.")]
    NeedsToken,
    /// Too many attempts.
    #[error("Too many attempts. Try again in {}.", human(*retry_after_ms))]
    Throttled { retry_after_ms: u64 },
    /// One does this faster than anybody may. Nothing was done; the same can be done after that time.
    #[error("You're going too fast. Try again in {}.", human(*retry_after_ms))]
    TooFast { retry_after_ms: u64 },
    /// The server has more to do than it can take on now. Nothing was done; try again.
    #[error("The server is busy. Try again in {}.", human(*retry_after_ms))]
    Busy { retry_after_ms: u64 },
    /// What came is not a frame or a request of this protocol.
    #[error("That was not understood: {reason}")]
    Malformed { reason: String },
    /// The other side speaks another version of the protocol.
    #[error("This page is from another version of chapp. Please reload it.")]
    Version,
    /// The server is stopping. Nothing was done; try again.
    #[error("The server is restarting. Try again in a moment.")]
    Stopping,
    /// The store can't be written or read now (disk full, locked, gone). Nothing was done.
    #[error("The server can't store anything right now. Try again later.")]
    Unavailable,
    /// The disk is almost full: only what frees space, or needs none, is done. Nothing was done; try again.
    #[error("The server's disk is almost full, so nothing new can be stored for now.")]
    ReadOnly,
    /// The browser could not reach the server.
    #[error("The server can't be reached.")]
    Unreachable,
    /// A fault of the server's own, which it has logged.
    #[error("Something went wrong on the server.")]
    Internal,
}

tagged!(Refusal, "code");

impl Refusal {
    /// A broken rule of a field.
    pub fn invalid(field: Field, reason: impl Into<String>) -> Self {
        Self::Invalid {
            field,
            reason: reason.into(),
        }
    }

    /// The field beside which it is shown; `None` for the whole form.
    #[must_use]
    pub fn field(&self) -> Option<Field> {
        match self {
            Self::Invalid { field, .. } | Self::Taken { field } => Some(*field),
            _ => None,
        }
    }

    /// Whether the same request may succeed later without change, so that a client tries again by itself.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        matches!(
            self,
            Self::Busy { .. }
                | Self::TooFast { .. }
                | Self::SlowMode { .. }
                | Self::Stopping
                | Self::Unavailable
                | Self::ReadOnly
                | Self::Unreachable
        )
    }

    /// The time after which the same request is worth trying again, in milliseconds, where it is known.
    #[must_use]
    pub fn retry_after_ms(&self) -> Option<u64> {
        match self {
            Self::Throttled { retry_after_ms }
            | Self::TooFast { retry_after_ms }
            | Self::SlowMode { retry_after_ms }
            | Self::Busy { retry_after_ms } => Some(*retry_after_ms),
            _ => None,
        }
    }
}

/// A duration in words, for a sentence; whole seconds, at least one.
#[must_use]
pub fn human(ms: u64) -> String {
    match ms.div_ceil(1_000).max(1) {
        1 => "a second".into(),
        seconds @ 2..=119 => format!("{seconds} seconds"),
        seconds => format!("{} minutes", seconds.div_ceil(60)),
    }
}
