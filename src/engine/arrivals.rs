//! What a message means to the user, as far as the engine knows: whether to tell them is decided by
//! [`judge`](crate::model::notify::judge).

use super::{Effect, Engine};
use crate::model::notify::{
    Level, MessageFacts, Moment, NotifiedMember, NotifyChoice, NotifySettings,
};
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

    /// What the user is notified of in a thread that they have chosen nothing for.
    #[must_use]
    pub fn default_level(&self, head: &ThreadHead, settings: &NotifySettings) -> Level {
        settings.level(NotifyChoice::default(), is_direct(head))
    }

    /// The facts of a message at this minute of the day; `None` if it is none, or its thread is gone. Whether the user
    /// is looking, the engine doesn't know: it says no.
    #[must_use]
    pub fn facts(
        &self,
        event: &Event,
        settings: &NotifySettings,
        minute: u16,
    ) -> Option<MessageFacts> {
        let EventBody::Message(message) = &event.body else {
            return None;
        };
        let head = self.thread(event.thread)?;
        let member = NotifiedMember {
            user: self.me.id,
            blocked: &self.blocked,
            read: head.read.seq,
            choice: head.notify,
            settings,
            is_direct: is_direct(head),
        };
        let now = self.now;
        Some(MessageFacts::of(
            event,
            message,
            member,
            Moment { now, minute },
        ))
    }
}

/// A group is a conversation among a few, like a direct chat.
fn is_direct(head: &ThreadHead) -> bool {
    head.room().is_none_or(|room| room.is_group)
}
