//! The data that a page starts from. The server reads it before it renders, and embeds it as JSON in the page, so that
//! the browser's first render is the same.

use serde::{Deserialize, Serialize};

use super::{Boot, Millis, Refusal, RoomCard, RoomsPage, SearchPage, Site};

/// The id of the element that holds the JSON.
pub const ELEMENT: &str = "start";
/// Set on that element when the page draws a view that is loaded lazily.
pub const NEEDS_VIEWS: &str = "data-later";
/// Set on that element when the page draws the files of a message.
pub const NEEDS_FILES: &str = "data-files";
/// Set on that element when the page draws a message that needs the Markdown parser.
pub const NEEDS_MARKDOWN: &str = "data-marked";

/// The data that a page starts from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageData {
    /// When it was read.
    pub now: Millis,
    /// The window of the user, on pages that show it.
    pub boot: Option<Boot>,
    /// Why the page can't be shown; or why its form, sent without a script, was refused.
    pub refused: Option<Refusal>,
    /// What was typed into that form, by field; never a secret.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub typed: Vec<(String, String)>,
    /// The public facts of the installation, on the log-in and the sign-up page.
    pub site: Option<Site>,
    /// The room that an invite link leads to, or that the user may see without being a member.
    pub card: Option<RoomCard>,
    /// The directory of rooms, on its page, with the filter.
    pub rooms: Option<(String, RoomsPage)>,
    /// The results, on the search page, with the query.
    pub found: Option<(String, SearchPage)>,
    /// The data of a lazily loaded pane, as JSON that its own code reads.
    pub pane: Option<String>,
    /// Where to go after logging in.
    pub next: Option<String>,
    /// The setup token of the first account, from the address of the sign-up page.
    pub setup: Option<String>,
    /// A suggested key for a new room, on the page that creates one.
    pub key: Option<String>,
}

impl PageData {
    /// What was typed into a field of the refused form.
    #[must_use]
    pub fn typed(&self, field: &str) -> String {
        let mut typed = self.typed.iter();
        let found = typed.find(|(name, _)| name == field);
        found.map(|(_, value)| value.clone()).unwrap_or_default()
    }

    /// As JSON that can't end the element it stands in (HTML Standard, "Restrictions for contents of script elements"),
    /// and that would be harmless as JavaScript too, where two of the line separators end a string.
    #[must_use]
    pub fn to_script(&self) -> String {
        // Can't fail: all keys are strings.
        let json = serde_json::to_string(self).unwrap_or_default();
        json.replace('<', "\\u003c")
            .replace('\u{2028}', "\\u2028")
            .replace('\u{2029}', "\\u2029")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_it_ends_the_element() {
        let data = PageData {
            refused: Some(Refusal::Malformed {
                reason: "</script><!--<script>]]>\u{2028}\u{2029}\u{0}\"&lt;".into(),
            }),
            ..PageData::default()
        };
        let script = data.to_script();
        assert!(
            !script.contains(['<', '\u{2028}', '\u{2029}', '\u{0}']),
            "{script}"
        );
        let read = crate::model::json::read::<PageData>(&script);
        assert_eq!(read.ok(), Some(data));
    }
}
