//! Events: everything that happens in a thread, one after the other, in that thread's log.

use serde::{Deserialize, Serialize};

use super::wire::tagged;
use super::{ClientId, Inviting, Mentions, Message, Millis, Posting, Role, Seq, ThreadId, UserId};

/// One entry of a thread's log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    pub thread: ThreadId,
    /// The position in the thread's log.
    pub seq: Seq,
    /// How many messages the thread has up to this event, with it. From this, unread is counted.
    pub count: i64,
    /// When the server wrote it.
    pub at: Millis,
    /// Who did it.
    pub actor: UserId,
    /// The id its sender gave it; absent where no client sent it as such.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_id: Option<ClientId>,
    pub body: EventBody,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(remote = "Self", rename_all = "snake_case")]
pub enum EventBody {
    /// Somebody posted a message.
    Message(Message),
    /// A message that was deleted: its text is gone, its place and its being counted stay.
    Deleted,
    /// The message at `seq` was deleted by the actor. It reads as [`EventBody::Deleted`] from now on.
    MessageDeleted { seq: Seq },
    /// The actor, who wrote the message at `seq`, changed what it says.
    MessageEdited {
        seq: Seq,
        text: String,
        /// Whom the new text calls.
        #[serde(default, skip_serializing_if = "Mentions::is_empty")]
        mentions: Mentions,
    },
    /// The actor gave the message at `seq` an emoji.
    Reacted { seq: Seq, emoji: String },
    /// The actor took an emoji back from the message at `seq`.
    Unreacted { seq: Seq, emoji: String },
    /// The actor put the message at `seq` where everybody in the thread finds it.
    Pinned { seq: Seq },
    /// The actor took it from there.
    Unpinned { seq: Seq },
    /// The thread came to be, with its actor in it.
    Created,
    /// The actor came in. `members`, here and below: how many there are after it.
    Joined { members: i64 },
    /// The actor went.
    Left { members: i64 },
    /// The actor took `user` out.
    Removed { user: UserId, members: i64 },
    /// The actor took `user` out, if they were in, and won't have them back.
    Banned { user: UserId, members: i64 },
    /// `user` may come back.
    BanLifted { user: UserId },
    /// The actor gave `user` a role.
    RoleSet { user: UserId, role: Role },
    /// The room has another name.
    Renamed { name: String },
    /// The room has another topic; empty: none.
    TopicSet { topic: String },
    /// The room is joined by a (new) key from now on.
    MadePrivate,
    /// The room is in the directory from now on, and open to all.
    MadePublic,
    /// Who may post in the room.
    PostingSet { posting: Posting },
    /// A member waits this many seconds between two messages; 0: slow mode is off.
    SlowModeSet { seconds: u32 },
    /// Who may make links to the room.
    InvitingSet { inviting: Inviting },
    /// A kind that this build doesn't know, written by a newer one. It keeps its place in the log.
    #[serde(other)]
    Unknown,
}

tagged!(EventBody, "kind");

impl EventBody {
    /// A message that nothing has happened to.
    #[must_use]
    pub fn message(text: impl Into<String>) -> Self {
        Self::Message(Message::new(text))
    }

    /// An edit that calls nobody.
    #[must_use]
    pub fn edited(seq: Seq, text: impl Into<String>) -> Self {
        Self::MessageEdited {
            seq,
            text: text.into(),
            mentions: Mentions::default(),
        }
    }

    /// The message that this is about, and changes. Such an event has no place of its own among what is
    /// shown: see [`Event::amend`].
    #[must_use]
    pub fn amends(&self) -> Option<Seq> {
        match self {
            Self::MessageDeleted { seq }
            | Self::MessageEdited { seq, .. }
            | Self::Reacted { seq, .. }
            | Self::Unreacted { seq, .. }
            | Self::Pinned { seq }
            | Self::Unpinned { seq } => Some(*seq),
            _ => None,
        }
    }

    /// Whether it counts as a message: in [`Event::count`], and so in what is unread.
    #[must_use]
    pub fn is_message(&self) -> bool {
        matches!(self, Self::Message(_) | Self::Deleted)
    }

    /// Of whom it is, beside its actor.
    #[must_use]
    pub fn subject(&self) -> Option<UserId> {
        match self {
            Self::Removed { user, .. }
            | Self::Banned { user, .. }
            | Self::BanLifted { user }
            | Self::RoleSet { user, .. } => Some(*user),
            _ => None,
        }
    }

    /// The text of a message; `None` for any other kind.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Message(message) => Some(&message.text),
            _ => None,
        }
    }
}
