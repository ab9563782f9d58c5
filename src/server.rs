//! The server: everything that is compiled only for it.

pub mod auth;
pub mod cli;
pub mod config;
pub mod doors;
pub mod seed;
