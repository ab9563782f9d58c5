//! The content of a push: a declarative Web Push message (WebKit, "Declarative Web Push"), which Safari shows by itself
//! and the worker of other browsers reads.

use serde::Serialize;
use serde_json::json;

use super::encrypt::PLAIN_MAX;
use crate::model::{Seq, ThreadId, notify};
use crate::routes::{HOME, ICON_LARGE, message_path};

/// The members of a declarative message begin with this number, that of RFC 8030.
const DECLARATIVE: u32 = 8_030;
/// The most bytes of a title or a body in JSON.
const TEXT_MAX: usize = 1_500;

/// What is notified of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PushContent {
    pub title: String,
    pub body: String,
    /// The message; `None`: a test.
    pub message: Option<(ThreadId, Seq)>,
}

/// For the page and its worker.
#[derive(Serialize)]
struct Data {
    path: String,
    thread: ThreadId,
    seq: Seq,
}

impl PushContent {
    /// What the browser is sent. `site`: the origin of the site, if it is known.
    #[must_use]
    pub fn json(&self, site: Option<&str>) -> Vec<u8> {
        let (thread, seq) = self.message.unwrap_or((ThreadId(0), 0));
        let path = match self.message {
            Some((thread, seq)) => message_path(thread, seq),
            None => HOME.to_owned(),
        };
        let site = site.unwrap_or_default();
        let (page, icon) = ([site, &*path].concat(), [site, ICON_LARGE].concat());
        let json = json!({
            "web_push": DECLARATIVE,
            "notification": {
                "title": shortened(&self.title),
                "body": shortened(&self.body),
                "navigate": page,
                "icon": icon,
                "tag": self.tag(),
                "data": Data { path, thread, seq },
            },
        });
        let json = json.to_string().into_bytes();
        debug_assert!(json.len() <= PLAIN_MAX);
        json
    }

    /// A later notification with the same tag replaces this one.
    #[must_use]
    pub fn tag(&self) -> String {
        match self.message {
            Some((thread, _)) => notify::tag(thread),
            None => "test".to_owned(),
        }
    }
}

/// The beginning of a text that has at most [`TEXT_MAX`] bytes in JSON, where a control character has six (RFC 8259,
/// section 7).
fn shortened(text: &str) -> &str {
    let mut length = 0;
    let end = text.char_indices().find(|(_, letter)| {
        length += match letter {
            '"' | '\\' => 2,
            letter if letter.is_ascii_control() => 6,
            letter => letter.len_utf8(),
        };
        length > TEXT_MAX
    });
    end.map_or(text, |(end, _)| &text[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn content(title: &str, body: &str) -> PushContent {
        PushContent {
            title: title.into(),
            body: body.into(),
            message: Some((ThreadId(12), 3)),
        }
    }

    #[test]
    fn a_push_is_a_declarative_message_that_opens_the_message() {
        let json = content("Ana", "Hi \"you\"").json(Some("https://chat.example"));
        let read: serde_json::Value = serde_json::from_slice(&json).unwrap();
        assert_eq!(read["web_push"], 8_030);
        let shown = &read["notification"];
        assert_eq!(shown["navigate"], "https://chat.example/t/12/m/3");
        assert_eq!(shown["title"], "Ana");
        assert_eq!(shown["body"], "Hi \"you\"");
        assert_eq!(shown["tag"], "t12");
        assert_eq!(shown["data"]["thread"], 12);
        assert_eq!(shown["data"]["seq"], 3);
        let json = content("Ana", "Hi").json(None);
        let read: serde_json::Value = serde_json::from_slice(&json).unwrap();
        assert_eq!(read["notification"]["navigate"], "/t/12/m/3");
    }

    #[test]
    fn every_content_fits_into_a_push() {
        for text in ["x", "é", "👨‍👩‍👧‍👦", "\u{1}", "\"", "\u{202e}"] {
            let long = text.repeat(3_000);
            let json = content(&long, &long).json(Some("https://chat.example"));
            assert!(json.len() <= PLAIN_MAX, "{text:?}: {}", json.len());
        }
    }
}
