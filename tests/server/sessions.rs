//! Tests of live connections and sessions: who may open one, and what closes it.

use chapp::model::OwnSession;
use chapp::protocol::{ClientFrame, VERSION, close};
use reqwest::header::{COOKIE, HeaderMap, HeaderValue, ORIGIN, USER_AGENT};
use sqlx::{AnyConnection, Connection, Executor};

use crate::support::{Browser, PASSWORD, Postgres, TestServer, connect_with, set_cookie};

#[tokio::test]
async fn a_socket_without_a_session_is_refused() {
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
    // `header` appends, so the origin that a browser would send alone is replaced.
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
    other.frames_so_far().await;
}

#[tokio::test]
async fn a_session_that_ends_before_hello_never_goes_live() {
    let server = TestServer::start().await;
    let ana = server.sign_up("ana").await;
    let mut other = server.browser();
    other.log_in("ana").await;
    let (mut tab, mut others) = (ana.silent_tab().await, other.silent_tab().await);
    // Directly in the database, which the server notices later: as if the session had ended between the request and
    // `hello`.
    let file = server.folder().join("data/chapp.db");
    sqlx::any::install_default_drivers();
    let url = format!("sqlite:{}", file.display());
    let mut database = AnyConnection::connect(&url).await.expect("the database");
    let ended = "DELETE FROM sessions WHERE created_at = (SELECT MIN(created_at) FROM sessions)";
    let ended = database.execute(ended).await.expect("a statement");
    assert_eq!(ended.rows_affected(), 1);
    tab.say(&ClientFrame::Hello {
        version: VERSION,
        resume: vec![],
    })
    .await;
    let (code, frames) = tab.closed_after().await;
    assert_eq!((code, frames), (Some(close::SESSION_ENDED), vec![]));
    others.hello(&[]).await;
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

const NEW_PASSWORD: &str = "another good passphrase";

async fn change(browser: &Browser, current: &str, new: &str) -> (u16, serde_json::Value) {
    let fields = [("current", current), ("new", new)];
    let answer = browser.call("/api/change_password", &fields).send().await;
    let answer = answer.expect("an answer");
    let status = answer.status().as_u16();
    (status, answer.json().await.unwrap_or_default())
}

#[tokio::test]
async fn a_new_password_ends_all_other_sessions_and_closes_their_sockets_at_once() {
    let server = TestServer::start().await;
    let here = server.sign_up("ana").await;
    let mut elsewhere = server.browser();
    elsewhere.log_in("ana").await;
    let (mut kept, mut closed) = (here.tab().await, elsewhere.tab().await);
    assert_eq!(change(&here, PASSWORD, NEW_PASSWORD).await.0, 200);
    assert_eq!(closed.closed().await, Some(close::SESSION_ENDED));
    assert_eq!(elsewhere.boot().await, None);
    kept.frames_so_far().await;
    assert!(here.boot().await.is_some());
    assert_eq!(here.try_log_in("ana", PASSWORD).await.status(), 401);
    let answer = here.try_log_in("ana", NEW_PASSWORD).await;
    assert!(answer.status().as_u16() < 400, "{answer:?}");
}

#[tokio::test]
async fn a_password_is_changed_with_the_current_one_only_and_not_to_a_weak_one() {
    let server = TestServer::start().await;
    let ana = server.sign_up("ana").await;
    let refused = |(status, body): (u16, serde_json::Value)| {
        assert_eq!(status, 422, "{body}");
        body["field"].as_str().expect("a field").to_owned()
    };
    assert_eq!(
        refused(change(&ana, "wrong", NEW_PASSWORD).await),
        "current_password"
    );
    for weak in ["", "short", "password1", PASSWORD] {
        assert_eq!(
            refused(change(&ana, PASSWORD, weak).await),
            "password",
            "{weak}"
        );
    }
    assert_eq!(
        change(&server.browser(), PASSWORD, NEW_PASSWORD).await.0,
        401
    );
    assert!(ana.try_log_in("ana", PASSWORD).await.status().as_u16() < 400);
    // Access to an open browser does not reveal the password.
    let mut statuses = Vec::new();
    for _ in 0..12 {
        statuses.push(change(&ana, "wrong", NEW_PASSWORD).await.0);
    }
    assert_eq!(statuses.pop(), Some(429), "{statuses:?}");
}

#[tokio::test]
async fn a_plain_form_changes_the_password_and_confirms_it() {
    let server = TestServer::start().await;
    let ana = server.sign_up("ana").await;
    let fields = [("current", PASSWORD), ("new", NEW_PASSWORD)];
    let answer = ana
        .form("/api/change_password", &fields)
        .send()
        .await
        .expect("an answer");
    let location = answer.headers()["location"]
        .to_str()
        .expect("ASCII")
        .to_owned();
    assert_eq!(
        (answer.status().as_u16(), &*location),
        (302, "/settings/security?changed")
    );
    let page = ana.get(&location).await.text().await.expect("a page");
    assert!(page.contains("Password changed."), "{page}");
    assert!(page.contains("action=\"/api/change_password\""), "{page}");
    let again = ana
        .get("/settings/security")
        .await
        .text()
        .await
        .expect("a page");
    assert!(!again.contains("Password changed."), "{again}");
    let away = server.browser().get("/settings/security").await;
    assert_eq!(away.status(), 302, "nobody is logged in");
}

#[tokio::test]
async fn users_see_and_end_only_their_own_sessions() {
    let server = TestServer::start().await;
    let (ana, bob) = (server.sign_up("ana").await, server.sign_up("bob").await);
    let firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
    let fields = [("username", "ana"), ("password", PASSWORD)];
    let elsewhere = server.browser();
    let log_in = elsewhere.call("/api/log_in", &fields);
    let answer = log_in.header(USER_AGENT, firefox).send().await;
    assert!(answer.expect("an answer").status().as_u16() < 400);
    let mut tab = elsewhere.tab().await;
    let sessions: Vec<OwnSession> = ana.read("/api/sessions").await;
    assert_eq!(sessions.len(), 2);
    let other = sessions
        .iter()
        .find(|session| !session.is_this)
        .expect("another");
    assert_eq!(other.browser, "Firefox on Linux");
    let page = ana
        .get("/settings/security")
        .await
        .text()
        .await
        .expect("a page");
    assert!(
        page.contains("Firefox on Linux") && page.contains("Log out all others"),
        "{page}"
    );
    let id = other.id.to_string();
    let end = async |browser: &Browser, id: &str| {
        let answer = browser.call("/api/end_session", &[("id", id)]).send().await;
        answer.expect("an answer").status().as_u16()
    };
    assert_eq!(
        end(&bob, &id).await,
        404,
        "another user's session looks like none"
    );
    assert_eq!(end(&bob, &uuid::Uuid::nil().to_string()).await, 404);
    assert_eq!(end(&bob, "nonsense").await, 400);
    tab.frames_so_far().await;
    assert_eq!(end(&ana, &id).await, 200);
    assert_eq!(tab.closed().await, Some(close::SESSION_ENDED));
    assert_eq!(end(&ana, &id).await, 404, "it has ended");
    assert_eq!(ana.read::<Vec<OwnSession>>("/api/sessions").await.len(), 1);
}

#[tokio::test]
async fn logging_out_all_others_leaves_the_current_session() {
    let server = TestServer::start().await;
    let (ana, bob) = (server.sign_up("ana").await, server.sign_up("bob").await);
    let mut others = Vec::new();
    for _ in 0..2 {
        let mut browser = server.browser();
        browser.log_in("ana").await;
        others.push((browser.tab().await, browser));
    }
    let mut tab = ana.tab().await;
    let answer = ana.call("/api/end_other_sessions", &[]).send().await;
    assert_eq!(answer.expect("an answer").status(), 200);
    for (mut tab, browser) in others {
        assert_eq!(tab.closed().await, Some(close::SESSION_ENDED));
        assert_eq!(browser.boot().await, None);
    }
    tab.frames_so_far().await;
    assert!(ana.boot().await.is_some() && bob.boot().await.is_some());
}

#[tokio::test]
async fn the_operators_commands_reach_open_sockets_within_a_second_or_so() {
    let server = TestServer::start().await;
    operators_commands(&server).await;
}

#[tokio::test]
async fn on_postgresql_they_do_too() {
    let postgres = Postgres::start();
    let server = TestServer::start_with(&[("DATABASE_URL", postgres.url())]).await;
    operators_commands(&server).await;
}

async fn operators_commands(server: &TestServer) {
    let ana = server.sign_up("ana").await;
    let (bob, mut others) = (server.sign_up("bob").await, ana.tab().await);
    for (words, input) in [
        (["user", "passwd", "bob"], NEW_PASSWORD),
        (["user", "suspend", "bob"], ""),
    ] {
        let browser = bob.clone();
        if input.is_empty() {
            let answer = browser.try_log_in("bob", NEW_PASSWORD).await;
            assert!(answer.status().as_u16() < 400, "{answer:?}");
        }
        let mut tab = browser.tab().await;
        let done = server.command(&words, input);
        assert!(done.status.success(), "{done:?}");
        let begun = std::time::Instant::now();
        assert_eq!(tab.closed().await, Some(close::SESSION_ENDED), "{words:?}");
        // Half a second, plus the delay of a busy machine; the sweep, every 15 seconds, would be too late.
        let took = begun.elapsed();
        assert!(
            took < std::time::Duration::from_secs(4),
            "{words:?}: {took:?}"
        );
    }
    others.frames_so_far().await;
}
