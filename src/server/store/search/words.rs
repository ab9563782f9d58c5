//! Which words a text has, and when two are the same: the one rule by which messages are indexed, what is typed
//! is looked for, and what was found is marked, on both engines.
//!
//! A word is what stands between two characters that are neither letters nor digits. Case, accents, points of
//! vowels and width don't count. Where a script has no spaces between words (Chinese, Japanese, Thai …), or few
//! (Korean), each character is a word, and so is each emoji: what is typed there is looked for as words in a row.

use std::ops::Range;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Longest word, in characters after folding. What is longer is the same as its beginning.
const WORD_MAX: usize = 64;

/// A word, folded, with where it stands in its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    pub text: String,
    /// In bytes.
    pub at: Range<usize>,
}

/// Words in a row that are looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// At least one.
    pub words: Vec<String>,
    /// Whether the last may be the beginning of one.
    pub is_open: bool,
}

impl Row {
    /// The words of what was typed, if there are any.
    #[must_use]
    pub fn of(text: &str, is_open: bool) -> Option<Self> {
        let words: Vec<String> = words(text).into_iter().map(|word| word.text).collect();
        (!words.is_empty()).then_some(Self { words, is_open })
    }

    /// Where it stands among these words: the place of its first word, each time.
    fn places<'w>(&'w self, words: &'w [Word]) -> impl Iterator<Item = Range<usize>> + 'w {
        words
            .windows(self.words.len())
            .filter(|window| self.is(window))
            .filter_map(|window| Some(window.first()?.at.start..window.last()?.at.end))
    }

    fn is(&self, window: &[Word]) -> bool {
        let last = self.words.len() - 1;
        window
            .iter()
            .zip(&self.words)
            .enumerate()
            .all(|(at, (word, sought))| {
                word.text == *sought
                    || (self.is_open && at == last && word.text.starts_with(sought))
            })
    }
}

/// Where the rows stand in a text, from the first place on and without overlaps; `None` when one is missing.
#[must_use]
pub fn find(rows: &[Row], text: &str) -> Option<Vec<Range<usize>>> {
    let words = words(text);
    let mut all = Vec::new();
    for row in rows {
        let before = all.len();
        all.extend(row.places(&words));
        if all.len() == before {
            return None;
        }
    }
    all.sort_by_key(|place| (place.start, place.end));
    let mut places: Vec<Range<usize>> = Vec::with_capacity(all.len());
    for place in all {
        match places.last_mut() {
            Some(last) if place.start < last.end => last.end = last.end.max(place.end),
            _ => places.push(place),
        }
    }
    Some(places)
}

/// The words of a text, in their order.
#[must_use]
pub fn words(text: &str) -> Vec<Word> {
    let mut words: Vec<Word> = Vec::new();
    // Whether the last one may go on.
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
    // What folds to nothing is no word.
    words.retain(|word| !word.text.is_empty());
    words
}

/// What a character is to a word.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// A part of one.
    Letter,
    /// One by itself.
    Alone,
    /// A part of one that does not count.
    Silent,
    /// None: words end here.
    Between,
}

