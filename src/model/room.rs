//! Rooms: threads with any number of members, some of them admins.

use serde::{Deserialize, Serialize};

use super::wire::{flattened, tagged};
use super::{Inviting, Millis, Person, Posting, Refusal, ThreadId};

/// The role of a member in a room.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Reads and writes.
    #[default]
    Member,
    /// Moderates too.
    Admin,
}

/// A room as one of its members sees it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Room {
    /// Of a group: the names of its other members.
    pub name: String,
    /// Whether it has no name of its own: a group.
    #[serde(default, skip_serializing_if = "super::is_default")]
    pub is_group: bool,
    /// Empty if there is none.
    pub topic: String,
    /// Whether it is joined by a key or a link only, and not listed in the directory.
    pub is_private: bool,
    /// The number of members.
    pub members: i64,
    /// The viewer's role.
    pub role: Role,
    /// As `notify.muted` of the head. Only for pages that were open while the server was upgraded: they need it.
    pub muted: bool,
    /// Who may post.
    #[serde(default, skip_serializing_if = "Posting::is_default")]
    pub posting: Posting,
    /// Slow mode: the seconds that a member waits between two messages; 0: off.
    #[serde(default, skip_serializing_if = "super::is_default")]
    pub slow_seconds: u32,
    /// Who may create invite links to it.
    #[serde(default, skip_serializing_if = "Inviting::is_default")]
    pub inviting: Inviting,
    /// When the viewer last posted or joined; 0 if unknown. Slow mode counts from here.
    #[serde(default, skip_serializing_if = "super::is_default")]
    pub posted_at: Millis,
}

impl Room {
    /// Why the room's rules forbid the viewer to post now, if they do. `is_admin`: of the room or the site. This is for
    /// the composer; the server decides.
    #[must_use]
    pub fn posting_refusal(&self, is_admin: bool, is_reply: bool, now: Millis) -> Option<Refusal> {
        if is_admin {
            return None;
        }
        match self.posting {
            Posting::Admins => return Some(Refusal::AdminsPost),
            Posting::Replies if !is_reply => return Some(Refusal::RepliesOnly),
            _ => {}
        }
        let wait = self.posted_at + Millis::from(self.slow_seconds) * 1_000 - now;
        (self.slow_seconds > 0 && wait > 0).then(|| Refusal::SlowMode {
            retry_after_ms: wait.unsigned_abs(),
        })
    }
}

/// Why a user lost access to a thread.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(remote = "Self", rename_all = "snake_case")]
pub enum Departure {
    /// The user left, in this tab or another.
    Left,
    /// An admin removed the user.
    Removed,
    /// An admin banned the user, until a time or permanently (`None`).
    Banned {
        until: Option<Millis>,
        /// The admin's explanation; may be empty.
        note: String,
    },
    /// The room was deleted.
    Deleted,
}

tagged!(Departure, "reason");

/// A room in the directory, or behind an invite link.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct RoomCard {
    pub id: ThreadId,
    pub name: String,
    pub topic: String,
    pub is_private: bool,
    pub members: i64,
    /// Whether the viewer is a member.
    pub is_member: bool,
}

/// A page of the directory, by name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoomsPage {
    pub rooms: Vec<RoomCard>,
    /// Whether there are more after the last of these.
    pub more: bool,
}

/// One member of a room.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(remote = "Self")]
pub struct Member {
    #[serde(flatten, skip_deserializing)]
    pub person: Person,
    pub role: Role,
}

flattened!(Member, person);

/// A page of a room's member list, by user name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MembersPage {
    pub members: Vec<Member>,
    /// Whether there are more after the last of these.
    pub more: bool,
}
