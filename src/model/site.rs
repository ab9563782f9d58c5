//! Moderation and administration: bans, invite links, the audit log, and the sign-up rule.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::wire::flattened;
use super::{Inviting, Millis, Person, RoomMaking, ThreadId, WritingFirst};

/// The state of the disk with the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FreeSpace {
    Ample,
    /// Space should be freed soon.
    Low,
    /// Nothing new is stored.
    Full,
}

/// The disk with the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Storage {
    pub space: FreeSpace,
    /// Bytes that can still be written, and the size of the disk; 0 if the database is on another machine.
    pub free: u64,
    pub total: u64,
}

/// Who may create an account.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SignUp {
    /// Everyone.
    #[default]
    Everyone,
    /// Holders of an invite link, to the site or to a room.
    Invited,
    /// Nobody; accounts are created by `chapp user add`.
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

/// Public facts about the installation, visible without logging in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Site {
    pub sign_up: SignUp,
    /// There are no accounts yet: the first one becomes the site's admin, whatever `sign_up` is.
    pub is_empty: bool,
    /// The first account requires a token that the server logged when it started.
    #[serde(default)]
    pub needs_token: bool,
    #[serde(default, skip_serializing_if = "RoomMaking::is_default")]
    pub rooms: RoomMaking,
    #[serde(default, skip_serializing_if = "WritingFirst::is_default")]
    pub writing: WritingFirst,
    /// While `sign_up` is `invited`: whose links permit creating an account.
    #[serde(default, skip_serializing_if = "Inviting::is_default")]
    pub inviting: Inviting,
}

/// An account as a site admin sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(remote = "Self")]
pub struct Account {
    #[serde(flatten, skip_deserializing)]
    pub person: Person,
    /// Whether the person is an admin of the site.
    pub is_admin: bool,
    pub is_suspended: bool,
}

flattened!(Account, person);

/// A page of the list of accounts, by user name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountsPage {
    pub accounts: Vec<Account>,
    /// Whether there are more after the last of these.
    pub more: bool,
}

/// A person's ban from a room.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Ban {
    pub person: Person,
    /// The admin who banned them.
    pub by: Person,
    pub at: Millis,
    /// `None`: permanently.
    pub until: Option<Millis>,
    /// May be empty.
    pub note: String,
}

/// The target of an invite link.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InviteTarget {
    /// Permits creating an account.
    Site,
    /// Permits joining a room, and creating an account for that.
    Room(ThreadId),
}

impl From<Option<ThreadId>> for InviteTarget {
    fn from(thread: Option<ThreadId>) -> Self {
        thread.map_or(Self::Site, Self::Room)
    }
}

/// A valid invite link, as shown to users who may revoke it. Its secret is shown only on creation.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Invite {
    /// Identifies the link without revealing it.
    pub id: i64,
    pub by: Person,
    pub created_at: Millis,
    /// `None`: never.
    pub expires_at: Option<Millis>,
    /// The remaining uses; `None`: unlimited.
    pub uses_left: Option<i64>,
    /// How often it was used.
    pub uses: i64,
}

/// One administrative action. Never changed or removed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditEntry {
    pub id: i64,
    pub at: Millis,
    /// `None`: the operator of the machine, on the command line.
    pub actor: Option<Person>,
    /// The action: a stable word such as `ban` or `delete_room`.
    pub action: String,
    /// The room, by its name at that time; empty for actions on the site.
    pub room: String,
    /// The person affected.
    pub subject: Option<Person>,
    /// Further details: a reason, a new name, a role. May be empty.
    pub detail: String,
}

/// A page of the audit log, latest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditPage {
    pub entries: Vec<AuditEntry>,
    /// Whether there are more after the last of these.
    pub more: bool,
}
