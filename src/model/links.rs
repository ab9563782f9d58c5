//! Automatic links: web and mail addresses in a text, without markup.

use std::ops::Range;

use linkify::{LinkFinder, LinkKind};

use super::script::is_wide_punctuation;

/// A piece of a message's text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TextPiece {
    Text(String),
    Link { href: String, text: String },
}

/// Splits a text into pieces. Only web and mail addresses become links; anything else with a colon stays text.
#[must_use]
pub fn pieces(text: &str) -> Vec<TextPiece> {
    let mut pieces: Vec<TextPiece> = Vec::new();
    for (part, kind) in spans(text) {
        let href = match kind {
            Some(Kind::Url) if is_web(part) => Some(part.to_owned()),
            Some(Kind::Mail) => Some(["mailto:", part].concat()),
            _ => None,
        };
        match (href, pieces.last_mut()) {
            (Some(href), _) => pieces.push(TextPiece::Link {
                href,
                text: part.to_owned(),
            }),
            (None, Some(TextPiece::Text(before))) => before.push_str(part),
            (None, _) => pieces.push(TextPiece::Text(part.to_owned())),
        }
    }
    pieces
}

/// The ranges of addresses with a scheme.
#[must_use]
pub fn addresses(text: &str) -> Vec<Range<usize>> {
    let mut at = 0;
    let mut addresses = Vec::new();
    for (part, kind) in spans(text) {
        if kind == Some(Kind::Url) {
            addresses.push(at..at + part.len());
        }
        at += part.len();
    }
    addresses
}

/// The kind of an address.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// It has a scheme (not necessarily of the web).
    Url,
    Mail,
}

fn kind_of(found: Option<&LinkKind>) -> Option<Kind> {
    match found? {
        LinkKind::Url => Some(Kind::Url),
        LinkKind::Email => Some(Kind::Mail),
        _ => None,
    }
}

/// All of the text in order, with the kind of each part. An address may contain letters of every script (`/wiki/東京`),
/// but ends at punctuation outside ASCII: `https://example.org/a。`.
fn spans(text: &str) -> Vec<(&str, Option<Kind>)> {
    let finder = LinkFinder::new();
    let mut spans = Vec::new();
    let mut from = 0;
    for (at, stop) in stops(text) {
        let found = finder.spans(&text[from..at]);
        spans.extend(found.map(|span| (span.as_str(), kind_of(span.kind()))));
        from = at + stop.len_utf8();
        spans.push((&text[at..from], None));
    }
    let found = finder.spans(&text[from..]);
    spans.extend(found.map(|span| (span.as_str(), kind_of(span.kind()))));
    spans
}

/// The characters at which an address ends.
fn stops(text: &str) -> impl Iterator<Item = (usize, char)> {
    text.char_indices().filter(|(at, c)| {
        // The common case.
        if c.is_ascii() || !is_wide_punctuation(*c) {
            return false;
        }
        // Permitted within names, as in `/wiki/L’Oréal`, `/wiki/Foo–Bar` and `/wiki/Sant·Gadea`.
        let joins = matches!(c, '’' | '\u{2010}'..='\u{2013}' | '·' | '・');
        let is_letter = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
        let before = text[..*at].chars().next_back();
        let after = text[at + c.len_utf8()..].chars().next();
        !(joins && is_letter(before) && is_letter(after))
    })
}

fn is_web(url: &str) -> bool {
    let scheme = url.split(':').next().unwrap_or_default();
    scheme.eq_ignore_ascii_case("https") || scheme.eq_ignore_ascii_case("http")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hrefs(text: &str) -> Vec<String> {
        pieces(text)
            .into_iter()
            .filter_map(|piece| match piece {
                TextPiece::Link { href, .. } => Some(href),
                TextPiece::Text(_) => None,
            })
            .collect()
    }

    fn rejoined(text: &str) -> String {
        pieces(text)
            .into_iter()
            .map(|piece| match piece {
                TextPiece::Text(text) | TextPiece::Link { text, .. } => text,
            })
            .collect()
    }

    #[test]
    fn web_and_mail_addresses_become_links() {
        assert_eq!(
            hrefs("See https://example.org/a?b=c#d, please, or HTTP://EXAMPLE.ORG."),
            ["https://example.org/a?b=c#d", "HTTP://EXAMPLE.ORG"]
        );
        assert_eq!(hrefs("to ana@example.org!"), ["mailto:ana@example.org"]);
    }

    #[test]
    fn an_address_ends_at_punctuation_that_is_not_ascii() {
        for (text, href) in [
            ("见https://example.org/a。很好", "https://example.org/a"),
            ("https://example.org/a，", "https://example.org/a"),
            ("（https://example.org/a）", "https://example.org/a"),
            ("「https://example.org/a」です", "https://example.org/a"),
            ("« https://example.org/a »", "https://example.org/a"),
            ("«https://example.org/a»", "https://example.org/a"),
            ("“https://example.org/a”", "https://example.org/a"),
            ("‘https://example.org/a’ b", "https://example.org/a"),
            ("https://example.org/a…", "https://example.org/a"),
            ("https://example.org/a.…and", "https://example.org/a"),
            ("https://example.org/a—b", "https://example.org/a"),
            ("https://example.org/a؟", "https://example.org/a"),
            ("https://example.org/क।", "https://example.org/क"),
            ("https://example.org！", "https://example.org"),
            // Letters remain, and so does punctuation within names.
            (
                "https://ja.example.org/wiki/東京",
                "https://ja.example.org/wiki/東京",
            ),
            (
                "https://example.org/wiki/L’Oréal",
                "https://example.org/wiki/L’Oréal",
            ),
            (
                "https://example.org/wiki/A–B.",
                "https://example.org/wiki/A–B",
            ),
            (
                "https://example.org/путь?q=ж",
                "https://example.org/путь?q=ж",
            ),
            ("写信：ana@example.org。", "mailto:ana@example.org"),
        ] {
            assert_eq!(hrefs(text), [href], "{text}");
        }
        assert_eq!(
            hrefs("https://a.org、https://b.org；http://c.org/d"),
            ["https://a.org", "https://b.org", "http://c.org/d"]
        );
    }

    #[test]
    fn script_addresses_stay_text() {
        for text in [
            "javascript:alert(1)",
            "javascript://example.org/%0aalert(1)",
            "data:text/html,<b>x</b>",
            "vbscript://x.org",
            "file:///etc/passwd",
        ] {
            assert_eq!(hrefs(text), Vec::<String>::new(), "{text}");
        }
    }

    #[test]
    fn no_character_is_lost() {
        for text in ["", "a\n  b", "x https://a.b/c) javascript://d y@z.org <b>"] {
            assert_eq!(rejoined(text), text);
        }
    }

    proptest::proptest! {
        #[test]
        fn pieces_add_up_to_the_text(
            text in "(https://|[a-z]{1,3}|[./@:?]|[。、»…’–]|東|\\PC){0,20}",
        ) {
            proptest::prop_assert_eq!(rejoined(&text), &*text);
            for href in hrefs(&text) {
                let ends = href.chars().next_back().is_some_and(is_wide_punctuation);
                proptest::prop_assert!(!ends, "{}", href);
            }
        }
    }
}
