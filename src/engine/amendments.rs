//! What was heard of messages after they were read: edits, reactions, deletions.
//!
//! A message is what it was when it was read, with all that was heard of it since, in the order of the log.
//! So it comes out the same in whatever order page and events arrive, and whatever comes twice.

use std::collections::BTreeMap;

use crate::model::{Event, Seq};

/// What was heard of the messages of one window.
#[derive(Debug, Default)]
pub(super) struct Amendments {
    /// By the message that they are about, and in the order of the log.
    heard: BTreeMap<(Seq, Seq), Event>,
    /// The messages that something was heard of, as they were read.
    as_read: BTreeMap<Seq, Event>,
}

impl Amendments {
    /// Takes in an event. Says whether it tells something new of an earlier one.
    pub(super) fn hear(&mut self, event: &Event) -> bool {
        let Some(target) = event.body.amends() else {
            return false;
        };
        let key = (target, event.seq);
        self.heard.insert(key, event.clone()).is_none()
    }

    /// A page was read: its events are so, up to what they say themselves.
    pub(super) fn read(&mut self, events: &[Event]) {
        for event in events {
            if let Some(read) = self.as_read.get_mut(&event.seq) {
                read.clone_from(event);
            }
            self.hear(event);
        }
    }

    /// Makes an event what it is now. Says whether that changed it.
    pub(super) fn apply(&mut self, event: &mut Event) -> bool {
        let targets = event.amendable();
        let heard = targets.iter().flatten().flat_map(|&target| {
            let all = self.heard.range((target, 0)..=(target, Seq::MAX));
            all.map(|(_, by)| by)
        });
        let mut heard = heard.peekable();
        if heard.peek().is_none() {
            return false;
        }
        let read = self
            .as_read
            .entry(event.seq)
            .or_insert_with(|| event.clone());
        let mut now = read.clone();
        heard.for_each(|by| now.amend(by));
        let changed = now != *event;
        *event = now;
        changed
    }
}
