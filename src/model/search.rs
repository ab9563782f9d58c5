//! Message search: the query syntax and the results.
//!
//! Only the syntax is defined here. `server::store::search::tokenizer` decides which words match, and `server::chat`
//! what a user may find.

use serde::{Deserialize, Serialize};

use super::{Field, Millis, Person, Refusal, Seq, ThreadHead, ThreadId, UserId, limits};

/// Milliseconds of a day.
const DAY: Millis = 86_400_000;

/// A search query. A message must satisfy all of its conditions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Search {
    /// Words and phrases.
    pub phrases: Vec<Phrase>,
    /// The author: a user name, or `me`.
    pub from: Option<String>,
    /// The place: the name of a room, or the user name of the other member of a direct thread.
    pub within: Option<String>,
    /// From this day on, in days since 1970-01-01.
    pub after: Option<i64>,
    /// Before this day.
    pub before: Option<i64>,
    /// What the message must have.
    pub has: Vec<Has>,
    /// What the names or descriptions of its files must contain.
    pub file: Option<Phrase>,
}

/// Something that a message has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Has {
    Link,
    File,
    Image,
}

impl Has {
    const ALL: [(&str, Self); 3] = [
        ("link", Self::Link),
        ("file", Self::File),
        ("image", Self::Image),
    ];
}

/// When the days of a search begin in the time zone of the user.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DaysBegin {
    /// The beginning of [`Search::after`].
    pub after: Option<Millis>,
    /// The beginning of [`Search::before`].
    pub before: Option<Millis>,
}

/// Consecutive words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Phrase {
    pub text: String,
    /// Whether the last word may be a prefix, because it is still being typed.
    pub is_open: bool,
}

/// A page of results, latest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SearchPage {
    pub hits: Vec<Hit>,
    /// The threads of the hits.
    pub threads: Vec<ThreadHead>,
    /// The authors of the hits.
    pub people: Vec<Person>,
    /// The cursor of the next page, if there may be more.
    pub more: Option<String>,
    /// Whether older messages are still being indexed.
    pub is_partial: bool,
}

/// A message that matches.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hit {
    pub thread: ThreadId,
    pub seq: Seq,
    pub at: Millis,
    pub author: UserId,
    /// The text around the first match, on one line.
    pub excerpt: Vec<HitPiece>,
}

/// A part of an excerpt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HitPiece {
    pub text: String,
    /// Whether it matches the query.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_hit: bool,
}

/// The prefix of each operator, with an example.
pub const OPERATORS: [(&str, &str); 6] = [
    ("from:", "from:ana"),
    ("in:", "in:kitchen"),
    ("after:", "after:2026-01-31"),
    ("before:", "before:2026-02-28"),
    ("has:", "has:link"),
    ("file:", "file:plan"),
];

