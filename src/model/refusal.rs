//! Refusals: everything that a user can get wrong or be denied. This is the one error type that crosses the wire.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::Millis;
use super::file::size_text;
use super::wire::tagged;

/// A form field, so that its error can be shown next to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Field {
    Username,
    DisplayName,
    Password,
    /// The current password, required to change it.
    CurrentPassword,
    Text,
    /// The name of a room.
    Name,
    /// The topic of a room.
    Topic,
    /// The key of a private room.
    Key,
    /// The reason of a ban.
    Reason,
    /// The details of a report.
    Details,
    /// An emoji.
    Emoji,
    /// A search query.
    Query,
    /// The people of a new chat.
    People,
    /// The address at which a push service takes messages for a browser.
    Endpoint,
    /// The keywords of notifications.
    Keywords,
    /// The hours without notifications.
    QuietHours,
}

/// Why a request had no effect. `code` on the wire is stable; the sentence is for the user and may change.
#[derive(Clone, Debug, PartialEq, Eq, Error, Serialize, Deserialize)]
#[serde(remote = "Self", rename_all = "snake_case")]
pub enum Refusal {
    /// There is no session, or it has ended.
    #[error("Log in to go on.")]
    NotLoggedIn,
    /// It does not exist, or the user has no access: deliberately indistinguishable.
    #[error("It doesn't exist, or you can't see it.")]
    NotFound,
    /// A value breaks a rule; `reason` is a sentence.
    #[error("{reason}")]
    Invalid { field: Field, reason: String },
    /// Several fields of a form: one refusal for each.
    #[error("Check the marked fields.")]
    Several { refusals: Vec<Refusal> },
    /// The name is taken, or looks like one that is.
    #[error("{}", taken(*field))]
    Taken { field: Field },
    /// Log-in failed; which of the two was wrong is not revealed.
    #[error("Wrong username or password")]
    WrongCredentials,
    /// The user may see it, but lacks the right to do that.
    #[error("Only admins can do that.")]
    Forbidden,
    /// Only admins may post in the room.
    #[error("Only admins can post here.")]
    AdminsPost,
    /// Slow mode: the member has just posted in this room. Other threads are not affected.
    #[error("Slow mode is on. Try again in {}.", human(*retry_after_ms))]
    SlowMode { retry_after_ms: u64 },
    /// Members may only reply in the room.
    #[error("Only admins can post here, but you can reply.")]
    RepliesOnly,
    /// The person can't be messaged, because of their settings or the site's. Which is not revealed.
    #[error("You can't message this person.")]
    CantMessage,
    /// The user has blocked that person.
    #[error("You blocked this person. Unblock them to send a message.")]
    YouBlocked,
    /// Only the author of the message may do that.
    #[error("Only the author can do that.")]
    NotAuthor,
    /// A public room of which the user is not a member.
    #[error("Join the room first.")]
    NotMember,
    /// The user is banned from the room, until a time or permanently (`None`).
    #[error("You're banned from this room.")]
    Banned { until: Option<Millis> },
    /// No private room has this name and this key; which of the two is wrong is not revealed.
    #[error("No private room has this name and key. Check both.")]
    WrongKey,
    /// The link never existed, was revoked, has expired or is used up; which is not revealed.
    #[error("This link no longer works.")]
    InviteInvalid,
    /// A room must keep at least one admin.
    #[error("You're the only admin. Make someone else an admin first, or delete the room.")]
    LastAdmin,
    /// The maximum number of these is reached.
    #[error("The limit is {max}. Remove one first.")]
    TooMany { max: usize },
    /// The file is larger than the site allows, in bytes.
    #[error("Files can be up to {}.", size_text(*max))]
    FileTooLarge { max: i64 },
    /// The message has more files than the site allows.
    #[error("A message can have up to {max} files.")]
    TooManyFiles { max: usize },
    /// The user's files take up all the space that each user has, in bytes.
    #[error("You've used all of your {} for files. Delete some messages with files first.", size_text(*max))]
    FilesQuota { max: i64 },
    /// The files of all users take up all the space that the site has for them.
    #[error("This site has no more space for files. Contact an admin.")]
    SiteFilesQuota,
    /// The disk has too little space for more files, though enough for messages. Nothing was stored; retry.
    #[error("The server's disk is almost full, so files can't be uploaded. Messages still work.")]
    FilesReadOnly,
    /// The virus scanner found something in the file, which was discarded.
    #[error("The virus scanner refused this file.")]
    InfectedFile,
    /// The virus scanner can't be reached. The upload is kept; retry.
    #[error("The virus scanner can't be reached. Try again in a moment.")]
    ScannerAway,
    /// The upload does not exist, is someone else's, was made for another thread, or is already in a message:
    /// deliberately indistinguishable.
    #[error("This file is no longer on the server. Attach it again.")]
    UnknownUpload,
    /// The message names an upload that isn't finished.
    #[error("A file isn't uploaded yet. Try again in a moment.")]
    UnfinishedUpload,
    /// A site admin has suspended the account.
    #[error("This account is suspended. Contact an admin.")]
    Suspended,
    /// Accounts are created with an invite link only, or not at all.
    #[error("You need an invite link to sign up here.")]
    SignUpClosed,
    /// The first account requires the token that the server logged; it was missing or wrong.
    #[error(
        "The first account needs the setup link. The server printed it in its log when it started."
    )]
    NeedsToken,
    /// Too many attempts.
    #[error("Too many attempts. Try again in {}.", human(*retry_after_ms))]
    Throttled { retry_after_ms: u64 },
    /// The user exceeded the rate limit. Nothing was done; the same request succeeds after that time.
    #[error("You're going too fast. Try again in {}.", human(*retry_after_ms))]
    TooFast { retry_after_ms: u64 },
    /// The server is overloaded. Nothing was done; retry.
    #[error("The server is busy. Try again in {}.", human(*retry_after_ms))]
    Busy { retry_after_ms: u64 },
    /// Not a valid frame or request of this protocol.
    #[error("Something went wrong. Reload and try again. (malformed)")]
    Malformed { reason: String },
    /// The peer speaks another version of the protocol.
    #[error("A new version is ready. Reload the page.")]
    Version,
    /// The server is stopping. Nothing was done; retry.
    #[error("The server is restarting. Try again in a moment.")]
    Stopping,
    /// The store can't be written or read now (disk full, locked, gone). Nothing was done.
    #[error("The server can't save anything right now. Try again later.")]
    Unavailable,
    /// The disk is almost full: only requests that free space, or need none, are accepted. Nothing was done; retry.
    #[error("The server's disk is almost full, so nothing new can be saved. Try again later.")]
    ReadOnly,
    /// The browser could not reach the server.
    #[error("Can't reach the server. Try again in a moment.")]
    Unreachable,
    /// An internal error of the server, which has logged it.
    #[error("Something went wrong on the server. Try again. (internal)")]
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

    /// The refusals of a form's fields as one; `None` if there are none.
    #[must_use]
    pub fn of_fields(mut refusals: Vec<Self>) -> Option<Self> {
        match refusals.len() {
            0 | 1 => refusals.pop(),
            _ => Some(Self::Several { refusals }),
        }
    }

    /// The refusal of each field, or this one alone.
    #[must_use]
    pub fn each(&self) -> &[Self] {
        match self {
            Self::Several { refusals } => refusals,
            one => std::slice::from_ref(one),
        }
    }

    /// The field next to which it is shown; `None` for the whole form.
    #[must_use]
    pub fn field(&self) -> Option<Field> {
        match self {
            Self::Invalid { field, .. } | Self::Taken { field } => Some(*field),
            _ => None,
        }
    }

    /// Whether the same request may succeed later unchanged, so that clients retry automatically.
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
                | Self::FilesReadOnly
                | Self::ScannerAway
                | Self::Unreachable
        )
    }

    /// The time after which a retry is worthwhile, in milliseconds, where it is known.
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

/// A duration in words, for use in a sentence; rounded up to whole seconds, at least one.
#[must_use]
pub fn human(ms: u64) -> String {
    match ms.div_ceil(1_000).max(1) {
        1 => "a second".into(),
        seconds @ 2..=119 => format!("{seconds} seconds"),
        3_600 => "an hour".into(),
        seconds @ ..7_200 => format!("{} minutes", seconds.div_ceil(60)),
        seconds => format!("{} hours", seconds.div_ceil(3_600)),
    }
}

/// Why a name can't be had.
fn taken(field: Field) -> &'static str {
    match field {
        Field::Name => "A public room has that name, or one too close to it.",
        _ => "That username is taken, or too close to one that is.",
    }
}
