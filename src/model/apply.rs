//! How an event changes a message, a quote, a room and the head of a thread.
//!
//! The server reads them from the database with all events applied; the client applies each event as it arrives. Both
//! must come to the same state.

use super::thread::DELETED;
use super::{
    Event, EventBody, Mentions, Message, Preview, Quote, Reaction, ReadMark, Room, Seq, ThreadHead,
    ThreadKind, UserId, file, limits,
};

impl Message {
    /// The text as shown in a preview; without a text, the words for its files.
    #[must_use]
    pub fn preview(&self) -> String {
        match self.text.is_empty() {
            true => file::summary(&self.files),
            false => Preview::shorten(&self.text),
        }
    }

    fn apply(&mut self, by: &Event) {
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
    /// The quote of an event; `None` if it is not a message.
    #[must_use]
    pub fn of(event: &Event) -> Option<Self> {
        let (text, amended) = match &event.body {
            EventBody::Message(message) => (Some(message.preview()), message.amended),
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

    fn apply(&mut self, by: &Event) {
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
            quote.apply(by);
        }
        if target != self.seq {
            return;
        }
        match by.body {
            EventBody::MessageDeleted { .. } => self.body = EventBody::Deleted,
            _ => message.apply(by),
        }
    }
}

impl Preview {
    /// The preview of an event; `None` when it is not a message.
    #[must_use]
    pub fn of(event: &Event) -> Option<Self> {
        if event.body == EventBody::Deleted {
            return Some(Self::deleted(event));
        }
        let EventBody::Message(message) = &event.body else {
            return None;
        };
        Some(Self {
            seq: event.seq,
            author: event.actor,
            at: event.at,
            text: message.preview(),
        })
    }

    /// The preview of a message that was deleted.
    fn deleted(event: &Event) -> Self {
        Self {
            seq: event.seq,
            author: event.actor,
            at: event.at,
            text: DELETED.into(),
        }
    }
}

impl Room {
    /// Applies the next event of its log.
    pub fn apply(&mut self, event: &Event, viewer: UserId) {
        match &event.body {
            EventBody::Joined { members }
            | EventBody::Left { members }
            | EventBody::Removed { members, .. }
            | EventBody::Banned { members, .. } => self.members = *members,
            EventBody::RoleSet { user, role } if *user == viewer => self.role = *role,
            EventBody::Renamed { name } => {
                self.name.clone_from(name);
                self.is_group = false;
            }
            EventBody::TopicSet { topic } => self.topic.clone_from(topic),
            EventBody::MadePrivate => self.is_private = true,
            EventBody::MadePublic => self.is_private = false,
            EventBody::PostingSet { posting } => self.posting = *posting,
            EventBody::SlowModeSet { seconds } => self.slow_seconds = *seconds,
            EventBody::InvitingSet { inviting } => self.inviting = *inviting,
            EventBody::Message(_) if event.actor == viewer => self.posted_at = event.at,
            _ => {}
        }
    }
}

impl ThreadHead {
    /// Applies the event right after `last_seq`; earlier ones are already included and have no effect. `viewer`'s own
    /// messages count as read, because the author has seen everything above.
    pub fn apply(&mut self, event: &Event, viewer: UserId) {
        if event.seq <= self.last_seq {
            return;
        }
        self.last_seq = event.seq;
        self.count = event.count;
        if let Some(last) = &mut self.last
            && event.body.amends() == Some(last.seq)
        {
            match &event.body {
                EventBody::MessageDeleted { .. } => last.text = DELETED.into(),
                EventBody::MessageEdited { text, .. } => last.text = Preview::shorten(text),
                _ => {}
            }
        }
        match &event.body {
            EventBody::Pinned { seq } if !self.pins.contains(seq) => self.pins.push(*seq),
            EventBody::Unpinned { seq } | EventBody::MessageDeleted { seq } => {
                self.pins.retain(|pinned| pinned != seq);
            }
            _ => {}
        }
        if let ThreadKind::Room(room) = &mut self.kind {
            room.apply(event, viewer);
        }
        if let Some(preview) = Preview::of(event) {
            self.last = Some(preview);
            if event.actor == viewer {
                self.mark_read(ReadMark {
                    seq: event.seq,
                    count: event.count,
                    ..self.read
                });
            }
        }
        match &event.body {
            EventBody::Message(message) => {
                self.note_mention(event.seq, message.mentions.includes(viewer));
            }
            EventBody::MessageEdited { seq, mentions, .. } => {
                self.note_mention(*seq, mentions.includes(viewer));
            }
            EventBody::MessageDeleted { seq } => self.note_deleted(*seq),
            // It was deleted before it was received here.
            EventBody::Deleted => self.note_deleted(event.seq),
            _ => {}
        }
    }

    /// Like [`Self::apply`], for an event by a user whom the viewer blocks: in a room it doesn't mention the viewer and
    /// doesn't count as unread.
    pub fn apply_hushed(&mut self, event: &Event, viewer: UserId) {
        let (count, called) = (self.count, self.mentions.clone());
        self.apply(event, viewer);
        self.mentions.retain(|seq| called.contains(seq));
        if self.room().is_some() && self.count > count && event.seq > self.read.seq {
            self.hushed.push(event.seq);
        }
        let within = self.last_seq - limits::HUSHED_WITHIN;
        self.hushed.retain(|seq| *seq > within);
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
    fn amendments_already_applied_have_no_effect() {
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
    fn reaction_lists_each_user_once_and_ends_with_the_last() {
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
    fn reply_quotes_the_current_original() {
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
