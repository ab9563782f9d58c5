//! Account rules that can't be observed over HTTP.

use std::net::{Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

use super::*;
use crate::server::config::{HashingConfig, SessionsConfig};

mod in_time;
use crate::server::store::{Change, Listener};

const PASSWORD: &str = "correct horse battery staple";
const HOME: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

struct Nobody;

impl Listener for Nobody {
    fn committed(&self, _: Vec<Change>) {}

    fn outcome_unknown(&self) {}
}

async fn accounts(folder: &tempfile::TempDir, hashing: &HashingConfig) -> Accounts {
    let url = format!("sqlite:{}/chapp.db", folder.path().display());
    let store = Store::open(&url, 16, Arc::new(Nobody)).await.unwrap();
    let passwords = Arc::new(Passwords::new(hashing).unwrap());
    let devices = Devices::open(&store).await.unwrap();
    Accounts::new(store, passwords, None, devices, &SessionsConfig::default())
}

/// One hash at a time, an empty queue, and slow hashes.
fn slow() -> HashingConfig {
    HashingConfig {
        parallel_hashes: 1,
        waiting: 0,
        iterations: 40,
        ..HashingConfig::default()
    }
}

fn quick() -> HashingConfig {
    HashingConfig {
        memory_kib: 64,
        iterations: 1,
        ..HashingConfig::default()
    }
}

fn client(address: IpAddr) -> Client {
    Client {
        address,
        device: None,
        browser: String::new(),
    }
}

/// An address of documentation (RFC 5737).
fn v4(last: u8) -> IpAddr {
    Ipv4Addr::new(203, 0, 113, last).into()
}

/// Guesses until it is throttled; returns the number of guesses.
async fn guesses(accounts: &Accounts, name: &str, client: &Client) -> u32 {
    for guess in 0..1_000 {
        match accounts.log_in(name, "wrong".into(), client).await {
            Err(Refusal::WrongCredentials) => {}
            Err(Refusal::Throttled { .. }) => return guess,
            other => panic!("{other:?}"),
        }
    }
    panic!("never throttled");
}

/// The expected number, or a few more that were replenished meanwhile on a busy machine.
fn about(actual: u32, expected: u32) {
    assert!(
        (expected..expected + 8).contains(&actual),
        "{actual}, not {expected}"
    );
}

#[tokio::test]
async fn a_log_in_that_the_busy_server_did_not_judge_is_not_counted() {
    let folder = tempfile::tempdir().unwrap();
    let accounts = accounts(&folder, &slow()).await;
    let client = client(HOME);
    let log_in = || accounts.log_in("ana", PASSWORD.into(), &client);
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
    // The hash occupies the only place when the first log-in starts.
    let hash = accounts.passwords.hash(Asker::OPERATOR, PASSWORD.into());
    let (hashed, ()) = tokio::join!(hash, impatient);
    hashed.unwrap();
    log_in().await.unwrap();
}

#[tokio::test]
async fn an_address_that_must_wait_spends_no_attempts_of_an_account() {
    let folder = tempfile::tempdir().unwrap();
    let accounts = accounts(&folder, &quick()).await;
    let here = client(v4(1));
    assert_eq!(
        guesses(&accounts, "somebody", &here).await,
        limits::LOGIN_ATTEMPTS
    );
    for _ in 0..10 * limits::LOGIN_ACCOUNT_ATTEMPTS {
        let refused = accounts.log_in("ana", "wrong".into(), &here).await.err();
        assert!(
            matches!(refused, Some(Refusal::Throttled { .. })),
            "{refused:?}"
        );
    }
    assert_eq!(
        guesses(&accounts, "ana", &client(v4(2))).await,
        limits::LOGIN_ATTEMPTS
    );
}

#[tokio::test]
async fn the_owner_gets_in_from_elsewhere_while_one_address_guesses() {
    let folder = tempfile::tempdir().unwrap();
    let accounts = accounts(&folder, &quick()).await;
    accounts.add_user("ana", "", PASSWORD.into()).await.unwrap();
    guesses(&accounts, "ana", &client(v4(1))).await;
    let owner = accounts
        .log_in("ana", PASSWORD.into(), &client(v4(2)))
        .await;
    owner.unwrap();
}

#[tokio::test]
async fn a_known_browser_gets_in_despite_guesses_from_anywhere() {
    let folder = tempfile::tempdir().unwrap();
    let accounts = accounts(&folder, &quick()).await;
    for name in ["ana", "eve"] {
        accounts.add_user(name, "", PASSWORD.into()).await.unwrap();
    }
    let log_in = |name: &'static str, device: Option<&String>| {
        let client = Client {
            device: device.cloned(),
            ..client(v4(1))
        };
        let accounts = &accounts;
        async move { accounts.log_in(name, PASSWORD.into(), &client).await }
    };
    let of_ana = log_in("ana", None).await.unwrap().device;
    let of_eve = log_in("eve", None).await.unwrap().device;
    let mut guessed = 0;
    for last in 1..=100 {
        guessed += guesses(&accounts, "ana", &client(v4(last))).await;
    }
    about(guessed, limits::LOGIN_ACCOUNT_ATTEMPTS);
    assert!(log_in("ana", None).await.is_err());
    assert!(
        log_in("ana", Some(&of_eve)).await.is_err(),
        "it is of another account"
    );
    assert!(log_in("ana", Some(&"nonsense".into())).await.is_err());
    log_in("ana", Some(&of_ana)).await.unwrap();
    // A stolen cookie gets no more guesses than anybody, and then none at all.
    let stolen = Client {
        device: Some(of_ana),
        ..client(v4(200))
    };
    assert_eq!(
        guesses(&accounts, "ana", &stolen).await,
        limits::LOGIN_ATTEMPTS
    );
}

