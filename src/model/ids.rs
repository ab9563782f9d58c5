//! Identifiers. Each has its own type, so that a user's can't be passed where a thread's is expected.

use std::fmt;
use std::num::ParseIntError;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A position in one thread's log: dense, ascending, the first event is 1; 0 means "before the first". Not comparable
/// between threads. Stays below 2^53, so that JSON numbers represent it in every language.
pub type Seq = i64;

/// A time: milliseconds since 1970-01-01T00:00:00Z. For display, never used as a position.
pub type Millis = i64;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(
            Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
        )]
        #[serde(transparent)]
        pub struct $name(pub i64);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = ParseIntError;

            fn from_str(text: &str) -> Result<Self, ParseIntError> {
                text.parse().map($name)
            }
        }
    };
}

id!(
    /// A registered user.
    UserId
);
id!(
    /// A thread: a direct one between two people, or a room.
    ThreadId
);

/// The id that a client assigns to what it sends (RFC 9562 UUID, version 7). Unique per sender: repeating a send with
/// the same id returns the first result, forever.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ClientId(pub Uuid);

impl ClientId {
    /// A new id, from this machine's clock and random source.
    #[must_use]
    pub fn now() -> Self {
        Self(Uuid::now_v7())
    }
}

impl fmt::Display for ClientId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for ClientId {
    type Err = uuid::Error;

    fn from_str(text: &str) -> Result<Self, uuid::Error> {
        text.parse().map(ClientId)
    }
}
