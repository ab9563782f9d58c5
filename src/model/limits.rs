//! Limits and intervals that users can notice, all in one place.

use std::time::Duration;

/// Shortest user name, in characters after normalisation.
pub const USERNAME_MIN: usize = 3;
/// Longest user name, in characters after normalisation.
pub const USERNAME_MAX: usize = 32;
/// Longest display name, in characters.
pub const DISPLAY_NAME_MAX: usize = 64;
/// Shortest password, in characters (OWASP ASVS 2.1.1 demands 12 without a strength meter; we have one).
pub const PASSWORD_MIN: usize = 8;
/// Longest password, in characters. Bounds the work of one log-in.
pub const PASSWORD_MAX: usize = 256;
/// Longest message, in characters.
pub const MESSAGE_MAX: usize = 10_000;
/// Versions stored per message, and so a bound on how often it can be edited.
pub const VERSIONS_MAX: usize = 100;
/// Distinct emoji per message.
pub const REACTIONS_MAX: usize = 20;
/// Pinned messages per thread.
pub const PINS_MAX: usize = 50;
/// Saved messages per user, over all threads.
pub const SAVED_MAX: usize = 500;

/// Largest file, in bytes, unless configured otherwise.
pub const FILE_SIZE: i64 = 50_000_000;
/// Files per message, unless configured otherwise.
pub const FILES_PER_MESSAGE: usize = 10;
/// The most that can be configured for [`FILES_PER_MESSAGE`]. Bounds a frame.
pub const FILES_PER_MESSAGE_MAX: usize = 100;
/// Files in one page of a thread's files, except that a message is never divided.
pub const FILES_PAGE: usize = 60;
/// Longest name of a file, in characters.
pub const FILE_NAME_MAX: usize = 120;
/// Longest description of a picture, in characters.
pub const ALT_MAX: usize = 1_000;
/// Bars in the waveform of a voice message.
pub const WAVEFORM_MAX: usize = 128;
/// Longest side of a small thumbnail, in pixels: a cell of the grid, on a dense screen.
pub const THUMBNAIL_SMALL: u32 = 480;
/// Longest side of a large thumbnail, in pixels: the width of the message list, on a dense screen.
pub const THUMBNAIL_LARGE: u32 = 1_280;
/// Bytes in one request of an upload. A lost connection costs at most these.
pub const UPLOAD_PART: i64 = 4 * 1024 * 1024;
/// An upload that no message takes is discarded when nothing of it arrived for this long.
pub const UPLOAD_LIFETIME: Duration = Duration::from_secs(24 * 60 * 60);
/// Uploads of one user that no message has taken yet.
pub const UPLOADS_MAX: usize = 100;
/// The body of an upload may pause for this long.
pub const UPLOAD_PAUSE: Duration = Duration::from_secs(30);

/// Bytes of unsent files that a browser keeps over a reload of the page. Of more, the upload ends with the page.
pub const FILES_STORED_IN_BROWSER: i64 = 500_000_000;

/// Longest voice message.
pub const VOICE_MAX: Duration = Duration::from_secs(15 * 60);

/// Names behind an `@` that are looked up per message; further ones are plain text.
pub const MENTIONS_MAX: usize = 50;

/// Unread mentions of a thread that are reported to a client.
pub const MENTIONS_UNREAD_MAX: usize = 100;

/// Maximum number of deleted messages after a thread's read mark that a client is sent; earlier ones count as unread.
pub const DELETED_KEPT: usize = 1_000;

/// The number of last events of a room within which messages by users whom the reader blocks are subtracted from the
/// unread count. A badge counts no further than 99, so older ones matter only after a flood.
pub const HUSHED_WITHIN: i64 = 1_000;

/// Longest preview of a message in the thread list, in characters.
pub const PREVIEW_MAX: usize = 140;

/// Longest search query, in characters.
pub const QUERY_MAX: usize = 200;
/// Words, phrases and operators per query.
pub const QUERY_PARTS: usize = 16;
/// Messages in one page of search results.
pub const HITS_PAGE: usize = 20;
/// The search starts when nothing was typed for this long.
pub const SEARCH_PAUSE: Duration = Duration::from_millis(200);

/// Longest name of a room, in characters.
pub const ROOM_NAME_MAX: usize = 80;
/// The most people with whom a user starts a group: ten, with the user. More is a room.
pub const GROUP_OTHERS: usize = 9;
/// What is said of a group that would have more people.
#[must_use]
pub fn group_is_full() -> String {
    format!(
        "A group has up to {} people. For more, create a room.",
        GROUP_OTHERS + 1
    )
}