#[tokio::test]
async fn a_whole_network_gets_a_few_times_the_attempts_of_an_address() {
    let folder = tempfile::tempdir().unwrap();
    let accounts = accounts(&folder, &quick()).await;
    // Of 2001:db8:1::/48, the subnet and the host.
    let v6 = |subnet: u16, host: u16| -> IpAddr {
        Ipv6Addr::new(0x2001, 0xdb8, 1, subnet, 0, 0, 0, host).into()
    };
    let mut total = 0;
    for host in 0..5 {
        total += guesses(&accounts, &format!("a{host}"), &client(v6(0, host))).await;
    }
    about(total, limits::LOGIN_ATTEMPTS);
    for subnet in 1..20 {
        total += guesses(&accounts, &format!("b{subnet}"), &client(v6(subnet, 0))).await;
    }
    about(total, 4 * limits::LOGIN_ATTEMPTS);
    for subnet in 1..40 {
        let from = client(v6(subnet << 8, 0));
        total += guesses(&accounts, &format!("c{subnet}"), &from).await;
    }
    about(total, 16 * limits::LOGIN_ATTEMPTS);
    let elsewhere = client(Ipv6Addr::new(0x2001, 0xdb8, 2, 0, 0, 0, 0, 1).into());
    assert_eq!(
        guesses(&accounts, "d", &elsewhere).await,
        limits::LOGIN_ATTEMPTS
    );
}

