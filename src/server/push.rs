//! Web Push: notifications for browsers in which no page of the site is open (RFC 8030).
//!
//! A message is judged and sent by the node that took it, some seconds later, so that somebody who reads it meanwhile is
//! not notified. A push is never sent twice on purpose, and is lost with a node that is killed before it was sent: the
//! message is in the log, and only the notification is missing.

pub mod content;
pub mod encrypt;
pub mod endpoint;
pub mod judging;
pub mod posted;
mod rounds;
pub mod sender;
pub mod vapid;
mod waiting;

pub use sender::{Push, PushSettings};
