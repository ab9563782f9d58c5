//! The limits of one connection, one user and one address.

use std::time::{Duration, Instant};

use chapp::model::{ThreadId, limits};
use chapp::protocol::{ClientFrame, ServerFrame, close};
use futures_util::future::join_all;
use reqwest::header::HeaderMap;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::frame::Frame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};

use super::metrics::{metrics, value};
use crate::support::{ANY_PACE, Browser, Socket, TestServer, UNPACED, connect_with, patiently};

/// Far more than may arrive at once.
const FLOOD: usize = 1_000;
const BURST: usize = limits::FRAMES_PER_SECOND as usize * limits::FRAMES_BURST_SECONDS as usize;

fn fragment(payload: &'static str, opcode: Data) -> Message {
    Message::Frame(Frame::message(payload, OpCode::Data(opcode), false))
}

#[tokio::test]
async fn a_flood_of_frames_of_any_kind_ends_that_connection_and_no_other() {
    let server = TestServer::start().await;
    let (ana, bob) = (server.sign_up("ana").await, server.sign_up("bob").await);
    let thread = ana.open_direct(&bob).await;
    let mut other = ana.tab().await;
    let text = |frame: &ClientFrame| Message::text(serde_json::to_string(frame).expect("JSON"));
    for message in [
        Message::Ping(vec![0; 125].into()),
        Message::Pong(vec![].into()),
        text(&ClientFrame::Ping),
        text(&ClientFrame::Pong),
        text(&ClientFrame::Read {
            thread,
            seq: 1,
            turn: 0,
        }),
        text(&ClientFrame::Typing { thread }),
        text(&ClientFrame::Typing {
            thread: ThreadId(999),
        }),
        fragment("", Data::Continue),
    ] {
        let mut tab = ana.tab().await;
        if matches!(message, Message::Frame(_)) {
            tab.say_raw(fragment("{", Data::Text)).await;
        }
        tab.send_repeatedly(&message, FLOOD).await;
        assert_eq!(tab.closed().await, Some(close::FLOODED), "{message:?}");
    }
    other.send(thread, "still here").await;
}

#[tokio::test]
async fn a_flood_before_hello_ends_the_connection_too() {
    let server = TestServer::start().await;
    let ana = server.sign_up("ana").await;
    for message in [
        Message::Ping(vec![].into()),
        Message::Pong(vec![].into()),
        Message::binary(vec![]),
    ] {
        let mut tab = ana.silent_tab().await;
        tab.send_repeatedly(&message, FLOOD).await;
        assert_eq!(tab.closed().await, Some(close::FLOODED), "{message:?}");
    }
}

#[tokio::test]
async fn a_burst_that_is_permitted_is_answered_to_the_last_frame() {
    let server = TestServer::start().await;
    let (ana, bob) = (server.sign_up("ana").await, server.sign_up("bob").await);
    let thread = ana.open_direct(&bob).await;
    let mut tab = ana.tab().await;
    // Earlier frames count: the hello.
    let pong = serde_json::to_string(&ClientFrame::Pong).expect("JSON");
    tab.send_repeatedly(&Message::text(pong), BURST - 5).await;
    tab.send(thread, "hello").await;
    tab.frames_so_far().await;
}

#[tokio::test]
async fn the_last_of_many_read_marks_survives_a_disconnect() {
    let server = TestServer::start().await;
    let (ana, bob) = (server.sign_up("ana").await, server.sign_up("bob").await);
    let thread = ana.open_direct(&bob).await;
    let (mut sender, mut watcher) = (ana.tab().await, bob.tab().await);
    for number in 1..=20 {
        sender.send(thread, &format!("message {number}")).await;
    }
    let mut reading = bob.tab().await;
    for seq in (1..=20).chain(1..=20) {
        reading.read_up_to(thread, seq).await;
    }
    drop(reading);
    watcher
        .expect("the last mark", |frame| match frame {
            ServerFrame::Read { mark, .. } if mark.seq == 20 => Some(()),
            _ => None,
        })
        .await;
}

