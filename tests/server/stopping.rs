//! Clean shutdown, and kill: acknowledged messages are there afterwards.

use chapp::model::{ClientId, Seq, ThreadId};
use chapp::protocol::{ServerFrame, close};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::{Browser, PASSWORD, Socket, TestServer, patiently};

async fn two_people(server: &TestServer) -> (Browser, Browser, ThreadId) {
    let (ana, bob) = (server.sign_up("ana").await, server.sign_up("bob").await);
    let thread = ana.open_direct(&bob).await;
    (ana, bob, thread)
}

/// Messages in flight: sent one after the other, without waiting.
async fn flood(tab: &mut Socket, thread: ThreadId) -> Vec<(ClientId, String)> {
    let mut flood = Vec::new();
    for number in 0..60 {
        let text = format!("message {number}");
        flood.push((tab.post(thread, &text).await, text));
    }
    flood
}

/// Those acknowledged, with their positions.
fn acknowledged(frames: &[ServerFrame]) -> Vec<(ClientId, Seq)> {
    let acknowledged = frames.iter().filter_map(|frame| match frame {
        ServerFrame::Sent { client_id, seq, .. } => Some((*client_id, *seq)),
        _ => None,
    });
    acknowledged.collect()
}

/// Sends all of them again, as a client does that knows nothing of those without an answer: each must be in the log
/// once, and an acknowledged one at its position.
async fn retry(
    ana: &Browser,
    thread: ThreadId,
    flood: &[(ClientId, String)],
    before: &[(ClientId, Seq)],
) {
    let mut tab = ana.tab().await;
    let mut now = Vec::new();
    for (id, text) in flood {
        tab.post_as(*id, thread, text).await;
        now.push((*id, tab.sent(*id).await));
    }
    for first in before {
        assert!(now.contains(first), "{first:?} changed its place");
    }
    let expected: Vec<_> = (1..)
        .zip(flood.iter().map(|(_, text)| text.clone()))
        .collect();
    assert_eq!(ana.texts(thread).await, expected);
}

#[tokio::test]
async fn sigterm_closes_sockets_for_a_restart_and_ends_the_process_with_success() {
    let mut server = TestServer::start().await;
    let (ana, bob, _) = two_people(&server).await;
    let (mut one, mut other) = (ana.tab().await, bob.tab().await);
    let mut unready = bob.silent_tab().await;
    server.terminate();
    assert_eq!(one.closed().await, Some(close::RESTART));
    assert_eq!(other.closed().await, Some(close::RESTART));
    assert_eq!(unready.closed().await, Some(close::RESTART));
    assert!(server.exit().await.success());
}

#[tokio::test]
async fn what_was_acknowledged_before_a_stop_is_there_after_it() {
    let mut server = TestServer::start().await;
    let (mut ana, bob, thread) = two_people(&server).await;
    let (mut tab, mut watcher) = (ana.tab().await, bob.tab().await);
    let flood = flood(&mut tab, thread).await;
    watcher.event().await;
    server.terminate();
    let (code, frames) = tab.closed_after().await;
    assert_eq!(code, Some(close::RESTART));
    assert!(server.exit().await.success());
    server.start_again().await;
    ana.move_to(server.address());
    let before = acknowledged(&frames);
    assert!(!before.is_empty());
    let kept = ana.texts(thread).await;
    for (id, seq) in &before {
        let (_, text) = flood.iter().find(|(sent, _)| sent == id).expect("sent");
        assert!(kept.contains(&(*seq, text.clone())), "{seq} is lost");
    }
    retry(&ana, thread, &flood, &before).await;
}

#[tokio::test]
async fn what_was_acknowledged_before_a_kill_is_there_after_it_and_a_retry_is_not_doubled() {
    let mut server = TestServer::start().await;
    let (mut ana, bob, thread) = two_people(&server).await;
    let (mut tab, mut watcher) = (ana.tab().await, bob.tab().await);
    let flood = flood(&mut tab, thread).await;
    // In mid-flood: some are acknowledged, others in flight.
    watcher.event().await;
    server.kill();
    let (_, frames) = tab.closed_after().await;
    server.start_again().await;
    ana.move_to(server.address());
    retry(&ana, thread, &flood, &acknowledged(&frames)).await;
}

#[tokio::test]
async fn shutdown_answers_requests_in_progress_and_accepts_no_new_ones() {
    let mut server = TestServer::start().await;
    server.sign_up("ana").await;
    let body = format!("username=ana&password={}", PASSWORD.replace(' ', "+"));
    let mut stream = TcpStream::connect(server.address())
        .await
        .expect("connected");
    let head = format!(
        "POST /api/log_in HTTP/1.1\r\nHost: {}\r\nAccept: application/json\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\
         Expect: 100-continue\r\nConnection: close\r\n\r\n",
        server.address(),
        body.len()
    );
    stream.write_all(head.as_bytes()).await.expect("sent");
    // The server requests the body: the request is in progress.
    let mut asked = [0; 25];
    let read = stream.read_exact(&mut asked);
    patiently("100 Continue", read)
        .await
        .expect("the request for the body");
    assert!(asked.starts_with(b"HTTP/1.1 100 Continue"));
    server.terminate();
    patiently("the port to close", async {
        while TcpStream::connect(server.address()).await.is_ok() {
            tokio::task::yield_now().await;
        }
    })
    .await;
    stream.write_all(body.as_bytes()).await.expect("sent");
    let mut answer = String::new();
    let read = stream.read_to_string(&mut answer);
    patiently("the answer", read).await.expect("read");
    assert!(
        answer.to_lowercase().contains("set-cookie: chapp="),
        "{answer}"
    );
    assert!(server.exit().await.success());
}

#[tokio::test]
async fn a_client_that_never_finishes_does_not_hold_up_the_end() {
    let mut server = TestServer::start_with(&[("CHAPP_SERVER__SHUTDOWN_SECONDS", "2")]).await;
    let ana = server.sign_up("ana").await;
    let mut tab = ana.tab().await;
    let mut stream = TcpStream::connect(server.address())
        .await
        .expect("connected");
    let half = "POST /api/log_in HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nuser";
    stream.write_all(half.as_bytes()).await.expect("sent");
    tab.frames_so_far().await;
    server.terminate();
    assert_eq!(tab.closed().await, Some(close::RESTART));
    let begun = std::time::Instant::now();
    assert!(server.exit().await.success());
    assert!(begun.elapsed().as_secs() < 3, "{:?}", begun.elapsed());
}
