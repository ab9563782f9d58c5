//! The server functions: thin entry points to `server::chat` and `server::auth`, one file per subject. Plain forms
//! post to them, programs call them, and the browser calls them through [`crate::client::api`].
//!
//! Every error is a [`Refusal`](crate::model::Refusal) as JSON: see `server::http::error`.
//!
//! Functions that change something are POST. Functions that read are GET and answer `no-store`.

pub mod admin;
pub mod auth;
pub mod blocks;
pub mod history;
pub mod messages;
pub mod moderation;
pub mod notify;
pub mod people;
pub mod privacy;
pub mod profile;
pub mod push;
pub mod reports;
pub mod rooms;
pub mod search;
pub mod threads;
