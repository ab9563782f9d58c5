//! Mentions: `@name` in a message calls a person, and `@room` all members of the room. Every rule of how they are
//! written is here.
//!
//! The server finds out once, when a message is written or edited, who is called by it ([`called`], and by whom it
//! may be: `server/store/mentions`). That stands in the message as [`Mentions`], and whoever draws the text finds
//! the places in it again ([`parts`]).

use std::ops::Range;

use serde::{Deserialize, Serialize};
use unicode_segmentation::UnicodeSegmentation;

use super::links::{Piece, pieces};
use super::markdown::texts;
use super::script::{has_no_spaces, is_in_spaced_word};
use super::{UserId, limits};

/// Where the `@` stands of a name that is begun at the end of a text. Nothing need stand behind it yet.
#[must_use]
pub fn begun(before: &str) -> Option<usize> {
    let (at, sign) = before.rmatch_indices(SIGNS).next()?;
    let mut name = before[at + sign.len()..].graphemes(true);
    let is_name = name.all(|grapheme| grapheme.starts_with(is_of_name));
    (is_name && may_begin(&before[..at])).then_some(at)
}

/// What stands before a name: `@`, also as the input methods of East Asia write it.
pub const SIGNS: [char; 3] = ['@', '＠', '﹫'];

/// What calls everyone in a room.
pub const ROOM: &str = "room";

/// Whom a message calls.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mentions {
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub people: Vec<Mentioned>,
    /// All members of the room.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub room: bool,
}

/// A person who is called.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mentioned {
    pub user: UserId,
    /// What stands behind the `@`, as it is written there.
    pub name: String,
}

impl Mentions {
    /// Whether nobody is called.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.people.is_empty() && !self.room
    }

    /// Whether this person is called, or all in the room, of whom they are one.
    #[must_use]
    pub fn calls(&self, user: UserId) -> bool {
        self.room || self.people.iter().any(|called| called.user == user)
    }
}

/// A part of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part<'t> {
    Text(&'t str),
    /// With its `@`.
    Person(UserId, &'t str),
    /// With its `@`.
    Room(&'t str),
}

/// What stands behind an `@`, wherever in a message that may be a mention: each once, and at most
/// [`limits::MENTIONS_MAX`]. Not in code, addresses or the words of links.
#[must_use]
pub fn called(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    // Most messages have none, and are not to be looked at any further.
    if !text.contains(SIGNS) {
        return found;
    }
    for text in texts(text) {
        for piece in pieces(&text) {
            let Piece::Text(text) = piece else { continue };
            for token in tokens(&text) {
                let name = &text[token.name];
                if found.len() < limits::MENTIONS_MAX && found.iter().all(|it| it != name) {
                    found.push(name.to_owned());
                }
            }
        }
    }
    found
}

/// The names that may be meant by what stands behind an `@`, the longest first: what is behind a full stop, a dash
/// or a low line may belong to it or not. So may each letter of a script without spaces, and what comes before one:
/// `@benさん`. At most [`limits::USERNAME_MAX`] of them, which are the shortest.
pub fn names(token: &str) -> impl Iterator<Item = &str> {
    let mut before = None;
    let mut ends = Vec::new();
    for (at, c) in token.char_indices() {
        let may_end = |before: char| {
            !is_joint(before) && (is_joint(c) || has_no_spaces(c) || has_no_spaces(before))
        };
        // A sign upon a letter belongs to it.
        if before.is_some_and(may_end) && !is_upon(c) {
            ends.push(at);
        }
        before = Some(c);
    }
    ends.truncate(limits::USERNAME_MAX);
    if !token.ends_with(is_joint) {
        ends.push(token.len());
    }
    ends.into_iter().rev().map(|end| &token[..end])
}

/// Marks that stand upon the letter before them, in the scripts without spaces: the vowels and tones of Thai, Lao,
/// Burmese and Khmer, voicing in Japanese, and the later parts of a Korean syllable.
fn is_upon(c: char) -> bool {
    matches!(c, '\u{E31}' | '\u{E34}'..='\u{E3A}' | '\u{E47}'..='\u{E4E}' | '\u{EB1}' | '\u{EB4}'..='\u{EBC}'
        | '\u{EC8}'..='\u{ECE}' | '\u{102B}'..='\u{103E}' | '\u{17B4}'..='\u{17D3}' | '\u{1160}'..='\u{11FF}'
        | '\u{3099}'..='\u{309A}' | '\u{FF9E}'..='\u{FF9F}')
}

/// Whether a name calls the room.
#[must_use]
pub fn is_room(name: &str) -> bool {
    name.eq_ignore_ascii_case(ROOM)
}

/// A text (a piece without links) in parts, of which some call somebody.
#[must_use]
pub fn parts<'t>(text: &'t str, mentions: &Mentions) -> Vec<Part<'t>> {
    let mut parts = Vec::new();
    let mut rest = 0;
    let tokens = match mentions.is_empty() {
        true => Vec::new(),
        false => tokens(text),
    };
    for token in tokens {
        let found = names(&text[token.name.clone()]).find_map(|name| {
            let end = token.name.start + name.len();
            let part = &text[token.at..end];
            if mentions.room && is_room(name) {
                return Some((Part::Room(part), end));
            }
            let called = mentions.people.iter().find(|it| it.name == name)?;
            Some((Part::Person(called.user, part), end))
        });
        if let Some((part, end)) = found {
            if rest < token.at {
                parts.push(Part::Text(&text[rest..token.at]));
            }
            parts.push(part);
            rest = end;
        }
    }
    if rest < text.len() {
        parts.push(Part::Text(&text[rest..]));
    }
    parts
}

/// Where in a text a name may stand, and the `@` before it.
struct Token {
    at: usize,
    name: Range<usize>,
}

/// Where in a text what stands behind an `@` may be a name.
fn tokens(text: &str) -> Vec<Token> {
    let tokens = text.match_indices(SIGNS).filter_map(|(at, sign)| {
        if !may_begin(&text[..at]) {
            return None;
        }
        let start = at + sign.len();
        let graphemes = text[start..].grapheme_indices(true);
        let end = graphemes
            .take_while(|(_, grapheme)| grapheme.starts_with(is_of_name))
            .last()
            .map_or(start, |(at, grapheme)| start + at + grapheme.len());
        let begins = text[start..].starts_with(char::is_alphanumeric);
        let ends = !text[end..].starts_with(SIGNS);
        let name = start..end;
        (begins && ends).then_some(Token { at, name })
    });
    tokens.collect()
}

/// Whether a mention may begin after this: within a word or an address there is none. In a script without spaces every
/// letter may be the last of a word: `请@ben看`.
fn may_begin(before: &str) -> bool {
    let is_within =
        |c: char| is_in_spaced_word(c) || is_joint(c) || SIGNS.contains(&c) || "+/%".contains(c);
    !before.ends_with(is_within)
}

/// What `server/auth/names.rs` allows within a name, but not at its ends.
fn is_joint(c: char) -> bool {
    matches!(c, '.' | '_' | '-')
}

fn is_of_name(c: char) -> bool {
    c.is_alphanumeric() || is_joint(c)
}

#[cfg(test)]
mod tests;
