//! Drafts: what was written and not sent, with what it answers or edits. They survive a reload, and wait for whoever
//! opens the thread next.
//!
//! Each tab keeps its own draft of a thread under a key of its own, so that two tabs never overwrite each other. A tab
//! without one takes over the latest that another tab left. Browser only.

use leptos::prelude::*;

use super::draft::Draft;
use crate::client::clock::now;
use crate::client::dom;
use crate::model::{ClientId, ThreadId, UserId, json};

/// The draft of this tab in one thread.
#[derive(Clone, Copy)]
pub struct OwnDraft {
    prefix: StoredValue<String>,
    /// Where it was taken over from another tab, and the entry as it was then.
    source: StoredValue<Option<(String, String)>>,
    draft: RwSignal<Draft>,
}

impl OwnDraft {
    /// An empty one, until [`Self::load`].
    #[must_use]
    pub fn new(me: UserId, thread: ThreadId) -> Self {
        Self {
            prefix: StoredValue::new(prefix(me, thread)),
            source: StoredValue::new(None),
            draft: RwSignal::new(Draft::default()),
        }
    }

    /// Reads it from the browser's storage: this tab's, else the latest of another tab.
    pub fn load(self) {
        let own = [self.prefix.get_value(), tab()].concat();
        let found = match dom::kept(&own).and_then(|entry| parse(&entry)) {
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

    /// Reads and watches it.
    pub fn with<T>(self, read: impl FnOnce(&Draft) -> T) -> T {
        self.draft.with(read)
    }

    /// Reads it and watches nothing.
    pub fn with_untracked<T>(self, read: impl FnOnce(&Draft) -> T) -> T {
        self.draft.with_untracked(read)
    }

    /// Changes it and stores it. Returns whether it has changed. Nothing happens to one that is gone, with the thread
    /// that was open.
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
        dom::keep(&own, &entry.unwrap_or_default());
        // It is this tab's now. What the other tab has written since stays.
        if let Some((key, entry)) = self.source.try_update_value(Option::take).flatten()
            && dom::kept(&key) == Some(entry)
        {
            dom::keep(&key, "");
        }
        true
    }
}

/// All drafts of a person, whichever tab wrote them: the thread, the key of the entry, the draft.
#[must_use]
pub fn all(me: UserId) -> Vec<(ThreadId, String, Draft)> {
    let prefix = format!("chapp.draft.{me}.");
    let entries = dom::kept_all(&prefix).into_iter();
    entries
        .filter_map(|(rest, entry)| {
            let thread = rest.split('.').next()?.parse().ok()?;
            Some((thread, [&*prefix, &*rest].concat(), parse(&entry)?))
        })
        .collect()
}

fn prefix(me: UserId, thread: ThreadId) -> String {
    format!("chapp.draft.{me}.{thread}")
}

/// The entries under a prefix: key, entry, draft. The entry of an earlier version has nothing after the prefix.
fn stored(prefix: &str) -> Vec<(String, String, Draft)> {
    let all = dom::kept_all(prefix).into_iter();
    all.filter(|(rest, _)| rest.is_empty() || rest.starts_with('.'))
        .filter_map(|(rest, entry)| {
            let draft = parse(&entry)?;
            Some(([prefix, &rest].concat(), entry, draft))
        })
        .collect()
}

/// Earlier versions stored the text alone.
fn parse(entry: &str) -> Option<Draft> {
    let draft = json::read(entry).unwrap_or_else(|_| Draft {
        text: entry.to_owned(),
        ..Draft::default()
    });
    (!draft.is_empty()).then_some(draft)
}

/// What comes after the prefix in the keys of this tab. It lasts as long as the tab.
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
    fn a_draft_of_an_earlier_version_is_its_text() {
        for text in ["hello", "{", "12", "{\"no\": ", "null"] {
            assert_eq!(parse(text).unwrap().text, text);
        }
    }

    #[test]
    fn a_draft_keeps_what_it_answers_and_what_it_edits() {
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