impl Search {
    /// Parses a query. Anything that isn't an operator is a word to search for. The last word may be a prefix unless it
    /// is quoted.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] on [`Field::Query`] for a malformed operator, or a query longer than [`limits::QUERY_MAX`]
    /// characters or [`limits::QUERY_PARTS`] parts.
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        if text.chars().count() > limits::QUERY_MAX {
            return Err(invalid(format!(
                "At most {} characters can be looked for.",
                limits::QUERY_MAX
            )));
        }
        let mut search = Self::default();
        let mut rest = text.trim_start();
        let mut parts = 0;
        while !rest.is_empty() {
            parts += 1;
            if parts > limits::QUERY_PARTS {
                return Err(invalid(format!(
                    "At most {} words can be looked for at a time.",
                    limits::QUERY_PARTS
                )));
            }
            rest = search.parse_part(rest)?.trim_start();
        }
        Ok(search)
    }

    /// Whether the query has no condition.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// The time range: from the first (inclusive) to the second (exclusive). `begin`: when these days begin for the
    /// user, whose client alone knows the rules of its time zone; by default they begin in UTC.
    #[must_use]
    pub fn times(&self, begin: DaysBegin) -> (Option<Millis>, Option<Millis>) {
        let begins = |day: i64, begin: Option<Millis>| {
            let in_utc = day * DAY;
            // No time zone is further from UTC.
            begin.map_or(in_utc, |at| at.clamp(in_utc - DAY, in_utc + DAY))
        };
        (
            self.after.map(|day| begins(day, begin.after)),
            self.before.map(|day| begins(day, begin.before)),
        )
    }

    /// Parses the first part of `text` and returns the rest.
    fn parse_part<'t>(&mut self, text: &'t str) -> Result<&'t str, Refusal> {
        for (operator, example) in OPERATORS {
            let Some(begin) = text.get(..operator.len()) else {
                continue;
            };
            if begin.eq_ignore_ascii_case(operator) {
                let (value, is_open, rest) = value(&text[operator.len()..]);
                let is_open = is_open && rest.trim().is_empty();
                self.operator(operator, (value.trim(), is_open), example)?;
                return Ok(rest);
            }
        }
        let (found, is_open, rest) = value(text);
        if !found.trim().is_empty() {
            self.phrases.push(Phrase {
                text: found.to_owned(),
                is_open: is_open && rest.trim().is_empty(),
            });
        }
        Ok(rest)
    }

    /// `value`: with whether its last word may be a prefix.
    fn operator(
        &mut self,
        operator: &str,
        (value, is_open): (&str, bool),
        example: &str,
    ) -> Result<(), Refusal> {
        let wrong = |what: &str| Err(invalid(format!("{what}, as in {example}.")));
        let is_repeated = match operator {
            "from:" => self.from.is_some(),
            "in:" => self.within.is_some(),
            "after:" => self.after.is_some(),
            "before:" => self.before.is_some(),
            "file:" => self.file.is_some(),
            _ => false,
        };
        if is_repeated {
            return Err(invalid(format!("Use {operator} only once.")));
        }
        match operator {
            "from:" => match value.trim_start_matches('@') {
                "" => return wrong("Add a username after from:"),
                name => self.from = Some(name.to_owned()),
            },
            "in:" => match value.trim_start_matches(['#', '@']) {
                "" => {
                    return wrong("Add a room name or a username after in:");
                }
                name => self.within = Some(name.to_owned()),
            },
            "has:" => {
                let named = |(name, _): &(&str, Has)| value.eq_ignore_ascii_case(name);
                match Has::ALL.into_iter().find(named) {
                    Some((_, has)) => self.has.push(has),
                    None => return wrong("Add link, file or image after has:"),
                }
            }
            "file:" => match value {
                "" => return wrong("Add a part of the name after file:"),
                name => {
                    let text = name.to_owned();
                    self.file = Some(Phrase { text, is_open });
                }
            },
            _ => {
                let Some(day) = day(value) else {
                    return wrong(&format!("Add a date after {operator}"));
                };
                match operator {
                    "after:" => self.after = Some(day),
                    _ => self.before = Some(day),
                }
            }
        }
        Ok(())
    }
}

/// Quotation marks as keyboards produce them; phones insert the curved ones by themselves.
const QUOTES: [char; 4] = ['"', '“', '”', '„'];

/// The quoted text or the word at the beginning of `text`, whether it may be a prefix, and the rest. An unclosed
/// quotation extends to the end of the text.
fn value(text: &str) -> (&str, bool, &str) {
    let Some(quoted) = text.strip_prefix(QUOTES) else {
        let end = text.find(char::is_whitespace).unwrap_or(text.len());
        return (&text[..end], true, &text[end..]);
    };
    match quoted.split_once(QUOTES) {
        Some((inside, rest)) => (inside, false, rest),
        None => (quoted, true, ""),
    }
}

fn invalid(reason: String) -> Refusal {
    Refusal::invalid(Field::Query, reason)
}

/// The number of a day written as `2026-01-31`, counted from 1970-01-01; `None` if there is no such day.
#[must_use]
pub fn day(text: &str) -> Option<i64> {
    let mut parts = text.split('-');
    let mut number = |digits: usize| {
        let part = parts.next().filter(|part| part.len() == digits)?;
        let is_plain = part.bytes().all(|byte| byte.is_ascii_digit());
        is_plain.then(|| part.parse::<i64>().ok()).flatten()
    };
    let (year, month, day) = (number(4)?, number(2)?, number(2)?);
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        4 | 6 | 9 | 11 => 30,
        2 if is_leap => 29,
        2 => 28,
        _ => 31,
    };
    let is_day = parts.next().is_none()
        && (1970..=9999).contains(&year)
        && (1..=12).contains(&month)
        && (1..=days).contains(&day);
    is_day.then(|| days_from_civil(year, month, day))
}

