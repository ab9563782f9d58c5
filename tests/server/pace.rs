//! Rate limits per user.

use std::time::Duration;

use chapp::model::{ClientId, Refusal};
use chapp::protocol::ServerFrame;
use serde_json::Value;

use crate::support::{Browser, Socket, TestServer, connect_with, patiently};

/// The answer to a send.
async fn answer(tab: &mut Socket, id: ClientId) -> Result<i64, Refusal> {
    tab.expect("an answer", |frame| match frame {
        ServerFrame::Sent { client_id, seq, .. } if *client_id == id => Some(Ok(*seq)),
        ServerFrame::Refused {
            client_id, refusal, ..
        } if *client_id == Some(id) => Some(Err(refusal.clone())),
        _ => None,
    })
    .await
}

/// The status of a call, its `Retry-After`, and the refusal.
async fn call(browser: &Browser, path: &str, fields: &[(&str, &str)]) -> (u16, Option<u64>, Value) {
    let answer = browser.call(path, fields).send().await.expect("an answer");
    let after = answer.headers().get("retry-after");
    let after = after.map(|text| text.to_str().expect("ASCII").parse().expect("seconds"));
    (
        answer.status().as_u16(),
        after,
        answer.json().await.unwrap_or_default(),
    )
}

#[tokio::test]
async fn a_flood_of_messages_is_refused_with_a_retry_time_and_affects_nobody_else() {
    let server = TestServer::start().await;
    let (ana, bob) = (server.sign_up("ana").await, server.sign_up("bob").await);
    let thread = ana.open_direct(&bob).await;
    let (mut flood, mut other) = (ana.tab().await, bob.tab().await);
    let mut ids = Vec::new();
    for n in 0..150 {
        ids.push(flood.post(thread, &format!("message {n}")).await);
    }
    let mut refused = Vec::new();
    for id in ids {
        match answer(&mut flood, id).await {
            Ok(_) => {}
            Err(Refusal::TooFast { retry_after_ms }) => refused.push((id, retry_after_ms)),
            Err(other) => panic!("{other:?}"),
        }
    }
    // 60 at once, and 20 more for each second that it took.
    assert!((20..=90).contains(&refused.len()), "{}", refused.len());
    assert!(
        refused.iter().all(|(_, wait)| (1..=50).contains(wait)),
        "{refused:?}"
    );
    other.send(thread, "not in a hurry").await;
    // A sender who waits is accepted, with the same id.
    let (id, _) = refused[0];
    patiently("a message that was too fast", async {
        loop {
            flood.post_as(id, thread, "again").await;
            match answer(&mut flood, id).await {
                Ok(_) => return,
                Err(Refusal::TooFast { retry_after_ms }) => {
                    tokio::time::sleep(Duration::from_millis(retry_after_ms)).await;
                }
                Err(other) => panic!("{other:?}"),
            }
        }
    })
    .await;
}

#[tokio::test]
async fn the_limit_is_the_persons_whichever_tab_or_door_they_use() {
    let settings = [("CHAPP_LIMITS__PER_PERSON__SENDS", "3/24h")];
    let server = TestServer::start_with(&settings).await;
    let (ana, bob) = (server.sign_up("ana").await, server.sign_up("bob").await);
    let thread = ana.open_direct(&bob).await;
    let (mut one, mut two) = (ana.tab().await, ana.tab().await);
    one.send(thread, "one").await;
    two.send(thread, "two").await;
    let id = ClientId::now().to_string();
    let fields = [
        ("thread", &*thread.to_string()),
        ("client_id", &*id),
        ("text", "three"),
    ];
    assert_eq!(call(&ana, "/api/post_message", &fields).await.0, 200);
    for tab in [&mut one, &mut two] {
        let id = tab.post(thread, "four").await;
        assert!(matches!(
            answer(tab, id).await,
            Err(Refusal::TooFast { .. })
        ));
    }
    let (status, after, refusal) = call(&ana, "/api/post_message", &fields).await;
    assert_eq!((status, &refusal["code"]), (429, &"too_fast".into()));
    let wait = refusal["retry_after_ms"].as_u64().expect("a time");
    assert_eq!(after, Some(wait.div_ceil(1_000)));
    bob.tab()
        .await
        .send(thread, "I have a limit of my own")
        .await;
}

