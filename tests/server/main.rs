//! Tests of the whole server: each runs the real program on a port and with a database of its own, over HTTP and
//! WebSocket.

#[path = "../hostile/hostile.rs"]
mod hostile;
#[path = "../support/support.rs"]
mod support;

mod accounts;
mod commands;
mod connections;
mod downloads;
mod files;
mod floods;
mod foreign;
mod headers;
mod history;
mod hostile_files;
mod hostile_names;
mod limits;
mod live;
mod metrics;
mod moving;
mod notify_decisions;
mod outside;
mod pace;
mod pages;
mod passwords;
mod postgres;
mod profile;
mod push;
mod receipts;
mod refused;
mod resume;
mod security_log;
mod services;
mod sessions;
mod setup;
mod stopping;
mod throttling;
mod typing;
mod uploads;
