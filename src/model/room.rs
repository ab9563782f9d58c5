//! Rooms: threads with any number of members, some of them admins.

use serde::{Deserialize, Serialize};

use super::wire::{flattened, tagged};
use super::{Event, EventBody, Inviting, Millis, Person, Posting, Refusal, ThreadId, UserId};

/// What a member is in a room.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Reads and writes.
    #[default]
    Member,
    /// Keeps order too.
    Admin,
}

/// A room as one of its members sees it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Room {
    pub name: String,
    /// Empty: none.
    pub topic: String,
    /// Whether it is joined by a key or a link only, and stands in no directory.
    pub is_private: bool,
    /// How many members it has.
    pub members: i64,
    /// What the reader is in it.
    pub role: Role,
    /// Whether the reader has muted it.
    pub muted: bool,
    /// Who may post.
    #[serde(default, skip_serializing_if = "Posting::is_default")]
    pub posting: Posting,
    /// Slow mode: seconds that a member waits between two messages; 0: off.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub slow_seconds: u32,
    /// Who may make links to it.
    #[serde(default, skip_serializing_if = "Inviting::is_default")]
    pub inviting: Inviting,
    /// When the reader last posted or joined; 0: not known. Slow mode counts from here.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub posted_at: Millis,
}

/// For serde: whether a number can be left out.
fn is_zero<T: Default + PartialEq>(number: &T) -> bool {
    *number == T::default()
}

impl Room {
    /// Why the room's rules don't let the reader post now, if they don't. `is_admin`: of the room or the site.
    /// The server has the last word; this is for the composer.
    #[must_use]
    pub fn holds_back(&self, is_admin: bool, is_reply: bool, now: Millis) -> Option<Refusal> {
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

    /// Takes in the next event of its log; `viewer` is the reader.
    pub fn apply(&mut self, event: &Event, viewer: UserId) {
        match &event.body {
            EventBody::Joined { members }
            | EventBody::Left { members }
            | EventBody::Removed { members, .. }
            | EventBody::Banned { members, .. } => self.members = *members,
            EventBody::RoleSet { user, role } if *user == viewer => self.role = *role,
            EventBody::Renamed { name } => self.name.clone_from(name),
            EventBody::TopicSet { topic } => self.topic.clone_from(topic),
            EventBody::MadePrivate => self.is_private = true,
            EventBody::MadePublic => self.is_private = false,
            EventBody::PostingSet { posting } => self.posting = *posting,
            EventBody::SlowModeSet { seconds } => self.slow_seconds = *seconds,
            EventBody::InvitingSet { inviting } => self.inviting = *inviting,
            EventBody::Message(_) if event.actor == viewer => self.posted_at = event.at,
            _ => {}
        }
    }
}

/// Why a thread is not for somebody any more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(remote = "Self", rename_all = "snake_case")]
pub enum Departure {
    /// They left, in this tab or in another.
    Left,
    /// An admin took them out.
    Removed,
    /// An admin took them out and won't have them back: until a moment, or for good.
    Banned {
        until: Option<Millis>,
        /// What the admin says of it; may be empty.
        note: String,
    },
    /// The room is no more.
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
    /// Whether the reader is a member.
    pub is_member: bool,
}

/// A piece of the directory, by name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoomsPage {
    pub rooms: Vec<RoomCard>,
    /// Ask for those after the last of these.
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

/// A piece of a room's list of members, by user name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MembersPage {
    pub members: Vec<Member>,
    /// Ask for those after the last of these.
    pub more: bool,
}
