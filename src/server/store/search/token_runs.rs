//! Sequences of words with the punctuation around them, as typed in a query, and their matches in a text.

use std::ops::Range;

use unicode_normalization::UnicodeNormalization;

use super::tokenizer::{Kind, Word, is_accent, words};

/// A sequence of words to find.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenRun {
    /// Empty when only punctuation is sought: the index can't help with that.
    pub words: Vec<String>,
    /// Whether the last word may be a prefix.
    pub is_open: bool,
    /// The punctuation before the first word, between each two, and after the last. Empty: punctuation doesn't count.
    signs: Vec<String>,
}

impl TokenRun {
    /// The words of a query, if there are any. Punctuation doesn't count.
    #[must_use]
    pub fn of(text: &str, is_open: bool) -> Option<Self> {
        let words: Vec<String> = words(text).into_iter().map(|word| word.text).collect();
        (!words.is_empty()).then_some(Self {
            words,
            is_open,
            signs: Vec::new(),
        })
    }

    /// A query with its punctuation, so that `C++` does not match every `c`, nor `foo_bar` match `foo bar`. Where only
    /// white space separates two words, anything may. `None` when there is neither word nor punctuation.
    #[must_use]
    pub fn as_typed(text: &str, is_open: bool) -> Option<Self> {
        let words = words(text);
        let mut signs = Vec::with_capacity(words.len() + 1);
        let mut from = 0;
        for word in &words {
            signs.push(self::signs(&text[from..word.at.start]));
            from = word.at.end;
        }
        signs.push(self::signs(&text[from..]));
        // White space at the ends, or alone between two words, imposes no condition.
        if let Some(first) = signs.first_mut() {
            *first = first.trim_start().to_owned();
        }
        if let Some(last) = signs.last_mut() {
            *last = last.trim_end().to_owned();
        }
        let blank = signs.iter_mut().filter(|signs| signs.as_str() == " ");
        blank.for_each(String::clear);
        let is_signed = signs.iter().any(|signs| !signs.is_empty());
        if words.is_empty() && !is_signed {
            return None;
        }
        let is_last_word = signs.last().is_some_and(String::is_empty);
        Some(Self {
            words: words.into_iter().map(|word| word.text).collect(),
            is_open: is_open && is_last_word,
            signs: if is_signed { signs } else { Vec::new() },
        })
    }

    /// Whether the query has conditions that the index can't check.
    #[must_use]
    pub fn has_signs(&self) -> bool {
        !self.signs.is_empty()
    }

