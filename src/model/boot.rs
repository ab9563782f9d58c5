//! What a page needs at its start: written into the HTML by the server, read from there by the client.

use serde::{Deserialize, Serialize};

use super::{Page, PeoplePage, Person, Privacy, ThreadsPage, UserId};

/// The state of one person's window when the page is made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Boot {
    pub me: Person,
    /// Whether this person keeps order on the whole site.
    pub is_site_admin: bool,
    /// What this person shows of themselves.
    #[serde(default)]
    pub privacy: Privacy,
    /// Whom this person blocks.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub blocked: Vec<UserId>,
    pub threads: ThreadsPage,
    pub people: PeoplePage,
    /// Who is online now, of those in `people` and `threads`.
    pub online: Vec<UserId>,
    /// The thread that the address names, around its first unread message. `None` where the address
    /// names no thread, or none that this person may see.
    pub open: Option<Page>,
}
