//! Message history: pages of the log, for members only.

use chapp::model::{Page, PeoplePage, Seq, ThreadId, limits};

use crate::support::{Browser, TestServer, UNPACED};

/// A thread between two users, with this many messages.
async fn talk(server: &TestServer, messages: Seq) -> (Browser, Browser, ThreadId) {
    let (ana, bob) = (server.sign_up("ana").await, server.sign_up("bob").await);
    let thread = ana.open_direct(&bob).await;
    let mut tab = ana.tab().await;
    for number in 1..=messages {
        tab.send(thread, &format!("message {number}")).await;
    }
    (ana, bob, thread)
}

#[tokio::test]
async fn history_is_read_in_pages_up_to_the_first_message() {
    let server = TestServer::start_with(&[UNPACED]).await;
    let last = 2 * limits::PAGE as Seq + 10;
    let (_, bob, thread) = talk(&server, last).await;
    let mut page: Page = bob.history(thread).await;
    let mut seqs = Vec::new();
    loop {
        assert!(page.events.len() <= limits::PAGE);
        assert_eq!(page.last_seq, last);
        seqs.splice(0..0, page.events.iter().map(|event| event.seq));
        if !page.more_before {
            break;
        }
        page = bob
            .read(&format!("/api/history?thread={thread}&before={}", seqs[0]))
            .await;
    }
    assert_eq!(seqs, (1..=last).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_foreign_thread_and_a_missing_one_are_indistinguishable() {
    let server = TestServer::start().await;
    let (_, _, thread) = talk(&server, 3).await;
    let eve = server.sign_up("eve").await;
    let mut answers = Vec::new();
    for thread in [thread, ThreadId(424_242)] {
        let answer = eve.ask(&format!("/api/history?thread={thread}")).await;
        let mut headers = answer.headers().clone();
        headers.remove("date");
        headers.remove("x-request-id");
        answers.push((
            answer.status(),
            headers,
            answer.text().await.expect("a body"),
        ));
        let boot: Option<chapp::model::Boot> = eve.read(&format!("/api/boot?open={thread}")).await;
        assert_eq!(boot.expect("logged in").open, None);
    }
    assert_eq!(answers[0].0, 404);
    assert_eq!(answers[0].2, r#"{"code":"not_found"}"#);
    assert_eq!(answers[0], answers[1]);
}

#[tokio::test]
async fn the_pages_of_a_foreign_and_a_missing_thread_are_identical() {
    let server = TestServer::start().await;
    let (_, _, thread) = talk(&server, 1).await;
    let eve = server.sign_up("eve").await;
    let mut pages = Vec::new();
    for id in [thread, ThreadId(424_242)] {
        let answer = eve.get(&format!("/t/{id}")).await;
        let (status, text) = (answer.status(), answer.text().await.expect("a page"));
        assert!(!text.contains("message 1"));
        let nonce = text
            .split("nonce=\"")
            .nth(1)
            .and_then(|rest| rest.split('"').next());
        let text = text.replace(nonce.unwrap_or("\0"), "NONCE");
        let text = text.replace(&id.to_string(), "ID");
        pages.push((status, text.len()));
    }
    assert_eq!(pages[0].0, pages[1].0);
}

#[tokio::test]
async fn nobody_reads_anything_without_logging_in() {
    let server = TestServer::start().await;
    let (_, _, thread) = talk(&server, 1).await;
    let browser = server.browser();
    for path in [
        format!("/api/history?thread={thread}"),
        "/api/people".into(),
        "/api/threads".into(),
    ] {
        let answer = browser.ask(&path).await;
        assert_eq!(answer.status(), 401, "{path}");
        let body = answer.text().await.expect("a body");
        assert_eq!(body, r#"{"code":"not_logged_in"}"#);
    }
    for path in ["/", &format!("/t/{thread}")] {
        let answer = browser.get(path).await;
        assert!(answer.status().is_redirection(), "{path}: {answer:?}");
        let to = answer.headers()["location"].to_str().expect("ASCII");
        assert!(to.starts_with("/login"), "{to}");
    }
}

#[tokio::test]
async fn a_malformed_request_is_refused_as_such() {
    let server = TestServer::start().await;
    let (ana, _, thread) = talk(&server, 1).await;
    for query in [
        String::new(),
        "thread=one".into(),
        format!("thread={thread}&before=1&after=1"),
        format!("thread={thread}&before=x"),
    ] {
        let answer = ana.ask(&format!("/api/history?{query}")).await;
        assert_eq!(answer.status(), 400, "{query}");
        let body: serde_json::Value = answer.json().await.expect("a refusal");
        assert_eq!(body["code"], "malformed", "{query}");
    }
}

#[tokio::test]
async fn a_message_posted_by_a_plain_form_is_stored_and_delivered_live() {
    let server = TestServer::start().await;
    let (ana, bob, thread) = talk(&server, 0).await;
    let mut bobs = bob.tab().await;
    let id = chapp::model::ClientId::now().to_string();
    let thread_id = thread.to_string();
    let fields = [
        ("thread", &*thread_id),
        ("client_id", &*id),
        ("text", "without a script"),
    ];
    // Sent twice, as by an impatient double click.
    for _ in 0..2 {
        let answer = ana.form("/api/post_message", &fields).send().await;
        let answer = answer.expect("an answer");
        assert_eq!(answer.status(), 302);
        assert_eq!(answer.headers()["location"], format!("/t/{thread}"));
    }
    assert_eq!(bobs.event().await.body.text(), Some("without a script"));
    assert_eq!(ana.texts(thread).await.len(), 1);
    let page = bob.get(&format!("/t/{thread}")).await;
    assert!(
        page.text()
            .await
            .expect("a page")
            .contains("without a script")
    );
}

#[tokio::test]
async fn everyone_is_in_the_list_of_people() {
    let server = TestServer::start().await;
    let (ana, bob, _) = talk(&server, 0).await;
    let page: PeoplePage = ana.read("/api/people").await;
    assert_eq!(page.people, [ana.me().clone(), bob.me().clone()]);
    assert!(!page.more);
    let page: PeoplePage = ana.read("/api/people?after=ana").await;
    assert_eq!(page.people, [bob.me().clone()]);
}
