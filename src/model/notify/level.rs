//! What a person wants to be notified of in a thread.

use serde::{Deserialize, Serialize};

use crate::model::Millis;

/// What a person wants to be notified of in a thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    Nothing,
    /// Messages that mention the person, or reply to one of theirs.
    Mentions,
    Everything,
}

impl Level {
    /// The level as a server function takes it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::Mentions => "mentions",
            Self::Everything => "everything",
        }
    }

    /// As the database has it: 0 where the person chose none.
    #[must_use]
    pub fn stored(level: Option<Self>) -> i64 {
        match level {
            None => 0,
            Some(Self::Nothing) => 1,
            Some(Self::Mentions) => 2,
            Some(Self::Everything) => 3,
        }
    }

    /// The reverse of [`Level::stored`].
    #[must_use]
    pub fn of_stored(number: i64) -> Option<Self> {
        let all = [Self::Nothing, Self::Mentions, Self::Everything];
        all.into_iter()
            .find(|level| Self::stored(Some(*level)) == number)
    }

    /// The reverse of [`Level::word`].
    #[must_use]
    pub fn of_word(word: &str) -> Option<Self> {
        let all = [Self::Nothing, Self::Mentions, Self::Everything];
        all.into_iter().find(|level| level.word() == word)
    }
}

/// What a member chose for a thread: what they are notified of, and whether it calls for attention at all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotifyChoice {
    /// `None`: that of such threads in [`NotifySettings`](super::NotifySettings).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub level: Option<Level>,
    #[serde(default, skip_serializing_if = "crate::model::is_default")]
    pub muted: bool,
    /// When `muted` ends; 0: when the member ends it.
    #[serde(default, skip_serializing_if = "crate::model::is_default")]
    pub muted_until: Millis,
}

impl NotifyChoice {
    /// Whether the thread is muted at this time.
    #[must_use]
    pub fn is_muted(&self, now: Millis) -> bool {
        self.muted && (self.muted_until == 0 || now < self.muted_until)
    }
}
