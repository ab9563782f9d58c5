//! Restrictions that the admins of a room or of the site can set.

use serde::{Deserialize, Serialize};

/// Who may post in a room. Its admins always may.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Posting {
    /// Every member.
    #[default]
    Everyone,
    /// Every member may reply to a message; only admins post new ones.
    Replies,
    /// Only admins. Members can still react.
    Admins,
}

/// Who may invite, to a room or to the site.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Inviting {
    /// The admins of the room, or of the site.
    #[default]
    Admins,
    /// Every member. For the site: links to a room permit creating an account too.
    Members,
}

/// Who may create rooms.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RoomMaking {
    #[default]
    Everyone,
    /// The site's admins.
    Admins,
}

/// Who may start a direct thread. Existing threads are not affected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WritingFirst {
    /// Everyone, with everyone.
    #[default]
    Everyone,
    /// People who share a room other than the lobby.
    Roommates,
    /// The site's admins.
    Admins,
}

/// Assigns each value its word, the same in the database, in forms and on the wire.
macro_rules! words_of {
    ($($type:ident { $($value:ident = $word:literal),+ $(,)? })+) => {$(
        impl $type {
            /// The word for this value, in forms and in the database.
            #[must_use]
            pub fn word(self) -> &'static str {
                match self { $(Self::$value => $word),+ }
            }

            /// The value for a word. An unknown word, written by a newer version, yields the default.
            #[must_use]
            pub fn of_word(word: &str) -> Self {
                match word { $($word => Self::$value,)+ _ => Self::default() }
            }

            /// Whether this is the value that applies when nothing was set.
            #[must_use]
            pub fn is_default(&self) -> bool {
                *self == Self::default()
            }
        }
    )+};
}

pub(super) use words_of as words;

words_of! {
    Posting { Everyone = "everyone", Replies = "replies", Admins = "admins" }
    Inviting { Admins = "admins", Members = "members" }
    RoomMaking { Everyone = "everyone", Admins = "admins" }
    WritingFirst { Everyone = "everyone", Roommates = "roommates", Admins = "admins" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_has_one_word_in_the_database_and_on_the_wire() {
        for posting in [Posting::Everyone, Posting::Replies, Posting::Admins] {
            let json = serde_json::to_value(posting).expect("a word");
            assert_eq!(json, posting.word());
            assert_eq!(Posting::of_word(posting.word()), posting);
        }
        for writing in [
            WritingFirst::Everyone,
            WritingFirst::Roommates,
            WritingFirst::Admins,
        ] {
            assert_eq!(
                serde_json::to_value(writing).expect("a word"),
                writing.word()
            );
            assert_eq!(WritingFirst::of_word(writing.word()), writing);
        }
        assert_eq!(Inviting::of_word("by newer versions"), Inviting::Admins);
    }
}
