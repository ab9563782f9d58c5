//! Reports: complaints by users, and the admins' decisions.

use serde::{Deserialize, Serialize};

use super::{Millis, Person, Seq, ThreadId, UserId};

/// Why a message or a person is reported.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    Spam,
    Rude,
    Harassment,
    PrivateInformation,
    /// Something else, stated in the details.
    #[default]
    Other,
}

/// An admin's decision about a report.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// Take no action.
    #[default]
    Dismiss,
    /// Delete the message, in a room.
    DeleteMessage,
    /// Ban the reported person from the room permanently.
    Ban,
    /// Suspend their account. For site admins only.
    Suspend,
    /// Take a dismissal back. It is not stored: the report is open again.
    Reopen,
}

super::rules::words! {
    Reason {
        Spam = "spam",
        Rude = "rude",
        Harassment = "harassment",
        PrivateInformation = "private_information",
        Other = "other"
    }
    Decision {
        Dismiss = "dismiss",
        DeleteMessage = "delete_message",
        Ban = "ban",
        Suspend = "suspend",
        Reopen = "reopen"
    }
}

/// The subject of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reported {
    /// The message at a position of a thread.
    Message(ThreadId, Seq),
    /// A person, as a member of a room.
    Member(ThreadId, UserId),
    /// A person.
    Person(UserId),
}

/// A message next to a reported one in a room.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportedLine {
    /// The author's display name.
    pub name: String,
    /// Shortened as in a [`Preview`](super::Preview).
    pub text: String,
}

/// A message as it was when it was reported.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snapshot {
    pub text: String,
    /// When the message was sent.
    pub at: Millis,
    /// The messages right before and after it, in a room. In a direct thread, admins see only the reported message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<ReportedLine>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<ReportedLine>,
}

/// The report of one user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportNote {
    pub by: Person,
    pub at: Millis,
    pub reason: Reason,
    /// May be empty.
    pub details: String,
    /// `None`: a person is reported.
    pub snapshot: Option<Snapshot>,
}

/// All reports of one message, or of one person in one place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    pub id: i64,
    /// The thread of the message, or the room in which the person is a member. `None` if there is none.
    pub thread: Option<ThreadId>,
    /// The name of the room at that time; empty for a direct thread and for a person outside of rooms.
    pub room: String,
    /// The position of the message; `None` if the person is reported.
    pub seq: Option<Seq>,
    /// The author of the message, or the reported person.
    pub subject: Person,
    /// The individual reports, earliest first.
    pub notes: Vec<ReportNote>,
    /// The decision; `None` while there is none.
    pub decided: Option<Decided>,
}

/// The decision about a report, by whom and when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decided {
    pub decision: Decision,
    pub by: Person,
    pub at: Millis,
}
