//! Addresses in a text: of the web, and of mail. They are links without any mark around them.

use linkify::{LinkFinder, LinkKind};

/// A piece of a message's text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    Text(String),
    Link { href: String, text: String },
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
}
