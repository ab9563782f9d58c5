//! Keywords: words, chosen by a person, whose messages they are notified of.

use std::sync::OnceLock;

use crate::model::names::folded;
use crate::model::script::is_in_spaced_word;

/// A text in which keywords are looked for. It is folded once, however many people have keywords.
#[derive(Clone, Debug)]
pub struct KeywordText<'a> {
    text: &'a str,
    folded: OnceLock<String>,
}

impl<'a> KeywordText<'a> {
    #[must_use]
    pub fn new(text: &'a str) -> Self {
        let folded = OnceLock::new();
        Self { text, folded }
    }

    /// Whether the text has one of these keywords, as whole words. Case, accents and width don't matter. In scripts
    /// without spaces a keyword may be anywhere.
    #[must_use]
    pub fn has_any(&self, keywords: &Keywords) -> bool {
        let has = |keyword: &String| {
            let text = self.folded.get_or_init(|| folded(self.text));
            has_words(text, keyword)
        };
        keywords.0.iter().any(has)
    }
}

/// The keywords of a person, folded once, however many texts they are looked for in.
#[derive(Clone, Debug, Default)]
pub struct Keywords(Vec<String>);

impl Keywords {
    #[must_use]
    pub fn new(keywords: &[String]) -> Self {
        let folded = keywords.iter().map(|keyword| folded(keyword));
        Self(folded.filter(|keyword| !keyword.is_empty()).collect())
    }
}

fn has_words(text: &str, words: &str) -> bool {
    let mut places = text.match_indices(words);
    places.any(|(at, _)| {
        let (before, after) = (&text[..at], &text[at + words.len()..]);
        let splits = |left: &str, right: &str| {
            let is_within = |c: Option<char>| c.is_some_and(is_in_spaced_word);
            is_within(left.chars().next_back()) && is_within(right.chars().next())
        };
        !splits(before, words) && !splits(words, after)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn has(text: &str, keyword: &str) -> bool {
        let keywords = Keywords::new(&["unused".into(), keyword.into()]);
        KeywordText::new(text).has_any(&keywords)
    }

    #[test]
    fn keywords_are_whole_words_whatever_their_case_accents_and_width() {
        for (text, keyword) in [
            ("The server is down", "server"),
            ("SERVER!", "server"),
            ("(server)", "Server"),
            ("Caf\u{e9} um drei", "cafe"),
            ("cafe\u{301}", "CAF\u{c9}"),
            ("\u{ff33}\u{ff25}\u{ff32}\u{ff36}\u{ff25}\u{ff32}", "server"),
            ("on-call tonight", "on-call"),
            ("who is on call?", "on call"),
            ("observers see the server", "server"),
            ("C++ or Rust", "c++"),
            ("\u{6771}\u{4eac}\u{90fd}", "\u{6771}\u{4eac}"),
            ("\u{5728}server\u{4e0a}", "server"),
        ] {
            assert!(has(text, keyword), "{keyword} in {text}");
        }
    }

    #[test]
    fn a_part_of_a_word_is_no_keyword() {
        for (text, keyword) in [
            ("observer", "server"),
            ("servers", "server"),
            ("server2", "server"),
            ("", "server"),
            ("anything", ""),
            ("anything", "\u{301}"),
        ] {
            assert!(!has(text, keyword), "{keyword} in {text}");
        }
        assert!(!KeywordText::new("anything").has_any(&Keywords::default()));
    }
}
