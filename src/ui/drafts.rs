//! Drafts: what was written and not sent, with what it answers or edits. They survive a reload, and wait for whoever
//! opens the thread next.
//!
//! Each tab keeps its own draft of a thread under a key of its own, so that two tabs never overwrite each other. A tab
//! without one takes over the latest that another tab left. Browser only.

use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use super::stream::Writing;
use crate::client::clock::now;
use crate::client::dom;
use crate::model::{ClientId, Millis, Quote, Seq, ThreadId, UserId, json};

/// What stands in a composer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Draft {
    /// The text of the new message.
    pub text: String,
    /// The message that it answers.
    pub reply: Option<Quote>,
    /// The message that is being edited, and its new text. The new message waits meanwhile.
    pub edit: Option<(Seq, String)>,
    /// When it was last changed.
    at: Millis,
}

impl Draft {
    /// What the composer writes with this draft.
    #[must_use]
    pub fn writing(&self) -> Writing {
        match (&self.edit, &self.reply) {
            (Some((seq, text)), _) => Writing::Edit {
                seq: *seq,
                text: text.clone(),
            },
            (None, Some(quote)) => Writing::Reply(quote.clone()),
            (None, None) => Writing::New,
        }
    }

    /// The texts in it that aren't blank.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        let edited = self.edit.as_ref().map(|(_, text)| &**text);
        [Some(&*self.text), edited]
            .into_iter()
            .flatten()
            .filter(|text| !text.trim().is_empty())
    }

    fn is_empty(&self) -> bool {
        self.text.is_empty() && self.reply.is_none() && self.edit.is_none()
    }
}

/// The draft of this tab in one thread.
#[derive(Clone, Copy)]
pub struct OwnDraft {
    prefix: StoredValue<String>,
    /// Where it was taken over from another tab, and the entry as it was then.
    source: StoredValue<Option<(String, String)>>,
    draft: StoredValue<Draft>,
}

impl OwnDraft {
    /// An empty one, until [`Self::load`].
    #[must_use]
    pub fn new(me: UserId, thread: ThreadId) -> Self {
        Self {
            prefix: StoredValue::new(prefix(me, thread)),
            source: StoredValue::new(None),
            draft: StoredValue::new(Draft::default()),
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
            self.draft.set_value(draft);
        }
    }

    #[must_use]
    pub fn get(self) -> Draft {
        self.draft.get_value()
    }

    /// Changes it and stores it.
    pub fn update(self, change: impl FnOnce(&mut Draft)) {
        self.draft.update_value(|draft| {
            let before = draft.clone();
            change(draft);
            if *draft == before {
                return;
            }
            draft.at = now();
            let entry = match draft.is_empty() {
                true => String::new(),
                false => serde_json::to_string(draft).unwrap_or_default(),
            };
            dom::keep(&[self.prefix.get_value(), tab()].concat(), &entry);
            // It is this tab's now. What the other tab has written since stays.
            if let Some((key, entry)) = self.source.try_update_value(Option::take).flatten()
                && dom::kept(&key) == Some(entry)
            {
                dom::keep(&key, "");
            }
        });
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
        let text = "then".into();
        assert_eq!(draft.writing(), Writing::Edit { seq: 7, text });
        assert_eq!(draft.texts().collect::<Vec<_>>(), ["so", "then"]);
        assert_eq!(parse("{}"), None);
    }
}
