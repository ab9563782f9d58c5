//! The initial state of a page: embedded in the HTML by the server, read from there by the client.

use serde::{Deserialize, Serialize};

use super::{FileLimits, Page, PeoplePage, Person, Privacy, ThreadsPage, UserId};

/// The state of one user's view when the page is rendered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Boot {
    pub me: Person,
    /// Whether the user is an admin of the site.
    pub is_site_admin: bool,
    /// The number of open reports, if the user is an admin of the site; otherwise 0.
    #[serde(default)]
    pub open_reports: i64,
    /// What the user shares with others.
    #[serde(default)]
    pub privacy: Privacy,
    /// The users whom this user blocks.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub blocked: Vec<UserId>,
    /// How large and how many the files of a message may be.
    #[serde(default)]
    pub files: FileLimits,
    pub threads: ThreadsPage,
    pub people: PeoplePage,
    /// Those of `people` and `threads` who are online now.
    pub online: Vec<UserId>,
    /// The thread that the URL names, around its first unread message. `None` if the URL names no thread, or one that
    /// the user has no access to.
    pub open: Option<Page>,
}
