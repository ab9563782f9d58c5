//! The server: everything that is compiled only for it.

pub mod app;
pub mod auth;
pub mod bus;
pub mod chat;
pub mod cli;
pub mod clock;
pub mod config;
pub mod doors;
pub mod hub;
mod look;
pub mod meters;
pub mod pace;
pub mod pages;
pub mod router;
pub mod run;
pub mod security_log;
pub mod seed;
pub mod serve;
pub mod socket;
pub mod space;
pub mod store;
