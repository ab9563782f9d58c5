//! Signing up, logging in and logging out, as a page without scripts does it.

use reqwest::Response;
use reqwest::header::LOCATION;
use serde_json::{Value, json};

use crate::support::{PASSWORD, TestServer, connect_with, set_cookie};

fn location(answer: &Response) -> &str {
    let location = answer.headers().get(LOCATION).expect("a redirect");
    location.to_str().expect("ASCII")
}

async fn refusal(answer: Response) -> (u16, Value) {
    let status = answer.status().as_u16();
    (status, answer.json().await.expect("a refusal"))
}

#[tokio::test]
async fn signing_up_by_a_plain_form_logs_in_and_follows_next() {
    let server = TestServer::start().await;
    let browser = server.browser();
    let fields = [
        ("username", "ana"),
        ("display_name", "Ana Ruiz"),
        ("password", PASSWORD),
        ("next", "/t/7"),
    ];
    let answer = browser.form("/api/sign_up", &fields).send().await;
    let answer = answer.expect("an answer");
    assert_eq!((answer.status().as_u16(), location(&answer)), (302, "/t/7"));
    let me = browser.boot().await.expect("logged in").me;
    assert_eq!((&*me.username, &*me.display_name), ("ana", "Ana Ruiz"));
}

#[tokio::test]
async fn logging_in_never_redirects_to_another_site() {
    let server = TestServer::start().await;
    let browser = server.sign_up("ana").await;
    for next in [
        "//evil.example/",
        "https://evil.example/",
        "/\\evil.example",
    ] {
        let fields = [("username", "ana"), ("password", PASSWORD), ("next", next)];
        let answer = browser.form("/api/log_in", &fields).send().await;
        assert_eq!(location(&answer.expect("an answer")), "/", "{next}");
    }
}

#[tokio::test]
async fn logging_out_invalidates_the_cookie() {
    let server = TestServer::start().await;
    let browser = server.sign_up("ana").await;
    let kept = browser.socket_headers();
    let answer = browser.log_out().await;
    assert_eq!(
        (answer.status().as_u16(), location(&answer)),
        (302, "/login")
    );
    let cookie = set_cookie(&answer).expect("a cookie");
    assert!(cookie.starts_with("chapp=;") && cookie.contains("Max-Age=0"));
    assert_eq!(browser.boot().await, None);
    let stolen = reqwest::Client::new().get(server.url("/api/boot"));
    let answer = stolen.headers(kept).send().await.expect("an answer");
    assert_eq!(answer.json::<Value>().await.expect("JSON"), Value::Null);
}

#[tokio::test]
async fn logging_in_replaces_the_session_of_the_cookie() {
    let server = TestServer::start().await;
    let mut browser = server.sign_up("ana").await;
    let before = browser.socket_headers();
    let mut elsewhere = server.browser();
    elsewhere.log_in("ana").await;
    browser.log_in("ANA").await;
    assert_ne!(browser.socket_headers(), before);
    let opened = connect_with(server.address(), before).await;
    assert_eq!(opened.err().map(|status| status.as_u16()), Some(401));
    assert!(
        elsewhere.boot().await.is_some(),
        "another browser's goes on"
    );
}

#[tokio::test]
async fn the_session_cookie_is_out_of_reach_of_scripts_and_of_other_sites() {
    let server = TestServer::start().await;
    let browser = server.sign_up("ana").await;
    let answer = browser.try_log_in("ana", PASSWORD).await;
    let cookie = set_cookie(&answer).expect("a cookie");
    assert!(cookie.starts_with("chapp="), "{cookie}");
    for attribute in ["HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=15552000"] {
        assert!(cookie.contains(attribute), "{attribute}: {cookie}");
    }
    assert!(!cookie.contains("Secure") && !cookie.contains("Domain"));
}