/// Longest time for which a thread is muted by one call, unless it is muted until the user ends it, and for which all
/// notifications are paused.
pub const MUTE_MAX: Duration = Duration::from_secs(366 * 24 * 60 * 60);
/// Chats that a user keeps on top of the list.
pub const FAVOURITES_MAX: usize = 20;
/// Keywords of a user.
pub const KEYWORDS_MAX: usize = 20;
/// Length of a keyword, in characters.
pub const KEYWORD_MAX: usize = 50;
/// Longest topic of a room, in characters.
pub const TOPIC_MAX: usize = 250;
/// Shortest key of a private room, in visible characters.
pub const KEY_MIN: usize = 8;
/// Longest key of a private room, in characters.
pub const KEY_MAX: usize = 256;
/// Longest interval of slow mode, in seconds.
pub const SLOW_MODE_MAX: u32 = 6 * 60 * 60;
/// Users that one user can block.
pub const BLOCKS_MAX: usize = 1_000;
/// Longest details of a report, in characters.
pub const DETAILS_MAX: usize = 500;
/// Reports per user in 24 hours.
pub const REPORTS_PER_DAY: usize = 20;
/// Reports in one list.
pub const REPORTS_SHOWN: usize = 100;
/// Longest reason of a ban, in characters.
pub const REASON_MAX: usize = 250;

/// Members in one page of the member list.
pub const MEMBERS_PAGE: usize = 1_000;
/// Rooms in one page of the directory.
pub const ROOMS_PAGE: usize = 50;
/// Rooms on a profile card that the viewer shares with the user.
pub const SHARED_ROOMS: usize = 5;
/// Entries in one page of the audit log.
pub const AUDIT_PAGE: usize = 50;
/// Largest room that has read receipts. Each mark is sent to every member, so their cost is quadratic, and in larger
/// rooms nobody needs to know who has read what.
pub const RECEIPTS_MEMBERS: i64 = 100;
/// Invite links to one room, or to the site, that one admin can have at a time.
pub const INVITES_MAX: usize = 50;
/// Invite links to one room that a member can have at a time, where members may invite.
pub const INVITES_OWN: usize = 5;
/// Invite links in one list.
pub const INVITES_SHOWN: usize = 200;

/// Messages in one page of history.
pub const PAGE: usize = 50;
/// Events kept in a timeline, and so in the page's DOM, before the far end is dropped.
pub const WINDOW: usize = 300;
/// People in one page of the people list.
pub const PEOPLE_PAGE: usize = 1_000;
/// People embedded in the initial page; the rest is fetched.
pub const PEOPLE_BOOT: usize = 200;
/// Online users listed in the initial page and in `ready`, to bound both. Those with whom the user has threads come
/// first; changes of the others are sent later.
pub const ONLINE_MAX: usize = 500;
/// Threads in one page of the thread list, and in `ready`.
pub const THREADS_PAGE: usize = 50;
/// Threads that a `hello` may resume.
pub const RESUME_MAX: usize = 200;
/// Missed events of one thread that `ready` carries; more are fetched as pages.
pub const MISSED_MAX: usize = 100;

/// Largest frame that a client may send, in bytes: a message of maximum length, escaped, with room to spare.
pub const CLIENT_FRAME_MAX: usize = 128 * 1024;

/// Frames of any kind that a connection may send per second, unless configured otherwise. The client keeps to half of
/// it.
pub const FRAMES_PER_SECOND: u32 = 50;
/// Burst size: this many seconds' worth of frames may arrive at once.
pub const FRAMES_BURST_SECONDS: u64 = 4;
/// A frame costs one more for each of these many bytes in it: 128 KiB are not as cheap as a ping.
pub const FRAME_UNIT: u64 = 16 * 1024;

/// Backoff of the first reconnect, doubled at each failure, with full jitter.
pub const RECONNECT_FIRST: Duration = Duration::from_millis(600);
/// Shortest backoff, so that clients don't all return at once after a restart.
pub const RECONNECT_MIN: Duration = Duration::from_millis(300);
/// Longest backoff.
pub const RECONNECT_CAP: Duration = Duration::from_secs(30);
/// "Reconnecting…" is shown after this long without a connection.
pub const BANNER_AFTER: Duration = Duration::from_secs(2);
/// "You're offline" is shown after this long without a connection.
pub const OFFLINE_SHOWN_AFTER: Duration = Duration::from_secs(15);
/// "You were logged out" is shown after this long.
pub const LOG_OUT_SHOWN_AFTER: Duration = Duration::from_millis(300);
/// "Back online" is shown for this long.
pub const BACK_FOR: Duration = Duration::from_secs(2);

/// The server pings a client that was silent for this long.
pub const HEARTBEAT: Duration = Duration::from_secs(20);
/// Either side considers the other dead after this long without a frame.
pub const DEAD_AFTER: Duration = Duration::from_secs(30);
/// After a wake-up, the client considers the connection dead if a ping stays unanswered for this long.
pub const WAKE_PING: Duration = Duration::from_secs(4);
/// A connected client must send `hello` within this.
pub const HELLO_WITHIN: Duration = Duration::from_secs(10);

