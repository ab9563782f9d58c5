//! Amendments: edits, reactions and deletions that arrive after the message they amend was read.
//!
//! A message is what the log page had, plus all later amendments in log order. So the result is the same in whatever
//! order pages and events arrive, and duplicates don't matter.

use litemap::LiteMap;

use crate::model::{Event, Seq};

/// The amendments known for the messages of one window.
#[derive(Debug, Default)]
pub(super) struct Amendments {
    /// By the amended message, then in log order.
    amending: LiteMap<(Seq, Seq), Event>,
    /// The amended messages as they were read, before any amendment.
    as_read: LiteMap<Seq, Event>,
}

impl Amendments {
    /// Records an event. Returns whether it is a new amendment of an earlier one.
    pub(super) fn record(&mut self, event: &Event) -> bool {
        let Some(target) = event.body.amends() else {
            return false;
        };
        let key = (target, event.seq);
        self.amending.insert(key, event.clone()).is_none()
    }

    /// Records a page that was read. Its events already include all amendments up to the page.
    pub(super) fn read(&mut self, events: &[Event]) {
        for event in events {
            if let Some(read) = self.as_read.get_mut(&event.seq) {
                read.clone_from(event);
            }
            self.record(event);
        }
    }

    /// Applies the amendments to an event. Returns whether that changed it.
    pub(super) fn apply(&mut self, event: &mut Event) -> bool {
        let targets = event.amendable();
        let amending = targets.iter().flatten().flat_map(|&target| {
            let (Ok(first) | Err(first)) = self.amending.find_index(&(target, 0));
            let all = self.amending.as_slice()[first..].iter();
            all.take_while(move |((amended, _), _)| *amended == target)
                .map(|(_, by)| by)
        });
        let mut amending = amending.peekable();
        if amending.peek().is_none() {
            return false;
        }
        let read = self
            .as_read
            .entry(event.seq)
            .or_insert_with(|| event.clone());
        let mut now = read.clone();
        amending.for_each(|by| now.amend(by));
        let changed = now != *event;
        *event = now;
        changed
    }
}
