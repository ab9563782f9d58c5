//! Events: the entries of a thread's log, in which everything that happens in the thread is recorded in order.

use serde::{Deserialize, Serialize};

use super::wire::tagged;
use super::{ClientId, Inviting, Mentions, Message, Millis, Posting, Role, Seq, ThreadId, UserId};

/// One entry of a thread's log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    pub thread: ThreadId,
    /// The position in the thread's log.
    pub seq: Seq,
    /// The number of messages in the thread up to and including this event; unread counts derive from it.
    pub count: i64,
    /// When the server recorded it.
    pub at: Millis,
    /// The user who did it.
    pub actor: UserId,
    /// The id that its sender assigned; absent where no client sent it as such.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_id: Option<ClientId>,
    pub body: EventBody,
}

/// The content of an event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(remote = "Self", rename_all = "snake_case")]
pub enum EventBody {
    /// A message was posted.
    Message(Message),
    /// A message that was deleted: its text is gone, but it keeps its place and still counts.
    Deleted,
    /// The actor deleted the message at `seq`, which from now on reads as [`EventBody::Deleted`].
    MessageDeleted { seq: Seq },
    /// The actor, who is the author of the message at `seq`, edited it.
    MessageEdited {
        seq: Seq,
        text: String,
        /// The people mentioned by the new text.
        #[serde(default, skip_serializing_if = "Mentions::is_empty")]
        mentions: Mentions,
    },
    /// The actor added a reaction to the message at `seq`.
    Reacted { seq: Seq, emoji: String },
    /// The actor removed a reaction from the message at `seq`.
    Unreacted { seq: Seq, emoji: String },
    /// The actor pinned the message at `seq`.
    Pinned { seq: Seq },
    /// The actor unpinned the message at `seq`.
    Unpinned { seq: Seq },
    /// The actor created the thread, and is its first member.
    Created,
    /// The actor joined. `members`, here and below: the number of members afterwards.
    Joined { members: i64 },
    /// The actor left.
    Left { members: i64 },
    /// The actor removed `user`.
    Removed { user: UserId, members: i64 },
    /// The actor banned `user`, who may or may not have been a member.
    Banned { user: UserId, members: i64 },
    /// The ban of `user` was lifted.
    BanLifted { user: UserId },
    /// The actor assigned a role to `user`.
    RoleSet { user: UserId, role: Role },
    /// The room was renamed.
    Renamed { name: String },
    /// The topic of the room was changed; empty: none.
    TopicSet { topic: String },
    /// The room became private, or got a new key.
    MadePrivate,
    /// The room became public: listed in the directory, and open to all.
    MadePublic,
    /// The posting rule of the room was changed.
    PostingSet { posting: Posting },
    /// Slow mode was changed: a member waits this many seconds between two messages; 0: off.
    SlowModeSet { seconds: u32 },
    /// The rule for invite links to the room was changed.
    InvitingSet { inviting: Inviting },
    /// An unknown kind, written by a newer version. It keeps its place in the log.
    #[serde(other)]
    Unknown,
}

tagged!(EventBody, "kind");

impl EventBody {
    /// A message without amendments.
    #[must_use]
    pub fn message(text: impl Into<String>) -> Self {
        Self::Message(Message::new(text))
    }

    /// An edit without mentions.
    #[must_use]
    pub fn edited(seq: Seq, text: impl Into<String>) -> Self {
        Self::MessageEdited {
            seq,
            text: text.into(),
            mentions: Mentions::default(),
        }
    }

    /// The message that this event amends. Amendments have no place of their own in the timeline: see [`Event::amend`].
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

    /// Whether it counts as a message: in [`Event::count`], and so in unread counts.
    #[must_use]
    pub fn is_message(&self) -> bool {
        matches!(self, Self::Message(_) | Self::Deleted)
    }

    /// The user whom it concerns besides the actor.
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

    /// The text of a message; `None` for other events.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Message(message) => Some(&message.text),
            _ => None,
        }
    }
}
