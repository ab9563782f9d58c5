//! Pages: bounded pieces in which history, people and threads are read.

use serde::{Deserialize, Serialize};

use super::{Event, Person, Receipts, Seq, ThreadHead, ThreadId};

/// Where in a thread's log a page lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Position {
    /// The last events.
    Latest,
    /// The events right before this position (exclusive).
    Before(Seq),
    /// The events right after this position (exclusive).
    After(Seq),
    /// Half of the events up to this position (inclusive), half after it.
    Around(Seq),
}

/// A contiguous, ascending piece of one thread's log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page {
    pub thread: ThreadId,
    pub events: Vec<Event>,
    /// Whether the log has events before the first of these.
    pub more_before: bool,
    /// The thread's last position when the page was read: events beyond those of the page remain to be fetched.
    pub last_seq: Seq,
    /// The authors of the events.
    pub people: Vec<Person>,
    /// How far others have got in the thread, as far as they share it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub receipts: Option<Receipts>,
}

/// Messages from various threads, each in its current version.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Excerpts {
    pub events: Vec<Event>,
    /// The threads of the messages.
    pub threads: Vec<ThreadHead>,
    /// The authors of the messages.
    pub people: Vec<Person>,
}

/// A page of the list of all people, by user name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PeoplePage {
    pub people: Vec<Person>,
    /// Whether there are more after the last of these.
    pub more: bool,
}

/// A page of the user's thread list, latest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ThreadsPage {
    pub threads: Vec<ThreadHead>,
    /// Whether there are more after the last of these.
    pub more: bool,
}

/// The name after which the next page of a list by user name begins; `None` if there is none. It only goes onwards, so
/// that fetching a list comes to an end whatever the server says.
#[must_use]
pub fn next_after(more: bool, last: Option<String>, after: Option<&str>) -> Option<String> {
    last.filter(|last| more && Some(&**last) > after)
}
