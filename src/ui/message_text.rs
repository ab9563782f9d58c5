//! A message's text: its links, and whether it is only emoji. Text stays text: nothing in it is markup.

use leptos::either::Either;
use leptos::prelude::*;
use linkify::{LinkFinder, LinkKind};
use unicode_segmentation::UnicodeSegmentation;

/// At most this many emoji alone are shown large.
const LARGE_MAX: usize = 6;

/// A piece of a message's text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    Text(String),
    Link { href: String, text: String },
}

/// The text of a message, with its line breaks and links.
#[expect(clippy::needless_pass_by_value, reason = "a component owns its props")]
#[component]
pub fn MessageText(text: String) -> impl IntoView {
    let large = is_few_emoji(&text);
    let pieces = pieces(&text)
        .into_iter()
        .map(|piece| match piece {
            Piece::Text(text) => Either::Left(text),
            Piece::Link { href, text } => Either::Right(view! {
                <a href=href rel="noopener nofollow ugc" target="_blank">
                    {text}
                </a>
            }),
        })
        .collect_view();
    view! {
        <div class="message-text" class:large=large dir="auto">
            {pieces}
        </div>
    }
}

/// The text in pieces. Only web and mail addresses become links; anything else with a colon stays text.
#[must_use]
pub fn pieces(text: &str) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = Vec::new();
    for span in LinkFinder::new().spans(text) {
        let part = span.as_str();
        let href = match span.kind() {
            Some(LinkKind::Url) if is_web(part) => Some(part.to_owned()),
            Some(LinkKind::Email) => Some(["mailto:", part].concat()),
            _ => None,
        };
        match (href, pieces.last_mut()) {
            (Some(href), _) => pieces.push(Piece::Link {
                href,
                text: part.to_owned(),
            }),
            (None, Some(Piece::Text(before))) => before.push_str(part),
            (None, _) => pieces.push(Piece::Text(part.to_owned())),
        }
    }
    pieces
}

fn is_web(url: &str) -> bool {
    let scheme = url.split(':').next().unwrap_or_default();
    scheme.eq_ignore_ascii_case("https") || scheme.eq_ignore_ascii_case("http")
}

/// Whether the text is a handful of emoji and nothing else.
#[must_use]
pub fn is_few_emoji(text: &str) -> bool {
    let mut count = 0;
    for grapheme in text.graphemes(true).filter(|g| !g.trim().is_empty()) {
        count += 1;
        if count > LARGE_MAX || !is_emoji(grapheme) {
            return false;
        }
    }
    count > 0
}

/// Whether a grapheme is drawn as an emoji: by its block, or because it asks for that presentation.
fn is_emoji(grapheme: &str) -> bool {
    let first = grapheme.chars().next().unwrap_or_default();
    let asks =
        grapheme.contains('\u{FE0F}') && (!first.is_ascii() || grapheme.contains('\u{20E3}'));
    asks || matches!(first,
        '\u{1F000}'..='\u{1FAFF}' | '\u{2614}'..='\u{2615}' | '\u{2648}'..='\u{2653}'
        | '\u{26A1}' | '\u{26BD}'..='\u{26BE}' | '\u{26C4}'..='\u{26C5}' | '\u{26D4}' | '\u{26EA}'
        | '\u{2705}' | '\u{270A}'..='\u{270B}' | '\u{2728}' | '\u{274C}' | '\u{274E}'
        | '\u{2753}'..='\u{2755}' | '\u{2757}' | '\u{2795}'..='\u{2797}' | '\u{2B50}' | '\u{2B55}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hrefs(text: &str) -> Vec<String> {
        pieces(text)
            .into_iter()
            .filter_map(|piece| match piece {
                Piece::Link { href, .. } => Some(href),
                Piece::Text(_) => None,
            })
            .collect()
    }

    fn rejoined(text: &str) -> String {
        pieces(text)
            .into_iter()
            .map(|piece| match piece {
                Piece::Text(text) | Piece::Link { text, .. } => text,
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
    fn what_could_run_stays_text() {
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

    #[test]
    fn a_few_emoji_alone_are_shown_large() {
        for text in ["👍", "👩‍👩‍👧‍👦 🇩🇪", "❤️", "1️⃣", "👍🏽\n🎉"]
        {
            assert!(is_few_emoji(text), "{text}");
        }
        for text in ["", " ", "ok 👍", "1", "#", "👍👍👍👍👍👍👍", "→"] {
            assert!(!is_few_emoji(text), "{text}");
        }
    }
}
