//! The server functions: thin doors to `server::chat` and `server::auth`, one file a subject. Plain forms
//! post to them, programs call them, and the browser does through [`crate::client::api`].
//!
//! The error of each is a [`Refusal`](crate::model::Refusal), as JSON: see `server::error`.
//!
//! Those that change something are POST; those that read are GET and answer `no-store`.

pub mod admin;
pub mod auth;
pub mod blocks;
pub mod history;
pub mod messages;
pub mod moderation;
pub mod people;
pub mod privacy;
pub mod reports;
pub mod rooms;
pub mod search;
pub mod threads;
