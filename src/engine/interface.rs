//! The engine's inputs, its effects, and the state it exposes.

use crate::model::{
    ClientId, Event, FileRef, MembersPage, Millis, Page, PeoplePage, Position, Quote, Refusal, Seq,
    ThreadHead, ThreadId, ThreadsPage,
};
use crate::protocol::{ClientFrame, ServerFrame};

/// An event that the driver reports to the engine.
#[derive(Clone, Debug)]
pub enum Input {
    /// The driver has started: connect.
    Start,
    /// The socket is open.
    Opened,
    /// The socket is closed, or could not be opened (`code` is then 1006).
    Closed { code: u16 },
    /// A frame arrived.
    Frame(ServerFrame),
    /// The answer to [`Effect::FetchPage`].
    Page {
        thread: ThreadId,
        position: Position,
        result: Result<Page, Refusal>,
    },
    /// The answer to [`Effect::FetchPeople`].
    People(Result<PeoplePage, Refusal>),
    /// The answer to [`Effect::FetchThreads`].
    Threads(Result<ThreadsPage, Refusal>),
    /// The member list of this room is shown; `None`: none is any longer.
    WatchMembers(Option<ThreadId>),
    /// The answer to [`Effect::FetchMembers`].
    Members {
        thread: ThreadId,
        after: Option<String>,
        result: Result<MembersPage, Refusal>,
    },
    /// The time from [`Engine::next_tick`] has come (early or late does no harm).
    Tick,
    /// The network is back, or the page became visible: check the connection at once.
    Wake,
    /// The browser has no network any more.
    NetworkLost,
    /// The user opened a thread; `None`: left it without opening another.
    Open(Option<ThreadId>),
    /// The server answered a request with a thread that may not be in the list yet.
    Thread(ThreadHead),
    /// The user scrolled near the upper end of the open thread.
    WantOlder(ThreadId),
    /// The user scrolled near the lower end of the loaded part, which is not the end of the thread.
    WantNewer(ThreadId),
    /// The user wants to see the message at this position.
    Show { thread: ThreadId, seq: Seq },
    /// The user wants the end of the thread.
    WantLatest(ThreadId),
    /// The user wants more of the thread list.
    WantThreads,
    /// The user sends a message.
    Send {
        thread: ThreadId,
        client_id: ClientId,
        text: String,
        /// The message that it replies to.
        reply: Option<Quote>,
        /// Its files, uploaded before.
        files: Vec<FileRef>,
    },
    /// The user wants a failed message retried.
    Retry(ClientId),
    /// The user discards a failed message.
    Discard(ClientId),
    /// The user takes discarding this message back.
    Restore(Pending),
    /// Another tab of this user stored a waiting message, or updated it.
    Stored(Pending),
    /// Another tab of this user removed a message from the store: it was sent or discarded.
    Removed(ClientId),
    /// The message at `seq` was on the screen of a visible, focused page.
    Seen { thread: ThreadId, seq: Seq },
    /// The user takes back that messages were marked as unread: all up to `seq` are read again.
    ReadAgain { thread: ThreadId, seq: Seq },
    /// The user changed the text of a new message, and it is not empty.
    Typed(ThreadId),
    /// The user looks at this page from now on (it is visible, and has the focus), or no longer.
    Looking(bool),
}

impl Input {
    /// Whether this is a user action in this tab.
    pub(super) fn is_use(&self) -> bool {
        matches!(
            self,
            Self::Open(Some(_))
                | Self::WantOlder(_)
                | Self::WantNewer(_)
                | Self::WantLatest(_)
                | Self::Send { .. }
                | Self::Retry(_)
                | Self::Typed(_)
        )
    }
}

