//! Whether a person is told of a message. One function decides for the open page, for a push to a device, and for the
//! explanation of both in the settings.

use serde::{Deserialize, Serialize};

use super::names::folded;

/// Minutes of a day.
const DAY: u16 = 24 * 60;

/// What a person wants to be told of in a thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    Nothing,
    /// Messages that mention the person, or reply to one of theirs.
    Mentions,
    Everything,
}

impl Level {
    /// The level of a thread that the person has not chosen one for.
    #[must_use]
    pub fn of(is_direct: bool) -> Self {
        match is_direct {
            true => Self::Everything,
            false => Self::Mentions,
        }
    }
}

/// Why a person is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    Mention,
    Reply,
    Keyword,
    /// The level of the thread is [`Level::Everything`].
    Level,
}

/// Why a person is not told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Silence {
    /// The person wrote it.
    Own,
    /// The person blocks its author.
    Blocked,
    /// The person has read it, on this device or another.
    Read,
    /// The person has muted the thread.
    Muted,
    /// The level of the thread is [`Level::Nothing`].
    Nothing,
    /// The level of the thread is [`Level::Mentions`], and it is none.
    NoMention,
    /// The person doesn't want to be disturbed now.
    Quiet,
    /// The person is looking at chapp, on this device or another.
    Looking,
}

/// A part of the day, in the person's own time zone, as minutes from midnight. It may go over midnight. Equal ends: none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hours {
    pub from: u16,
    pub to: u16,
}

impl Hours {
    /// Whether a minute of the day is in it. The first one is, the last one is not.
    #[must_use]
    pub fn contain(self, minute: u16) -> bool {
        let since = |begin: u16| (minute + DAY - begin % DAY) % DAY;
        let length = (self.to + DAY - self.from % DAY) % DAY;
        since(self.from) < length
    }
}

/// What is known of a message, and of the person, when it is decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MessageFacts {
    pub is_own: bool,
    pub is_blocked: bool,
    pub is_read: bool,
    pub is_mention: bool,
    /// Whether it replies to a message of the person.
    pub is_reply: bool,
    /// See [`has_keyword`].
    pub has_keyword: bool,
    pub level: Level,
    pub is_muted: bool,
    pub is_quiet: bool,
    pub is_looking: bool,
}

/// Decides. What can never change comes first, so that the reason given is the one that a person can do something about
/// last: a muted thread is muted whether or not they are looking.
///
/// # Errors
/// Why the person is not told.
pub fn judge(facts: &MessageFacts) -> Result<Cause, Silence> {
    let cause = match facts {
        MessageFacts { is_own: true, .. } => return Err(Silence::Own),
        MessageFacts {
            is_blocked: true, ..
        } => return Err(Silence::Blocked),
        MessageFacts { is_read: true, .. } => return Err(Silence::Read),
        MessageFacts { is_muted: true, .. } => return Err(Silence::Muted),
        MessageFacts {
            level: Level::Nothing,
            ..
        } => return Err(Silence::Nothing),
        MessageFacts {
            is_mention: true, ..
        } => Cause::Mention,
        MessageFacts { is_reply: true, .. } => Cause::Reply,
        MessageFacts {
            has_keyword: true, ..
        } => Cause::Keyword,
        MessageFacts {
            level: Level::Everything,
            ..
        } => Cause::Level,
        _ => return Err(Silence::NoMention),
    };
    match facts {
        MessageFacts { is_quiet: true, .. } => Err(Silence::Quiet),
        MessageFacts {
            is_looking: true, ..
        } => Err(Silence::Looking),
        _ => Ok(cause),
    }
}

