//! The completion of names after `@` and emoji after `:` in the composer: the word being typed, the keys, and the
//! list for assistive technology (WAI-ARIA APG, combobox with a listbox). The suggestions come from
//! [`crate::ui::composer::completion_list`], which is fetched on first use.

use leptos::ev::KeyboardEvent;
use leptos::prelude::*;
use web_sys::HtmlTextAreaElement;

use crate::model::ThreadId;
use crate::model::mention;
use crate::model::script::is_in_spaced_word;

/// The ID of the list.
pub const LIST: &str = "completions";
/// The maximum number of suggestions.
pub const MAX_SUGGESTIONS: usize = 8;
/// The minimum length of an emoji's code. A shorter one is more likely an emoticon.
const EMOJI_MIN: usize = 2;

/// The kind of word being completed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CompletionKind {
    Person,
    Emoji,
}

/// A word being typed, up to the caret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartialWord {
    pub kind: CompletionKind,
    /// The positions of its `@` or `:` and of the caret, in UTF-16 units as the field counts.
    pub from: u32,
    pub to: u32,
    /// The text after the sign.
    pub word: String,
}

/// A suggestion.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suggestion {
    /// The text to insert into the field.
    pub insert: String,
    /// An emoji or initials; the name; a detail that tells it from others of the same name.
    pub sign: String,
    pub name: String,
    pub more: String,
}

/// The word being typed at the end of `before`, the text before the caret.
#[must_use]
pub fn begun(before: &str) -> Option<PartialWord> {
    let (kind, at) = match mention::begun(before) {
        Some(at) => (CompletionKind::Person, at),
        None => (CompletionKind::Emoji, emoji_begun(before)?),
    };
    let units = |text: &str| u32::try_from(text.encode_utf16().count()).unwrap_or(u32::MAX);
    Some(PartialWord {
        kind,
        from: units(&before[..at]),
        to: units(before),
        word: before[at..].chars().skip(1).collect(),
    })
}

/// The colon of a short code, also the full-width one of East Asian input methods.
pub const COLONS: [char; 2] = [':', '：'];

/// The position of a short code at the end of the text; it may be closed already.
fn emoji_begun(before: &str) -> Option<usize> {
    let open = before.strip_suffix(COLONS).unwrap_or(before);
    let (at, colon) = open.rmatch_indices(COLONS).next()?;
    let word = &open[at + colon.len()..];
    let is_code = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "_+-".contains(c);
    let begins = !before[..at].ends_with(|c: char| is_in_spaced_word(c) || COLONS.contains(&c));
    (begins && word.len() >= EMOJI_MIN && word.chars().all(is_code)).then_some(at)
}

/// The completion of a composer.
#[derive(Clone, Copy)]
pub struct Completion {
    pub thread: ThreadId,
    pub begun: RwSignal<Option<PartialWord>>,
    pub suggestions: RwSignal<Vec<Suggestion>>,
    /// The index of the active suggestion.
    pub at: RwSignal<usize>,
    /// The position of the word for which the user has closed the list.
    dismissed: StoredValue<Option<u32>>,
    /// A suggestion to insert as soon as the field is available: see [`crate::ui::composer::completion_box`].
    pub chosen: RwSignal<Option<usize>>,
    /// Whether a completion has ever started in this composer.
    pub was_used: RwSignal<bool>,
}

impl Completion {
    #[must_use]
    pub fn new(thread: ThreadId) -> Self {
        Self {
            thread,
            begun: RwSignal::new(None),
            suggestions: RwSignal::new(Vec::new()),
            at: RwSignal::new(0),
            dismissed: StoredValue::new(None),
            chosen: RwSignal::new(None),
            was_used: RwSignal::new(false),
        }
    }

    /// Whether suggestions are shown.
    #[must_use]
    pub fn is_open(self) -> bool {
        self.begun.with(Option::is_some)
            && self.suggestions.with(|suggestions| !suggestions.is_empty())
    }

    /// The ID of the active suggestion, for `aria-activedescendant`.
    #[must_use]
    pub fn active(self) -> Option<String> {
        self.is_open().then(|| option_id(self.at.get()))
    }

