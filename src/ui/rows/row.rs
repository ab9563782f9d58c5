//! The rows of the message list, and their keys.

use super::notice::Notice;
use crate::engine::Held;
use crate::model::{ClientId, FileRef, Mentions, Millis, Quote, Reaction, Refusal, Seq, UserId};

/// A row of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Row {
    /// A new day, by its number in the viewer's time zone. It shows nothing else, so that the row stays the same
    /// when the zone becomes known and the day starts at another message.
    Day(i64),
    /// The divider above the first message that was unread when the thread was opened.
    Unread,
    Message(MessageRow),
    /// An event of a room other than a message.
    Notice(Notice),
}

/// A message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessageRow {
    /// The client ID of the user's own message: it stays the same when the message gets its `seq`.
    pub own: Option<ClientId>,
    pub seq: Seq,
    pub author: UserId,
    pub at: Millis,
    pub text: String,
    /// The users it mentions.
    pub mentions: Mentions,
    /// The message it replies to.
    pub reply: Option<Quote>,
    pub files: Vec<FileRef>,
    pub edited_at: Option<Millis>,
    pub reactions: Vec<Reaction>,
    /// The user who pinned it.
    pub pinned_by: Option<UserId>,
    /// Whether it opens a group, and so shows author and avatar.
    pub opens: bool,
    /// How far others have received and read the thread, if that is shown at this message.
    pub receipt: Option<Receipt>,
    pub state: State,
}

/// The receipt that a message shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Receipt {
    Sent,
    Delivered,
    Read,
    /// The users who have read up to this message.
    By(Vec<UserId>),
}

/// The delivery state of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    Sent,
    /// On its way, or why it waits.
    Sending(Option<Held>),
    Failed(Refusal),
    /// Its text is gone.
    Deleted,
}

impl State {
    /// The value of `data-state` in the page.
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

/// The identity of a row. A row with the same key stays in the page as it is, so everything that can change in a
/// row is tracked by the row itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Key {
    Day(i64),
    Unread,
    Message(Seq),
    Own(ClientId),
    Deleted(Seq),
    /// The first and the last of its events.
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
