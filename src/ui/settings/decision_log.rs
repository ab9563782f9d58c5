//! What this browser decided of the latest messages that arrived in its pages, and why: for the list in the settings.
//! One entry of `localStorage` for all tabs. What two tabs decide of one message is the same but for whether it was
//! shown by one of them.

use crate::client::dom;
use crate::client::notices::decisions_key;
use crate::model::notify::{NotifyDecision, NotifyVerdict};
use crate::model::{UserId, json, limits};

/// The decisions, the latest first.
#[must_use]
pub fn decisions(user: UserId) -> Vec<NotifyDecision> {
    let stored = dom::stored(&decisions_key(user));
    stored
        .and_then(|text| json::read(&text).ok())
        .unwrap_or_default()
}

/// Remembers a decision. Of one message, that it was shown is worth more than that it was not.
pub fn record(user: UserId, decision: NotifyDecision) {
    let mut all = decisions(user);
    let is_same = |it: &NotifyDecision| (it.thread, it.seq) == (decision.thread, decision.seq);
    if let Some(before) = all.iter().position(is_same) {
        if matches!(all[before].verdict, NotifyVerdict::Notified(_)) {
            return;
        }
        all.remove(before);
    }
    all.insert(0, decision);
    all.truncate(limits::DECISIONS_MAX);
    dom::store(
        &decisions_key(user),
        &serde_json::to_string(&all).unwrap_or_default(),
    );
}
