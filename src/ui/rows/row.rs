//! The rows of the message list, and their keys.

use super::notice::Notice;
use crate::engine::Held;
use crate::model::{ClientId, Mentions, Millis, Quote, Reaction, Refusal, Seq, UserId};

/// One row of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Row {
    /// A new day, by its number in the reader's zone. It shows nothing else, so that it is the same row when the zone
    /// becomes known and other messages are of that day.
    Day(i64),
    /// Above the first message that was unread when the thread was opened.
    Unread,
    Message(MessageRow),
    /// What happened in a room beside messages.
    Notice(Notice),
}

/// One message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessageRow {
    /// The id its sender gave it, for one's own: it stays the same when the message gets its `seq`.
    pub own: Option<ClientId>,
    pub seq: Seq,
    pub author: UserId,
    pub at: Millis,
    pub text: String,
    /// Whom it calls.
    pub mentions: Mentions,
    /// What it answers.
    pub reply: Option<Quote>,
    pub edited_at: Option<Millis>,
    pub reactions: Vec<Reaction>,
    /// Who pinned it.
    pub pinned_by: Option<UserId>,
    /// Whether it opens a group, and so shows author and avatar.
    pub opens: bool,
    /// How far others have got it, where that stands at this message.
    pub receipt: Option<Receipt>,
    pub state: State,
}

/// The receipt that a message shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Receipt {
    Sent,
    Delivered,
    Read,
    /// These have read up to here, and no further.
    By(Vec<UserId>),
}

/// How a message stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    Sent,
    /// On its way, or why it waits.
    Sending(Option<Held>),
    Failed(Refusal),
    /// It was deleted: its text is gone.
    Deleted,
}

impl State {
    /// As the page says it in `data-state`.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::Sending(_) => "sending",
            Self::Failed(_) => "failed",
            Self::Deleted => "deleted",
        }
    }
}

/// What tells a row from another. A row whose key is the same stays in the page as it is, so all that
/// can change in a row is watched by the row itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Key {
    Day(i64),
    Unread,
    Message(Seq),
    Own(ClientId),
    Deleted(Seq),
    /// The first of its events, and the last.
    Notice(Seq, Seq),
}

impl Row {
    #[must_use]
    pub fn key(&self) -> Key {
        match self {
            Self::Day(day) => Key::Day(*day),
            Self::Unread => Key::Unread,
            Self::Message(message) => message.key(),
            Self::Notice(notice) => Key::Notice(notice.first, notice.last),
        }
    }
}

impl MessageRow {
    #[must_use]
    pub fn key(&self) -> Key {
        match self.own {
            _ if self.state == State::Deleted => Key::Deleted(self.seq),
            Some(id) => Key::Own(id),
            None => Key::Message(self.seq),
        }
    }
}
