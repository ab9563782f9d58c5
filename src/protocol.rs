//! The WebSocket protocol: text frames of JSON, each with a `type`. `docs/PROTOCOL.md` has an example of each.

use serde::{Deserialize, Serialize};

use crate::model::wire::tagged;
use crate::model::{
    Attachment, ClientId, Departure, Event, Millis, Person, Privacy, ReadMark, Receipts, Refusal,
    Seq, ThreadHead, ThreadId, UserId,
};

/// The protocol version, which both sides must share. Incremented by changes that an old client can't handle.
pub const VERSION: u32 = 1;

/// A frame sent by the client.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ClientFrame {
    /// The first frame: the threads that the client holds, and the position up to which it has everything of each.
    Hello { version: u32, resume: Vec<Resume> },
    /// Post a message. Answered by `sent` or `refused`. Repeating the same `client_id` returns the first result.
    Send {
        client_id: ClientId,
        thread: ThreadId,
        text: String,
        /// The message of the same thread that it replies to.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reply_to: Option<Seq>,
        /// Finished uploads of the user's, made for this thread, that the message takes.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        files: Vec<Attachment>,
    },
    /// The user has seen everything up to `seq`.
    Read {
        thread: ThreadId,
        seq: Seq,
        /// [`ReadMark::turn`]; without effect if the user has marked messages as unread since.
        #[serde(default)]
        turn: i64,
    },
    /// The user is writing a new message: sent every `limits::TYPING_EVERY` meanwhile.
    Typing { thread: ThreadId },
    /// Whether the user looks at this page, so that their other devices show no notifications: sent when that changes,
    /// and every `limits::LOOKING_EVERY` while they do.
    Looking { on: bool },
    /// Requests a `pong`.
    Ping,
    /// Answers a `ping`.
    Pong,
}

impl ClientFrame {
    /// The client's id of the message that it sends.
    #[must_use]
    pub fn client_id(&self) -> Option<ClientId> {
        match self {
            Self::Send { client_id, .. } => Some(*client_id),
            _ => None,
        }
    }
}

/// One thread in `hello`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resume {
    pub thread: ThreadId,
    /// The client has everything up to this position.
    pub seq: Seq,
}

/// A frame sent by the server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(remote = "Self", rename_all = "snake_case")]
pub enum ServerFrame {
    /// Answers `hello`. From here on, everything that happens in the user's threads arrives as `event`.
    Ready {
        version: u32,
        me: UserId,
        /// The latest threads, latest first, at most `limits::THREADS_PAGE`, followed by the resumed ones.
        threads: Vec<ThreadHead>,
        /// Whether there are more threads than these.
        more_threads: bool,
        /// The events of the resumed threads since then.
        missed: Vec<Missed>,
        /// The users who are online now: everyone, up to `limits::ONLINE_MAX`.
        online: Vec<UserId>,
        /// How far others have got in the resumed threads, as far as they share it.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        receipts: Vec<Receipts>,
        /// What the user shares with others.
        #[serde(default, skip_serializing_if = "Privacy::is_open")]
        privacy: Privacy,
        /// The users whom this user blocks.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        blocked: Vec<UserId>,
    },
    /// An event in a thread. May arrive more than once, and before the `sent` of the same message.
    Event(Event),
    /// The message is in the log, durably stored.
    Sent {
        client_id: ClientId,
        thread: ThreadId,
        seq: Seq,
        count: i64,
        at: Millis,
    },
    /// A request was refused and had no effect.
    Refused {
        /// The refused `send`; absent for other frames.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        client_id: Option<ClientId>,
        refusal: Refusal,
        /// The refusal as a sentence for the user.
        message: String,
    },
    /// A thread that is new to the user's list, of which the user has marked messages as unread, or for which they have
    /// chosen something, in this tab or another.
    Thread(ThreadHead),
    /// The user's own read mark moved, in this tab or another.
    Read { thread: ThreadId, mark: ReadMark },
    /// Other members of a thread have read further.
    Receipts(Receipts),
    /// These users no longer share what they have read: drop their read marks.
    ReadingHidden { users: Vec<UserId> },
    /// What the user shares from now on, set in this tab or another.
    Privacy(Privacy),
    /// What the user is notified of in all threads was changed, in this tab or another: fetch it anew if you show
    /// notifications.
    NotifySettings,
    /// The complete list of users whom this user blocks from now on, set in this tab or another.
    Blocked { users: Vec<UserId> },
    /// A member is typing, until `limits::TYPING_FOR` from now or their next message. May be omitted.
    Typing { thread: ThreadId, user: UserId },
    /// The user lost access to a thread: from here on it sends no events and answers no requests.
    Gone { thread: ThreadId, why: Departure },
    /// The user's saved messages of a thread changed, in this tab or another: the complete list, earliest saved first.
    Saved { thread: ThreadId, saved: Vec<Seq> },
    /// A user has signed up, or has another name.
    Person(Person),
    /// The users who came online and went offline since the last such frame.
    Presence {
        online: Vec<UserId>,
        offline: Vec<UserId>,
    },
    /// Requests a `pong`: the client must answer within `limits::DEAD_AFTER`.
    Ping,
    /// Answers a `ping`.
    Pong,
}

tagged!(ServerFrame, "type");

/// One thread's part of `ready`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Missed {
    pub thread: ThreadId,
    /// The events right after the resumed position, at most `limits::MISSED_MAX`.
    pub events: Vec<Event>,
    /// Whether these are all; if not, the rest must be fetched as pages.
    pub complete: bool,
}

/// The codes with which the server closes a socket (RFC 6455 section 7.4; 4000–4999 are ours).
pub mod close {
    /// The server is stopping; reconnect (IANA: Service Restart).
    pub const RESTART: u16 = 1012;
    /// The client sent more frames than a connection may (IANA: Policy Violation). Back off for long, then reconnect.
    pub const FLOODED: u16 = 1008;
    /// The client broke the protocol: no `hello`, or too many bad frames.
    pub const PROTOCOL: u16 = 4000;
    /// The session has ended: logged out, password changed, suspended. Don't reconnect.
    pub const SESSION_ENDED: u16 = 4001;
    /// The client read too slowly, and frames queued for it were dropped. Reconnect and resume.
    pub const RESYNC: u16 = 4008;
    /// The client was silent for `limits::DEAD_AFTER`. Reconnect.
    pub const SILENT: u16 = 4009;
    /// The user opened more connections than permitted, and this was the oldest. Reconnect only when the user acts in
    /// this tab again: otherwise the tabs would close each other in turn.
    pub const REPLACED: u16 = 4011;
    /// Client and server speak different versions. Reload the page.
    pub const VERSION: u16 = 4010;
}

#[cfg(test)]
mod tests;
