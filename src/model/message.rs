//! A message in its current state: as it was sent, with all later amendments applied.

use serde::{Deserialize, Serialize};

use super::{Event, EventBody, Mentions, Millis, Preview, Seq, UserId};

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
    /// When its author last edited it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edited_at: Option<Millis>,
    /// In the order in which each emoji was first added.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reactions: Vec<Reaction>,
    /// Who pinned it, if it is pinned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pinned_by: Option<UserId>,
    /// The position of the last amendment included in it; 0 if there is none.
    #[serde(default, skip_serializing_if = "is_zero")]
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
    #[serde(default, skip_serializing_if = "is_zero")]
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

fn is_zero(seq: &Seq) -> bool {
    *seq == 0
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

    fn take(&mut self, by: &Event) {
        if by.seq <= self.amended {
            return;
        }
        self.amended = by.seq;
        match &by.body {
            EventBody::MessageEdited { text, mentions, .. } => {
                self.text.clone_from(text);
                self.mentions.clone_from(mentions);
                self.edited_at = Some(by.at);
            }
            EventBody::Reacted { emoji, .. } => self.react(emoji, by.actor),
            EventBody::Unreacted { emoji, .. } => self.unreact(emoji, by.actor),
            EventBody::Pinned { .. } => self.pinned_by = Some(by.actor),
            EventBody::Unpinned { .. } => self.pinned_by = None,
            _ => {}
        }
    }

    fn react(&mut self, emoji: &str, user: UserId) {
        let given = self.reactions.iter_mut().find(|it| it.emoji == emoji);
        match given {
            Some(given) if given.users.contains(&user) => {}
            Some(given) => given.users.push(user),
            None => self.reactions.push(Reaction {
                emoji: emoji.to_owned(),
                users: vec![user],
            }),
        }
    }

    fn unreact(&mut self, emoji: &str, user: UserId) {
        for given in self.reactions.iter_mut().filter(|it| it.emoji == emoji) {
            given.users.retain(|it| *it != user);
        }
        self.reactions.retain(|given| !given.users.is_empty());
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

    /// The quote of an event; `None` if it is not a message.
    #[must_use]
    pub fn of(event: &Event) -> Option<Self> {
        let (text, amended) = match &event.body {
            EventBody::Message(message) => (Some(Preview::shorten(&message.text)), message.amended),
            EventBody::Deleted => (None, 0),
            _ => return None,
        };
        Some(Self {
            seq: event.seq,
            author: event.actor,
            text,
            amended,
        })
    }

    fn take(&mut self, by: &Event) {
        match &by.body {
            // Deletion is final.
            _ if self.text.is_none() || by.seq <= self.amended => {}
            EventBody::MessageDeleted { .. } => {
                self.text = None;
                self.amended = 0;
            }
            EventBody::MessageEdited { text, .. } => {
                self.text = Some(Preview::shorten(text));
                self.amended = by.seq;
            }
            // Other amendments don't show in a quote, but `amended` advances, so that the quote equals one that is read
            // now.
            _ => self.amended = by.seq,
        }
    }
}

impl Event {
    /// The positions of the messages whose amendments affect this event: its own and the one it replies to; for an
    /// edit, the edited one.
    #[must_use]
    pub fn amendable(&self) -> [Option<Seq>; 2] {
        match &self.body {
            EventBody::Message(message) => [
                Some(self.seq),
                message.reply.as_ref().map(|quote| quote.seq),
            ],
            EventBody::MessageEdited { seq, .. } => [Some(*seq), None],
            _ => [None, None],
        }
    }

    /// Applies a later event that amends this message, or the one it replies to. Amendments already included have no
    /// effect; new ones must come in log order.
    pub fn amend(&mut self, by: &Self) {
        // No text that a deleted message ever had is retained.
        if let EventBody::MessageEdited {
            seq,
            text,
            mentions,
        } = &mut self.body
            && by.body == (EventBody::MessageDeleted { seq: *seq })
        {
            text.clear();
            *mentions = Mentions::default();
        }
        let (Some(target), EventBody::Message(message)) = (by.body.amends(), &mut self.body) else {
            return;
        };
        if let Some(quote) = message.reply.as_mut().filter(|quote| quote.seq == target) {
            quote.take(by);
        }
        if target != self.seq {
            return;
        }
        match by.body {
            EventBody::MessageDeleted { .. } => self.body = EventBody::Deleted,
            _ => message.take(by),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ThreadId;

    fn event(seq: Seq, actor: i64, body: EventBody) -> Event {
        Event {
            thread: ThreadId(1),
            seq,
            count: 1,
            at: seq * 10,
            actor: UserId(actor),
            client_id: None,
            body,
        }
    }

    fn now(event: &Event) -> &Message {
        match &event.body {
            EventBody::Message(message) => message,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_a_message_holds_already_changes_nothing() {
        let mut it = event(1, 1, EventBody::message("tea"));
        let edited = |seq, text: &str| event(seq, 1, EventBody::edited(1, text));
        it.amend(&edited(3, "coffee"));
        it.amend(&edited(2, "cocoa"));
        assert_eq!(
            (now(&it).text.as_str(), now(&it).edited_at),
            ("coffee", Some(30))
        );
    }

    #[test]
    fn a_reaction_is_there_once_for_each_who_gave_it_and_goes_with_the_last() {
        let mut it = event(1, 1, EventBody::message("tea"));
        let emoji = || "👍".to_owned();
        let give = EventBody::Reacted {
            seq: 1,
            emoji: emoji(),
        };
        let take = EventBody::Unreacted {
            seq: 1,
            emoji: emoji(),
        };
        it.amend(&event(2, 1, give.clone()));
        it.amend(&event(3, 2, give.clone()));
        it.amend(&event(4, 2, give));
        assert_eq!(now(&it).reactions[0].users, [UserId(1), UserId(2)]);
        it.amend(&event(5, 1, take.clone()));
        assert!(!now(&it).has_reaction("👍", UserId(1)));
        it.amend(&event(6, 2, take));
        assert_eq!(now(&it).reactions, []);
    }

    #[test]
    fn an_answer_shows_what_it_answers_as_that_is_now() {
        let mut original = event(1, 1, EventBody::message("tea"));
        let mut answer = Message::new("yes");
        answer.reply = Quote::of(&original);
        let mut answer = event(2, 2, EventBody::Message(answer));
        let changes = [
            EventBody::edited(1, "coffee"),
            EventBody::Reacted {
                seq: 1,
                emoji: "👍".into(),
            },
            EventBody::MessageDeleted { seq: 1 },
        ];
        for (at, body) in changes.into_iter().enumerate() {
            let by = event(at as Seq + 3, 1, body);
            original.amend(&by);
            answer.amend(&by);
            assert_eq!(now(&answer).reply, Quote::of(&original));
        }
        assert_eq!(
            now(&answer).reply.as_ref().map(|quote| &quote.text),
            Some(&None)
        );
    }
}
