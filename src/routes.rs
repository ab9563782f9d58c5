//! The route table: every page of the site, as a path and as a [`Route`].
//!
//! The server's router, links, forms and the client's router all use it, so that each path is spelled in this file
//! only.

use crate::model::file::Thumbnail;
use crate::model::{FileId, Seq, ThreadId};

/// The log-in page. It is a document of its own, not a route of the window.
pub const LOG_IN: &str = "/login";
/// The sign-up page: like [`LOG_IN`].
pub const SIGN_UP: &str = "/signup";
/// The window with nothing open.
pub const HOME: &str = "/";
pub const ROOMS: &str = "/rooms";
pub const NEW_ROOM: &str = "/rooms/new";
/// The choice of people for a new chat.
pub const NEW_CHAT: &str = "/new";
pub const SAVED: &str = "/saved";
pub const SEARCH: &str = "/search";
pub const ADMIN: &str = "/admin";
/// The list of people: on a small screen a page of its own, elsewhere in the sidebar.
pub const PEOPLE: &str = "/people";
pub const SETTINGS: &str = "/settings";
pub const SECURITY: &str = "/settings/security";

/// The icon of the site.
pub const ICON: &str = "/favicon.svg";
/// The icon where a picture is needed, for notifications.
pub const ICON_LARGE: &str = "/icon-192.png";
/// The icon while messages call for attention.
pub const ICON_UNREAD: &str = "/favicon-unread.svg";

/// The service worker.
pub const WORKER: &str = "/sw.js";

/// Where uploads are created, and the part of an upload's path before its id.
pub const UPLOADS: &str = "/uploads";
/// The part of a file's path before its id.
pub const FILES_PREFIX: &str = "/files/";
/// Takes the composer's form with its files, where there is no JavaScript.
pub const POST_WITH_FILES: &str = "/post";

const THREAD_PREFIX: &str = "/t/";
/// The part of an invite link's path before the token.
pub const INVITE_PREFIX: &str = "/join/";

/// The routes with a fixed path and name.
const FIXED: [(Route, &str, &str); 9] = [
    (Route::People, PEOPLE, "People"),
    (Route::Rooms, ROOMS, "Rooms"),
    (Route::NewRoom, NEW_ROOM, "New room"),
    (Route::NewChat, NEW_CHAT, "New message"),
    (Route::Saved, SAVED, "Saved messages"),
    (Route::Search, SEARCH, "Search"),
    (Route::Admin, ADMIN, "Administration"),
    (Route::Settings, SETTINGS, "You"),
    (Route::Security, SECURITY, "Password and sessions"),
];

/// A page of the window. All of them require a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Route {
    /// The thread list, with nothing open.
    List,
    Thread(ThreadId),
    /// A thread, at one of its messages.
    Message(ThreadId, Seq),
    /// A thread with its details beside the messages.
    About(ThreadId),
    /// The list of people, with nothing open.
    People,
    /// The directory of rooms.
    Rooms,
    NewRoom,
    /// The choice of people for a new chat.
    NewChat,
    /// The messages that the user has saved for later.
    Saved,
    /// Message search. The query stays in the address.
    Search,
    /// The target of an invite link. Its token is a secret and stays in the address: see [`token`].
    Invite,
    /// Moderation and settings of the whole site.
    Admin,
    /// The user, and the ways to their settings.
    Settings,
    /// The user's password and sessions.
    Security,
    /// A path under `/t/` that can't be a thread's.
    Nowhere,
}

impl Route {
    /// The route of a path. The query is ignored; a path outside the window gives [`Route::List`].
    #[must_use]
    pub fn of(path: &str) -> Self {
        let path = path.split('?').next().unwrap_or_default();
        if let Some((route, ..)) = FIXED.iter().find(|(_, fixed, _)| *fixed == path) {
            return *route;
        }
        if path.starts_with(INVITE_PREFIX) {
            return Self::Invite;
        }
        let Some(rest) = path.strip_prefix(THREAD_PREFIX) else {
            return Self::List;
        };
        let rest = rest.trim_end_matches('/');
        if let Some((id, seq)) = rest.split_once("/m/") {
            return match (id.parse(), seq.parse()) {
                (Ok(id), Ok(seq)) if id > ThreadId(0) && seq > 0 => Self::Message(id, seq),
                _ => Self::Nowhere,
            };
        }
        let (id, about) = match rest.strip_suffix("/about") {
            Some(id) => (id, true),
            None => (rest, false),
        };
        match id.parse() {
            Ok(id) if id > ThreadId(0) && about => Self::About(id),
            Ok(id) if id > ThreadId(0) => Self::Thread(id),
            _ => Self::Nowhere,
        }
    }

