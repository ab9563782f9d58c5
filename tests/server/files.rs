//! Ownership and modes of the database files.
#![cfg(unix)]

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;

use crate::support::TestServer;

#[tokio::test]
async fn a_start_warns_when_others_may_open_the_database() {
    let mut server = TestServer::start().await;
    let is_warned =
        |server: &TestServer| server.log().iter().any(|line| line.contains("chmod 600"));
    assert!(!is_warned(&server), "{:?}", server.log());
    server.kill();
    let file = server.folder().join("data/chapp.db");
    fs::set_permissions(&file, Permissions::from_mode(0o644)).expect("a file of ours");
    server.start_again().await;
    assert!(is_warned(&server), "{:?}", server.log());
}
