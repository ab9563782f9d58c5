//! A connection's problems affect no other.

use std::collections::BTreeMap;

use chapp::model::Seq;
use chapp::protocol::{ServerFrame, close};

use super::metrics::{metrics, value};
use crate::support::{ANY_PACE, TestServer, UNPACED, connect_with};

#[tokio::test]
async fn a_stalled_reader_delays_nobody_and_can_catch_up() {
    const MESSAGES: Seq = 300;
    let settings = [
        ("CHAPP_LIMITS__OUTBOX_BYTES", "65536"),
        ANY_PACE,
        // More than one user may send in that time.
        UNPACED,
        ("CHAPP_SERVER__METRICS_LISTEN", "127.0.0.1:0"),
    ];
    let server = TestServer::start_with(&settings).await;
    let (ana, bob) = (server.sign_up("ana").await, server.sign_up("bob").await);
    let thread = ana.open_direct(&bob).await;
    let mut asleep = bob.tab().await;
    let mut sender = ana.tab().await;
    // 40 KB each: together more than all buffers between the server and a reader hold.
    let text = "\u{1F600}".repeat(10_000);
    for seq in 1..=MESSAGES {
        assert_eq!(sender.send(thread, &text).await, seq);
    }
    // A reader that still does not read can't receive the reason, but the server counts it.
    let (code, frames) = asleep.closed_after().await;
    assert!([None, Some(close::RESYNC)].contains(&code), "{code:?}");
    assert_eq!(value(&metrics(&server).await, "chapp_resyncs_total"), 1.0);
    let events = frames.into_iter().filter_map(|frame| match frame {
        ServerFrame::Event(event) => Some((event.seq, event)),
        _ => None,
    });
    let mut have: BTreeMap<Seq, _> = events.collect();
    assert!((have.len() as Seq) < MESSAGES, "no queue was ever full");
    while (have.len() as Seq) < MESSAGES {
        let upto = have.len() as Seq;
        assert!(have.keys().copied().eq(1..=upto), "a hole");
        let ready = bob.silent_tab().await.hello(&[(thread, upto)]).await;
        let ServerFrame::Ready { missed, .. } = ready else {
            panic!("{ready:?}");
        };
        have.extend(
            missed[0]
                .events
                .iter()
                .map(|event| (event.seq, event.clone())),
        );
    }
}

#[tokio::test]
async fn a_reader_that_wakes_up_as_its_queue_is_full_is_told_to_begin_anew() {
    let settings = [
        ("CHAPP_LIMITS__OUTBOX_BYTES", "65536"),
        ANY_PACE,
        UNPACED,
        ("CHAPP_SERVER__METRICS_LISTEN", "127.0.0.1:0"),
    ];
    let server = TestServer::start_with(&settings).await;
    let (ana, bob) = (server.sign_up("ana").await, server.sign_up("bob").await);
    let thread = ana.open_direct(&bob).await;
    let mut sender = ana.tab().await;
    let text = "\u{1F600}".repeat(10_000);
    // The close must arrive within a second, which a very busy machine may miss in some attempts.
    for attempt in 1..=5_u8 {
        let mut asleep = bob.tab().await;
        while value(&metrics(&server).await, "chapp_resyncs_total") < f64::from(attempt) {
            sender.send(thread, &text).await;
        }
        match asleep.closed().await {
            Some(code) => return assert_eq!(code, close::RESYNC),
            None => eprintln!("attempt {attempt} was too late"),
        }
    }
    panic!("never closed with RESYNC");
}

#[tokio::test]
async fn a_full_server_refuses_until_a_connection_closes() {
    let settings = [
        ("CHAPP_LIMITS__MAX_CONNECTIONS", "1"),
        // Connecting is retried until the first connection is gone.
        ("CHAPP_LIMITS__PER_PERSON__CONNECTS", "0"),
    ];
    let server = TestServer::start_with(&settings).await;
    let (ana, bob) = (server.sign_up("ana").await, server.sign_up("bob").await);
    let first = ana.tab().await;
    let refused = connect_with(server.address(), bob.socket_headers()).await;
    assert_eq!(refused.err().map(|status| status.as_u16()), Some(503));
    drop(first);
    // The server notices the end of the first connection after a while.
    while connect_with(server.address(), bob.socket_headers())
        .await
        .is_err()
    {
        tokio::task::yield_now().await;
    }
}
