//! Mentions: `@name` in a message mentions a person, `@room` all members of the room. This module defines their syntax.
//!
//! The server determines the mentioned people once, when a message is written or edited (see [`mentioned_names`];
//! `server/store/mentions` decides whom the author may mention). The result is stored in the message as [`Mentions`],
//! and views locate the mentions in the text again ([`parts`]).

use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::graphemes::graphemes;
use super::links::{TextPiece, pieces};
use super::markdown::texts;
use super::script::MENTION_SIGNS as SIGNS;
use super::script::{has_mention_sign, has_no_spaces, is_in_spaced_word};
use super::{UserId, limits};

/// The position of the `@` of an incomplete name at the end of a text. The name may still be empty.
#[must_use]
pub fn begun(before: &str) -> Option<usize> {
    let (at, sign) = before.rmatch_indices(SIGNS).next()?;
    let after = &before[at + sign.len()..];
    (name_length(after) == after.len() && may_begin(&before[..at])).then_some(at)
}

/// The name that mentions everyone in a room.
pub const ROOM: &str = "room";

/// The people mentioned by a message.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mentions {
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub people: Vec<Mentioned>,
    /// All members of the room.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub room: bool,
}

/// A mentioned person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mentioned {
    pub user: UserId,
    /// The name behind the `@`, as written in the text.
    pub name: String,
}

impl Mentions {
    /// Whether there are no mentions.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.people.is_empty() && !self.room
    }

    /// Whether this member of the room is mentioned, by name or with everyone.
    #[must_use]
    pub fn includes(&self, user: UserId) -> bool {
        self.room || self.people.iter().any(|mentioned| mentioned.user == user)
    }
}

/// A part of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextPart<'t> {
    Text(&'t str),
    /// Includes its `@`.
    Person(UserId, &'t str),
    /// Includes its `@`.
    Room(&'t str),
}

/// The distinct names behind an `@` that may be mentions, at most [`limits::MENTIONS_MAX`]. Code, addresses and link
/// texts don't count.
#[must_use]
pub fn mentioned_names(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    if !has_mention_sign(text) {
        return found;
    }
    for text in texts(text) {
        for piece in pieces(&text) {
            let TextPiece::Text(text) = piece else {
                continue;
            };
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

/// The candidate names in the text behind an `@`, longest first. What follows a full stop, a dash or an underscore may
/// belong to the name or not; so may each letter of a script without spaces, and what precedes one: `@benさん`. At most
/// [`limits::USERNAME_MAX`] such candidates, the shortest ones, in addition to the whole.
pub fn names(token: &str) -> impl Iterator<Item = &str> {
    let mut before = None;
    let mut ends = Vec::new();
    for (at, c) in token.char_indices() {
        let may_end = |before: char| {
            !is_joint(before) && (is_joint(c) || has_no_spaces(c) || has_no_spaces(before))
        };
        // A combining mark belongs to its letter.
        if before.is_some_and(may_end) && !is_combining(c) {
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

/// Marks combined with the letter before them, in scripts without spaces: the vowels and tones of Thai, Lao, Burmese
/// and Khmer, voicing in Japanese, and the trailing parts of a Korean syllable.
fn is_combining(c: char) -> bool {
    matches!(c, '\u{E31}' | '\u{E34}'..='\u{E3A}' | '\u{E47}'..='\u{E4E}' | '\u{EB1}' | '\u{EB4}'..='\u{EBC}'
        | '\u{EC8}'..='\u{ECE}' | '\u{102B}'..='\u{103E}' | '\u{17B4}'..='\u{17D3}' | '\u{1160}'..='\u{11FF}'
        | '\u{3099}'..='\u{309A}' | '\u{FF9E}'..='\u{FF9F}')
}

/// Whether a name mentions the room.
#[must_use]
pub fn is_room(name: &str) -> bool {
    name.eq_ignore_ascii_case(ROOM)
}

/// Splits a text (a piece without links) into plain parts and mentions.
#[must_use]
pub fn parts<'t>(text: &'t str, mentions: &Mentions) -> Vec<TextPart<'t>> {
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
                return Some((TextPart::Room(part), end));
            }
            let mentioned = mentions.people.iter().find(|it| it.name == name)?;
            Some((TextPart::Person(mentioned.user, part), end))
        });
        if let Some((part, end)) = found {
            if rest < token.at {
                parts.push(TextPart::Text(&text[rest..token.at]));
            }
            parts.push(part);
            rest = end;
        }
    }
    if rest < text.len() {
        parts.push(TextPart::Text(&text[rest..]));
    }
    parts
}

/// A place in a text where a name may be, with the `@` before it.
struct Token {
    at: usize,
    name: Range<usize>,
}

/// The places in a text where a name may follow an `@`.
fn tokens(text: &str) -> Vec<Token> {
    let tokens = text.match_indices(SIGNS).filter_map(|(at, sign)| {
        if !may_begin(&text[..at]) {
            return None;
        }
        let start = at + sign.len();
        let end = start + name_length(&text[start..]);
        let begins = text[start..].starts_with(char::is_alphanumeric);
        let ends = !text[end..].starts_with(SIGNS);
        let name = start..end;
        (begins && ends).then_some(Token { at, name })
    });
    tokens.collect()
}

/// The length of the name at the beginning of a text. A letter's accents and vowel signs belong to it.
fn name_length(text: &str) -> usize {
    let ends = |c: char| c.is_ascii() && !is_of_name(c);
    let end = text.find(ends).unwrap_or(text.len());
    let name = graphemes(&text[..end]).take_while(|grapheme| grapheme.starts_with(is_of_name));
    name.map(str::len).sum()
}

/// Whether a mention may begin after `before`: not within a word or an address. In a script without spaces every letter
/// may end a word: `请@ben看`.
fn may_begin(before: &str) -> bool {
    let is_within =
        |c: char| is_in_spaced_word(c) || is_joint(c) || SIGNS.contains(&c) || "+/%".contains(c);
    !before.ends_with(is_within)
}

/// The characters that `server/auth/names.rs` permits within a name, but not at its ends.
fn is_joint(c: char) -> bool {
    matches!(c, '.' | '_' | '-')
}

fn is_of_name(c: char) -> bool {
    c.is_alphanumeric() || is_joint(c)
}

#[cfg(test)]
mod tests;