/// Howard Hinnant, "chrono-compatible low-level date algorithms".
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let (era, year_of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let shifted = if month > 2 { month - 3 } else { month + 9 };
    let day_of_year = (153 * shifted + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parse(text: &str) -> Search {
        Search::parse(text).unwrap_or_else(|refusal| panic!("{text:?}: {refusal}"))
    }

    fn phrases(text: &str) -> Vec<(String, bool)> {
        let phrases = parse(text).phrases.into_iter();
        phrases.map(|it| (it.text, it.is_open)).collect()
    }

    fn phrase(text: &str, is_open: bool) -> (String, bool) {
        (text.to_owned(), is_open)
    }

    #[test]
    fn last_word_is_a_prefix_unless_quoted() {
        assert_eq!(
            phrases("tea for"),
            [phrase("tea", false), phrase("for", true)]
        );
        assert_eq!(
            phrases("for \"two cups\""),
            [phrase("for", false), phrase("two cups", false)]
        );
        assert_eq!(
            phrases("“two cups”  tea "),
            [phrase("two cups", false), phrase("tea", true)]
        );
        assert_eq!(phrases("\"two cu"), [phrase("two cu", true)]);
        assert_eq!(phrases("tea from:ana"), [phrase("tea", false)]);
    }

    #[test]
    fn operators_are_parsed() {
        let search = parse(
            "FROM:@ana in:\"Team room\" after:2026-01-31 before:2026-02-28 has:link HAS:image soup",
        );
        assert_eq!(search.from.as_deref(), Some("ana"));
        assert_eq!(search.within.as_deref(), Some("Team room"));
        assert_eq!(search.has, [Has::Link, Has::Image]);
        let at = |day: i64| crate::client::clock::rfc3339(day * DAY);
        assert_eq!(
            search.after.map(at).as_deref(),
            Some("2026-01-31T00:00:00Z")
        );
        assert_eq!(
            search.before.map(at).as_deref(),
            Some("2026-02-28T00:00:00Z")
        );
        assert_eq!(phrases("has:link soup"), [phrase("soup", true)]);
        let file = |text: &str| parse(text).file.map(|it| (it.text, it.is_open));
        assert_eq!(file("file:pla"), Some(phrase("pla", true)));
        assert_eq!(file("file:plan soup"), Some(phrase("plan", false)));
        assert_eq!(
            file("soup file:\"our plan\""),
            Some(phrase("our plan", false))
        );
    }

    #[test]
    fn days_begin_in_the_time_zone_of_the_user() {
        // In Berlin, where summer time ends between the two.
        let search = parse("after:2026-07-01 before:2026-11-01");
        let (july, november) = (1_782_864_000_000, 1_793_491_200_000);
        assert_eq!(
            search.times(DaysBegin::default()),
            (Some(july), Some(november))
        );
        let begin = DaysBegin {
            after: Some(july - 2 * 3_600_000),
            before: Some(november - 3_600_000),
        };
        assert_eq!(search.times(begin), (begin.after, begin.before));
        // A condition that isn't set has no time, and offsets are clamped to one day.
        assert_eq!(parse("tea").times(begin), (None, None));
        let far = DaysBegin {
            after: Some(i64::MAX),
            before: Some(i64::MIN),
        };
        assert_eq!(search.times(far), (Some(july + DAY), Some(november - DAY)));
    }

    #[test]
    fn malformed_operators_are_refused_with_an_example() {
        for text in [
            "from:",
            "from:@",
            "in:",
            "in:\"\"",
            "has:cat",
            "has:",
            "before:yesterday",
            "after:2026-02-29",
            "after:2026-13-01",
            "after:26-01-01",
            "after:2026-01-01-01",
            "before:+026-01-01",
            "from:a from:b",
            "file:",
            "file:a file:b",
            "after:2026-01-01 after:2026-01-01",
        ] {
            let refusal = Search::parse(text).expect_err(text);
            assert_eq!(refusal.field(), Some(Field::Query), "{text}");
        }
        let refusal = Search::parse("before:noon").expect_err("no day");
        assert!(refusal.to_string().ends_with("as in before:2026-02-28."));
    }

    #[test]
    fn anything_but_an_operator_is_a_word() {
        assert_eq!(
            phrases("https://a.org 12:30"),
            [phrase("https://a.org", false), phrase("12:30", true)]
        );
        assert!(Search::parse("from: ana").is_err(), "by whom?");
    }

    #[test]
    fn empty_queries_are_empty() {
        for text in ["", "  ", "\"\"", "\" \""] {
            assert!(parse(text).is_empty(), "{text:?}");
        }
    }

    #[test]
    fn long_queries_are_refused() {
        assert!(Search::parse(&"x".repeat(limits::QUERY_MAX + 1)).is_err());
        assert!(Search::parse(&"x ".repeat(limits::QUERY_PARTS + 1)).is_err());
        assert!(Search::parse(&"x ".repeat(limits::QUERY_PARTS)).is_ok());
    }

    proptest! {
        #[test]
        fn days_round_trip(days in 0_i64..2_932_896) {
            let written = crate::client::clock::rfc3339(days * DAY);
            prop_assert_eq!(day(&written[..10]), Some(days));
        }

        #[test]
        fn any_input_is_refused_or_parsed_into_its_parts(text in "(from:|in:|has:|\"|“|[a-z ]|\\PC){0,40}") {
            if let Ok(search) = Search::parse(&text) {
                prop_assert!(search.phrases.len() <= limits::QUERY_PARTS);
                for phrase in &search.phrases {
                    prop_assert!(text.contains(&phrase.text));
                }
                let open = search.phrases.iter().filter(|phrase| phrase.is_open);
                prop_assert!(open.count() <= 1);
            }
        }
    }
}
