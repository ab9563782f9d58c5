//! The names of threads and people.

use super::ClientState;
use crate::model::{Person, ThreadId, ThreadKind, UserId};

impl ClientState {
    /// The name of a thread, as in the list.
    #[must_use]
    pub fn title(self, id: ThreadId) -> Option<String> {
        self.other(id)
            .map(|other| self.shown(&other))
            .or_else(|| self.with_head(id, |head| Some(head.title().to_owned())))
    }

    /// The name of a person in a list: "Ana Ruiz (you)" for the user.
    #[must_use]
    pub fn shown(self, person: &Person) -> String {
        let you = if person.id == self.me().id {
            " (you)"
        } else {
            ""
        };
        [&person.shown(), you].concat()
    }

    /// Whether a thread is the user's notes: the direct thread with themselves.
    #[must_use]
    pub fn is_notes(self, id: ThreadId) -> bool {
        self.other(id).is_some_and(|other| other.id == self.me().id)
    }

    /// The logged-in user, with the name that they have now. Tracked.
    #[must_use]
    pub fn own_person(self) -> Person {
        let me = self.me();
        self.person(me.id).unwrap_or(me)
    }

    /// The name of a user, as in a sentence.
    #[must_use]
    pub fn name(self, id: UserId) -> String {
        self.person(id)
            .map_or_else(|| "Someone".to_owned(), |person| person.shown())
    }

    /// The other member of a direct thread.
    #[must_use]
    pub fn other(self, id: ThreadId) -> Option<Person> {
        let other = self.with_head(id, |head| match &head.kind {
            ThreadKind::Direct { other } => Some(other.clone()),
            ThreadKind::Room(_) => None,
        })?;
        // The thread's copy may be older than the directory's.
        Some(self.person(other.id).unwrap_or(other))
    }
}
