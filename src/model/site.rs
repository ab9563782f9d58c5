//! Keeping order: bans, invite links, the audit log, and who may sign up.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::wire::flattened;
use super::{Inviting, Millis, Person, RoomMaking, ThreadId, WritingFirst};

/// Whether there is room on the disk with the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FreeSpace {
    Ample,
    /// It is time to make some.
    Low,
    /// Nothing new is stored.
    Full,
}

/// The disk with the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Storage {
    pub space: FreeSpace,
    /// Bytes that can still be written, and of the whole disk; 0 where the database is on another machine.
    pub free: u64,
    pub total: u64,
}

/// Who may make an account.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SignUp {
    /// Everyone.
    #[default]
    Everyone,
    /// Who has an invite link, to the site or to a room.
    Invited,
    /// Nobody; accounts are made by `chapp user add`.
    Nobody,
}

impl fmt::Display for SignUp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Everyone => "everyone",
            Self::Invited => "invited",
            Self::Nobody => "nobody",
        })
    }
}

impl FromStr for SignUp {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        match text {
            "everyone" => Ok(Self::Everyone),
            "invited" => Ok(Self::Invited),
            "nobody" => Ok(Self::Nobody),
            _ => Err(()),
        }
    }
}

/// What everybody may know of the installation, logged in or not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Site {
    pub sign_up: SignUp,
    /// Nobody has an account yet: the first one made is the site's admin, whatever `sign_up` says.
    pub is_empty: bool,
    /// The first account is made with a token that the server printed when it started.
    #[serde(default)]
    pub needs_token: bool,
    #[serde(default, skip_serializing_if = "RoomMaking::is_default")]
    pub rooms: RoomMaking,
    #[serde(default, skip_serializing_if = "WritingFirst::is_default")]
    pub writing: WritingFirst,
    /// While `sign_up` is `invited`: whose links let people make an account.
    #[serde(default, skip_serializing_if = "Inviting::is_default")]
    pub inviting: Inviting,
}

/// An account as a site admin sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(remote = "Self")]
pub struct Account {
    #[serde(flatten, skip_deserializing)]
    pub person: Person,
    /// Of the site.
    pub is_admin: bool,
    pub is_suspended: bool,
}

flattened!(Account, person);

/// A piece of the list of accounts, by user name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountsPage {
    pub accounts: Vec<Account>,
    /// Ask for those after the last of these.
    pub more: bool,
}

/// Somebody who may not come into a room.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Ban {
    pub person: Person,
    /// Who banned them.
    pub by: Person,
    pub at: Millis,
    /// `None`: for good.
    pub until: Option<Millis>,
    /// May be empty.
    pub note: String,
}

/// To what an invite link invites.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InviteTarget {
    /// To making an account.
    Site,
    /// To a room, and to making an account for it.
    Room(ThreadId),
}

impl From<Option<ThreadId>> for InviteTarget {
    fn from(thread: Option<ThreadId>) -> Self {
        thread.map_or(Self::Site, Self::Room)
    }
}

/// An invite link that works, as those see it who may revoke it. Its secret is shown only when it is made.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Invite {
    /// Names the link without giving it away.
    pub id: i64,
    pub by: Person,
    pub created_at: Millis,
    /// `None`: never.
    pub expires_at: Option<Millis>,
    /// How often it can be used yet; `None`: without end.
    pub uses_left: Option<i64>,
    /// How often it was used.
    pub uses: i64,
}

/// One administrative act. Never changed, never removed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditEntry {
    pub id: i64,
    pub at: Millis,
    /// `None`: the operator of the machine, by the command line.
    pub actor: Option<Person>,
    /// What was done: a stable word, as `ban` or `delete_room`.
    pub action: String,
    /// In which room, by the name it had then; empty where it was about the site.
    pub room: String,
    /// To whom.
    pub subject: Option<Person>,
    /// With what: a reason, a new name, a role. May be empty.
    pub detail: String,
}

/// A piece of the audit log, latest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditPage {
    pub entries: Vec<AuditEntry>,
    /// Ask for those before the last of these.
    pub more: bool,
}
