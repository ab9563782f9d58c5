//! The terms of the index, and the query expressions of each engine. A message's author, thread and links are terms
//! like its words, so that one look-up answers a whole query. These terms begin with a character that no word contains.

use std::fmt::Write as _;

use super::token_runs::TokenRun;
use super::tokenizer::words;
use crate::model::file;
use crate::model::links::{TextPiece, pieces};
use crate::model::search::Has;
use crate::model::{FileKind, Message, Millis, ThreadId, UserId};
use crate::server::store::dialect::Dialect;

/// Bits of a document's id below its time in milliseconds.
const SLOT_BITS: u32 = 16;

/// The threads that are searched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// All direct threads of this user, and these rooms.
    Mine(UserId, Vec<ThreadId>),
    /// These threads.
    Threads(Vec<ThreadId>),
    /// No restriction in the query: threads of others are filtered out of the hits.
    Anywhere,
}

/// A query in terms of the index. All conditions must hold for a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SearchQuery {
    pub scope: Scope,
    pub rows: Vec<TokenRun>,
    pub author: Option<UserId>,
    pub has: Vec<Has>,
    /// From this moment on, inclusive.
    pub since: Option<Millis>,
    /// Up to this moment, exclusive.
    pub until: Option<Millis>,
}

/// The first id of this moment.
pub(super) fn first_id(at: Millis) -> i64 {
    at.clamp(0, Millis::MAX >> SLOT_BITS) << SLOT_BITS
}

/// An id within a moment: stable for a message, and rarely shared with another.
pub(super) fn id(at: Millis, thread: ThreadId, seq: i64) -> i64 {
    let spread = thread.0.wrapping_mul(0x9E37_79B9).wrapping_add(seq);
    first_id(at) | spread & ((1 << SLOT_BITS) - 1)
}

/// The id to try next when that one is in use: far away, since messages of one thread at one moment have consecutive
/// ids. (An odd step visits all ids of the moment.)
pub(super) fn next_id(id: i64) -> i64 {
    let slots = (1 << SLOT_BITS) - 1;
    id & !slots | (id + 0x9E37) & slots
}

/// A message as it is indexed.
pub(super) struct Document<'a> {
    pub thread: ThreadId,
    /// The two users of a direct thread.
    pub pair: Option<(UserId, UserId)>,
    pub author: UserId,
    pub message: &'a Message,
}

impl Document<'_> {
    /// Its terms in the format of the index column.
    pub(super) fn terms(&self, engine: Dialect) -> String {
        let mut terms = vec![author_term(self.author), thread_term(self.thread)];
        if let Some((low, high)) = self.pair {
            terms.extend([low, high].map(direct_term));
        }
        terms.extend(
            [Has::Link, Has::File, Has::Image]
                .into_iter()
                .filter_map(|it| {
                    let is_there = has(self.message, it);
                    is_there.then(|| has_term(it).to_owned())
                }),
        );
        let named = file::searched(&self.message.files);
        for text in [&self.message.text, &named] {
            terms.extend(words(text).into_iter().map(|word| word.text));
        }
        match engine {
            Dialect::Sqlite => terms.join(" "),
            Dialect::Postgres => {
                let mut vector = String::new();
                for (at, term) in terms.iter().enumerate() {
                    // Writing to a String can't fail.
                    let _ = write!(vector, "'{term}':{} ", at + 1);
                }
                vector
            }
        }
    }
}

fn has(message: &Message, what: Has) -> bool {
    let is_link = |piece: &TextPiece| matches!(piece, TextPiece::Link { .. });
    match what {
        Has::Link => pieces(&message.text).iter().any(is_link),
        Has::File => !message.files.is_empty(),
        Has::Image => (message.files.iter()).any(|file| file.kind == FileKind::Image),
    }
}

fn has_term(what: Has) -> &'static str {
    match what {
        Has::Link => "+link",
        Has::File => "+file",
        Has::Image => "+image",
    }
}

fn author_term(user: UserId) -> String {
    format!("@{user}")
}

fn thread_term(thread: ThreadId) -> String {
    format!("#{thread}")
}

