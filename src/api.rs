//! The server functions: thin doors to `server::chat` and `server::auth`, one file a subject. Plain forms
//! post to them, programs call them, and the browser does by [`call`].
//!
//! The error of each is a [`Refusal`](crate::model::Refusal), as JSON: see `server::error`.
//!
//! Those that change something are POST; those that read are GET and answer `no-store`.

#[cfg(feature = "ssr")]
pub mod auth;
#[cfg(feature = "ssr")]
pub mod blocks;
pub mod call;
#[cfg(feature = "ssr")]
pub mod history;
#[cfg(feature = "ssr")]
pub mod messages;
#[cfg(feature = "ssr")]
pub mod order;
#[cfg(feature = "ssr")]
pub mod people;
#[cfg(feature = "ssr")]
pub mod privacy;
#[cfg(feature = "ssr")]
pub mod reports;
#[cfg(feature = "ssr")]
pub mod rooms;
#[cfg(feature = "ssr")]
pub mod search;
#[cfg(feature = "ssr")]
pub mod site;
#[cfg(feature = "ssr")]
pub mod threads;