/// Whether a text has one of these words or phrases, as whole words; case and accents don't matter.
#[must_use]
pub fn has_keyword(text: &str, keywords: &[String]) -> bool {
    if keywords.is_empty() {
        return false;
    }
    let words = |text: &str| {
        let letters = folded(text);
        let words = letters.split(|c: char| !c.is_alphanumeric());
        let words: Vec<_> = words
            .filter(|word| !word.is_empty())
            .map(str::to_owned)
            .collect();
        words
    };
    let text = words(text);
    keywords.iter().any(|keyword| {
        let keyword = words(keyword);
        !keyword.is_empty() && text.windows(keyword.len()).any(|part| part == keyword)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAID: MessageFacts = MessageFacts {
        is_own: false,
        is_blocked: false,
        is_read: false,
        is_mention: false,
        is_reply: false,
        has_keyword: false,
        level: Level::Everything,
        is_muted: false,
        is_quiet: false,
        is_looking: false,
    };

    /// All combinations.
    fn all() -> impl Iterator<Item = MessageFacts> {
        let levels = [Level::Nothing, Level::Mentions, Level::Everything];
        (0..1 << 9).flat_map(move |bits: u32| {
            levels.map(|level| {
                let bit = |at: u32| bits >> at & 1 == 1;
                MessageFacts {
                    is_own: bit(0),
                    is_blocked: bit(1),
                    is_read: bit(2),
                    is_mention: bit(3),
                    is_reply: bit(4),
                    has_keyword: bit(5),
                    level,
                    is_muted: bit(6),
                    is_quiet: bit(7),
                    is_looking: bit(8),
                }
            })
        })
    }

    #[test]
    fn nobody_is_told_of_what_they_wrote_read_muted_or_of_whom_they_block() {
        for facts in all() {
            let is_notified = judge(&facts).is_ok();
            let never = facts.is_own
                || facts.is_blocked
                || facts.is_read
                || facts.is_muted
                || facts.is_quiet
                || facts.is_looking
                || facts.level == Level::Nothing;
            assert!(!(is_notified && never), "{facts:?}");
            let calls = facts.is_mention || facts.is_reply || facts.has_keyword;
            let wanted = !never && (calls || facts.level == Level::Everything);
            assert_eq!(is_notified, wanted, "{facts:?}");
        }
    }

    #[test]
    fn a_higher_level_never_silences() {
        for facts in all() {
            let higher = MessageFacts {
                level: Level::Everything,
                ..facts
            };
            assert!(judge(&facts).is_err() || judge(&higher) == judge(&facts));
        }
    }

    #[test]
    fn the_reason_is_the_one_that_lasts() {
        let quiet = MessageFacts {
            is_quiet: true,
            is_looking: true,
            ..SAID
        };
        assert_eq!(judge(&quiet), Err(Silence::Quiet));
        let muted = MessageFacts {
            is_muted: true,
            ..quiet
        };
        assert_eq!(judge(&muted), Err(Silence::Muted));
        let unmentioned = MessageFacts {
            level: Level::Mentions,
            ..quiet
        };
        assert_eq!(judge(&unmentioned), Err(Silence::NoMention));
        assert_eq!(judge(&SAID), Ok(Cause::Level));
    }

    #[test]
    fn quiet_hours_may_go_over_midnight() {
        let night = Hours {
            from: 22 * 60,
            to: 7 * 60,
        };
        for (minute, is_in) in [
            (0, true),
            (419, true),
            (420, false),
            (1_319, false),
            (1_320, true),
        ] {
            assert_eq!(night.contain(minute), is_in, "{minute}");
        }
        let noon = Hours { from: 720, to: 780 };
        assert!(noon.contain(720) && noon.contain(779) && !noon.contain(780));
        assert!((0..DAY).all(|minute| !Hours::default().contain(minute)));
    }

    #[test]
    fn a_keyword_is_whole_words_in_any_case() {
        let keywords = [
            "Garden".to_owned(),
            "release party".to_owned(),
            "…".to_owned(),
        ];
        for text in ["the GARDEN?", "Gárden", "our release  party!"] {
            assert!(has_keyword(text, &keywords), "{text}");
        }
        for text in ["gardening", "release the party", "", "…"] {
            assert!(!has_keyword(text, &keywords), "{text}");
        }
    }
}