#[tokio::test]
async fn a_connection_without_a_hello_is_closed_in_time() {
    let server = TestServer::start().await;
    let ana = server.sign_up("ana").await;
    let mut tab = ana.silent_tab().await;
    let begun = Instant::now();
    while begun.elapsed() < limits::HELLO_WITHIN + Duration::from_millis(500) {
        tab.send_repeatedly(&Message::Ping(vec![].into()), 2).await;
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(tab.closed().await, Some(close::PROTOCOL));
    assert!(begun.elapsed() < limits::HELLO_WITHIN + Duration::from_secs(5));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_socket_that_never_falls_silent_lets_others_have_their_turn() {
    // One thread serves all connections, and frames are not limited.
    let settings = [("TOKIO_WORKER_THREADS", "1"), ANY_PACE, UNPACED];
    let server = TestServer::start_with(&settings).await;
    let ana = server.sign_up("ana").await;
    // Empty pongs (RFC 6455, 5.2), masked with zeros: they cost less to write than to read.
    let pongs = [0x8a, 0x80, 0, 0, 0, 0].repeat(10_000);
    for mut tab in [ana.tab().await, ana.silent_tab().await] {
        let pongs = pongs.clone();
        let flood = tokio::spawn(async move { while tab.say_bytes(&pongs).await {} });
        // Until the flood is in the way.
        tokio::time::sleep(Duration::from_millis(500)).await;
        for _ in 0..10 {
            let answer = server.browser();
            let answer = timeout(Duration::from_secs(5), answer.get("/healthz")).await;
            assert_eq!(answer.expect("an answer in time").status(), 200);
        }
        assert!(!flood.is_finished(), "the server did not close it");
        flood.abort();
    }
}

#[tokio::test]
async fn who_says_nothing_at_all_is_cut_off_in_time() {
    let server = TestServer::start().await;
    let ana = server.sign_up("ana").await;
    let (mut silent, mut tab) = (ana.silent_tab().await, ana.tab().await);
    let begun = Instant::now();
    assert_eq!(silent.closed().await, Some(close::PROTOCOL));
    let waited = begun.elapsed();
    let within = limits::HELLO_WITHIN;
    assert!(waited > within / 2, "too early: {waited:?}");
    assert!(waited < within + Duration::from_secs(5), "{waited:?}");
    tab.frames_so_far().await;
}

#[tokio::test]
async fn a_client_that_sends_but_never_reads_is_cut_off() {
    let settings = [
        ("CHAPP_SERVER__METRICS_LISTEN", "127.0.0.1:0"),
        ("CHAPP_LIMITS__OUTBOX_BYTES", "67108864"),
        ANY_PACE,
        UNPACED,
    ];
    let server = TestServer::start_with(&settings).await;
    let (ana, bob) = (server.sign_up("ana").await, server.sign_up("bob").await);
    let thread = ana.open_direct(&bob).await;
    let (mut deaf, mut sender) = (bob.tab().await, ana.tab().await);
    // 40 KB each: together more than the buffers between server and client hold, and less than the send queue.
    let text = "\u{1F600}".repeat(10_000);
    // From some moment between the two, nothing more fits into the buffers.
    let begun = Instant::now();
    for _ in 0..300 {
        sender.send(thread, &text).await;
    }
    drop(sender);
    let sent = Instant::now();
    let pong = Message::Pong(vec![].into());
    while value(&metrics(&server).await, "chapp_connections") > 0.0 {
        assert!(sent.elapsed() < limits::DEAD_AFTER + Duration::from_secs(20));
        deaf.send_repeatedly(&pong, 1).await;
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    assert!(begun.elapsed() > limits::DEAD_AFTER / 2, "too early");
}

#[tokio::test]
async fn whoever_opens_too_many_connections_loses_the_oldest() {
    let server = TestServer::start_with(&[("CHAPP_LIMITS__CONNECTIONS_PER_PERSON", "3")]).await;
    let (ana, bob) = (server.sign_up("ana").await, server.sign_up("bob").await);
    let thread = ana.open_direct(&bob).await;
    let mut bobs = bob.tab().await;
    let mut tabs = Vec::new();
    for _ in 0..4 {
        tabs.push(ana.tab().await);
    }
    assert_eq!(tabs.remove(0).closed().await, Some(close::REPLACED));
    bobs.send(thread, "hello").await;
    for tab in &mut tabs {
        assert_eq!(tab.event().await.seq, 1);
    }
    // Also one that has not sent its hello.
    let silent = ana.silent_tab().await;
    assert_eq!(tabs.remove(0).closed().await, Some(close::REPLACED));
    drop(silent);
    tabs[0].send(thread, "still here").await;
}

#[tokio::test]
async fn however_many_connect_at_once_no_more_stay_than_may_and_the_last_gets_in() {
    const MAX: usize = 5;
    let max = MAX.to_string();
    let settings = [
        ("CHAPP_LIMITS__CONNECTIONS_PER_PERSON", &*max),
        ("CHAPP_SERVER__METRICS_LISTEN", "127.0.0.1:0"),
    ];
    let server = TestServer::start_with(&settings).await;
    let ana = server.sign_up("ana").await;
    let connect = || connect_with(server.address(), ana.socket_headers());
    let storm = join_all((0..6 * MAX).map(|_| connect())).await;
    let mut open: Vec<Socket> = storm.into_iter().filter_map(Result::ok).collect();
    let mut last = patiently("a reload", async {
        loop {
            if let Ok(socket) = connect().await {
                return socket;
            }
            tokio::task::yield_now().await;
        }
    })
    .await;
    last.hello(&[]).await;
    let closed = join_all(open.iter_mut().map(async |socket| {
        let greeted = tokio::time::timeout(Duration::from_secs(2), socket.closed());
        greeted.await.is_ok()
    }))
    .await;
    let left = closed.iter().filter(|closed| !**closed).count();
    assert!(left < MAX, "{left} beside the last");
    let connections = value(&metrics(&server).await, "chapp_connections");
    assert!(connections <= MAX as f64, "{connections}");
    last.frames_so_far().await;
}

/// Tries to connect from an address, as reported by the proxy.
async fn from(server: &TestServer, browser: &Browser, address: &str) -> Result<Socket, u16> {
    let mut headers: HeaderMap = browser.socket_headers();
    headers.insert("x-forwarded-for", address.parse().expect("a header"));
    let connected = connect_with(server.address(), headers).await;
    connected.map_err(|status| status.as_u16())
}

#[tokio::test]
async fn one_address_cannot_occupy_all_places() {
    let settings = [
        ("CHAPP_SERVER__BEHIND_PROXY", "true"),
        ("CHAPP_LIMITS__CONNECTIONS_PER_ADDRESS", "2"),
    ];
    let server = TestServer::start_with(&settings).await;
    let (ana, bob) = (server.sign_up("ana").await, server.sign_up("bob").await);
    let eve = server.sign_up("eve").await;
    let mut first = from(&server, &ana, "192.0.2.1").await.expect("a place");
    let _second = from(&server, &bob, "192.0.2.1").await.expect("a place");
    assert_eq!(from(&server, &eve, "192.0.2.1").await.err(), Some(429));
    let _other = from(&server, &eve, "192.0.2.2").await.expect("a place");
    // A connected user is admitted again: it is a page reload.
    let _again = from(&server, &ana, "192.0.2.1").await.expect("a place");
    assert_eq!(first.closed().await, Some(close::REPLACED));
    let _v6 = from(&server, &eve, "2001:db8::1").await.expect("a place");
    let _v6 = from(&server, &bob, "2001:db8::2").await.expect("a place");
    assert_eq!(
        from(&server, &server.sign_up("max").await, "2001:db8::3")
            .await
            .err(),
        Some(429)
    );
}