    /// The path of this route: the inverse of [`Route::of`]. `None` for an invite link, whose path contains its
    /// token, and for [`Route::Nowhere`].
    #[must_use]
    pub fn path(self) -> Option<String> {
        match self {
            Self::List => Some(HOME.to_owned()),
            Self::Thread(id) => Some(thread_path(id)),
            Self::Message(id, seq) => Some(message_path(id, seq)),
            Self::About(id) => Some(about_path(id)),
            _ => self.fixed().map(|(path, _)| path.to_owned()),
        }
    }

    /// The title of the page. `None` for a thread, which is titled by its own name.
    #[must_use]
    pub fn name(self) -> Option<&'static str> {
        match self {
            Self::Invite => Some("Invitation"),
            _ => self.fixed().map(|(_, name)| name),
        }
    }

    /// Path and name, if they are fixed.
    fn fixed(self) -> Option<(&'static str, &'static str)> {
        let found = FIXED.iter().find(|(route, ..)| *route == self);
        found.map(|(_, path, name)| (*path, *name))
    }

    /// Whether a path is a page of the window.
    #[must_use]
    pub fn is_in_window(path: &str) -> bool {
        let begins = |prefix: &str| path.strip_prefix(prefix).is_some_and(|id| !id.is_empty());
        path == HOME
            || FIXED.iter().any(|(_, fixed, _)| *fixed == path)
            || begins(THREAD_PREFIX)
            || begins(INVITE_PREFIX)
    }

    /// Whether nothing is open: a small screen shows one of the sidebar's lists.
    #[must_use]
    pub fn is_list(self) -> bool {
        matches!(self, Self::List | Self::People)
    }

    /// The thread that this route opens.
    #[must_use]
    pub fn thread(self) -> Option<ThreadId> {
        match self {
            Self::Thread(id) | Self::Message(id, _) | Self::About(id) => Some(id),
            _ => None,
        }
    }

    /// The message that this route shows.
    #[must_use]
    pub fn message(self) -> Option<Seq> {
        match self {
            Self::Message(_, seq) => Some(seq),
            _ => None,
        }
    }
}

/// The patterns of all pages, in the syntax of axum's router.
pub fn patterns() -> impl Iterator<Item = &'static str> {
    let fixed = FIXED.iter().map(|(_, path, _)| *path);
    fixed.chain([HOME, LOG_IN, SIGN_UP, "/t/{*thread}", "/join/{token}"])
}

/// The path of an upload.
#[must_use]
pub fn upload_path(id: FileId) -> String {
    [UPLOADS, "/", &*id.to_string()].concat()
}

/// The path of a file as it was uploaded, without metadata.
#[must_use]
pub fn file_path(id: FileId) -> String {
    [FILES_PREFIX, &*id.to_string()].concat()
}

/// The path of a file that the browser saves instead of showing it.
#[must_use]
pub fn download_path(id: FileId) -> String {
    [&*file_path(id), "?download"].concat()
}

/// The path of a picture's thumbnail.
#[must_use]
pub fn thumbnail_path(id: FileId, size: Thumbnail) -> String {
    [&*file_path(id), "/", size.name()].concat()
}

#[must_use]
pub fn thread_path(id: ThreadId) -> String {
    format!("{THREAD_PREFIX}{id}")
}

#[must_use]
pub fn message_path(id: ThreadId, seq: Seq) -> String {
    format!("{THREAD_PREFIX}{id}/m/{seq}")
}

/// The path of a thread with its details open.
#[must_use]
pub fn about_path(id: ThreadId) -> String {
    format!("{THREAD_PREFIX}{id}/about")
}

/// The path of a search for `text`. Browser only.
#[must_use]
pub fn search_path(text: &str) -> String {
    if text.is_empty() {
        return SEARCH.to_owned();
    }
    let text = String::from(js_sys::encode_uri_component(text));
    [SEARCH, "?q=", &text].concat()
}

#[must_use]
pub fn invite_path(token: &str) -> String {
    [INVITE_PREFIX, token].concat()
}

/// Whether a path is that of an invite link.
#[must_use]
pub fn is_invite(path: &str) -> bool {
    path.starts_with(INVITE_PREFIX)
}

