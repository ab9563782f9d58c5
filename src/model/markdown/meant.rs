//! Which emphasis marks are meant as such. CommonMark also interprets `2*3*4`, `a/_b_/c`, `obj.__init__` and `^_^ …
//! ^_^`; here a mark counts only at the edge of words, and around visible characters.

use std::ops::Range;

use crate::model::script::{has_no_spaces, is_in_spaced_word};

/// Whether the marks at both ends of `range`, `length` bytes each, are meant as emphasis or strikethrough.
pub(super) fn is_meant(source: &str, range: &Range<usize>, length: usize) -> bool {
    let is_mark = |c: char| matches!(c, '*' | '_' | '~');
    let mark = source[range.start..].chars().next().unwrap_or_default();
    let inside = &source[range.start + length..range.end - length];
    let before = source[..range.start].trim_end_matches(is_mark);
    let after = source[range.end..].trim_start_matches(is_mark);
    let (first, last) = (inside.chars().next(), inside.chars().next_back());
    let is_seen = |c: char| c.is_alphanumeric() || !c.is_ascii();
    inside.contains(is_seen)
        && may_open(before, first)
        && may_close(after, mark)
        // A path with wildcards.
        && !(first == Some('/') && last == Some('/'))
}

fn may_open(before: &str, first: Option<char>) -> bool {
    let mut before = before.chars().rev();
    let Some(last) = before.next() else {
        return true;
    };
    let is_face = first.is_some_and(|first| {
        last == first && !last.is_alphanumeric()
            || last.is_ascii_punctuation()
                && first.is_ascii_punctuation()
                && !"([{<\"'".contains(last)
                && !"([{\"'`*_~".contains(first)
    });
    match last {
        _ if last.is_whitespace() => true,
        _ if is_face => false,
        _ if last.is_alphanumeric() => has_no_spaces(last),
        ')' | ']' | '}' | '/' | '\\' | '^' | '¯' | '´' | '@' | '#' | '$' | '%' | '&' | '='
        | '+' => false,
        '.' => !before.next().is_some_and(is_in_spaced_word),
        _ => true,
    }
}

fn may_close(after: &str, mark: char) -> bool {
    let mut after = after.chars();
    match after.next() {
        None => true,
        // A suffix of the word: **API**s.
        Some(c) if c.is_alphabetic() => mark != '_' || has_no_spaces(c),
        Some(c) if c.is_alphanumeric() => has_no_spaces(c),
        Some('/' | '\\' | '^' | '¯' | '=') => false,
        Some('(' | '[' | '{') => mark != '_',
        Some('.') => !after.next().is_some_and(is_in_spaced_word),
        Some(_) => true,
    }
}