#[tokio::test]
async fn the_bytes_of_messages_are_limited_too() {
    let settings = [("CHAPP_LIMITS__PER_PERSON__BYTES", "30000/24h")];
    let server = TestServer::start_with(&settings).await;
    let (ana, bob) = (server.sign_up("ana").await, server.sign_up("bob").await);
    let thread = ana.open_direct(&bob).await;
    let mut tab = ana.tab().await;
    let long = "x".repeat(10_000);
    for _ in 0..3 {
        tab.send(thread, &long).await;
    }
    let id = tab.post(thread, "short").await;
    assert!(matches!(
        answer(&mut tab, id).await,
        Err(Refusal::TooFast { .. })
    ));
    let fields = [
        ("thread", &*thread.to_string()),
        ("seq", "1"),
        ("text", "edited"),
    ];
    assert_eq!(call(&ana, "/api/edit_message", &fields).await.0, 429);
}

#[tokio::test]
async fn ten_rooms_an_hour_and_threads_with_thirty_new_people() {
    let server = TestServer::start().await;
    let ana = server.sign_up("ana").await;
    let room = |n: usize| format!("Room {n}");
    for n in 0..10 {
        let name = room(n);
        let fields = [("name", &*name), ("topic", ""), ("key", "")];
        assert_eq!(call(&ana, "/api/make_room", &fields).await.0, 200);
    }
    let fields = [("name", "One more"), ("topic", ""), ("key", "")];
    let (status, after, refusal) = call(&ana, "/api/make_room", &fields).await;
    assert_eq!((status, &refusal["code"]), (429, &"too_fast".into()));
    assert!(
        after.is_some_and(|seconds| (300..=360).contains(&seconds)),
        "{after:?}"
    );
    // An existing thread costs nothing.
    let bob = server.sign_up("bob").await;
    for _ in 0..40 {
        ana.open_direct(&bob).await;
    }
}

#[tokio::test]
async fn threads_with_new_people_are_limited_and_those_that_exist_are_not() {
    let settings = [("CHAPP_LIMITS__PER_PERSON__DIRECTS", "2/24h")];
    let server = TestServer::start_with(&settings).await;
    let ana = server.sign_up("ana").await;
    let (bob, eve) = (server.sign_up("bob").await, server.sign_up("eve").await);
    let dan = server.sign_up("dan").await;
    ana.open_direct(&bob).await;
    ana.open_direct(&eve).await;
    let with = dan.me().id.to_string();
    let (status, _, refusal) = call(&ana, "/api/open_direct", &[("with", &with)]).await;
    assert_eq!((status, &refusal["code"]), (429, &"too_fast".into()));
    ana.open_direct(&bob).await;
    // Dan may open it.
    dan.open_direct(&ana).await;
    ana.open_direct(&dan).await;
}

#[tokio::test]
async fn connections_and_pages_are_limited_as_well() {
    let settings = [
        ("CHAPP_LIMITS__PER_PERSON__CONNECTS", "2/24h"),
        ("CHAPP_LIMITS__PER_PERSON__FETCHES", "5/24h"),
    ];
    let server = TestServer::start_with(&settings).await;
    let ana = server.sign_up("ana").await;
    let _tabs = (ana.tab().await, ana.tab().await);
    let third = connect_with(server.address(), ana.socket_headers()).await;
    assert_eq!(third.err().map(|status| status.as_u16()), Some(429));
    // One fetch was made after signing up.
    for _ in 0..4 {
        assert_eq!(ana.ask("/api/threads").await.status(), 200);
    }
    assert_eq!(ana.ask("/api/threads").await.status(), 429);
    let page = ana.get("/").await.text().await.expect("a page");
    assert!(page.contains("too_fast"), "{page}");
}

#[tokio::test]
async fn searches_are_limited_and_nothing_else_with_them() {
    let settings = [("CHAPP_LIMITS__PER_PERSON__SEARCHES", "3/24h")];
    let server = TestServer::start_with(&settings).await;
    let (ana, bob) = (server.sign_up("ana").await, server.sign_up("bob").await);
    for _ in 0..3 {
        assert_eq!(ana.ask("/api/search?q=tea").await.status(), 200);
    }
    for _ in 0..2 {
        let refused = ana.ask("/api/search?q=tea").await;
        assert_eq!(refused.status(), 429);
        assert!(refused.headers().contains_key("retry-after"));
        let text = refused.text().await.expect("a body");
        assert!(text.contains("too_fast"), "{text}");
    }
    assert_eq!(ana.ask("/api/threads").await.status(), 200);
    assert_eq!(bob.ask("/api/search?q=tea").await.status(), 200);
}
