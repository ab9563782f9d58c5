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
use super::{UserId, limits};

/// Where the `@` stands of a name that is begun at the end of a text. Nothing need stand behind it yet.
#[must_use]
pub fn begun(before: &str) -> Option<usize> {
    let at = before.rfind('@')?;
    let is_name = before[at + 1..].chars().all(is_of_name);
    (is_name && may_begin(&before[..at])).then_some(at)
}

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
    if !text.contains('@') {
        return found;
    }
    for text in texts(text) {
        for piece in pieces(&text) {
            let Piece::Text(text) = piece else { continue };
            for token in tokens(&text) {
                let name = &text[token];
                if found.len() < limits::MENTIONS_MAX && found.iter().all(|it| it != name) {
                    found.push(name.to_owned());
                }
            }
        }
    }
    found
}

/// The names that may be meant by what stands behind an `@`, the longest first: what is behind a full stop, a dash
/// or a low line may belong to it or not.
pub fn names(token: &str) -> impl Iterator<Item = &str> {
    let ends = token.char_indices().rev();
    let ends = ends.filter(move |(at, c)| is_joint(*c) && !token[..*at].ends_with(is_joint));
    let ends = ends.map(|(at, _)| at);
    let whole = (!token.ends_with(is_joint)).then_some(token.len());
    whole.into_iter().chain(ends).map(move |end| &token[..end])
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
        let found = names(&text[token.clone()]).find_map(|name| {
            let end = token.start + name.len();
            let part = &text[token.start - 1..end];
            if mentions.room && is_room(name) {
                return Some((Part::Room(part), end));
            }
            let called = mentions.people.iter().find(|it| it.name == name)?;
            Some((Part::Person(called.user, part), end))
        });
        if let Some((part, end)) = found {
            if rest < token.start - 1 {
                parts.push(Part::Text(&text[rest..token.start - 1]));
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

/// Where in a text what stands behind an `@` may be a name.
fn tokens(text: &str) -> Vec<Range<usize>> {
    let at_signs = text.match_indices('@').map(|(at, _)| at);
    let tokens = at_signs.filter_map(|at| {
        if !may_begin(&text[..at]) {
            return None;
        }
        let start = at + 1;
        let graphemes = text[start..].grapheme_indices(true);
        let end = graphemes
            .take_while(|(_, grapheme)| grapheme.starts_with(is_of_name))
            .last()
            .map_or(start, |(at, grapheme)| start + at + grapheme.len());
        let begins = text[start..].starts_with(char::is_alphanumeric);
        let ends = !text[end..].starts_with('@');
        (begins && ends).then_some(start..end)
    });
    tokens.collect()
}

/// Whether a mention may begin after this: within a word or an address there is none.
fn may_begin(before: &str) -> bool {
    let is_within = |c: char| c.is_alphanumeric() || is_joint(c) || "@+/%".contains(c);
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
