//! Another site learns nothing about its visitors from this one, and can't use it as a redirector.

use reqwest::header::LOCATION;
use reqwest::{Response, StatusCode};

use crate::support::{Browser, PASSWORD, TestServer};

const EVIL: &str = "https://evil.example/collect?x=1";

/// The headers with which a browser describes a request made by a page at `site`.
fn fetched(
    request: reqwest::RequestBuilder,
    site: &str,
    mode: &str,
    dest: &str,
) -> reqwest::RequestBuilder {
    request
        .header("sec-fetch-site", site)
        .header("sec-fetch-mode", mode)
        .header("sec-fetch-dest", dest)
        .header("accept", "text/html,application/xhtml+xml,*/*;q=0.8")
}

/// An answer without its random parts.
async fn told(answer: Response) -> (StatusCode, Option<String>, String) {
    let location = answer.headers().get(LOCATION);
    let location = location.map(|it| it.to_str().expect("ASCII").to_owned());
    let status = answer.status();
    (status, location, answer.text().await.expect("a body"))
}

fn get(browser: &Browser, path: &str) -> reqwest::RequestBuilder {
    let cookies = browser.cookies();
    let request = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .expect("a client")
        .get(browser.url(path));
    request.header("cookie", cookies)
}

#[tokio::test]
async fn a_foreign_page_gets_the_same_answer_for_every_visitor() {
    let server = TestServer::start().await;
    let ana = server.sign_up("ana").await;
    let bob = server.sign_up("bob").await;
    let fields = [
        ("name", "Secret"),
        ("topic", ""),
        ("key", "a key that is long enough"),
    ];
    let made = ana
        .call("/api/make_room", &fields)
        .send()
        .await
        .expect("an answer");
    let room: serde_json::Value = made.json().await.expect("a room");
    let room = room["id"].to_string();
    let stranger = server.browser();
    for path in [
        format!("/api/room_card?thread={room}"),
        format!("/api/history?thread={room}"),
        "/api/boot".to_owned(),
        "/api/rooms?part=Secret".to_owned(),
        "/api/saved".to_owned(),
    ] {
        for (site, mode, dest) in [
            ("cross-site", "navigate", "document"),
            ("cross-site", "no-cors", "image"),
            ("same-site", "navigate", "document"),
            ("same-site", "cors", "empty"),
        ] {
            let mut answers = Vec::new();
            for browser in [&ana, &bob, &stranger] {
                let request = fetched(get(browser, &path), site, mode, dest);
                let answer = request.header("referer", EVIL).send().await;
                answers.push(told(answer.expect("an answer")).await);
            }
            assert_eq!(answers[0].0, 403, "{path}");
            assert!(
                answers.iter().all(|it| *it == answers[0]),
                "{path}: {answers:?}"
            );
        }
        // On plain http a browser sends no fetch metadata, only Referer, or nothing.
        for referer in [Some(EVIL), None] {
            let mut answers = Vec::new();
            for browser in [&ana, &bob, &stranger] {
                let mut request = get(browser, &path).header("accept", "text/html");
                if let Some(referer) = referer {
                    request = request.header("referer", referer);
                }
                let (status, location, _) = told(request.send().await.expect("an answer")).await;
                let evil = location.as_ref().is_some_and(|it| it.contains("evil"));
                assert!(!evil, "{path}: {location:?}");
                answers.push(status);
            }
            assert!(
                answers.iter().all(|it| *it == answers[0]),
                "{path}: {answers:?}"
            );
        }
    }
}

#[tokio::test]
async fn a_link_from_elsewhere_leads_to_its_page() {
    let server = TestServer::start().await;
    let ana = server.sign_up("ana").await;
    for path in ["/", "/rooms", "/t/1", "/join/none"] {
        let request = fetched(get(&ana, path), "cross-site", "navigate", "document");
        let answer = request
            .header("referer", EVIL)
            .send()
            .await
            .expect("an answer");
        assert_ne!(answer.status(), 403, "{path}");
        for (mode, dest) in [
            ("navigate", "iframe"),
            ("no-cors", "image"),
            ("cors", "empty"),
        ] {
            let request = fetched(get(&ana, path), "cross-site", mode, dest);
            let answer = request.send().await.expect("an answer");
            assert_eq!(answer.status(), 403, "{path} {mode} {dest}");
        }
    }
}

