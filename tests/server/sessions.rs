//! Who may open a live socket, and what ends it.

use chapp::protocol::close;
use reqwest::header::{COOKIE, HeaderMap, HeaderValue, ORIGIN};

use crate::support::{PASSWORD, TestServer, connect_with, set_cookie};

#[tokio::test]
async fn a_socket_of_nobody_is_refused() {
    let server = TestServer::start().await;
    let opened = connect_with(server.address(), server.browser().socket_headers()).await;
    assert_eq!(opened.err().map(|status| status.as_u16()), Some(401));
    let browser = server.sign_up("ana").await;
    let mut headers = browser.socket_headers();
    let forged = format!("chapp={}", "0".repeat(64));
    headers.insert(COOKIE, forged.parse().expect("a header"));
    let opened = connect_with(server.address(), headers).await;
    assert_eq!(opened.err().map(|status| status.as_u16()), Some(401));
}

#[tokio::test]
async fn a_socket_from_another_sites_page_is_refused() {
    let server = TestServer::start().await;
    let browser = server.sign_up("ana").await;
    let port = server.address().port();
    for origin in [
        "https://evil.example".to_owned(),
        "null".to_owned(),
        format!("http://127.0.0.1:{}", port ^ 1),
        format!("http://127.0.0.1:{port}.evil.example"),
        format!("http://evil.example@127.0.0.1:{port}"),
    ] {
        let mut headers = browser.socket_headers();
        headers.insert(ORIGIN, HeaderValue::from_str(&origin).expect("a header"));
        let opened = connect_with(server.address(), headers).await;
        let status = opened.err().map(|status| status.as_u16());
        assert_eq!(status, Some(403), "{origin}");
    }
}

#[tokio::test]
async fn with_a_public_address_only_its_own_pages_get_a_socket() {
    let public = ("CHAPP_SERVER__PUBLIC_URL", "http://chat.example.org");
    let server = TestServer::start_with(&[public]).await;
    server.command(&["user", "add", "ana"], PASSWORD);
    let fields = [("username", "ana"), ("password", PASSWORD)];
    let browser = server.browser();
    let request = browser.call("/api/log_in", &fields);
    let request = request.header("sec-fetch-site", "same-origin");
    let answer = request.send().await.expect("an answer");
    assert!(answer.status().as_u16() < 400, "{answer:?}");
    // The address at which the server listens is not the public one.
    let opened = connect_with(server.address(), browser.socket_headers()).await;
    assert_eq!(opened.err().map(|status| status.as_u16()), Some(403));
    let mut headers = browser.socket_headers();
    headers.insert(ORIGIN, HeaderValue::from_static("http://chat.example.org"));
    assert!(connect_with(server.address(), headers).await.is_ok());
}

#[tokio::test]
async fn a_program_that_sends_no_origin_can_log_in_and_gets_a_socket() {
    let server = TestServer::start().await;
    server.sign_up("bot").await;
    let fields = [("username", "bot"), ("password", PASSWORD)];
    let log_in = reqwest::Client::new().post(server.url("/api/log_in"));
    let answer = log_in.form(&fields).send().await.expect("an answer");
    let cookie = set_cookie(&answer).and_then(|cookie| cookie.split(';').next());
    let mut headers = HeaderMap::new();
    let cookie = cookie.expect("a cookie").parse();
    headers.insert(COOKIE, cookie.expect("a header"));
    let opened = connect_with(server.address(), headers).await;
    opened.expect("a socket").hello(&[]).await;
}

#[tokio::test]
async fn a_form_posted_from_another_site_is_refused() {
    let server = TestServer::start().await;
    let browser = server.sign_up("ana").await;
    let fields = [("username", "ana"), ("password", PASSWORD)];
    let cross_origin = browser
        .call("/api/log_in", &fields)
        .header(ORIGIN, "https://evil.example");
    // `header` adds: the first one that a browser would send alone is taken out.
    let mut cross_origin = cross_origin.build().expect("a request");
    let evil = HeaderValue::from_static("https://evil.example");
    cross_origin.headers_mut().insert(ORIGIN, evil);
    let mut cross_site = browser
        .call("/api/log_out", &[])
        .build()
        .expect("a request");
    let value = HeaderValue::from_static("cross-site");
    cross_site.headers_mut().insert("sec-fetch-site", value);
    for request in [cross_origin, cross_site] {
        let answer = reqwest::Client::new().execute(request).await;
        assert_eq!(answer.expect("an answer").status(), 403);
    }
    assert!(browser.boot().await.is_some(), "still logged in");
}

#[tokio::test]
async fn logging_out_closes_the_sockets_of_that_session_and_no_others() {
    let server = TestServer::start().await;
    let here = server.sign_up("ana").await;
    let mut elsewhere = server.browser();
    elsewhere.log_in("ana").await;
    let (mut first, mut second) = (here.tab().await, here.tab().await);
    let mut unready = here.silent_tab().await;
    let mut other = elsewhere.tab().await;
    here.log_out().await;
    assert_eq!(first.closed().await, Some(close::SESSION_ENDED));
    assert_eq!(second.closed().await, Some(close::SESSION_ENDED));
    assert_eq!(unready.closed().await, Some(close::SESSION_ENDED));
    other.all_so_far().await;
}

#[tokio::test]
async fn a_session_lives_on_when_the_server_starts_again() {
    let mut server = TestServer::start().await;
    let mut browser = server.sign_up("ana").await;
    server.kill();
    server.start_again().await;
    browser.move_to(server.address());
    assert!(browser.boot().await.is_some());
    browser.tab().await;
}

#[tokio::test]
async fn a_password_changed_by_the_operator_ends_every_session_and_closes_its_sockets() {
    let server = TestServer::start().await;
    let browser = server.sign_up("ana").await;
    let mut tab = browser.tab().await;
    let changed = server.command(&["user", "passwd", "ana"], "another good passphrase\n");
    assert!(changed.status.success(), "{changed:?}");
    assert_eq!(browser.boot().await, None);
    assert_eq!(browser.try_log_in("ana", PASSWORD).await.status(), 401);
    let answer = browser.try_log_in("ana", "another good passphrase").await;
    assert!(answer.status().as_u16() < 400, "{answer:?}");
    assert_eq!(tab.closed().await, Some(close::SESSION_ENDED));
}
