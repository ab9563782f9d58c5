//! Pages: how history, people and threads are read, a bounded piece at a time.

use serde::{Deserialize, Serialize};

use super::{Event, Person, Receipts, Seq, ThreadHead, ThreadId};

/// Where in a thread's log a page is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Position {
    /// The last ones.
    Latest,
    /// Those right before this position, without it.
    Before(Seq),
    /// Those right after this position, without it.
    After(Seq),
    /// Half of them up to this position, with it, and half after it.
    Around(Seq),
}

/// A contiguous, ascending piece of one thread's log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page {
    pub thread: ThreadId,
    pub events: Vec<Event>,
    /// Whether the log has something before the first of these.
    pub more_before: bool,
    /// The thread's last position when the page was read: what is beyond `events` is still to fetch.
    pub last_seq: Seq,
    /// The authors of these events.
    pub people: Vec<Person>,
    /// How far others have got in the thread, where that is shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub receipts: Option<Receipts>,
}

/// Messages from here and there, each as it is now.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Excerpts {
    pub events: Vec<Event>,
    /// The threads that they are from.
    pub threads: Vec<ThreadHead>,
    /// Who wrote them.
    pub people: Vec<Person>,
}

/// A piece of the list of all people, by user name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PeoplePage {
    pub people: Vec<Person>,
    /// Ask for those after the last of these.
    pub more: bool,
}

/// A piece of one's thread list, latest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ThreadsPage {
    pub threads: Vec<ThreadHead>,
    /// Ask for those before the last of these.
    pub more: bool,
}