    /// Finds the word at the caret, after a possible change of the text or the caret.
    pub fn look(self, field: &HtmlTextAreaElement) {
        let caret = field.selection_start().ok().flatten();
        let is_caret = caret == field.selection_end().ok().flatten();
        let before = caret.filter(|_| is_caret).map(|caret| {
            let units = field
                .value()
                .encode_utf16()
                .take(caret as usize)
                .collect::<Vec<_>>();
            String::from_utf16_lossy(&units)
        });
        let found = before.as_deref().and_then(begun);
        let dismissed = self.dismissed.get_value();
        if found.as_ref().map(|begun| begun.from) != dismissed {
            self.dismissed.set_value(None);
        }
        let found = found.filter(|begun| Some(begun.from) != self.dismissed.get_value());
        if self.begun.with_untracked(|begun| *begun != found) {
            if found.is_some() {
                self.was_used.set(true);
            }
            self.begun.set(found);
        }
    }

    /// Replaces the suggestions, and activates the first.
    pub fn suggest(self, suggestions: Vec<Suggestion>) {
        self.at.set(0);
        self.suggestions.set(suggestions);
    }

    /// Handles a key in the field. Returns whether the list has consumed it.
    pub fn pressed(self, event: &KeyboardEvent) -> bool {
        if !untrack(|| self.is_open()) || event.ctrl_key() || event.meta_key() || event.alt_key() {
            return false;
        }
        let (at, count) = (
            self.at.get_untracked(),
            self.suggestions.with_untracked(Vec::len),
        );
        match &*event.key() {
            "ArrowDown" => self.at.set((at + 1) % count),
            "ArrowUp" => self.at.set((at + count - 1) % count),
            // A name that is already complete needs no completion: Enter sends the message.
            "Enter" if self.is_complete(at) => {
                self.begun.set(None);
                return false;
            }
            "Enter" | "Tab" if !event.shift_key() => self.chosen.set(Some(at)),
            "Escape" => {
                let word = self
                    .begun
                    .with_untracked(|it| it.as_ref().map(|it| it.from));
                self.dismissed.set_value(word);
                self.begun.set(None);
            }
            _ => return false,
        }
        event.prevent_default();
        true
    }

    /// Whether the word in the field equals this suggestion.
    fn is_complete(self, at: usize) -> bool {
        let word = self
            .begun
            .with_untracked(|it| it.as_ref().map(|it| it.word.clone()));
        self.suggestions.with_untracked(|suggestions| {
            let insert = suggestions
                .get(at)
                .and_then(|offer| offer.insert.strip_prefix('@'));
            insert.is_some() && insert == word.as_deref()
        })
    }

    /// Inserts a suggestion that was clicked.
    pub fn choose(self, at: usize) {
        self.chosen.set(Some(at));
    }
}

/// The ID of a suggestion in the list.
#[must_use]
pub fn option_id(at: usize) -> String {
    format!("{LIST}-{at}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn word(before: &str) -> Option<(CompletionKind, String)> {
        begun(before).map(|begun| (begun.kind, begun.word))
    }

    #[test]
    fn an_at_sign_completes_names_and_a_colon_emoji() {
        let person = |word: &str| Some((CompletionKind::Person, word.to_owned()));
        let emoji = |word: &str| Some((CompletionKind::Emoji, word.to_owned()));
        assert_eq!(word("@"), person(""));
        assert_eq!(word("hi @bo"), person("bo"));
        assert_eq!(word("(@田"), person("田"));
        assert_eq!(word("so :smi"), emoji("smi"));
        assert_eq!(word(":+1:"), emoji("+1:"));
        assert_eq!(word("请@be"), person("be"));
        assert_eq!(word("、＠be"), person("be"));
        assert_eq!(word("太好了:smi"), emoji("smi"));
        assert_eq!(
            word("すごい：tada：").as_ref().map(|it| &*it.1),
            Some("tada：")
        );
        for text in [
            "", "bob@ex", "@bob ", "12:30", ":)", ":s", "a:smile", "::smile", "@bob@x", "é:smile",
            "12：30",
        ] {
            assert_eq!(word(text), None, "{text}");
        }
    }

    #[test]
    fn positions_are_in_utf_16_units() {
        let begun = begun("👍 @bo").expect("begun");
        assert_eq!((begun.from, begun.to), (3, 6));
    }
}
