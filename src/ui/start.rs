//! What a page starts from. The server reads it before it draws, and sends it along as JSON, so that the
//! browser draws the same at once.

use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use super::browser;
use super::later;
use super::marked;
use crate::model::{Boot, Millis, Refusal, RoomCard, RoomsPage, SearchPage, Site};
use crate::routes::Route;

/// The element with the JSON.
pub const ID: &str = "start";

/// Set there when the page draws one of the parts that are fetched [later](super::later).
pub const LATER: &str = "data-later";

/// Set there when the page draws a message that needs the [parser of Markdown](super::marked).
pub const MARKED: &str = "data-marked";

/// What a page starts from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Start {
    /// When it was read.
    pub now: Millis,
    /// The window of whoever is logged in, on pages that show it.
    pub boot: Option<Boot>,
    /// Why the page can't be shown; or why its form, sent without a script, was refused.
    pub refused: Option<Refusal>,
    /// What everybody may know of the installation, on the log-in and the sign-up.
    pub site: Option<Site>,
    /// The room to which an invite link leads, or whose address one has without being in it.
    pub card: Option<RoomCard>,
    /// The directory, on its page, with what is looked for in it.
    pub rooms: Option<(String, RoomsPage)>,
    /// What was found, on the page of the search, with what was looked for.
    pub found: Option<(String, SearchPage)>,
    /// What a pane that is fetched [later](super::later) starts from, as JSON that its own code reads.
    pub pane: Option<String>,
    /// Where to go after logging in.
    pub next: Option<String>,
    /// The token that the first account is made with, as the address of the sign-up has it.
    pub setup: Option<String>,
    /// A key that is offered for a new room, on the page where one is made.
    pub key: Option<String>,
}

impl Start {
    /// That of this page: of the request on the server, of the document in the browser. There it is taken,
    /// so that a page that one goes to later does not begin with it.
    #[must_use]
    pub fn take() -> Self {
        #[cfg(feature = "ssr")]
        {
            use_context::<http::request::Parts>()
                .and_then(|parts| parts.extensions.get::<Self>().cloned())
                .unwrap_or_default()
        }
        #[cfg(not(feature = "ssr"))]
        {
            document()
                .get_element_by_id(ID)
                .and_then(|element| {
                    element.remove();
                    crate::model::json::read(&element.text_content()?).ok()
                })
                .unwrap_or_default()
        }
    }

    /// As JSON that can't end the element it stands in (HTML Standard, "Restrictions for contents of
    /// script elements"), and that would be harmless as JavaScript too, where two of the line separators end
    /// a string.
    fn to_script(&self) -> String {
        // Can't fail: all keys are strings.
        let json = serde_json::to_string(self).unwrap_or_default();
        json.replace('<', "\\u003c")
            .replace('\u{2028}', "\\u2028")
            .replace('\u{2029}', "\\u2029")
    }
}

/// The element with the JSON: data, no script that runs. Only the server draws it.
#[component]
pub fn StartData() -> impl IntoView {
    let start = Start::take();
    let later = later::is_needed(&start, Route::of(&browser::path()));
    let marked = marked::is_needed(&start);
    (start != Start::default()).then(|| {
        view! {
            <script
                type="application/json"
                id=ID
                data-later=later
                data-marked=marked
                inner_html=start.to_script()
            ></script>
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_it_ends_the_element() {
        let start = Start {
            refused: Some(Refusal::Malformed {
                reason: "</script><!--<script>]]>\u{2028}\u{2029}\u{0}\"&lt;".into(),
            }),
            ..Start::default()
        };
        let script = start.to_script();
        assert!(
            !script.contains(['<', '\u{2028}', '\u{2029}', '\u{0}']),
            "{script}"
        );
        assert_eq!(crate::model::json::read::<Start>(&script).ok(), Some(start));
    }
}
