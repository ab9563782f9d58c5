//! The small numbers: every bound and every interval that a person can notice. They stand here only.

use std::time::Duration;

/// Shortest user name, in characters after normalisation.
pub const USERNAME_MIN: usize = 3;
/// Longest user name, in characters after normalisation.
pub const USERNAME_MAX: usize = 32;
/// Longest display name, in characters.
pub const DISPLAY_NAME_MAX: usize = 64;
/// Shortest password, in characters (OWASP ASVS 2.1.1 asks for 12 without a strength meter; we have one).
pub const PASSWORD_MIN: usize = 8;
/// Longest password taken, in characters. A bound on the work of one log-in.
pub const PASSWORD_MAX: usize = 256;
/// Longest message, in characters.
pub const MESSAGE_MAX: usize = 10_000;
/// Versions of one message that are kept, and so how often it can be edited.
pub const VERSIONS_MAX: usize = 100;
/// Different emoji that one message can be given.
pub const REACTIONS_MAX: usize = 20;
/// Messages that can be pinned in one thread.
pub const PINS_MAX: usize = 50;
/// Messages that one person can have saved for later, in all threads.
pub const SAVED_MAX: usize = 500;

/// Most names behind an `@` in one message that are looked up; what comes after them is text.
pub const MENTIONS_MAX: usize = 50;

/// Most unread mentions of a thread that a client is told of.
pub const MENTIONS_KEPT: usize = 100;

/// Longest preview of a message in the thread list, in characters.
pub const PREVIEW_MAX: usize = 140;

/// Longest text that can be looked for, in characters.
pub const QUERY_MAX: usize = 200;
/// Words, phrases and operators that can be looked for at a time.
pub const QUERY_PARTS: usize = 16;
/// Messages in one page of what was found.
pub const HITS_PAGE: usize = 20;
/// Typing has paused when nothing was typed for this long: then it is looked for.
pub const SEARCH_PAUSE: Duration = Duration::from_millis(200);

/// Longest name of a room, in characters.
pub const ROOM_NAME_MAX: usize = 80;
/// Longest topic of a room, in characters.
pub const TOPIC_MAX: usize = 250;
/// Shortest key of a private room, in characters that can be seen.
pub const KEY_MIN: usize = 8;
/// Longest key of a private room, in characters.
pub const KEY_MAX: usize = 256;
/// Longest pause of slow mode, in seconds.
pub const SLOW_MODE_MAX: u32 = 6 * 60 * 60;
/// People that one person can block.
pub const BLOCKS_MAX: usize = 1_000;
/// Longest details of a report, in characters.
pub const DETAILS_MAX: usize = 500;
/// Reports that one person can make in 24 hours.
pub const REPORTS_A_DAY: usize = 20;
/// Reports in one list of them.
pub const REPORTS_SHOWN: usize = 100;
/// Longest reason of a ban, in characters.
pub const REASON_MAX: usize = 250;

/// Members in one answer to the list of members.
pub const MEMBERS_PAGE: usize = 1_000;
/// Rooms in one page of the directory.
pub const ROOMS_PAGE: usize = 50;
/// Entries in one page of the audit log.
pub const AUDIT_PAGE: usize = 50;
/// Members of a room in which it is seen who has read what. Each mark is told to every member, so it costs the square
/// of their number; and among more, who has read it is nobody's question.
pub const RECEIPTS_MEMBERS: i64 = 100;
/// Invite links to one room, or to the site, that one admin can have at the same time.
pub const INVITES_MAX: usize = 50;
/// Invite links to one room that a member can have at the same time, where members may invite.
pub const INVITES_OWN: usize = 5;
/// Invite links in one list of them.
pub const INVITES_SHOWN: usize = 200;

/// Messages in one page of history.
pub const PAGE: usize = 50;
/// Most events one page may be asked to hold.
pub const PAGE_MAX: usize = 200;
/// Events kept in a timeline, and so in the page's DOM, before the far end is let go.
pub const WINDOW: usize = 300;
/// People in one answer to the list of people.
pub const PEOPLE_PAGE: usize = 1_000;
/// People written into the first page, before the rest is fetched.
pub const PEOPLE_BOOT: usize = 200;
/// People who are told to be online in the first page and in `ready`, at the most: both stay bounded, however
/// many are. Those with whom one has threads come first; of the others, who comes and goes is told later.
pub const ONLINE_MAX: usize = 500;
/// Threads in one page of the thread list, and in `ready`.
pub const THREADS_PAGE: usize = 50;
/// Threads a `hello` may ask to resume.
pub const RESUME_MAX: usize = 200;
/// Missed events of one thread that `ready` carries; more are fetched as pages.
pub const MISSED_MAX: usize = 100;

/// Largest frame a client may send, in bytes: a message of the longest text, escaped, and room to spare.
pub const CLIENT_FRAME_MAX: usize = 128 * 1024;

/// Frames of any kind that a connection may send a second, unless the settings say otherwise. A person's page keeps
/// to half of it.
pub const FRAMES_PER_SECOND: u32 = 50;
/// So many seconds' worth of frames may come at once.
pub const FRAMES_BURST_SECONDS: u64 = 4;
/// A frame counts once more for each of these many bytes in it: 128 KiB are not as cheap as a ping.
pub const FRAME_UNIT: u64 = 16 * 1024;

/// First reconnect after this long, doubled at each failure, with full jitter.
pub const RECONNECT_FIRST: Duration = Duration::from_millis(600);
/// The first reconnect waits at least this long, so that a restarted server is not met by all at once.
pub const RECONNECT_MIN: Duration = Duration::from_millis(300);
/// Longest pause between two attempts.
pub const RECONNECT_CAP: Duration = Duration::from_secs(30);
/// The banner "reconnecting" is shown when the connection has been gone this long.
pub const BANNER_AFTER: Duration = Duration::from_secs(2);

