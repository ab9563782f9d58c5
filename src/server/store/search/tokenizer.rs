//! The words of a text and their equality: one definition for indexing messages, parsing queries and highlighting hits,
//! on both engines.
//!
//! A word is a run of letters and digits. Case, accents, vowel points and width don't count. In scripts without spaces
//! between words (Chinese, Japanese, Thai …), or with few (Korean), each character is a word, and so is each emoji: a
//! query there is a sequence of words.

use std::ops::Range;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use crate::model::names::plain_letters;
use crate::model::script::has_no_spaces;

/// The longest word, in characters after folding. Longer ones are truncated.
const WORD_MAX: usize = 64;

/// A folded word with its place in the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    pub text: String,
    /// In bytes.
    pub at: Range<usize>,
}

/// The words of a text, in order.
#[must_use]
pub fn words(text: &str) -> Vec<Word> {
    let mut words: Vec<Word> = Vec::new();
    // Whether the last word may continue.
    let mut is_open = false;
    for (start, c) in text.char_indices() {
        let end = start + c.len_utf8();
        match Kind::of(c) {
            Kind::Between => is_open = false,
            Kind::Silent => {
                if let Some(word) = words.last_mut().filter(|_| is_open) {
                    word.at.end = end;
                }
            }
            kind => {
                let is_alone = kind == Kind::Alone;
                if is_alone || !is_open {
                    let (text, at) = (String::new(), start..end);
                    words.push(Word { text, at });
                }
                is_open = !is_alone;
                if let Some(word) = words.last_mut() {
                    word.at.end = end;
                    fold(c, &mut word.text);
                }
            }
        }
    }
    // A character that folds to nothing is not a word.
    words.retain(|word| !word.text.is_empty());
    words
}

/// The role of a character with respect to words.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A part of a word.
    Letter,
    /// A word by itself.
    Alone,
    /// A part of a word that does not count.
    Silent,
    /// A separator.
    Between,
}

impl Kind {
    pub(super) fn of(c: char) -> Self {
        match c {
            'a'..='z' | 'A'..='Z' | '0'..='9' => Self::Letter,
            '\0'..='\x7f' => Self::Between,
            // Soft hyphen, joiners, variation selectors, skin tones.
            '\u{AD}'
            | '\u{200C}'
            | '\u{200D}'
            | '\u{FE00}'..='\u{FE0F}'
            | '\u{1F3FB}'..='\u{1F3FF}' => Self::Silent,
            '\u{2600}'..='\u{27BF}' | '\u{1F1E6}'..='\u{1FAFF}' => Self::Alone,
            _ if is_accent(c) => Self::Silent,
            _ if !c.is_alphanumeric() => Self::Between,
            _ if has_no_spaces(c) => Self::Alone,
            _ => Self::Letter,
        }
    }
}

/// Marks on letters: accents, and the vowel points that most writers omit. (The vowels of Indic scripts are letters.)
pub(super) fn is_accent(c: char) -> bool {
    match c {
        '\u{300}'..='\u{36F}' | '\u{483}'..='\u{489}' | '\u{591}'..='\u{5C7}' => true,
        '\u{610}'..='\u{61A}' | '\u{64B}'..='\u{65F}' | '\u{670}' | '\u{6D6}'..='\u{6ED}' => true,
        _ => is_combining_mark(c) && !c.is_alphanumeric(),
    }
}

/// Appends a letter in its folded form: simplest shape (NFKD), lower case, without accents.
fn fold(c: char, word: &mut String) {
    let has_room = |word: &String| word.len() < WORD_MAX || word.chars().count() < WORD_MAX;
    for plain in std::iter::once(c).nfkd().filter(|c| !is_accent(*c)) {
        // Via upper case, so that both kinds of sigma are equal, and ß equals ss.
        for small in plain.to_uppercase().flat_map(char::to_lowercase) {
            if !has_room(word) {
                return;
            }
            match small {
                _ if is_accent(small) => {}
                small if plain_letters(small).is_some() => {
                    word.push_str(plain_letters(small).unwrap_or_default());
                }
                // The parts of a decomposed symbol need not be letters: ½ is 1⁄2.
                small if small.is_alphanumeric() || Kind::of(small) == Kind::Alone => {
                    word.push(small);
                }
                _ => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn folded(text: &str) -> Vec<String> {
        words(text).into_iter().map(|word| word.text).collect()
    }

    #[test]
    fn case_accents_and_width_do_not_count() {
        for (typed, plain) in [
            ("Crème BRÛLÉE", "creme brulee"),
            ("Straße STRASSE", "strasse strasse"),
            ("ΟΔΟΣ οδός", "οδοσ οδοσ"),
            ("Łódź øre Ærø", "lodz ore aero"),
            ("İstanbul ISTANBUL ıstanbul", "istanbul istanbul istanbul"),
            ("ｆｕｌｌ ﬁne", "full fine"),
            ("e\u{301}tude", "etude"),
            ("שָׁלוֹם", "שלום"),
            ("مُحَمَّد", "محمد"),
            ("Ñandú", "nandu"),
            ("co\u{AD}op", "coop"),
        ] {
            assert_eq!(folded(typed).join(" "), plain, "{typed}");
        }
    }

    #[test]
    fn words_end_where_no_letter_is() {
        assert_eq!(
            folded("don't; foo_bar (3.14) a@b.org"),
            ["don", "t", "foo", "bar", "3", "14", "a", "b", "org"]
        );
        assert_eq!(folded(" -- !"), [""; 0]);
    }

    #[test]
    fn a_script_without_spaces_has_words_of_one_character() {
        assert_eq!(folded("東京tower"), ["東", "京", "tower"]);
        assert_eq!(folded("ラーメン").len(), 4);
        assert_eq!(folded("서울에서").len(), 4);
        assert_eq!(folded("hi🎉👍🏽"), ["hi", "🎉", "👍"]);
    }

    #[test]
    fn a_long_word_is_the_same_as_its_beginning() {
        let long = "x".repeat(10 * WORD_MAX);
        assert_eq!(folded(&long), [long[..WORD_MAX].to_owned()]);
    }

    proptest! {
        #[test]
        fn folding_again_changes_nothing(text in "\\PC{0,60}") {
            let once = folded(&text);
            prop_assert_eq!(folded(&once.join(" ")).concat(), once.concat());
        }
    }
}
