//! Threads as the thread list shows them, and their unread counts.

use serde::{Deserialize, Serialize};

use super::notify::NotifyChoice;
use super::wire::{flattened, tagged};
use super::{Millis, Person, Room, Seq, ThreadId, UserId, cut, limits};

/// The kind of a thread.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(remote = "Self", rename_all = "snake_case")]
pub enum ThreadKind {
    /// Between two people: the viewer and `other`.
    Direct { other: Person },
    /// A room of which the viewer is a member.
    Room(Room),
}

tagged!(ThreadKind, "kind");

impl ThreadKind {
    /// The placeholder in a [`ThreadHead`] until this part of it is deserialized.
    fn unread() -> Self {
        Self::Direct {
            other: Person::default(),
        }
    }
}

/// How far a user has read a thread. It moves up, until the user marks messages as unread: then it moves back, and a new
/// turn begins. Of two marks the one of the later turn counts, and within a turn the higher one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ReadMark {
    /// How often the user has marked messages of the thread as unread.
    #[serde(default, skip_serializing_if = "super::is_default")]
    pub turn: i64,
    /// Everything up to this position is read.
    pub seq: Seq,
    /// [`Event::count`] at that position.
    pub count: i64,
}

impl ReadMark {
    /// The later turn's mark, or the higher of two marks of the same turn.
    #[must_use]
    pub fn merge(self, other: Self) -> Self {
        if other.is_after(self) { other } else { self }
    }

    /// Whether this mark replaces the other one.
    #[must_use]
    pub fn is_after(self, other: Self) -> bool {
        (self.turn, self.seq) > (other.turn, other.seq)
    }
}

/// Shown in place of the text of a deleted message.
pub const DELETED: &str = "Message deleted";
/// Shown in place of the text of a message by a blocked user.
pub const BLOCKED: &str = "Blocked message";

/// The last message of a thread, shortened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Preview {
    pub seq: Seq,
    pub author: UserId,
    pub at: Millis,
    /// At most [`limits::PREVIEW_MAX`] characters, on one line.
    pub text: String,
}

impl Preview {
    /// The text as shown in a preview.
    #[must_use]
    pub fn shorten(text: &str) -> String {
        let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let shown = cut::beginning(&line, limits::PREVIEW_MAX);
        match shown.len() < line.len() {
            true => [shown, "…"].concat(),
            false => line,
        }
    }
}

/// A thread as one of its members (the viewer) sees it in the list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(remote = "Self")]
pub struct ThreadHead {
    pub id: ThreadId,
    #[serde(flatten, skip_deserializing, default = "ThreadKind::unread")]
    pub kind: ThreadKind,
    /// The user who created it. An empty direct thread is shown only to them.
    pub creator: UserId,
    pub created_at: Millis,
    /// The position of the last event.
    pub last_seq: Seq,
    /// The number of messages.
    pub count: i64,
    /// The last message; `None` if the thread is empty.
    pub last: Option<Preview>,
    /// Whether the viewer keeps it on top of the list.
    #[serde(default, skip_serializing_if = "super::is_default")]
    pub favourite: bool,
    /// What the viewer is notified of.
    #[serde(default, skip_serializing_if = "super::is_default")]
    pub notify: NotifyChoice,
    /// How far the viewer has read it.
    pub read: ReadMark,
    /// The positions of the pinned messages, earliest pinned first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pins: Vec<Seq>,
    /// The positions of the messages that the viewer has saved for later, earliest saved first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub saved: Vec<Seq>,
    /// The positions of unread messages that mention the viewer, ascending; only the last
    /// [`limits::MENTIONS_UNREAD_MAX`]. Always empty for direct threads, where every message is addressed to the other
    /// member.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mentions: Vec<Seq>,
    /// The positions of deleted messages after the read mark, ascending; only the last [`limits::DELETED_KEPT`]. They
    /// are included in `count`, but aren't unread.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub deleted: Vec<Seq>,
    /// The positions of unread messages by users whom the viewer blocks, ascending, among the last
    /// [`limits::HUSHED_WITHIN`] events; and the viewer's own messages that they marked as unread along with others'.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hushed: Vec<Seq>,
}

flattened!(ThreadHead, kind);

