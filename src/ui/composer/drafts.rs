//! Stored drafts: unsent texts, with the message they reply to or edit. They survive a reload, until the thread is
//! opened again.
//!
//! Each tab stores its draft of a thread under a key of its own, so that two tabs never overwrite each other. A tab
//! without one takes over the latest of another tab. Browser only.

use leptos::prelude::*;

use super::draft::Draft;
use crate::client::clock::now;
use crate::client::dom;
use crate::model::{ClientId, ThreadId, UserId, json};

/// The draft of this tab in one thread.
#[derive(Clone, Copy)]
pub struct OwnDraft {
    prefix: StoredValue<String>,
    /// The key of the other tab's entry that the draft was taken over from, and the entry at that time.
    source: StoredValue<Option<(String, String)>>,
    draft: RwSignal<Draft>,
}

impl OwnDraft {
    /// An empty draft, until [`Self::load`].
    #[must_use]
    pub fn new(me: UserId, thread: ThreadId) -> Self {
        Self {
            prefix: StoredValue::new(prefix(me, thread)),
            source: StoredValue::new(None),
            draft: RwSignal::new(Draft::default()),
        }
    }

    /// Loads the draft from the browser's storage: this tab's, else the latest of another tab.
    pub fn load(self) {
        let own = [self.prefix.get_value(), tab()].concat();
        let found = match dom::stored(&own).and_then(|entry| parse(&entry)) {
            Some(draft) => Some((None, draft)),
            None => {
                let others = self.prefix.with_value(|prefix| stored(prefix));
                let latest = others.into_iter().max_by_key(|(_, _, draft)| draft.at);
                latest.map(|(key, entry, draft)| (Some((key, entry)), draft))
            }
        };
        if let Some((source, draft)) = found {
            self.source.set_value(source);
            self.draft.set(draft);
        }
    }

    /// Reads the draft, tracked.
    pub fn with<T>(self, read: impl FnOnce(&Draft) -> T) -> T {
        self.draft.with(read)
    }

    /// Reads the draft, untracked.
    pub fn with_untracked<T>(self, read: impl FnOnce(&Draft) -> T) -> T {
        self.draft.with_untracked(read)
    }

    /// Changes and stores the draft. Returns whether it has changed. No-op when the draft's thread is no longer
    /// open.
    pub fn update(self, change: impl FnOnce(&mut Draft)) -> bool {
        let Some(mut draft) = self.draft.try_get_untracked() else {
            return false;
        };
        let before = draft.clone();
        change(&mut draft);
        if draft == before {
            return false;
        }
        draft.at = now();
        let stored = draft.stored();
        self.draft.set(draft);
        let entry = stored.map(|draft| serde_json::to_string(&draft).unwrap_or_default());
        let own = [self.prefix.get_value(), tab()].concat();
        dom::store(&own, &entry.unwrap_or_default());
        // The draft is this tab's now. If the other tab has changed its entry since, that stays.
        if let Some((key, entry)) = self.source.try_update_value(Option::take).flatten()
            && dom::stored(&key) == Some(entry)
        {
            dom::store(&key, "");
        }
        true
    }
}

/// All drafts of a user, from all tabs: the thread, the key of the entry, the draft.
#[must_use]
pub fn all(me: UserId) -> Vec<(ThreadId, String, Draft)> {
    let prefix = format!("chapp.draft.{me}.");
    let entries = dom::stored_with_prefix(&prefix).into_iter();
    entries
        .filter_map(|(rest, entry)| {
            let thread = rest.split('.').next()?.parse().ok()?;
            Some((thread, [&*prefix, &*rest].concat(), parse(&entry)?))
        })
        .collect()
}

/// The texts of a user's new messages, with their threads. If several tabs have one of a thread, the latest is first.
#[must_use]
pub fn texts(me: UserId) -> Vec<(ThreadId, String)> {
    let mut all = all(me);
    all.sort_by_key(|(.., draft)| std::cmp::Reverse(draft.at));
    let texts = all
        .into_iter()
        .map(|(thread, _, draft)| (thread, draft.text));
    texts.filter(|(_, text)| !text.trim().is_empty()).collect()
}

fn prefix(me: UserId, thread: ThreadId) -> String {
    format!("chapp.draft.{me}.{thread}")
}

/// The entries under a prefix: key, entry, draft. Entries of an earlier version have nothing after the prefix.
fn stored(prefix: &str) -> Vec<(String, String, Draft)> {
    let all = dom::stored_with_prefix(prefix).into_iter();
    all.filter(|(rest, _)| rest.is_empty() || rest.starts_with('.'))
        .filter_map(|(rest, entry)| {
            let draft = parse(&entry)?;
            Some(([prefix, &rest].concat(), entry, draft))
        })
        .collect()
}

/// Parses an entry. Earlier versions stored the text alone.
fn parse(entry: &str) -> Option<Draft> {
    let draft = json::read(entry).unwrap_or_else(|_| Draft {
        text: entry.to_owned(),
        ..Draft::default()
    });
    (!draft.is_empty()).then_some(draft)
}

/// The suffix of this tab's keys. It lasts as long as the tab.
fn tab() -> String {
    const KEY: &str = "chapp.tab";
    let storage = window().session_storage().ok().flatten();
    let known = storage.as_ref().and_then(|it| it.get_item(KEY).ok()?);
    known.unwrap_or_else(|| {
        let made = [".", &ClientId::now().to_string()].concat();
        if let Some(storage) = storage {
            // Without it, the next load of this page takes the draft over as another tab's.
            let _ = storage.set_item(KEY, &made);
        }
        made
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::composer::draft::Writing;

    #[test]
    fn an_entry_of_an_earlier_version_is_plain_text() {
        for text in ["hello", "{", "12", "{\"no\": ", "null"] {
            assert_eq!(parse(text).unwrap().text, text);
        }
    }

    #[test]
    fn a_draft_survives_with_its_reply_and_its_edit() {
        let draft = Draft {
            text: "so".into(),
            edit: Some((7, "then".into())),
            ..Draft::default()
        };
        let entry = serde_json::to_string(&draft).unwrap();
        assert_eq!(parse(&entry), Some(draft.clone()));
        assert_eq!(draft.writing(), Writing::Edit(7));
        assert_eq!(draft.texts().collect::<Vec<_>>(), ["so", "then"]);
        assert_eq!(parse("{}"), None);
    }
}
