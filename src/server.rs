//! The server: everything that is compiled only into the server binary.

pub mod auth;
pub mod bus;
pub mod chat;
pub mod cli;
pub mod clock;
pub mod commands;
pub mod config;
pub mod connections;
pub mod disk_space;
pub mod files;
pub mod http;
pub mod hub;
mod log_rate_limit;
mod lookalikes;
pub mod metrics;
pub mod names;
pub mod open_files;
pub mod push;
pub mod rate_limit;
pub mod security_log;
pub mod seed;
pub mod serve;
pub mod state;
pub mod store;
pub mod tasks;
pub mod websocket;
