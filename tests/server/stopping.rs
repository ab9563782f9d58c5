//! Stopping clean, and being killed: what was said to be sent is there afterwards.

use chapp::model::{ClientId, ThreadId};
use chapp::protocol::{ServerFrame, close};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::{Browser, PASSWORD, Socket, TestServer, patiently};

async fn two_people(server: &TestServer) -> (Browser, Browser, ThreadId) {
    let (ana, bob) = (server.sign_up("ana").await, server.sign_up("bob").await);
    let thread = ana.open_direct(&bob).await;
    (ana, bob, thread)
}

/// Sends without pause until the connection ends; returns what was acknowledged, and how it ended.
async fn send_until_the_end(
    tab: &mut Socket,
    thread: ThreadId,
) -> (Vec<(i64, String)>, Option<u16>) {
    let texts = |number: usize| format!("message {number}");
    let ids: Vec<ClientId> = (0..60).map(|_| ClientId::now()).collect();
    for (number, id) in ids.iter().enumerate() {
        tab.post_as(*id, thread, &texts(number)).await;
    }
    let (code, frames) = tab.closed_after().await;
    let acknowledged = frames.into_iter().filter_map(|frame| match frame {
        ServerFrame::Sent { client_id, seq, .. } => {
            let number = ids.iter().position(|id| *id == client_id)?;
            Some((seq, texts(number)))
        }
        _ => None,
    });
    (acknowledged.collect(), code)
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
    let (mut ana, _, thread) = two_people(&server).await;
    let mut tab = ana.tab().await;
    tab.send(thread, "first").await;
    let stop = async { server.terminate() };
    let ((acknowledged, code), ()) = tokio::join!(send_until_the_end(&mut tab, thread), stop);
    assert_eq!(code, Some(close::RESTART));
    assert!(server.exit().await.success());
    server.start_again().await;
    ana.move_to(server.address());
    let kept = ana.texts(thread).await;
    for message in acknowledged {
        assert!(
            kept.contains(&message) || message.0 <= kept[0].0,
            "{message:?} is lost"
        );
    }
}

#[tokio::test]
async fn what_was_acknowledged_before_a_kill_is_there_after_it_and_a_retry_is_not_doubled() {
    let mut server = TestServer::start().await;
    let (mut ana, bob, thread) = two_people(&server).await;
    let mut tab = ana.tab().await;
    let mut watcher = bob.tab().await;
    let texts = |number: usize| format!("message {number}");
    let ids: Vec<ClientId> = (0..40).map(|_| ClientId::now()).collect();
    for (number, id) in ids.iter().enumerate() {
        tab.post_as(*id, thread, &texts(number)).await;
    }
    // In the middle: some are acknowledged, others on their way.
    watcher.event().await;
    server.kill();
    let (_, frames) = tab.closed_after().await;
    let acknowledged = frames.iter().filter_map(|frame| match frame {
        ServerFrame::Sent { client_id, seq, .. } => Some((*client_id, *seq)),
        _ => None,
    });
    let acknowledged: Vec<_> = acknowledged.collect();
    server.start_again().await;
    ana.move_to(server.address());
    let mut tab = ana.tab().await;
    // The client knows nothing of those without an answer, and sends all again.
    let mut answers = Vec::new();
    for (number, id) in ids.iter().enumerate() {
        tab.post_as(*id, thread, &texts(number)).await;
        answers.push((*id, tab.sent(*id).await));
    }
    for first in acknowledged {
        assert!(answers.contains(&first), "{first:?} changed its place");
    }
    let kept = ana.texts(thread).await;
    let expected: Vec<_> = (1..).zip((0..ids.len()).map(texts)).collect();
    assert_eq!(kept, expected);
}

#[tokio::test]
async fn a_request_under_way_is_answered_before_the_end_and_no_new_one_is_taken() {
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
    // The server asks for the body: the request is under way.
    let mut asked = [0; 25];
    let read = stream.read_exact(&mut asked);
    patiently("100 Continue", read)
        .await
        .expect("asked for the body");
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
    tab.all_so_far().await;
    server.terminate();
    assert_eq!(tab.closed().await, Some(close::RESTART));
    let begun = std::time::Instant::now();
    assert!(server.exit().await.success());
    assert!(begun.elapsed().as_secs() < 3, "{:?}", begun.elapsed());
}