#[tokio::test]
async fn a_form_leads_back_to_its_page_with_a_code() {
    let server = TestServer::start().await;
    let browser = server.sign_up("ana").await;
    let post = async |referer: Option<&str>| {
        let fields = [("username", "ana"), ("password", "wrong")];
        let request = server.browser().form("/api/log_in", &fields);
        let mut request = request.build().expect("a request");
        request.headers_mut().remove("referer");
        if let Some(referer) = referer {
            request
                .headers_mut()
                .insert("referer", referer.parse().expect("a header"));
        }
        let client = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .expect("a client");
        told(client.execute(request).await.expect("an answer")).await
    };
    let here = |path: &str| server.url(path);
    for (referer, expected) in [
        (
            Some(here("/login?next=/t/1")),
            "/login?next=/t/1&__err=wrong_credentials&typed_username=ana",
        ),
        (
            Some(here("/login?__path=x&__err=x")),
            "/login?__err=wrong_credentials&typed_username=ana",
        ),
        (None, "/login?__err=wrong_credentials&typed_username=ana"),
        (
            Some(here("//evil.example")),
            "/?__err=wrong_credentials&typed_username=ana",
        ),
    ] {
        let (status, location, _) = post(referer.as_deref()).await;
        assert_eq!(
            (status.as_u16(), location.as_deref()),
            (302, Some(expected)),
            "{referer:?}"
        );
    }
    // The page explains it in its own words.
    let page = server.browser().get("/login?__err=wrong_credentials").await;
    assert!(
        page.text()
            .await
            .expect("a page")
            .contains("Wrong username or password")
    );
    let (status, location, _) = post(Some(EVIL)).await;
    assert_eq!((status.as_u16(), location), (403, None));
    drop(browser);
}

#[tokio::test]
async fn a_refusal_is_shown_without_its_text_in_the_address() {
    let server = TestServer::start().await;
    server.sign_up("ana").await;
    let fields = [
        ("username", "bob"),
        ("display_name", ""),
        ("password", "password1"),
    ];
    let answer = server.browser().form("/api/sign_up", &fields).send().await;
    let (_, location, _) = told(answer.expect("an answer")).await;
    let location = location.expect("a redirect");
    let expected = "/login?__err=invalid.field.password&typed_username=bob&typed_display_name=";
    assert_eq!(location, expected);
    let page = server
        .browser()
        .get("/signup?__err=invalid.field.password")
        .await;
    let page = page.text().await.expect("a page");
    assert!(
        page.contains("password-error") && page.contains("hard to guess"),
        "{page}"
    );
}

#[tokio::test]
async fn no_text_of_an_address_is_shown_as_an_error() {
    let server = TestServer::start().await;
    let ana = server.sign_up("ana").await;
    let lure = "Call 555 0100 to unlock your account";
    // {"code":"invalid","field":"username","reason":"Call 555 0100 to unlock your account"} and the like.
    for error in [
        "eyJjb2RlIjoiaW52YWxpZCIsImZpZWxkIjoidXNlcm5hbWUiLCJyZWFzb24iOiJDYWxsIDU1NSAwMTAwIHRvIHVubG9jayB5b3VyIGFjY291bnQifQ==",
        "Call%20555%200100%20to%20unlock%20your%20account",
        "invalid.reason.Call%20555%200100%20to%20unlock%20your%20account",
        "invalid.field.username.reason.Call%20555%200100%20to%20unlock%20your%20account",
        "malformed.reason.Call%20555%200100%20to%20unlock%20your%20account",
        "%7B%22code%22%3A%22invalid%22%2C%22reason%22%3A%22Call%20555%200100%20to%20unlock%20your%20account%22%7D",
    ] {
        for (browser, path) in [
            (&server.browser(), "/login"),
            (&server.browser(), "/signup"),
            (&ana, "/"),
            (&ana, "/rooms"),
        ] {
            let page = browser.get(&format!("{path}?__err={error}")).await;
            assert_eq!(page.status(), 200, "{path} {error}");
            let page = page.text().await.expect("a page");
            assert!(
                !page.contains(lure) && !page.contains("555 0100"),
                "{path} {error}"
            );
        }
    }
}

#[tokio::test]
async fn whoever_logs_in_stays_on_this_site() {
    let server = TestServer::start().await;
    let browser = server.sign_up("ana").await;
    for next in [
        "https://evil.example",
        "//evil.example",
        "/\\evil.example",
        "/join/../..//evil.example",
        "/%0d%0aX: y",
    ] {
        let fields = [("username", "ana"), ("password", PASSWORD), ("next", next)];
        let answer = browser.form("/api/log_in", &fields).send().await;
        let (_, location, _) = told(answer.expect("an answer")).await;
        let location = location.expect("a redirect");
        assert!(
            location.starts_with('/') && !location.starts_with("//"),
            "{next}: {location}"
        );
    }
}