/// The whole head of a request must arrive within this after the connection was opened, or after its last answer: one
/// limit for slow heads and idle connections.
pub const REQUEST_WITHIN: Duration = Duration::from_secs(30);
/// The same behind a proxy, which keeps connections for later requests and handles slow clients itself. Longer than the
/// idle timeout of common proxies (nginx: 60 s, Caddy: 120 s), so that the proxy closes first.
pub const PROXY_IDLE: Duration = Duration::from_secs(150);
/// The body of a request must arrive within this after its head.
pub const BODY_WITHIN: Duration = Duration::from_secs(30);
/// A connection whose peer accepts no data for this long is closed.
pub const WRITE_WITHIN: Duration = Duration::from_secs(30);
/// A request must be answered, to the last byte, within this after its head has arrived.
pub const ANSWER_WITHIN: Duration = Duration::from_secs(5 * 60);
/// Maximum open connections of the metrics listener.
pub const METRICS_CONNECTIONS: usize = 16;

/// A read mark is sent at most this often.
pub const READ_EVERY: Duration = Duration::from_millis(500);
/// While the user looks at a page, it says so this often.
pub const LOOKING_EVERY: Duration = Duration::from_secs(15);
/// A page that has not said so for this long is no longer looked at: it has crashed, or lost its connection.
pub const LOOKING_FOR: Duration = Duration::from_secs(20);
/// The decisions about notifications that a person can look at, and each of their browsers'.
pub const DECISIONS_MAX: usize = 100;
/// While the user types, it is announced at most this often.
pub const TYPING_EVERY: Duration = Duration::from_secs(3);
/// A typing indicator is shown for this long, unless the message arrives first.
pub const TYPING_FOR: Duration = Duration::from_secs(5);
/// Typing announcements of one connection within this after the last are dropped: even a user who switches threads
/// needs no more.
pub const TYPING_PACE: Duration = Duration::from_secs(1);
/// Threads with more subscribed connections on a node get no typing indicators: in a crowd somebody is always typing,
/// and an indicator costs as much as a message.
pub const TYPING_CROWD: usize = 500;
/// At most this many typing users are named.
pub const TYPING_NAMED: usize = 2;
/// A user goes offline this long after closing the last tab, so that a reload doesn't show.
pub const OFFLINE_AFTER: Duration = Duration::from_secs(5);
/// A send without an answer for this long on a live connection is repeated (it is idempotent).
pub const RESEND_AFTER: Duration = Duration::from_secs(10);

/// Consecutive messages by one author within this share a heading.
pub const GROUP_WITHIN: Duration = Duration::from_secs(5 * 60);
/// Within this many pixels of the end, the view sticks to it.
pub const STICK_WITHIN_PX: i32 = 100;

/// Failed log-ins allowed within [`LOGIN_WINDOW`], per address (for any accounts) and per known browser, before the
/// throttle sets in.
pub const LOGIN_ATTEMPTS: u32 = 10;
/// See [`LOGIN_ATTEMPTS`].
pub const LOGIN_WINDOW: Duration = Duration::from_secs(3 * 60);
/// Failed log-ins allowed within [`LOGIN_ACCOUNT_WINDOW`] for one account from browsers it doesn't know, over all
/// addresses; [`LOGIN_ATTEMPTS`] of them per address. In the long run these are 200 per hour: the million guesses that
/// the weakest password withstands take more than half a year.
pub const LOGIN_ACCOUNT_ATTEMPTS: u32 = 50;
/// See [`LOGIN_ACCOUNT_ATTEMPTS`].
pub const LOGIN_ACCOUNT_WINDOW: Duration = Duration::from_secs(15 * 60);

/// Sessions per user; beyond that, the least recently used one ends.
pub const SESSIONS_MAX: usize = 100;

/// Wrong keys of private rooms allowed within [`KEY_WINDOW`], per account, before the throttle sets in.
pub const KEY_ATTEMPTS: u32 = 5;
/// The same per address, which an office or a class may share.
pub const KEY_ADDRESS_ATTEMPTS: u32 = 30;
/// The same per room name, from all users together. More than any account gets, so that it takes several to throttle
/// others; invite links keep working.
pub const KEY_NAME_ATTEMPTS: u32 = 60;
/// See [`KEY_ATTEMPTS`].
pub const KEY_WINDOW: Duration = Duration::from_secs(3 * 60);
/// Private rooms of one name that a key is compared with. Each comparison takes 19 MiB and about 20 ms of a core.
pub const KEY_CANDIDATES: usize = 4;
/// Invalid invite links followed within [`KEY_WINDOW`], per account, before the throttle sets in.
pub const LINK_ATTEMPTS: u32 = 30;
/// The same per address.
pub const LINK_ADDRESS_ATTEMPTS: u32 = 100;

/// Sign-ups allowed from one address within [`SIGN_UP_WINDOW`]. Far more than failed log-ins, because a class or an
/// office signs up from one address within minutes. It stops mass registration; the work of hashing is bounded
/// separately.
pub const SIGN_UPS: u32 = 100;
/// See [`SIGN_UPS`].
pub const SIGN_UP_WINDOW: Duration = Duration::from_secs(3 * 60);
