//! What a message means to the user, as far as the engine knows: whether to tell them is decided by
//! [`judge`](crate::model::notify::judge).

use super::{Effect, Engine};
use crate::model::notify::{Level, MessageFacts};
use crate::model::{Event, EventBody, ThreadHead};

impl Engine {
    /// Reports a message of someone else, before it is applied. It may be delivered again after a reconnect.
    pub(super) fn arrived(&mut self, event: &Event) {
        let is_message = matches!(event.body, EventBody::Message(_));
        let head = self.threads.get(event.thread);
        let is_new = head.is_some_and(|head| event.seq == head.last_seq + 1);
        if is_message && is_new && event.actor != self.me.id {
            self.effects.push(Effect::Arrived(Box::new(event.clone())));
        }
    }

    /// What the user is notified of in a thread.
    #[must_use]
    pub fn level(&self, head: &ThreadHead) -> Level {
        // A group is a conversation among a few, like a direct chat.
        let is_direct = || head.room().is_none_or(|room| room.is_group);
        let default = || Level::of(is_direct());
        head.notify.level.unwrap_or_else(default)
    }

    /// The facts of a message; `None` if it is none, or its thread is gone. Whether the user is looking, the
    /// engine doesn't know: it says no.
    #[must_use]
    pub fn facts(&self, event: &Event) -> Option<MessageFacts> {
        let EventBody::Message(message) = &event.body else {
            return None;
        };
        let head = self.thread(event.thread)?;
        let me = self.me.id;
        let is_replied = |quote: &crate::model::Quote| quote.author == me;
        Some(MessageFacts {
            is_own: event.actor == me,
            is_blocked: self.blocked.contains(&event.actor),
            is_read: head.read.seq >= event.seq,
            is_mention: message.mentions.includes(me),
            is_reply: message.reply.as_ref().is_some_and(is_replied),
            level: self.level(head),
            is_muted: self.is_muted(head),
            is_looking: false,
        })
    }
}