/// The term for one of the two users of a direct thread.
fn direct_term(user: UserId) -> String {
    format!("&{user}")
}

impl Scope {
    fn terms(&self) -> Vec<String> {
        match self {
            Self::Mine(user, rooms) => {
                let rooms = rooms.iter().copied().map(thread_term);
                std::iter::once(direct_term(*user)).chain(rooms).collect()
            }
            Self::Threads(threads) => threads.iter().copied().map(thread_term).collect(),
            Self::Anywhere => Vec::new(),
        }
    }
}

impl SearchQuery {
    /// The query expression for the index. (Terms contain no quotes, so quoting them is safe.)
    pub(super) fn expression(&self, engine: Dialect) -> String {
        let (quote, or, and, then) = match engine {
            Dialect::Sqlite => ('"', " OR ", " AND ", " + "),
            Dialect::Postgres => ('\'', " | ", " & ", " <-> "),
        };
        let quoted = |term: &String| format!("{quote}{term}{quote}");
        let prefix = match engine {
            Dialect::Sqlite => " *",
            Dialect::Postgres => ":*",
        };
        let mut parts = Vec::new();
        for row in &self.rows {
            let words: Vec<String> = row.words.iter().map(quoted).collect();
            let open = if row.is_open { prefix } else { "" };
            parts.push(format!("({}{open})", words.join(then)));
        }
        parts.extend(self.author.map(author_term).as_ref().map(quoted));
        let has = self.has.iter().map(|&what| has_term(what).to_owned());
        parts.extend(has.map(|term| quoted(&term)));
        let scope: Vec<String> = self.scope.terms().iter().map(quoted).collect();
        if !scope.is_empty() {
            parts.push(format!("({})", scope.join(or)));
        }
        parts.join(and)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_of_its_moment() {
        for seq in [1, 65_535, 65_536, i64::MAX] {
            let mut id = id(1_763_700_000_000, ThreadId(7), seq);
            for _ in 0..3 {
                assert!(id >= first_id(1_763_700_000_000) && id < first_id(1_763_700_000_001));
                id = next_id(id);
            }
        }
        assert_eq!(first_id(-1), 0);
        assert!(first_id(Millis::MAX) > 0);
    }

    #[test]
    fn many_messages_of_one_moment_get_distinct_ids() {
        let mut taken = std::collections::HashSet::new();
        for thread in 1..=40 {
            for seq in 1..=1_000 {
                let mut id = id(1_763_700_000_000, ThreadId(thread), seq);
                let settled = (0..crate::server::store::search::index_batch::TRIES).any(|_| {
                    taken.insert(id) || {
                        id = next_id(id);
                        false
                    }
                });
                assert!(settled, "message {seq} of thread {thread}");
            }
        }
    }

    #[test]
    fn no_text_has_a_term_of_another_kind() {
        let written = Document {
            thread: ThreadId(3),
            pair: None,
            author: UserId(5),
            message: &Message::new("#4 @6 &7 +link &8"),
        };
        assert_eq!(written.terms(Dialect::Sqlite), "@5 #3 4 6 7 link 8");
        assert_eq!(
            written.terms(Dialect::Postgres),
            "'@5':1 '#3':2 '4':3 '6':4 '7':5 'link':6 '8':7 "
        );
    }

    #[test]
    fn a_query_is_translated_for_each_engine() {
        let sought = SearchQuery {
            scope: Scope::Mine(UserId(1), vec![ThreadId(9)]),
            rows: vec![TokenRun::of("two cups", true).unwrap()],
            author: Some(UserId(2)),
            has: vec![Has::Link],
            since: None,
            until: None,
        };
        assert_eq!(
            sought.expression(Dialect::Sqlite),
            "(\"two\" + \"cups\" *) AND \"@2\" AND \"+link\" AND (\"&1\" OR \"#9\")"
        );
        assert_eq!(
            sought.expression(Dialect::Postgres),
            "('two' <-> 'cups':*) & '@2' & '+link' & ('&1' | '#9')"
        );
    }
}
