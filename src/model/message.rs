//! A message in its current state: as it was sent, with all later amendments applied.

use serde::{Deserialize, Serialize};

use super::{FileRef, Mentions, Millis, Seq, UserId};

/// A message in its current state.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    pub text: String,
    /// The people it mentions.
    #[serde(default, skip_serializing_if = "Mentions::is_empty")]
    pub mentions: Mentions,
    /// The message that it replies to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply: Option<Quote>,
    /// In the order in which its author attached them. An edit keeps them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<FileRef>,
    /// When its author last edited it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edited_at: Option<Millis>,
    /// In the order in which each emoji was first added.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reactions: Vec<Reaction>,
    /// The user who pinned it, if it is pinned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pinned_by: Option<UserId>,
    /// The position of the last amendment included in it; 0 if there is none.
    #[serde(default, skip_serializing_if = "super::is_default")]
    pub amended: Seq,
}

/// A shortened message that another one replies to. Never stored: it is read together with the reply, in its current
/// state.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quote {
    pub seq: Seq,
    /// The author of the quoted message.
    #[serde(default)]
    pub author: UserId,
    /// Shortened as in a [`Preview`]; `None` if the message was deleted.
    #[serde(default)]
    pub text: Option<String>,
    /// As [`Message::amended`].
    #[serde(default, skip_serializing_if = "super::is_default")]
    pub amended: Seq,
}

/// One emoji, and the users who added it, in that order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reaction {
    pub emoji: String,
    pub users: Vec<UserId>,
}

/// An earlier or current text of a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Version {
    /// When the message got this text.
    pub at: Millis,
    pub text: String,
}

impl Message {
    /// A message without amendments.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            ..Self::default()
        }
    }

    /// Whether `user` has added this reaction.
    #[must_use]
    pub fn has_reaction(&self, emoji: &str, user: UserId) -> bool {
        let given = self.reactions.iter().find(|given| given.emoji == emoji);
        given.is_some_and(|given| given.users.contains(&user))
    }
}

impl Quote {
    /// The quote of a message that is yet to be looked up.
    #[must_use]
    pub fn to(seq: Seq) -> Self {
        Self {
            seq,
            ..Self::default()
        }
    }
}
