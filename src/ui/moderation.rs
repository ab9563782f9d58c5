//! Moderation: the audit log, invite links and reports, for a room's admins and the site's.

pub mod audit_log;
pub mod invite_links;
pub mod invite_people;
pub mod reports;
