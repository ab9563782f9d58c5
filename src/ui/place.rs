//! What the address names: every place in chapp is one.

use crate::model::ThreadId;

/// A place that somebody who is logged in can be at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// The thread list, with nothing open.
    List,
    Thread(ThreadId),
    /// An address like a thread's, which can't be one.
    Nowhere,
}

impl Place {
    /// The place that this path names.
    #[must_use]
    pub fn of(path: &str) -> Self {
        let Some(id) = path.strip_prefix("/t/") else {
            return Self::List;
        };
        match id.trim_end_matches('/').parse() {
            Ok(id) if id > ThreadId(0) => Self::Thread(id),
            _ => Self::Nowhere,
        }
    }

    /// Whether the window is what is at this path.
    #[must_use]
    pub fn is_in_window(path: &str) -> bool {
        path == "/" || path.strip_prefix("/t/").is_some_and(|id| !id.is_empty())
    }

    /// The thread that is open here.
    #[must_use]
    pub fn thread(self) -> Option<ThreadId> {
        match self {
            Self::Thread(id) => Some(id),
            _ => None,
        }
    }

    /// Where to log in, to come back here.
    #[must_use]
    pub fn log_in_path(self) -> String {
        match self {
            Self::Thread(id) => ["/login?next=", &thread_path(id)].concat(),
            _ => "/login".to_owned(),
        }
    }
}

/// The address of a thread.
#[must_use]
pub fn thread_path(id: ThreadId) -> String {
    format!("/t/{id}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_names_a_place() {
        assert_eq!(Place::of("/"), Place::List);
        assert_eq!(Place::of("/t/12"), Place::Thread(ThreadId(12)));
        assert_eq!(Place::of("/t/12/"), Place::Thread(ThreadId(12)));
        for path in [
            "/t/",
            "/t/x",
            "/t/-1",
            "/t/0",
            "/t/1/2",
            "/t/99999999999999999999",
        ] {
            assert_eq!(Place::of(path), Place::Nowhere, "{path}");
        }
    }

    #[test]
    fn the_window_is_at_the_list_and_at_threads() {
        assert!(Place::is_in_window("/") && Place::is_in_window("/t/x"));
        assert!(!Place::is_in_window("/t/") && !Place::is_in_window("/tea"));
    }

    #[test]
    fn logging_in_leads_back() {
        assert_eq!(Place::of("/t/12").log_in_path(), "/login?next=/t/12");
        assert_eq!(Place::of("/").log_in_path(), "/login");
    }
}