/// The server asks for a sign of life when it has heard nothing this long.
pub const HEARTBEAT: Duration = Duration::from_secs(20);
/// Either side takes the other for dead when it has heard nothing this long.
pub const DEAD_AFTER: Duration = Duration::from_secs(30);
/// On waking up, a client takes the connection for dead when a ping stays unanswered this long.
pub const WAKE_PING: Duration = Duration::from_secs(4);
/// A client that has connected must say `hello` within this.
pub const HELLO_WITHIN: Duration = Duration::from_secs(10);

/// A whole request head must have come this long after a connection was opened, or after its last answer: the limit
/// on slow heads and on idle connections is one.
pub const REQUEST_WITHIN: Duration = Duration::from_secs(30);
/// The same behind a proxy, which keeps its connections for later requests and deals with slow clients itself.
/// Longer than the usual proxies keep them (nginx: 60 s, Caddy: 120 s), so that the proxy is the one to close.
pub const PROXY_IDLE: Duration = Duration::from_secs(150);
/// The body of a request must have come this long after its head.
pub const BODY_WITHIN: Duration = Duration::from_secs(30);
/// A connection whose other side takes no data for this long is closed.
pub const WRITE_WITHIN: Duration = Duration::from_secs(30);
/// A request must have been answered, to the last byte, this long after its head has come.
pub const ANSWER_WITHIN: Duration = Duration::from_secs(5 * 60);
/// Open connections of the listener for metrics.
pub const METRICS_CONNECTIONS: usize = 16;

/// A read mark is sent at most this often.
pub const READ_EVERY: Duration = Duration::from_millis(500);
/// While one writes, it is told this often at most.
pub const TYPING_EVERY: Duration = Duration::from_secs(3);
/// Somebody of whom it was told that they write does so for this long, unless their message comes first.
pub const TYPING_FOR: Duration = Duration::from_secs(5);
/// What one connection says of its typing before this has passed is not handed on: who goes from thread to
/// thread needs no more.
pub const TYPING_PACE: Duration = Duration::from_secs(1);
/// Where more connections of a node hear of a thread, they are not told who is typing: in a crowd somebody always
/// is, and telling it costs as much as a message.
pub const TYPING_CROWD: usize = 500;
/// So many who are typing are named.
pub const TYPING_NAMED: usize = 2;
/// A person goes offline this long after the last tab has gone, so that a reload is not seen.
pub const OFFLINE_AFTER: Duration = Duration::from_secs(5);
/// A send that has no answer after this long on a live connection is sent again (it is idempotent).
pub const RESEND_AFTER: Duration = Duration::from_secs(10);

/// Messages by one author within this stand under one heading.
pub const GROUP_WITHIN: Duration = Duration::from_secs(5 * 60);
/// Within this many pixels of the end, the view sticks to the end.
pub const STICK_WITHIN_PX: i32 = 100;

/// Failed log-ins allowed within [`LOGIN_WINDOW`], per address (whatever accounts it tries) and per known
/// browser, before pauses grow.
pub const LOGIN_ATTEMPTS: u32 = 10;
/// See [`LOGIN_ATTEMPTS`].
pub const LOGIN_WINDOW: Duration = Duration::from_secs(3 * 60);
/// Failed log-ins allowed within [`LOGIN_ACCOUNT_WINDOW`] at one account from browsers it doesn't know, from
/// all addresses together; [`LOGIN_ATTEMPTS`] of them from one address. Over a long time these are 200 an
/// hour: the million guesses that the weakest password withstands take more than half a year.
pub const LOGIN_ACCOUNT_ATTEMPTS: u32 = 50;
/// See [`LOGIN_ACCOUNT_ATTEMPTS`].
pub const LOGIN_ACCOUNT_WINDOW: Duration = Duration::from_secs(15 * 60);

/// Sessions of one person; beyond that, the one that was not used for the longest time ends.
pub const SESSIONS_MAX: usize = 100;

/// Wrong keys of private rooms allowed within [`KEY_WINDOW`], per account, before pauses grow.
pub const KEY_ATTEMPTS: u32 = 5;
/// The same per address: an office or a class shares one.
pub const KEY_ADDRESS_ATTEMPTS: u32 = 30;
/// The same per name of a room, from whomever they come. More than any one account gets, so that it takes several to
/// make others wait; an invite link works all the while.
pub const KEY_NAME_ATTEMPTS: u32 = 60;
/// See [`KEY_ATTEMPTS`].
pub const KEY_WINDOW: Duration = Duration::from_secs(3 * 60);
/// Private rooms of one name that a key is compared with. Each comparison takes 19 MiB and some 20 ms of a core.
pub const KEY_CANDIDATES: usize = 4;
/// Invite links that don't work, followed within [`KEY_WINDOW`], per account, before pauses grow.
pub const LINK_ATTEMPTS: u32 = 30;
/// The same per address.
pub const LINK_ADDRESS_ATTEMPTS: u32 = 100;

/// Sign-ups allowed from one address within [`SIGN_UP_WINDOW`]. Far more than log-ins that fail: a class or
/// an office signs up behind one address, all in the same minutes. It bounds who makes accounts by the
/// thousand; the work of hashing has its own bound.
pub const SIGN_UPS: u32 = 100;
/// See [`SIGN_UPS`].
pub const SIGN_UP_WINDOW: Duration = Duration::from_secs(3 * 60);