/// What the driver must do.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Open a socket; answer with [`Input::Opened`] or [`Input::Closed`]. Any earlier one is dropped first.
    Connect,
    /// Drop the socket; no [`Input::Closed`] is expected for it.
    Disconnect,
    /// Write this frame to the socket.
    Transmit(ClientFrame),
    /// Fetch this page; answer with [`Input::Page`].
    FetchPage {
        thread: ThreadId,
        position: Position,
    },
    /// Fetch the people after this user name; answer with [`Input::People`].
    FetchPeople { after: Option<String> },
    /// Fetch the threads after this one in the list; answer with [`Input::Threads`].
    FetchThreads { after: ThreadId },
    /// Fetch the members of this room after this user name; answer with [`Input::Members`].
    FetchMembers {
        thread: ThreadId,
        after: Option<String>,
    },
    /// A message of someone else arrived live: tell the user of it, if [`notify::judge`](crate::model::notify::judge)
    /// says so of [`Engine::facts`].
    Arrived(Box<Event>),
    /// While there was no connection, or before the engine knew the thread, others wrote in this thread, after this
    /// position: tell the user of the latest message that calls for it, as if it had arrived.
    Missed { thread: ThreadId, after: Seq },
    /// The outbox changed: store [`Engine::outbox`] where it outlives the page.
    SaveOutbox,
    /// A part of the visible state changed.
    Changed(ViewChange),
}

/// The part of the state that a view must redraw.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ViewChange {
    /// [`Engine::link`].
    Link,
    /// [`Engine::threads`], and the number of unread messages.
    Threads,
    /// [`Engine::timeline`] of this thread.
    Timeline(ThreadId),
    /// [`Engine::people`].
    People,
    /// [`Engine::is_online`], and [`Engine::reached`].
    Presence,
    /// [`Engine::typing`].
    Typing,
    /// [`Engine::reached`], [`Engine::readers`], [`Engine::privacy`].
    Receipts,
    /// The user's [`NotifySettings`](crate::model::notify::NotifySettings), which the engine doesn't have.
    NotifySettings,
    /// [`Engine::members`], [`Engine::is_loading_members`], [`Engine::members_failed`].
    Members,
}

/// The state of the connection to the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConnectionState {
    /// Not started yet.
    Idle,
    /// A socket is being opened, or `ready` is awaited.
    Connecting,
    /// Live: everything that happens arrives at once.
    Live,
    /// The user has more tabs open than the server permits, and this one's connection was the oldest. The engine
    /// reconnects when the user acts in this tab again ([`Input::Wake`] included).
    Replaced,
    /// The connection is gone; the next attempt is at `retry_at`.
    Waiting { retry_at: Millis },
    /// The session has ended: the user must log in again. The engine does nothing more.
    SessionEnded,
    /// The server speaks another version: the page must be reloaded. The engine does nothing more.
    Outdated,
}

/// A message of the user's own that is not in the log yet.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Pending {
    pub client_id: ClientId,
    pub thread: ThreadId,
    pub text: String,
    #[serde(default)]
    pub reply: Option<Quote>,
    /// Its files, uploaded before.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<FileRef>,
    /// When the user sent it.
    pub at: Millis,
    pub state: PendingState,
}

/// The state of a [`Pending`] message.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PendingState {
    /// On its way; resent automatically until the server has answered.
    Sending,
    /// The server refused it; the user may retry or discard it.
    Failed(Refusal),
}

/// Why a message waits although there is a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Held {
    /// The user sent too fast; it is sent in this many seconds.
    Seconds(u32),
    /// The server has no disk space; it is retried now and then.
    ReadOnly,
}

/// Why nothing reaches the server, or is taken by it, as far as it is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// The browser has no network.
    NoNetwork,
    /// The server has said that it restarts.
    Restarting,
    /// The server has too much to do.
    Busy,
    /// The server has no disk space.
    DiskFull,
}

/// The loaded part of one thread, as shown. The events are contiguous and ascending by `seq`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Timeline {
    pub events: Vec<Event>,
    /// The user's own messages that are not in `events` yet, in the order sent. Shown only `at_end`.
    pub pending: Vec<Pending>,
    /// The first of `pending` that waits although there is a connection, and why.
    pub held: Option<(ClientId, Held)>,
    /// Whether there are events before the first of `events`.
    pub more_before: bool,
    /// Whether `events` follows the end of the thread, so that live events are added. It stays set (with `loading`)
    /// while a gap in the live events is being filled; nothing beyond the gap is shown meanwhile.
    pub at_end: bool,
    /// Whether a page is being fetched.
    pub loading: bool,
    /// Why the last page could not be fetched.
    pub failed: Option<Refusal>,
    /// The first message that was unread when the thread was opened; stays until it is opened again.
    pub first_unread: Option<Seq>,
}
