//! Rate limits of log-ins and sign-ups, by account and by address.

use reqwest::Response;

use crate::support::{Browser, PASSWORD, TestServer};

const BEHIND_PROXY: (&str, &str) = ("CHAPP_SERVER__BEHIND_PROXY", "true");

async fn log_in_from(browser: &Browser, from: &str, name: &str, password: &str) -> Response {
    let fields = [("username", name), ("password", password)];
    let request = browser.call("/api/log_in", &fields);
    let request = request.header("x-forwarded-for", from);
    request.send().await.expect("an answer")
}

/// Guesses at an account from an address until it is throttled; returns the number of guesses.
async fn guesses(browser: &Browser, from: &str, name: &str) -> u32 {
    for guess in 0..100 {
        match log_in_from(browser, from, name, "wrong")
            .await
            .status()
            .as_u16()
        {
            401 => {}
            429 => return guess,
            other => panic!("{other}"),
        }
    }
    panic!("never throttled");
}

#[tokio::test]
async fn an_account_that_many_addresses_guess_at_waits_but_not_in_its_owners_browser() {
    let server = TestServer::start_with(&[BEHIND_PROXY]).await;
    let owner = server.sign_up("ana").await;
    server.sign_up("bob").await;
    let stranger = server.browser();
    let mut guessed = 0;
    for last in 0..8 {
        guessed += guesses(&stranger, &format!("10.0.0.{last}"), "ana").await;
    }
    // One more is replenished every 18 seconds.
    assert!((50..55).contains(&guessed), "{guessed}");
    let answer = log_in_from(&stranger, "10.0.1.1", "ana", PASSWORD).await;
    assert_eq!(answer.status(), 429);
    let body: serde_json::Value = answer.json().await.expect("a refusal");
    assert_eq!(body["code"], "throttled");
    assert!(
        body["retry_after_ms"]
            .as_u64()
            .is_some_and(|ms| ms <= 20_000)
    );
    let answer = log_in_from(&stranger, "10.0.1.1", "bob", PASSWORD).await;
    assert!(answer.status().as_u16() < 400, "{answer:?}");
    // From the same address as the guesses, and although the session has ended.
    owner.log_out().await;
    let answer = log_in_from(&owner, "10.0.0.1", "ana", PASSWORD).await;
    assert!(answer.status().as_u16() < 400, "{answer:?}");
}

#[tokio::test]
async fn ten_wrong_passwords_lock_out_only_their_own_address() {
    let server = TestServer::start_with(&[BEHIND_PROXY]).await;
    server.sign_up("ana").await;
    let browser = server.browser();
    assert_eq!(guesses(&browser, "10.0.0.1", "ana").await, 10);
    let answer = log_in_from(&browser, "10.0.0.2", "ana", PASSWORD).await;
    assert!(answer.status().as_u16() < 400, "{answer:?}");
}

#[tokio::test]
async fn after_ten_wrong_passwords_an_address_is_throttled_for_all_accounts() {
    let server = TestServer::start_with(&[BEHIND_PROXY]).await;
    server.sign_up("ana").await;
    let browser = server.browser();
    for attempt in 0..10 {
        // A value sent by the client itself precedes the one that the proxy appends.
        let from = format!("1.2.3.{attempt}, 10.0.0.1");
        let answer = log_in_from(&browser, &from, &format!("user{attempt}"), "wrong").await;
        assert_eq!(answer.status(), 401, "attempt {attempt}");
    }
    let answer = log_in_from(&browser, "10.0.0.1", "ana", PASSWORD).await;
    assert_eq!(answer.status(), 429);
    let answer = log_in_from(&browser, "10.0.0.2", "ana", PASSWORD).await;
    assert!(answer.status().as_u16() < 400, "{answer:?}");
}

#[tokio::test]
async fn an_address_is_read_with_port_and_brackets_and_behind_two_proxies() {
    let hops = ("CHAPP_SERVER__PROXY_HOPS", "2");
    let server = TestServer::start_with(&[BEHIND_PROXY, hops]).await;
    server.sign_up("ana").await;
    // Not one that ana has logged in with.
    let browser = server.browser();
    for attempt in 0..10 {
        let from = format!("6.6.6.{attempt}, [2001:db8::1]:{attempt}, 10.0.0.{attempt}:80");
        let answer = log_in_from(&browser, &from, &format!("user{attempt}"), "wrong").await;
        assert_eq!(answer.status(), 401, "attempt {attempt}");
    }
    let answer = log_in_from(&browser, "2001:db8::1, 10.0.0.99", "ana", PASSWORD).await;
    assert_eq!(answer.status(), 429);
    let answer = log_in_from(&browser, "2001:db8:1::1, 10.0.0.99", "ana", PASSWORD).await;
    assert!(answer.status().as_u16() < 400, "{answer:?}");
}

#[tokio::test]
async fn a_proxy_without_client_addresses_is_reported_once() {
    let server = TestServer::start_with(&[BEHIND_PROXY]).await;
    let browser = server.sign_up("ana").await;
    for from in ["unknown", "", "10.0.0.1"] {
        log_in_from(&browser, from, "ana", "wrong").await;
    }
    let log = server.log_with("X-Forwarded-For").await;
    let said = |part: &str| log.iter().filter(|line| line.contains(part)).count();
    assert_eq!(said("X-Forwarded-For"), 1, "{log:#?}");
    // The server also warns, once, that its public address is not set.
    assert_eq!(said("server.public_url is empty"), 1);
}

#[tokio::test]
async fn without_a_proxy_forwarded_addresses_are_ignored() {
    let server = TestServer::start().await;
    server.sign_up("ana").await;
    let browser = server.browser();
    for attempt in 0..10 {
        let from = format!("10.0.0.{attempt}");
        log_in_from(&browser, &from, &format!("user{attempt}"), "wrong").await;
    }
    let answer = log_in_from(&browser, "10.0.1.1", "ana", PASSWORD).await;
    assert_eq!(answer.status(), 429);
}

#[tokio::test]
async fn right_passwords_are_never_slowed() {
    let server = TestServer::start().await;
    let browser = server.sign_up("ana").await;
    for _ in 0..15 {
        let answer = browser.try_log_in("ana", PASSWORD).await;
        assert!(answer.status().as_u16() < 400, "{answer:?}");
    }
}

#[tokio::test]
async fn a_class_signs_up_from_one_address_and_a_thousand_do_not() {
    let cheap = ("CHAPP_PASSWORDS__MEMORY_KIB", "7168");
    let server = TestServer::start_with(&[cheap, ("CHAPP_PASSWORDS__ITERATIONS", "5")]).await;
    let browser = server.browser();
    let sign_up = async |name: String, password| {
        let fields = [
            ("username", &*name),
            ("display_name", ""),
            ("password", password),
        ];
        let answer = browser.call("/api/sign_up", &fields).send().await;
        answer.expect("an answer").status().as_u16()
    };
    for pupil in 0..30 {
        assert!(sign_up(format!("pupil{pupil}"), PASSWORD).await < 400);
    }
    // Refused ones count as well; they are just quicker.
    let mut refused = 0;
    for _ in 30..200 {
        match sign_up("weak".into(), "weak").await {
            422 => {}
            429 => refused += 1,
            other => panic!("{other}"),
        }
    }
    assert!(refused >= 50, "{refused}");
}
