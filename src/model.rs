//! The domain model shared by server and client: ids, people, threads, events, limits, refusals, validation.
//!
//! No I/O, and no dependency on a database, a socket or a browser: the same types are compiled into the server, into
//! the WASM of the browser, and into the tests.

mod apply;
pub mod boot;
pub mod cut;
pub mod event;
pub mod file;
pub mod graphemes;
pub mod ids;
pub mod json;
pub mod key;
pub mod limits;
pub mod links;
pub mod markdown;
pub mod mention;
pub mod message;
pub mod names;
pub mod notify;
pub mod page;
pub mod page_data;
pub mod person;
pub mod push;
pub mod receipts;
pub mod refusal;
pub mod report;
pub mod room;
pub mod rules;
pub mod script;
pub mod search;
pub mod session;
pub mod site;
pub mod thread;
pub mod validate;
pub(crate) mod wire;

pub use boot::Boot;
pub use event::{Event, EventBody};
pub use file::{Attachment, FileId, FileKind, FileLimits, FileRef, Upload};
pub use ids::{ClientId, Millis, Seq, ThreadId, UserId};
pub use mention::{Mentioned, Mentions};
pub use message::{Message, Quote, Reaction, Version};
pub use page::{Excerpts, Page, PeoplePage, Position, ThreadsPage};
pub use page_data::PageData;
pub use person::Person;
pub use receipts::{Privacy, Reader, Receipts};
pub use refusal::{Field, Refusal};
pub use room::{Departure, Member, MembersPage, Role, Room, RoomCard, RoomsPage};
pub use rules::{Inviting, Posting, RoomMaking, WritingFirst};
pub use search::{Hit, HitPiece, Phrase, Search, SearchPage};
pub use session::{OwnSession, SecurityPage, SessionId};
pub use site::{
    Account, AccountsPage, AuditEntry, AuditPage, Ban, FreeSpace, Invite, InviteTarget, SignUp,
    Site, Storage,
};
pub use thread::{Preview, ReadMark, ThreadHead, ThreadKind};

/// For serde: whether a value can be omitted.
fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}