#[tokio::test]
async fn a_refused_sign_up_costs_no_hash() {
    let folder = tempfile::tempdir().unwrap();
    let accounts = accounts(&folder, &slow()).await;
    accounts.add_user("ana", "", PASSWORD.into()).await.unwrap();
    let invited = crate::server::store::SiteSetting::SignUp(crate::model::SignUp::Invited);
    let ana = accounts.find("ana").await.unwrap().id;
    let rule: crate::server::store::Rule = |_, _| Ok(());
    accounts.store.set_site(ana, rule, invited).await.unwrap();
    let client = client(HOME);
    let sign_up = |invite: Option<&'static str>| {
        let by = By {
            invite,
            ..By::default()
        };
        let (accounts, client) = (&accounts, &client);
        // It would be refused as weak if it were checked.
        async move {
            accounts
                .sign_up("bob", "", "weak".into(), by, client)
                .await
                .err()
        }
    };
    assert_eq!(sign_up(None).await, Some(Refusal::SignUpClosed));
    let unknown = Some("0000000000000000000000000000000000000000000000000000000000000000");
    assert_eq!(sign_up(unknown).await, Some(Refusal::InviteInvalid));
}

#[tokio::test]
async fn a_wrong_password_costs_the_same_work_whoever_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let accounts = accounts(&folder, &quick()).await;
    accounts.add_user("ana", "", PASSWORD.into()).await.unwrap();
    accounts.add_user("bob", "", PASSWORD.into()).await.unwrap();
    let bob = accounts.find("bob").await.unwrap().id;
    let by = crate::server::store::Authority::Operator;
    accounts.store.suspend(by, bob, true).await.unwrap();
    let mut costs = Vec::new();
    for (host, name) in [
        "ana",
        "bob",
        "nobody",
        "ANA ",
        "no name at all",
        "\u{202e}",
        "",
    ]
    .into_iter()
    .enumerate()
    {
        let before = accounts.passwords.work();
        let client = client(v4(host as u8));
        let refused = accounts.log_in(name, "wrong".into(), &client).await.err();
        assert_eq!(refused, Some(Refusal::WrongCredentials), "{name:?}");
        costs.push(accounts.passwords.work() - before);
    }
    let one = u64::from(quick().memory_kib * quick().iterations);
    assert_eq!(costs, vec![one; costs.len()]);
}

#[test]
fn guesses_at_secrets_of_rooms_are_counted_by_the_first_half_of_an_ipv6_address() {
    let key = |text: &str| address_key(text.parse().unwrap());
    let here = key("2001:db8:1:2:3:4:5:6");
    for same in ["2001:db8:1:2::", "2001:db8:1:2:ffff:ffff:ffff:ffff"] {
        assert_eq!(key(same), here, "{same}");
    }
    for other in [
        "2001:db8:1:3::",
        "2001:db8:2:2::",
        "2002:db8:1:2::",
        "2001:db9:1:2::",
    ] {
        assert_ne!(key(other), here, "{other}");
    }
    assert_eq!(key("192.0.2.1"), key("::ffff:192.0.2.1"));
    assert_ne!(key("192.0.2.1"), key("192.0.2.2"));
    assert_ne!(key("::1"), key("0.0.0.1"));
}

#[tokio::test]
async fn a_sign_up_is_refused_for_all_its_fields_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let accounts = accounts(&folder, &quick()).await;
    let sign_up = async |username: &str, display_name: &str, password: &str| {
        let by = By::default();
        let (password, client) = (password.to_owned(), client(HOME));
        accounts
            .sign_up(username, display_name, password, by, &client)
            .await
            .map(drop)
    };
    sign_up("ana", "", PASSWORD).await.unwrap();
    let invisible = "A\u{200B}na";
    let (name, shown, password) = (Field::Username, Field::DisplayName, Field::Password);
    for (typed, fields) in [
        (("ana", "", "short"), vec![name, password]),
        (("ana", "", "password1"), vec![name, password]),
        (("a b", invisible, "short"), vec![name, shown, password]),
        (("ana", invisible, PASSWORD), vec![name, shown]),
        (("bob", "", "short"), vec![password]),
        (("ana", "", PASSWORD), vec![name]),
    ] {
        let refusal = sign_up(typed.0, typed.1, typed.2).await.unwrap_err();
        let found: Vec<_> = refusal.each().iter().filter_map(Refusal::field).collect();
        assert_eq!(found, fields, "{typed:?}: {refusal:?}");
    }
}