    /// The places of all matches in a text with these words.
    fn places(&self, text: &str, words: &[Word]) -> Vec<Range<usize>> {
        if self.words.is_empty() {
            return self
                .signs
                .first()
                .map_or_else(Vec::new, |signs| alone(signs, text));
        }
        let windows = words.windows(self.words.len()).enumerate();
        let windows =
            windows.filter(|(at, window)| self.is(window) && self.is_signed(text, words, *at));
        let places = windows.filter_map(|(_, window)| {
            let place = window.first()?.at.start..window.last()?.at.end;
            Some(self.with_signs(text, place))
        });
        places.collect()
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

    /// Whether the punctuation matches too, where the first word is the one at `first`.
    fn is_signed(&self, text: &str, words: &[Word], first: usize) -> bool {
        let last = self.signs.len().saturating_sub(1);
        self.signs.iter().enumerate().all(|(nth, sought)| {
            if sought.is_empty() {
                return true;
            }
            let at = first + nth;
            let begin = at.checked_sub(1).and_then(|before| words.get(before));
            let begin = begin.map_or(0, |word| word.at.end);
            let end = words.get(at).map_or(text.len(), |word| word.at.start);
            let between = signs(&text[begin..end]);
            match nth {
                0 => between.ends_with(sought),
                _ if nth == last => between.starts_with(sought),
                _ => between == *sought,
            }
        })
    }

    /// A match extended by the punctuation around its words.
    fn with_signs(&self, text: &str, place: Range<usize>) -> Range<usize> {
        let count = |signs: Option<&String>| signs.map_or(0, |signs| signs.chars().count());
        let is_sign = |c: &char| Kind::of(*c) == Kind::Between && !c.is_whitespace();
        let before = text[..place.start].chars().rev().take_while(is_sign);
        let before: usize = before
            .take(count(self.signs.first()))
            .map(char::len_utf8)
            .sum();
        let behind = text[place.end..].chars().take_while(is_sign);
        let behind: usize = behind
            .take(count(self.signs.last()))
            .map(char::len_utf8)
            .sum();
        place.start - before..place.end + behind
    }
}

/// The matches of punctuation without words.
fn alone(sought: &str, text: &str) -> Vec<Range<usize>> {
    let mut places: Vec<Range<usize>> = Vec::new();
    // One character can fold to several signs, as `…` does, or to none.
    let longest = sought.chars().count() + 8;
    for (start, c) in text.char_indices() {
        if Kind::of(c) != Kind::Between || places.last().is_some_and(|last| start < last.end) {
            continue;
        }
        let run = text[start..].char_indices().take(longest);
        let run = run.take_while(|(_, c)| Kind::of(*c) == Kind::Between);
        let ends: Vec<usize> = run.map(|(at, c)| start + at + c.len_utf8()).collect();
        let is_there = |end: &usize| signs(&text[start..*end]).starts_with(sought);
        if ends.last().is_some_and(is_there) {
            places.extend(ends.iter().find(|end| is_there(end)).map(|end| start..*end));
        }
    }
    places
}

/// The punctuation in a piece of text between words, in its simplest form: width, curly quotes and the length of dashes
/// don't count. White space folds to one space.
fn signs(text: &str) -> String {
    let mut signs = String::new();
    for c in text.chars() {
        match Kind::of(c) {
            Kind::Between if c.is_whitespace() && signs.ends_with(' ') => continue,
            Kind::Between if c.is_whitespace() => {
                signs.push(' ');
                continue;
            }
            Kind::Between if !c.is_control() => {}
            _ => continue,
        }
        for plain in std::iter::once(c).nfkd() {
            match plain {
                // Direction marks, and zero-width spaces.
                '\u{200B}'..='\u{200F}'
                | '\u{202A}'..='\u{202E}'
                | '\u{2060}'..='\u{2069}'
                | '\u{FEFF}' => {}
                '‘' | '’' | '‚' | '′' => signs.push('\''),
                '“' | '”' | '„' | '″' => signs.push('"'),
                '\u{2010}'..='\u{2015}' | '−' => signs.push('-'),
                _ if plain.is_whitespace() || is_accent(plain) => {}
                plain => signs.push(plain),
            }
        }
    }
    signs
}

/// The matches of all rows in a text, in order and without overlaps; `None` when one row has none.
#[must_use]
pub fn find(rows: &[TokenRun], text: &str) -> Option<Vec<Range<usize>>> {
    let words = words(text);
    let mut all = Vec::new();
    for row in rows {
        let before = all.len();
        all.extend(row.places(text, &words));
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn row(text: &str) -> TokenRun {
        TokenRun::of(text, true).unwrap()
    }

    #[test]
    fn a_word_within_a_sentence_without_spaces_is_found() {
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
    fn an_open_row_matches_prefixes_and_a_closed_one_does_not() {
        let closed = TokenRun::of("tea", false).unwrap();
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
    fn signs_count_where_they_were_typed() {
        for (typed, found, missed) in [
            (
                "C++",
                &["C++", "I like c++.", "(c++)", "Ｃ＋＋"][..],
                &["c", "C", "c + +", "++c", "C#"][..],
            ),
            ("C#", &["c#"], &["c", "#c", "C++"]),
            (".NET", &[".net", "ASP.NET"], &["net", "the net."]),
            ("#hash", &["#hash", "#hashtag"], &["hash", "# hash"]),
            (
                "foo_bar",
                &["foo_bar", "foo_bars", "`foo_bar`"],
                &["foo bar", "foo-bar", "foo.bar"],
            ),
            ("-x", &["-x", "tar -xf", "--x"], &["x", "a - x"]),
            (
                "a@b.org",
                &["a@b.org", "<a@b.org>"],
                &["a b org", "a.b@org"],
            ),
            ("don't", &["don’t", "DON'T"], &["don t"]),
            ("2:30", &["at 2:30"], &["2.30", "2 30"]),
            ("1.5", &["1.5"], &["1,5", "15"]),
            ("$HOME/", &["$HOME/bin"], &["home/", "$home"]),
            ("well-known", &["well–known"], &["well known"]),
            ("->", &["a -> b", "a->b"], &["a - > b", ">-"]),
            ("…", &["wait...", "wait…"], &["wait."]),
            ("two cups", &["two, cups", "two\ncups"], &["cups two"]),
            ("東京、", &["東京、大阪"], &["東京大阪"]),
        ] {
            let row = TokenRun::as_typed(typed, true).unwrap();
            for text in found {
                assert!(
                    find(std::slice::from_ref(&row), text).is_some(),
                    "{typed} in {text}"
                );
            }
            for text in missed {
                assert!(
                    find(std::slice::from_ref(&row), text).is_none(),
                    "{typed} in {text}"
                );
            }
        }
        assert_eq!(TokenRun::as_typed(" ", true), None);
        assert_eq!(TokenRun::as_typed("tea", true), TokenRun::of("tea", true));
    }

    #[test]
    fn signs_are_marked_with_their_words() {
        let row = TokenRun::as_typed("C++", true).unwrap();
        assert_eq!(find(&[row], "a C++++").unwrap()[0], 2..5);
        let row = TokenRun::as_typed("->", true).unwrap();
        assert_eq!(find(&[row], "a -> b").unwrap()[0], 2..4);
    }

    #[test]
    fn a_long_word_is_found_by_itself() {
        let long = "x".repeat(1_000);
        assert!(find(&[row(&long)], &long).is_some());
    }

    proptest! {
        #[test]
        fn whatever_was_written_finds_itself(text in "\\PC{1,60}") {
            let all = words(&text);
            if let (Some(row), [.., last]) = (TokenRun::of(&text, false), &*all) {
                let places = find(&[row], &text).unwrap_or_default();
                prop_assert_eq!(places.len(), 1);
                prop_assert_eq!(&places[0], &(all[0].at.start..last.at.end));
            }
        }

        #[test]
        fn whatever_was_typed_finds_itself(text in "[a-z+#._@ é東。’-]{1,20}", is_open: bool) {
            if let Some(row) = TokenRun::as_typed(&text, is_open) {
                prop_assert!(find(&[row], &text).is_some());
            }
        }

        #[test]
        fn places_are_of_whole_characters(text in "\\PC{0,40}", typed in "\\PC{0,3}") {
            if let Some(row) = TokenRun::as_typed(&typed, true) {
                for place in find(&[row], &text).unwrap_or_default() {
                    prop_assert!(text.get(place).is_some());
                }
            }
        }
    }
}