impl ThreadHead {
    /// The number of unread messages: those after the read mark that weren't deleted and, in a room, aren't by a user
    /// whom the viewer blocks. The viewer's own messages are never unread.
    #[must_use]
    pub fn unread(&self) -> i64 {
        let left_out = i64::try_from(self.deleted.len() + self.hushed.len()).unwrap_or(i64::MAX);
        (unread(self.count, self.read) - left_out).max(0)
    }

    /// Moves the read mark to `mark`, unless the present one counts.
    pub fn mark_read(&mut self, mark: ReadMark) {
        self.read = self.read.merge(mark);
        let read = self.read.seq;
        self.mentions.retain(|seq| *seq > read);
        self.deleted.retain(|seq| *seq > read);
        self.hushed.retain(|seq| *seq > read);
    }

    /// Takes over what is unread again from an earlier state of this thread, in which messages were marked as unread.
    pub fn unread_again(&mut self, from: Self) {
        let merge = |mine: &mut Vec<Seq>, mut all: Vec<Seq>| {
            mine.retain(|seq| *seq > from.last_seq);
            all.append(mine);
            *mine = all;
        };
        merge(&mut self.mentions, from.mentions);
        merge(&mut self.deleted, from.deleted);
        merge(&mut self.hushed, from.hushed);
    }

    /// Records that the message at `seq` was deleted, so that it is no longer unread.
    pub(super) fn note_deleted(&mut self, seq: Seq) {
        self.note_mention(seq, false);
        self.hushed.retain(|hushed| *hushed != seq);
        if seq <= self.read.seq {
            return;
        }
        if let Err(at) = self.deleted.binary_search(&seq) {
            self.deleted.insert(at, seq);
        }
        if self.deleted.len() > limits::DELETED_KEPT {
            self.deleted.remove(0);
        }
    }

    /// Records whether the message at `seq`, in its current version, mentions the viewer.
    pub(super) fn note_mention(&mut self, seq: Seq, is_mentioned: bool) {
        if self.room().is_none() || seq <= self.read.seq {
            return;
        }
        match (self.mentions.binary_search(&seq), is_mentioned) {
            (Err(at), true) => self.mentions.insert(at, seq),
            (Ok(at), false) => drop(self.mentions.remove(at)),
            _ => {}
        }
        if self.mentions.len() > limits::MENTIONS_UNREAD_MAX {
            self.mentions.remove(0);
        }
    }

    /// The time of the last activity that moves it up in the list.
    #[must_use]
    pub fn active_at(&self) -> Millis {
        self.last.as_ref().map_or(self.created_at, |last| last.at)
    }

    /// The title in the list and above the timeline.
    #[must_use]
    pub fn title(&self) -> &str {
        match &self.kind {
            ThreadKind::Direct { other } => &other.display_name,
            ThreadKind::Room(room) => &room.name,
        }
    }

    /// The room; `None` for a direct thread.
    #[must_use]
    pub fn room(&self) -> Option<&Room> {
        match &self.kind {
            ThreadKind::Room(room) => Some(room),
            ThreadKind::Direct { .. } => None,
        }
    }

    /// Whether the list of `viewer` includes it: an empty direct thread is listed only for its creator.
    #[must_use]
    pub fn is_listed_for(&self, viewer: UserId) -> bool {
        self.count > 0 || self.creator == viewer || self.room().is_some()
    }
}

/// The number of messages after the read mark, by any author.
#[must_use]
pub fn unread(count: i64, read: ReadMark) -> i64 {
    (count - read.count).max(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn preview_is_one_line_cut_at_a_cluster_boundary() {
        let family = "👨‍👩‍👧‍👦";
        let full = "x".repeat(limits::PREVIEW_MAX);
        let nearly = "x".repeat(limits::PREVIEW_MAX - 1);
        for (text, shown) in [
            ("a\n\n b\t".to_owned(), "a b".to_owned()),
            (full.clone(), full.clone()),
            ([&full, "x"].concat(), [&full, "…"].concat()),
            ([&nearly, "é"].concat(), [&nearly, "é"].concat()),
            ([&nearly, family].concat(), [&nearly, "…"].concat()),
            ([&nearly, "🇩🇪"].concat(), [&nearly, "…"].concat()),
            ([&nearly, "e\u{301}"].concat(), [&nearly, "…"].concat()),
        ] {
            assert_eq!(Preview::shorten(&text), shown);
        }
    }
}
