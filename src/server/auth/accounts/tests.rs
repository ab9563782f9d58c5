//! What of an account's rules can't be seen through the doors.

use std::net::Ipv4Addr;
use std::sync::Arc;

use super::*;
use crate::server::config::{Hashing, Sessions};
use crate::server::store::{Change, Listener};

const PASSWORD: &str = "correct horse battery staple";
const HOME: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

struct Nobody;

impl Listener for Nobody {
    fn committed(&self, _: Vec<Change>) {}

    fn in_doubt(&self) {}
}

/// One place at work, none in the line, and each hash takes long.
async fn slow_accounts(folder: &tempfile::TempDir) -> Accounts {
    let url = format!("sqlite:{}/chapp.db", folder.path().display());
    let store = Store::open(&url, 16, Arc::new(Nobody)).await.unwrap();
    let hashing = Hashing {
        parallel_hashes: 1,
        waiting: 0,
        iterations: 40,
        ..Hashing::default()
    };
    let passwords = Passwords::new(&hashing).unwrap();
    Accounts::new(store, passwords, &Sessions::default())
}

#[tokio::test]
async fn a_log_in_that_the_busy_server_did_not_judge_is_not_counted() {
    let folder = tempfile::tempdir().unwrap();
    let accounts = slow_accounts(&folder).await;
    let log_in = || accounts.log_in("ana", PASSWORD.into(), HOME);
    accounts.add_user("ana", "", PASSWORD.into()).await.unwrap();
    let impatient = async {
        for attempt in 0..2 * limits::LOGIN_ATTEMPTS {
            let refusal = log_in().await.err();
            assert!(
                matches!(refusal, Some(Refusal::Busy { .. })),
                "attempt {attempt}: {refusal:?}"
            );
        }
    };
    // The first one has the only place when the second one begins.
    let (added, ()) = tokio::join!(accounts.add_user("bob", "", PASSWORD.into()), impatient);
    added.unwrap();
    log_in().await.unwrap();
}

#[tokio::test]
async fn an_address_that_must_wait_spends_no_attempts_of_an_account() {
    let folder = tempfile::tempdir().unwrap();
    let accounts = slow_accounts(&folder).await;
    let keys = |name: &str| [format!("account {name}"), address_key(HOME)];
    for attempt in 0..limits::LOGIN_ATTEMPTS {
        accounts.begin_attempt(&keys(&attempt.to_string())).unwrap();
    }
    for _ in 0..2 * limits::LOGIN_ATTEMPTS {
        assert!(accounts.begin_attempt(&keys("ana")).is_err());
    }
    let elsewhere = ["account ana".to_owned(), "address elsewhere".to_owned()];
    accounts.begin_attempt(&elsewhere).unwrap();
}