#[tokio::test]
async fn behind_https_the_session_cookie_is_bound_to_it() {
    let public = ("CHAPP_SERVER__PUBLIC_URL", "https://chat.example.org");
    let server = TestServer::start_with(&[public]).await;
    let added = server.command(&["user", "add", "ana"], PASSWORD);
    assert!(added.status.success(), "{added:?}");
    let fields = [("username", "ana"), ("password", PASSWORD)];
    let request = reqwest::Client::new().post(server.url("/api/log_in"));
    let request = request.header("origin", "https://chat.example.org");
    let answer = request.form(&fields).send().await.expect("an answer");
    let cookie = set_cookie(&answer).expect("a cookie");
    assert!(cookie.starts_with("__Host-chapp="), "{cookie}");
    for attribute in ["Secure", "HttpOnly", "SameSite=Lax", "Path=/"] {
        assert!(cookie.contains(attribute), "{attribute}: {cookie}");
    }
    assert!(!cookie.contains("Domain"), "{cookie}");
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_user_get_the_same_answer() {
    let server = TestServer::start().await;
    let browser = server.sign_up("ana").await;
    let wrong = refusal(browser.try_log_in("ana", "not her password").await).await;
    let unknown = refusal(browser.try_log_in("nobody", "not her password").await).await;
    let no_name_at_all = refusal(browser.try_log_in("\u{202E}", "x").await).await;
    assert_eq!(wrong, (401, json!({"code": "wrong_credentials"})));
    assert_eq!(wrong, unknown);
    assert_eq!(wrong, no_name_at_all);
}

#[tokio::test]
async fn a_plain_form_that_is_refused_comes_back_to_its_page_with_the_reason() {
    let server = TestServer::start().await;
    // Where there is no account yet, log-in redirects to sign-up.
    server.sign_up("ana").await;
    let browser = server.browser();
    let fields = [("username", "ana"), ("password", "wrong")];
    let answer = browser.form("/api/log_in", &fields).send().await;
    let answer = answer.expect("an answer");
    assert_eq!(answer.status(), 302);
    let back = location(&answer);
    let path = back
        .strip_prefix(&server.url(""))
        .unwrap_or(back)
        .to_owned();
    assert!(path.starts_with("/login?"), "{back}");
    assert!(!path.contains("password"), "{back}");
    let page = browser.get(&path).await.text().await.expect("a page");
    assert!(page.contains("Wrong username or password"));
}

#[tokio::test]
async fn a_name_that_looks_like_a_taken_one_is_refused() {
    let server = TestServer::start().await;
    let browser = server.sign_up("paypal").await;
    for name in ["paypal", "PayPal", "paypa1"] {
        let fields = [
            ("username", name),
            ("display_name", ""),
            ("password", PASSWORD),
        ];
        let answer = browser.call("/api/sign_up", &fields).send().await;
        let refused = refusal(answer.expect("an answer")).await;
        assert_eq!(
            refused,
            (409, json!({"code": "taken", "field": "username"})),
            "{name}"
        );
    }
}

#[tokio::test]
async fn a_weak_password_is_refused_with_a_reason_beside_its_field() {
    let server = TestServer::start().await;
    for password in ["short", "password1", "anamaria1"] {
        let fields = [
            ("username", "anamaria"),
            ("display_name", ""),
            ("password", password),
        ];
        let answer = server.browser().call("/api/sign_up", &fields).send().await;
        let (status, body) = refusal(answer.expect("an answer")).await;
        assert_eq!((status, &body["code"]), (422, &json!("invalid")));
        assert_eq!(body["field"], "password");
        assert!(
            body["reason"]
                .as_str()
                .is_some_and(|reason| !reason.is_empty())
        );
    }
}

#[tokio::test]
async fn a_full_hashing_queue_answers_with_a_retry_time() {
    let server = TestServer::start_with(&[
        ("CHAPP_PASSWORDS__PARALLEL_HASHES", "1"),
        ("CHAPP_PASSWORDS__WAITING", "0"),
        ("CHAPP_PASSWORDS__ITERATIONS", "60"),
    ])
    .await;
    let browser = server.browser();
    let sign_up = async |name| {
        let fields = [
            ("username", name),
            ("display_name", ""),
            ("password", PASSWORD),
        ];
        let answer = browser.call("/api/sign_up", &fields).send().await;
        answer.expect("an answer").status().as_u16()
    };
    let (one, other) = tokio::join!(sign_up("ana"), sign_up("bob"));
    let mut statuses = [one, other];
    statuses.sort_unstable();
    assert_eq!(statuses[1], 429, "{statuses:?}");
    assert!(statuses[0] < 400, "{statuses:?}");
}
