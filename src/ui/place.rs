//! What the address names: every place in chapp is one.

use crate::model::{Seq, ThreadId};

/// A place that somebody who is logged in can be at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// The thread list, with nothing open.
    List,
    Thread(ThreadId),
    /// A thread, at one of its messages.
    Message(ThreadId, Seq),
    /// A room with what there is to know of it beside its messages.
    About(ThreadId),
    /// The directory of rooms.
    Rooms,
    /// Where a room is made.
    NewRoom,
    /// The messages that one has saved for later.
    Saved,
    /// Where messages are looked for. What is looked for stays in the address.
    Search,
    /// What an invite link leads to. Its token is a secret, and stays in the address: see [`token`].
    Invite,
    /// Where order is kept on the whole site.
    Admin,
    /// One's password and sessions.
    Security,
    /// An address like a thread's, which can't be one.
    Nowhere,
}

impl Place {
    /// The place that this path names.
    #[must_use]
    pub fn of(path: &str) -> Self {
        let path = path.split('?').next().unwrap_or_default();
        match path {
            "/search" => return Self::Search,
            "/rooms" => return Self::Rooms,
            "/rooms/new" => return Self::NewRoom,
            "/saved" => return Self::Saved,
            "/admin" => return Self::Admin,
            "/settings/security" => return Self::Security,
            path if path.starts_with("/join/") => return Self::Invite,
            _ => {}
        }
        let Some(rest) = path.strip_prefix("/t/") else {
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

    /// Whether the window is what is at this path.
    #[must_use]
    pub fn is_in_window(path: &str) -> bool {
        let begins = |prefix: &str| path.strip_prefix(prefix).is_some_and(|id| !id.is_empty());
        matches!(
            path,
            "/" | "/rooms" | "/rooms/new" | "/saved" | "/search" | "/admin" | "/settings/security"
        ) || begins("/t/")
            || begins("/join/")
    }

    /// The thread that is open here.
    #[must_use]
    pub fn thread(self) -> Option<ThreadId> {
        match self {
            Self::Thread(id) | Self::Message(id, _) | Self::About(id) => Some(id),
            _ => None,
        }
    }

    /// The message that is to be seen here.
    #[must_use]
    pub fn message(self) -> Option<Seq> {
        match self {
            Self::Message(_, seq) => Some(seq),
            _ => None,
        }
    }

    /// What it is called, where it is not a thread.
    #[must_use]
    pub fn name(self) -> Option<&'static str> {
        match self {
            Self::Rooms => Some("Rooms"),
            Self::NewRoom => Some("New room"),
            Self::Saved => Some("Saved for later"),
            Self::Search => Some("Search"),
            Self::Invite => Some("Invitation"),
            Self::Admin => Some("Administration"),
            Self::Security => Some("Password and sessions"),
            _ => None,
        }
    }
}

/// The address of a thread.
#[must_use]
pub fn thread_path(id: ThreadId) -> String {
    format!("/t/{id}")
}

/// The address of a message.
#[must_use]
pub fn message_path(id: ThreadId, seq: Seq) -> String {
    format!("/t/{id}/m/{seq}")
}

/// The address where this is looked for.
#[must_use]
pub fn search_path(text: &str) -> String {
    if text.is_empty() {
        return "/search".to_owned();
    }
    let text = String::from(js_sys::encode_uri_component(text));
    ["/search?q=", &text].concat()
}

/// The address of a room with what there is to know of it.
#[must_use]
pub fn about_path(id: ThreadId) -> String {
    format!("/t/{id}/about")
}

/// The token of the invite link whose path this is.
#[must_use]
pub fn token(path: &str) -> Option<&str> {
    let token = path.strip_prefix("/join/")?.trim_end_matches('/');
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
    (!token.is_empty() && token.bytes().all(plain)).then_some(token)
}

/// Where to log in, to come back to this path. Who comes by an invite link is rather new here.
#[must_use]
pub fn log_in_path(path: &str) -> String {
    let own = match Place::of(path) {
        Place::List | Place::Nowhere => return "/login".to_owned(),
        Place::Thread(id) => thread_path(id),
        Place::Message(id, seq) => message_path(id, seq),
        Place::About(id) => about_path(id),
        Place::Rooms => "/rooms".to_owned(),
        Place::NewRoom => "/rooms/new".to_owned(),
        Place::Saved => "/saved".to_owned(),
        Place::Search => "/search".to_owned(),
        Place::Admin => "/admin".to_owned(),
        Place::Security => "/settings/security".to_owned(),
        Place::Invite => {
            let token = token(path).unwrap_or("none");
            return ["/signup?next=/join/", token].concat();
        }
    };
    ["/login?next=", &own].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_names_a_place() {
        assert_eq!(Place::of("/"), Place::List);
        assert_eq!(Place::of("/t/12"), Place::Thread(ThreadId(12)));
        assert_eq!(Place::of("/t/12/m/3"), Place::Message(ThreadId(12), 3));
        for path in [
            "/t/12/m/",
            "/t/12/m/x",
            "/t/12/m/0",
            "/t/12/m/-1",
            "/t/x/m/1",
        ] {
            assert_eq!(Place::of(path), Place::Nowhere, "{path}");
        }
        assert_eq!(Place::of("/t/12/"), Place::Thread(ThreadId(12)));
        assert_eq!(Place::of("/t/12/about"), Place::About(ThreadId(12)));
        assert_eq!(Place::of("/rooms"), Place::Rooms);
        assert_eq!(Place::of("/rooms/new"), Place::NewRoom);
        assert_eq!(Place::of("/search"), Place::Search);
        assert_eq!(Place::of("/search?q=/t/1"), Place::Search);
        assert_eq!(Place::of("/join/abc"), Place::Invite);
        assert_eq!(Place::of("/saved"), Place::Saved);
        assert_eq!(Place::of("/admin"), Place::Admin);
        for path in [
            "/t/",
            "/t/x",
            "/t/-1",
            "/t/0",
            "/t/1/2",
            "/t/about",
            "/t/0/about",
            "/t/99999999999999999999",
        ] {
            assert_eq!(Place::of(path), Place::Nowhere, "{path}");
        }
    }

    #[test]
    fn the_window_is_at_its_places() {
        assert!(Place::is_in_window("/") && Place::is_in_window("/t/x"));
        assert!(Place::is_in_window("/rooms/new") && Place::is_in_window("/join/x"));
        assert!(
            !Place::is_in_window("/t/")
                && !Place::is_in_window("/tea")
                && !Place::is_in_window("/join/")
        );
    }

    #[test]
    fn logging_in_leads_back() {
        assert_eq!(log_in_path("/t/12"), "/login?next=/t/12");
        assert_eq!(log_in_path("/t/12/m/3"), "/login?next=/t/12/m/3");
        assert_eq!(log_in_path("/t/12/about/"), "/login?next=/t/12/about");
        assert_eq!(log_in_path("/rooms/new"), "/login?next=/rooms/new");
        assert_eq!(log_in_path("/"), "/login");
        assert_eq!(log_in_path("/join/a-B_3"), "/signup?next=/join/a-B_3");
    }

    #[test]
    fn a_token_is_plain_and_nothing_else_is_one() {
        assert_eq!(token("/join/a-B_3"), Some("a-B_3"));
        for path in ["/join/", "/join/a b", "/join/a/b", "/join/%0A", "/t/1"] {
            assert_eq!(token(path), None, "{path}");
        }
    }
}
