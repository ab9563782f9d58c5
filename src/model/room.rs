//! Rooms: threads with any number of members, some of them admins.

use serde::{Deserialize, Serialize};

use super::wire::{flattened, tagged};
use super::{Event, EventBody, Millis, Person, ThreadId, UserId};

/// What a member is in a room.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Reads and writes.
    Member,
    /// Keeps order too.
    Admin,
}

/// A room as one of its members sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
}

impl Room {
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
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
