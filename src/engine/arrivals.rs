//! What a message means to the user, as far as the engine knows: whether to tell them is decided by
//! [`judge`](crate::model::notify::judge).

use super::{Effect, Engine};
use crate::model::notify::{
    JudgedMessage, Keywords, Level, MessageFacts, Moment, NotifiedMember, NotifyChoice,
    NotifySettings,
};
use crate::model::{Event, EventBody, Millis, ThreadHead};

/// The threads that are reported after an outage, the latest ones.
const MISSED_MAX: usize = 5;

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

    /// Reports threads in which others wrote unread messages meanwhile, from the heads of `ready`, before they are
    /// merged: only the latest few, as a notification after an outage is a summary.
    pub(super) fn report_missed(&mut self, heads: &[ThreadHead]) {
        let latest = self.threads.latest_activity().unwrap_or(Millis::MIN);
        let missed = heads.iter().filter_map(|head| {
            let last = head.last.as_ref()?;
            let known = self.threads.get(head.id).map(|head| head.last_seq);
            // The list goes further than what is known of it: only what is later than all that is known is new.
            let after = known.or((last.at >= latest).then_some(last.seq - 1))?;
            let is_news = last.seq > after && last.seq > head.read.seq && last.author != self.me.id;
            is_news.then_some(Effect::Missed {
                thread: head.id,
                after: after.max(head.read.seq),
            })
        });
        let missed: Vec<_> = missed.take(MISSED_MAX).collect();
        self.effects.extend(missed);
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
        let judged = JudgedMessage::of(event)?;
        let head = self.thread(event.thread)?;
        let member = NotifiedMember {
            user: self.me.id,
            blocked: &self.blocked,
            read: head.read.seq,
            choice: head.notify,
            settings,
            keywords: &Keywords::new(&settings.keywords),
            is_direct: is_direct(head),
        };
        let now = self.now;
        Some(MessageFacts::of(&judged, member, Moment { now, minute }))
    }
}

/// A group is a conversation among a few, like a direct chat.
fn is_direct(head: &ThreadHead) -> bool {
    head.room().is_none_or(|room| room.is_group)
}
