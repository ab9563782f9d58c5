//! Reports: what somebody brings before the admins, and what these did about it.

use serde::{Deserialize, Serialize};

use super::{Millis, Person, Seq, ThreadId, UserId};

/// Why somebody reports a message or a person.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    Spam,
    Rude,
    Harassment,
    PrivateInformation,
    /// Something else, which the details say.
    #[default]
    Other,
}

/// What an admin does about a report.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// Nothing.
    #[default]
    Dismiss,
    /// Deletes the message, in a room.
    DeleteMessage,
    /// Bans who is reported from the room, for good.
    Ban,
    /// Suspends their account. For site admins.
    Suspend,
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
        Suspend = "suspend"
    }
}

/// What is reported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reported {
    /// The message at a position of a thread.
    Message(ThreadId, Seq),
    /// A person, as a member of a room.
    Member(ThreadId, UserId),
    /// A person.
    Person(UserId),
}

/// A line beside a reported message of a room.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// Who wrote it, by display name.
    pub name: String,
    /// Shortened as in a [`Preview`](super::Preview).
    pub text: String,
}

/// A message as it was when it was reported.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snapshot {
    pub text: String,
    /// When it was written.
    pub at: Millis,
    /// The messages right before and after it, in a room. Of a direct thread, admins see the reported message only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Line>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<Line>,
}

/// What one person reported.
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

/// All that was reported of one message, or of one person in one place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    pub id: i64,
    /// Where the message is, or the person is a member. `None`: nowhere in particular.
    pub thread: Option<ThreadId>,
    /// The room, by the name that it had; empty of a direct thread and of a person.
    pub room: String,
    /// Of the message; `None`: the person is reported.
    pub seq: Option<Seq>,
    /// Who wrote it, or who is reported.
    pub subject: Person,
    /// Who reported it, the first one first.
    pub notes: Vec<ReportNote>,
    /// What was done; `None`: nothing yet.
    pub decided: Option<Decided>,
}

/// What was done about a report, by whom and when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decided {
    pub decision: Decision,
    pub by: Person,
    pub at: Millis,
}
