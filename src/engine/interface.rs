//! What goes into the engine, what comes out of it, and what it shows.

use crate::model::{
    ClientId, Event, Millis, Page, PeoplePage, Position, Quote, Refusal, Seq, ThreadHead, ThreadId,
    ThreadsPage,
};
use crate::protocol::{ClientFrame, ServerFrame};

/// What happens to the engine.
#[derive(Clone, Debug)]
pub enum Input {
    /// The driver has begun: connect.
    Start,
    /// The socket is open.
    Opened,
    /// The socket is closed, or could not be opened (`code` is then 1006).
    Closed { code: u16 },
    /// A frame came.
    Frame(ServerFrame),
    /// A page that was asked for with [`Effect::FetchPage`] came, or did not.
    Page {
        thread: ThreadId,
        position: Position,
        result: Result<Page, Refusal>,
    },
    /// A piece of the people list that was asked for with [`Effect::FetchPeople`] came, or did not.
    People(Result<PeoplePage, Refusal>),
    /// A piece of the thread list that was asked for with [`Effect::FetchThreads`] came, or did not.
    Threads(Result<ThreadsPage, Refusal>),
    /// The time that [`Engine::next_tick`] named has come (being early or late does no harm).
    Tick,
    /// The network is back, or the page became visible: look at once.
    Wake,
    /// The person opened a thread; `None`: left it for no other.
    Open(Option<ThreadId>),
    /// The server answered with a thread that may not be in the list yet.
    Thread(ThreadHead),
    /// The person scrolled near the upper end of the open thread.
    WantOlder(ThreadId),
    /// The person scrolled near the lower end of what is loaded, which is not the end of the thread.
    WantNewer(ThreadId),
    /// The person wants to see what is at this position.
    Show { thread: ThreadId, seq: Seq },
    /// The person wants the end of the thread.
    WantLatest(ThreadId),
    /// The person wants more of the thread list.
    WantThreads,
    /// The person sends.
    Send {
        thread: ThreadId,
        client_id: ClientId,
        text: String,
        /// The message that it answers.
        reply: Option<Quote>,
    },
    /// The person wants a failed message tried again.
    Retry(ClientId),
    /// The person gives a failed message up.
    Discard(ClientId),
    /// Another tab of this person stored a message that waits to be sent, or stored it anew.
    Stored(Pending),
    /// Another tab of this person removed a message from the store: it was sent, or given up.
    Removed(ClientId),
    /// The message at `seq` was on the screen of a visible, focused page.
    Seen { thread: ThreadId, seq: Seq },
    /// The person has changed the text of a new message, and it is not empty.
    Typed(ThreadId),
}

impl Input {
    /// Whether the person does something in this tab.
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
    /// The outbox changed: keep [`Engine::outbox`] where it outlives the page.
    SaveOutbox,
    /// Something to be seen has changed.
    Changed(Change),
}

/// What a view has to draw again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Change {
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
}

/// How the engine stands with the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Link {
    /// Not begun yet.
    Idle,
    /// A socket is being opened, or `ready` is awaited.
    Connecting,
    /// Live: all that happens comes at once.
    Live,
    /// The person has more tabs open than the server permits, and this one's connection was the oldest. The engine
    /// connects when the person uses this tab again ([`Input::Wake`], or anything they do in it).
    Replaced,
    /// The connection is gone; the next attempt is at `retry_at`.
    Waiting { retry_at: Millis },
    /// The session has ended: the person must log in again. The engine does nothing more.
    SessionEnded,
    /// The server speaks another version: the page must be loaded again. The engine does nothing more.
    Outdated,
}

/// One's own message that is not in the log yet.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Pending {
    pub client_id: ClientId,
    pub thread: ThreadId,
    pub text: String,
    #[serde(default)]
    pub reply: Option<Quote>,
    /// When the person sent it.
    pub at: Millis,
    pub state: PendingState,
}

/// How a [`Pending`] message stands.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PendingState {
    /// On its way; sent again by itself until the server has answered.
    Sending,
    /// The server said no; the person may retry or give up.
    Failed(Refusal),
}

/// Why a message waits although there is a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Held {
    /// One went too fast; it is sent in so many seconds.
    Seconds(u32),
    /// The server has no room for it, and is asked again now and then.
    ReadOnly,
}

/// The loaded piece of one thread, as it is shown. The events are contiguous and ascending by `seq`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Timeline {
    pub events: Vec<Event>,
    /// One's own messages that are not in `events` yet, in the order they were sent. Shown only `at_end`.
    pub pending: Vec<Pending>,
    /// The first of these that waits although there is a connection, and why.
    pub held: Option<(ClientId, Held)>,
    /// Whether there is something before the first of `events`.
    pub more_before: bool,
    /// Whether `events` follows the end of the thread: what comes live is added. While a hole in what came
    /// live is being filled this stays (with `loading`), and nothing beyond the hole is shown.
    pub at_end: bool,
    /// Whether a page is being fetched.
    pub loading: bool,
    /// Why the last page could not be fetched.
    pub failed: Option<Refusal>,
    /// The first message that was unread when the thread was opened; stays until it is opened again.
    pub first_unread: Option<Seq>,
}
