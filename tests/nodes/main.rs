//! Several nodes of the real program form one chat, on one PostgreSQL, with or without a Redis between them.

mod backup;
mod blocks;
#[path = "../faults/bot.rs"]
mod bot;
#[path = "../faults/checker.rs"]
mod checker;
mod cluster;
mod faults;
mod files;
mod people;
#[path = "../faults/proxy.rs"]
#[expect(dead_code, reason = "the fault test of one node uses the rest of it")]
mod proxy;
mod pushes;
mod receipts;
mod redis;
#[path = "../support/support.rs"]
#[expect(
    dead_code,
    unused_imports,
    reason = "the tests of the server use the rest of it"
)]
mod support;
mod talk;
#[path = "../faults/uploads.rs"]
#[expect(dead_code, reason = "the fault test of one node uses the rest of it")]
mod uploads;
