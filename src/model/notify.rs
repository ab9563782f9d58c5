//! Whether a person is notified of a message, and why or why not. Plain values.

use serde::{Deserialize, Serialize};

use super::{Event, Message, Millis, Quote, Seq, ThreadId, UserId};

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

    /// The level of a thread that the person has not chosen one for.
    #[must_use]
    pub fn of(is_direct: bool) -> Self {
        match is_direct {
            true => Self::Everything,
            false => Self::Mentions,
        }
    }
}

/// What a member chose for a thread: what they are notified of, and whether it calls for attention at all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotifyChoice {
    /// `None`: the default of such threads.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub level: Option<Level>,
    #[serde(default, skip_serializing_if = "super::is_default")]
    pub muted: bool,
    /// When `muted` ends; 0: when the member ends it.
    #[serde(default, skip_serializing_if = "super::is_default")]
    pub muted_until: Millis,
}

impl NotifyChoice {
    /// Whether the thread is muted at this time.
    #[must_use]
    pub fn is_muted(&self, now: Millis) -> bool {
        self.muted && (self.muted_until == 0 || now < self.muted_until)
    }

    /// The level, or the default of such threads.
    #[must_use]
    pub fn level_in(&self, is_direct: bool) -> Level {
        self.level.unwrap_or_else(|| Level::of(is_direct))
    }
}

/// Why a person is notified.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    Mention,
    Reply,
    /// The level of the thread is [`Level::Everything`].
    Level,
}

/// Why a person is not notified.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
    /// The person is looking at chapp, on this device or another.
    Looking,
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
    pub level: Level,
    pub is_muted: bool,
    pub is_looking: bool,
}

/// A member of a thread, as far as that decides what they are notified of there.
#[derive(Clone, Copy, Debug)]
pub struct NotifiedMember<'a> {
    pub user: UserId,
    /// The people they block.
    pub blocked: &'a [UserId],
    /// Up to where they have read.
    pub read: Seq,
    pub choice: NotifyChoice,
    /// Whether it is a direct chat or a group: a conversation among a few.
    pub is_direct: bool,
}

impl MessageFacts {
    /// The facts of a message for a member, at this time. Whether they are looking is not known here: they aren't.
    #[must_use]
    pub fn of(event: &Event, message: &Message, member: NotifiedMember<'_>, now: Millis) -> Self {
        let is_replied = |quote: &Quote| quote.author == member.user;
        Self {
            is_own: event.actor == member.user,
            is_blocked: member.blocked.contains(&event.actor),
            is_read: member.read >= event.seq,
            is_mention: message.mentions.includes(member.user),
            is_reply: message.reply.as_ref().is_some_and(is_replied),
            level: member.choice.level_in(member.is_direct),
            is_muted: member.choice.is_muted(now),
            is_looking: false,
        }
    }
}

/// The title of a notification: the author, and the room if there is one.
#[must_use]
pub fn title(author: &str, room: Option<&str>) -> String {
    match room {
        Some(room) => [author, " (", room, ")"].concat(),
        None => author.to_owned(),
    }
}

/// The text of a notification.
#[must_use]
pub fn body(message: &Message, shows_text: bool) -> String {
    match shows_text {
        true => message.preview(),
        false => "New message".to_owned(),
    }
}

/// The tag of a thread's notifications, whether they come from a page or by a push: browsers replace one with the next
/// of the same tag.
#[must_use]
pub fn tag(thread: ThreadId) -> String {
    ["t", &*thread.to_string()].concat()
}

/// Decides. What can never change comes first, so that the reason given is the one that a person can do something about
/// last: a muted thread is muted whether or not they are looking.
///
/// # Errors
/// Why the person is not notified.
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
            level: Level::Everything,
            ..
        } => Cause::Level,
        _ => return Err(Silence::NoMention),
    };
    match facts.is_looking {
        true => Err(Silence::Looking),
        false => Ok(cause),
    }
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
        level: Level::Everything,
        is_muted: false,
        is_looking: false,
    };

    /// All combinations.
    fn all() -> impl Iterator<Item = MessageFacts> {
        let levels = [Level::Nothing, Level::Mentions, Level::Everything];
        (0..1 << 7).flat_map(move |bits: u32| {
            levels.map(|level| {
                let bit = |at: u32| bits >> at & 1 == 1;
                MessageFacts {
                    is_own: bit(0),
                    is_blocked: bit(1),
                    is_read: bit(2),
                    is_mention: bit(3),
                    is_reply: bit(4),
                    level,
                    is_muted: bit(5),
                    is_looking: bit(6),
                }
            })
        })
    }

    #[test]
    fn nobody_is_notified_of_what_they_wrote_read_muted_or_of_whom_they_block() {
        for facts in all() {
            let is_notified = judge(&facts).is_ok();
            let never = facts.is_own
                || facts.is_blocked
                || facts.is_read
                || facts.is_muted
                || facts.is_looking
                || facts.level == Level::Nothing;
            assert!(!(is_notified && never), "{facts:?}");
            let calls = facts.is_mention || facts.is_reply;
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
        let looking = MessageFacts {
            is_looking: true,
            ..SAID
        };
        assert_eq!(judge(&looking), Err(Silence::Looking));
        let unmentioned = MessageFacts {
            level: Level::Mentions,
            ..looking
        };
        assert_eq!(judge(&unmentioned), Err(Silence::NoMention));
        let muted = MessageFacts {
            is_muted: true,
            ..unmentioned
        };
        assert_eq!(judge(&muted), Err(Silence::Muted));
        assert_eq!(judge(&SAID), Ok(Cause::Level));
    }
}