/// The token in the path of an invite link.
#[must_use]
pub fn token(path: &str) -> Option<&str> {
    let token = path.strip_prefix(INVITE_PREFIX)?.trim_end_matches('/');
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
    (!token.is_empty() && token.bytes().all(plain)).then_some(token)
}

/// The log-in page that leads back to `path` afterwards. For an invite link it is the sign-up page, since a user
/// who follows one is likely to be new.
#[must_use]
pub fn log_in_path(path: &str) -> String {
    let (page, next) = match Route::of(path) {
        Route::List => return LOG_IN.to_owned(),
        Route::Invite => (SIGN_UP, Some(invite_path(token(path).unwrap_or("none")))),
        route => (LOG_IN, route.path()),
    };
    match next {
        Some(next) => [page, "?next=", &next].concat(),
        None => page.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_names_a_route() {
        assert_eq!(Route::of("/"), Route::List);
        assert_eq!(Route::of("/t/12"), Route::Thread(ThreadId(12)));
        assert_eq!(Route::of("/t/12/m/3"), Route::Message(ThreadId(12), 3));
        assert_eq!(Route::of("/t/12/"), Route::Thread(ThreadId(12)));
        assert_eq!(Route::of("/t/12/about"), Route::About(ThreadId(12)));
        assert_eq!(Route::of("/rooms"), Route::Rooms);
        assert_eq!(Route::of("/rooms/new"), Route::NewRoom);
        assert_eq!(Route::of("/new"), Route::NewChat);
        assert_eq!(Route::of("/search"), Route::Search);
        assert_eq!(Route::of("/search?q=/t/1"), Route::Search);
        assert_eq!(Route::of("/join/abc"), Route::Invite);
        assert_eq!(Route::of("/saved"), Route::Saved);
        assert_eq!(Route::of("/admin"), Route::Admin);
        assert_eq!(Route::of("/settings/security"), Route::Security);
        assert_eq!(Route::of("/settings"), Route::Settings);
        assert_eq!(Route::of("/people"), Route::People);
    }

    #[test]
    fn an_invalid_thread_path_is_nowhere() {
        for path in [
            "/t/",
            "/t/x",
            "/t/-1",
            "/t/0",
            "/t/1/2",
            "/t/about",
            "/t/0/about",
            "/t/99999999999999999999",
            "/t/12/m/",
            "/t/12/m/x",
            "/t/12/m/0",
            "/t/12/m/-1",
            "/t/x/m/1",
        ] {
            assert_eq!(Route::of(path), Route::Nowhere, "{path}");
        }
    }

    #[test]
    fn every_route_with_a_path_is_found_by_it() {
        let of_threads = [
            Route::List,
            Route::Thread(ThreadId(12)),
            Route::Message(ThreadId(12), 3),
            Route::About(ThreadId(12)),
        ];
        let fixed = FIXED.iter().map(|(route, ..)| *route);
        for route in of_threads.into_iter().chain(fixed) {
            let path = route.path().expect("has a path");
            assert_eq!(Route::of(&path), route);
            assert!(Route::is_in_window(&path), "{path}");
        }
        assert_eq!((Route::Invite.path(), Route::Nowhere.path()), (None, None));
    }

    #[test]
    fn only_routes_of_the_window_are_in_the_window() {
        assert!(Route::is_in_window("/t/x") && Route::is_in_window("/join/x"));
        for path in ["/t/", "/tea", "/join/", "/login", "/signup", "/roomsy"] {
            assert!(!Route::is_in_window(path), "{path}");
        }
    }

    #[test]
    fn log_in_returns_to_the_path() {
        assert_eq!(log_in_path("/t/12"), "/login?next=/t/12");
        assert_eq!(log_in_path("/t/12/m/3"), "/login?next=/t/12/m/3");
        assert_eq!(log_in_path("/t/12/about/"), "/login?next=/t/12/about");
        assert_eq!(log_in_path("/rooms/new"), "/login?next=/rooms/new");
        assert_eq!(log_in_path("/"), "/login");
        assert_eq!(log_in_path("/t/x"), "/login");
        assert_eq!(log_in_path("/join/a-B_3"), "/signup?next=/join/a-B_3");
        assert_eq!(log_in_path("/join/a b"), "/signup?next=/join/none");
    }

    #[test]
    fn a_token_has_only_url_safe_characters() {
        assert_eq!(token("/join/a-B_3"), Some("a-B_3"));
        for path in ["/join/", "/join/a b", "/join/a/b", "/join/%0A", "/t/1"] {
            assert_eq!(token(path), None, "{path}");
        }
    }
}
