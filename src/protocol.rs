//! The frames on the socket: text frames of JSON, each with a `type`. `docs/PROTOCOL.md` shows one of each.

use serde::{Deserialize, Serialize};

use crate::model::wire::tagged;
use crate::model::{
    ClientId, Departure, Event, Millis, Person, Privacy, ReadMark, Receipts, Refusal, Seq,
    ThreadHead, ThreadId, UserId,
};

/// The version that both sides must speak. Raised when a frame changes so that an old client would err.
pub const VERSION: u32 = 1;

/// What a client says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ClientFrame {
    /// The first frame: which threads the client holds, and up to where it has everything of each.
    Hello { version: u32, resume: Vec<Resume> },
    /// Post a message. Answered by `sent` or `refused`. The same `client_id` again returns the first result.
    Send {
        client_id: ClientId,
        thread: ThreadId,
        text: String,
        /// The message of the same thread that it answers.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reply_to: Option<Seq>,
    },
    /// Everything up to `seq` has been seen.
    Read { thread: ThreadId, seq: Seq },
    /// One is writing a new message: said every `limits::TYPING_EVERY` while one does.
    Typing { thread: ThreadId },
    /// Asks for a `pong`.
    Ping,
    /// Answers a `ping`.
    Pong,
}

/// One thread in `hello`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resume {
    pub thread: ThreadId,
    /// The client has everything up to this position.
    pub seq: Seq,
}

/// What the server says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(remote = "Self", rename_all = "snake_case")]
pub enum ServerFrame {
    /// Answers `hello`. From here on, all that happens in one's threads comes as `event`.
    Ready {
        version: u32,
        me: UserId,
        /// The latest threads, latest first, at most `limits::THREADS_PAGE`, and those resumed.
        threads: Vec<ThreadHead>,
        /// Whether there are more threads than these.
        more_threads: bool,
        /// What the resumed threads have had since.
        missed: Vec<Missed>,
        /// Who is online now: everyone, if that is no more than `limits::ONLINE_MAX`.
        online: Vec<UserId>,
        /// How far others have got in the resumed threads, where that is shown.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        receipts: Vec<Receipts>,
        /// What one shows of oneself.
        #[serde(default, skip_serializing_if = "Privacy::is_open")]
        privacy: Privacy,
        /// Whom one blocks.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        blocked: Vec<UserId>,
    },
    /// Something happened in a thread. May come again, and before the `sent` of the same message.
    Event(Event),
    /// The message is in the log, and on the disk.
    Sent {
        client_id: ClientId,
        thread: ThreadId,
        seq: Seq,
        count: i64,
        at: Millis,
    },
    /// What was asked was not done.
    Refused {
        /// Of the `send` that is refused; absent when it is about another frame.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        client_id: Option<ClientId>,
        refusal: Refusal,
        /// The refusal as a sentence for a person.
        message: String,
    },
    /// A thread is new to one's list.
    Thread(ThreadHead),
    /// One's own read mark has moved, in this tab or in another.
    Read { thread: ThreadId, mark: ReadMark },
    /// Others of a thread have read further.
    Receipts(Receipts),
    /// These people show what they have read no more: what was told of it is to be forgotten.
    ReadingHidden { users: Vec<UserId> },
    /// One shows this of oneself from now on, set in this tab or in another.
    Privacy(Privacy),
    /// Whom one blocks from now on, set in this tab or in another: all of them.
    Blocked { users: Vec<UserId> },
    /// Somebody is writing, until `limits::TYPING_FOR` from now or their next message. It may be left out.
    Typing { thread: ThreadId, user: UserId },
    /// A thread is not for one any more: from here on nothing of it comes, and nothing can be asked of it.
    Gone { thread: ThreadId, why: Departure },
    /// One has muted a thread, or takes it back, in this tab or in another.
    Muted { thread: ThreadId, muted: bool },
    /// The messages of a thread that one has saved for later have changed, in this tab or in another: all that
    /// are saved now, the earliest saved first.
    Saved { thread: ThreadId, saved: Vec<Seq> },
    /// Somebody has signed up.
    Person(Person),
    /// Who has come online and who has gone since the last such frame.
    Presence {
        online: Vec<UserId>,
        offline: Vec<UserId>,
    },
    /// Asks for a `pong`: a client must answer within `limits::DEAD_AFTER`.
    Ping,
    /// Answers a `ping`.
    Pong,
}

tagged!(ServerFrame, "type");

/// One thread's part of `ready`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Missed {
    pub thread: ThreadId,
    /// The events right after the position that was resumed, at most `limits::MISSED_MAX`.
    pub events: Vec<Event>,
    /// Whether that is all; if not, the rest is to be fetched as pages.
    pub complete: bool,
}

/// The codes with which the server closes a socket (RFC 6455 section 7.4; 4000–4999 are ours).
pub mod close {
    /// The server is stopping; reconnect (IANA: Service Restart).
    pub const RESTART: u16 = 1012;
    /// The client sent more frames than a connection may (IANA: Policy Violation). Wait long, then reconnect.
    pub const FLOODED: u16 = 1008;
    /// The client broke the protocol: no `hello`, or too many bad frames.
    pub const PROTOCOL: u16 = 4000;
    /// The session has ended: logged out, password changed, suspended. Don't reconnect.
    pub const SESSION_ENDED: u16 = 4001;
    /// The client read too slowly and what was queued for it was dropped. Reconnect and resume.
    pub const RESYNC: u16 = 4008;
    /// Nothing was heard from the client for `limits::DEAD_AFTER`. Reconnect.
    pub const SILENT: u16 = 4009;
    /// The person has opened more connections than one may have, and this was the oldest. Reconnect when the person
    /// uses this one again, not before: others would be closed for it in turn.
    pub const REPLACED: u16 = 4011;
    /// Client and server speak different versions. Reload the page.
    pub const VERSION: u16 = 4010;
}

#[cfg(test)]
mod tests;