impl Kind {
    fn of(c: char) -> Self {
        match c {
            'a'..='z' | 'A'..='Z' | '0'..='9' => Self::Letter,
            '\0'..='\x7f' => Self::Between,
            // Soft hyphen, joiners, selectors of variants, skin tones.
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

/// Signs upon letters: accents, and the points of vowels that most leave out. (The vowels of Indic scripts are
/// letters.)
fn is_accent(c: char) -> bool {
    match c {
        '\u{300}'..='\u{36F}' | '\u{483}'..='\u{489}' | '\u{591}'..='\u{5C7}' => true,
        '\u{610}'..='\u{61A}' | '\u{64B}'..='\u{65F}' | '\u{670}' | '\u{6D6}'..='\u{6ED}' => true,
        _ => is_combining_mark(c) && !c.is_alphanumeric(),
    }
}

/// Whether a letter is of a script with no, or few, spaces between words.
fn has_no_spaces(c: char) -> bool {
    matches!(c,
        '\u{E00}'..='\u{EFF}' // Thai, Lao
        | '\u{1000}'..='\u{109F}' // Burmese
        | '\u{1100}'..='\u{11FF}' // Hangul
        | '\u{1780}'..='\u{17FF}' // Khmer
        | '\u{2E80}'..='\u{2FDF}' | '\u{3005}'..='\u{3007}'
        | '\u{3040}'..='\u{31FF}' // Kana, Bopomofo, Hangul
        | '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}'
        | '\u{A960}'..='\u{A97F}' | '\u{AC00}'..='\u{D7FF}' // Hangul
        | '\u{F900}'..='\u{FAFF}'
        | '\u{FF66}'..='\u{FFDC}' // the narrow ones
        | '\u{1B000}'..='\u{1B16F}'
        | '\u{20000}'..='\u{3FFFF}')
}

/// Adds a letter as it counts: of the simplest shape (NFKD), small, without its accents.
fn fold(c: char, word: &mut String) {
    let has_room = |word: &String| word.len() < WORD_MAX || word.chars().count() < WORD_MAX;
    for plain in std::iter::once(c).nfkd().filter(|c| !is_accent(*c)) {
        // Via capitals, so that both kinds of sigma are one, and ß is ss.
        for small in plain.to_uppercase().flat_map(char::to_lowercase) {
            if !has_room(word) {
                return;
            }
            match small {
                _ if is_accent(small) => {}
                // Letters that Unicode takes for ones of their own, and a keyboard without them can't write.
                'ø' => word.push('o'),
                'ł' => word.push('l'),
                'đ' | 'ð' => word.push('d'),
                'ħ' => word.push('h'),
                'æ' => word.push_str("ae"),
                'œ' => word.push_str("oe"),
                'þ' => word.push_str("th"),
                // What a symbol is made of may be none: ½ is 1⁄2.
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

    fn row(text: &str) -> Row {
        Row::of(text, true).unwrap()
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
    fn a_script_without_spaces_is_words_of_one_character() {
        assert_eq!(folded("東京tower"), ["東", "京", "tower"]);
        assert_eq!(folded("ラーメン").len(), 4);
        assert_eq!(folded("서울에서").len(), 4);
        assert_eq!(folded("hi🎉👍🏽"), ["hi", "🎉", "👍"]);
    }

    #[test]
    fn what_is_within_a_sentence_without_spaces_is_found() {
        let text = "明日は東京へ行きます。";
        let places = find(&[row("東京")], text).unwrap();
        assert_eq!((places.len(), &places[0]), (1, &(9..15)));
        assert_eq!(find(&[row("京東")], text), None);
        assert!(find(&[row("서울")], "어제 서울에서").is_some());
        // While it is still being typed.
        assert!(find(&[row("서우")], "어제 서울에서").is_some());
        assert!(find(&[row("กรุงเทพ")], "ไปกรุงเทพมหานคร").is_some());
    }

    #[test]
    fn an_open_row_finds_what_begins_so_and_a_closed_one_does_not() {
        let closed = Row::of("tea", false).unwrap();
        assert!(find(&[row("tea")], "Teapots").is_some());
        assert!(find(std::slice::from_ref(&closed), "Teapots").is_none());
        assert!(find(&[closed], "no tea!").is_some());
    }

    #[test]
    fn all_rows_must_be_there_and_places_do_not_overlap() {
        let rows = [row("two cups"), row("cup")];
        assert_eq!(
            find(&rows, "two cups, a cupboard"),
            Some(vec![0..8, 12..20])
        );
        assert_eq!(find(&rows, "a cup"), None);
    }

    #[test]
    fn a_long_word_is_the_same_as_its_beginning() {
        let long = "x".repeat(10 * WORD_MAX);
        assert_eq!(folded(&long), [long[..WORD_MAX].to_owned()]);
        assert!(find(&[row(&long)], &long).is_some());
    }

    proptest! {
        #[test]
        fn folding_again_changes_nothing(text in "\\PC{0,60}") {
            let once = folded(&text);
            prop_assert_eq!(folded(&once.join(" ")).concat(), once.concat());
        }

        #[test]
        fn whatever_was_written_finds_itself(text in "\\PC{1,60}") {
            let all = words(&text);
            if let (Some(row), [.., last]) = (Row::of(&text, false), &*all) {
                let places = find(&[row], &text).unwrap_or_default();
                prop_assert_eq!(places.len(), 1);
                prop_assert_eq!(&places[0], &(all[0].at.start..last.at.end));
            }
        }

        #[test]
        fn places_are_of_whole_characters(text in "\\PC{0,40}", typed in "\\PC{0,3}") {
            if let Some(row) = Row::of(&typed, true) {
                for place in find(&[row], &text).unwrap_or_default() {
                    prop_assert!(text.get(place).is_some());
                }
            }
        }
    }
}
