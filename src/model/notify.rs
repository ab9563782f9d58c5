//! Whether a person is notified of a message, and why or why not. Plain values.

mod decision;
mod keywords;
mod level;
mod settings;

pub use decision::{NotifyDecision, NotifyVerdict};
pub use keywords::{KeywordText, Keywords};
pub use level::{Level, NotifyChoice};
pub use settings::{NotifySettings, QuietHours, minute_of, minute_text};

use serde::{Deserialize, Serialize};

use super::{Event, EventBody, Message, Millis, Quote, Seq, ThreadId, UserId};

/// Why a person is notified.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    Mention,
    Reply,
    /// It has one of the person's keywords.
    Keyword,
    /// The level of the thread is [`Level::Everything`].
    Level,
}

/// Why a person is not notified.
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
    /// The person has paused notifications, or has quiet hours.
    Quiet,
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
    /// Whether it has one of the person's keywords.
    pub is_keyword: bool,
    pub level: Level,
    pub is_muted: bool,
    /// Whether the person has paused notifications, or has quiet hours.
    pub is_quiet: bool,
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
    /// What they chose for all threads.
    pub settings: &'a NotifySettings,
    /// The keywords of these settings.
    pub keywords: &'a Keywords,
    /// Whether it is a direct chat or a group: a conversation among a few.
    pub is_direct: bool,
}

/// When it is decided.
#[derive(Clone, Copy, Debug)]
pub struct Moment {
    pub now: Millis,
    /// The minute of the day, in the person's time zone: 0 to 1,439.
    pub minute: u16,
}

/// A message that is judged, for however many people.
#[derive(Clone, Debug)]
pub struct JudgedMessage<'a> {
    pub event: &'a Event,
    pub message: &'a Message,
    text: KeywordText<'a>,
}

impl<'a> JudgedMessage<'a> {
    /// `None`: the event is no message.
    #[must_use]
    pub fn of(event: &'a Event) -> Option<Self> {
        let EventBody::Message(message) = &event.body else {
            return None;
        };
        let text = KeywordText::new(&message.text);
        Some(Self {
            event,
            message,
            text,
        })
    }
}

impl MessageFacts {
    /// The facts of a message for a member, at this time. Whether they are looking is not known here: they aren't.
    #[must_use]
    pub fn of(judged: &JudgedMessage<'_>, member: NotifiedMember<'_>, at: Moment) -> Self {
        let (event, message) = (judged.event, judged.message);
        let is_replied = |quote: &Quote| quote.author == member.user;
        let settings = member.settings;
        Self {
            is_own: event.actor == member.user,
            is_blocked: member.blocked.contains(&event.actor),
            is_read: member.read >= event.seq,
            is_mention: message.mentions.includes(member.user),
            is_reply: message.reply.as_ref().is_some_and(is_replied),
            is_keyword: judged.text.has_any(member.keywords),
            level: settings.level(member.choice, member.is_direct),
            is_muted: member.choice.is_muted(at.now),
            is_quiet: settings.is_quiet(at.now, at.minute),
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
            is_keyword: true, ..
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

#[cfg(test)]
mod tests {
    use super::*;

    const SAID: MessageFacts = MessageFacts {
        is_own: false,
        is_blocked: false,
        is_read: false,
        is_mention: false,
        is_reply: false,
        is_keyword: false,
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
                    level,
                    is_muted: bit(5),
                    is_looking: bit(6),
                    is_keyword: bit(7),
                    is_quiet: bit(8),
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
                || facts.is_quiet
                || facts.level == Level::Nothing;
            assert!(!(is_notified && never), "{facts:?}");
            let calls = facts.is_mention || facts.is_reply || facts.is_keyword;
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
        let quiet = MessageFacts {
            is_quiet: true,
            ..looking
        };
        assert_eq!(judge(&quiet), Err(Silence::Quiet));
        let unmentioned = MessageFacts {
            level: Level::Mentions,
            ..quiet
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
