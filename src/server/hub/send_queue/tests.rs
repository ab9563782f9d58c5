use std::time::Duration;

use tokio::io::AsyncReadExt;
use tokio::net::TcpListener;
use tokio::time::{sleep, timeout};

use super::*;

const LIMITS: SendQueueLimits = SendQueueLimits {
    frames: 4,
    bytes: 1_000_000,
    sends: 1,
};

fn outbox(limits: SendQueueLimits) -> Arc<SendQueue> {
    let writer = Flusher::new(crate::server::tasks::Tasks::default());
    Arc::new(SendQueue::new(limits, Arc::new(writer)))
}

/// Both ends of a loopback connection.
async fn connection() -> (Arc<TcpStream>, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let (client, server) = tokio::join!(TcpStream::connect(address), listener.accept());
    (
        Arc::new(server.expect("a connection").0),
        client.expect("a connection"),
    )
}

async fn read(client: &mut TcpStream, length: usize) -> Vec<u8> {
    let mut bytes = vec![0; length];
    let read = timeout(Duration::from_secs(5), client.read_exact(&mut bytes)).await;
    read.expect("it arrives").expect("it arrives completely");
    bytes
}

fn frame(text: &str) -> Frame {
    Frame::raw(text.as_bytes())
}

#[tokio::test]
async fn frames_are_written_in_order_after_the_first_one() {
    let (outbox, (wire, mut client)) = (outbox(LIMITS), connection().await);
    outbox.push(frame("b"));
    outbox.push(frame("c"));
    outbox.attach(wire, Some(frame("a")));
    outbox.push(frame("d"));
    assert_eq!(read(&mut client, 4).await, b"abcd");
}

#[tokio::test]
async fn a_frame_too_many_closes_for_a_resync_and_empties_the_queue() {
    let (outbox, (wire, mut client)) = (outbox(LIMITS), connection().await);
    for _ in 0..5 {
        outbox.push(frame("a"));
    }
    assert!(outbox.is_closed());
    outbox.attach(wire, None);
    let close = Frame::close(close::RESYNC);
    assert_eq!(read(&mut client, close.len()).await, *close);
}

#[tokio::test]
async fn a_byte_too_many_closes_for_a_resync() {
    let limits = SendQueueLimits {
        bytes: 10,
        ..LIMITS
    };
    let outbox = outbox(limits);
    outbox.push(frame("1234567890"));
    assert!(!outbox.is_closed());
    outbox.push(frame("1"));
    assert!(outbox.is_closed());
}

#[tokio::test]
async fn what_was_queued_before_a_close_is_still_written() {
    let (outbox, (wire, mut client)) = (outbox(LIMITS), connection().await);
    outbox.push(frame("a"));
    outbox.close(close::RESTART);
    outbox.close(close::RESYNC);
    outbox.push(frame("b"));
    outbox.attach(wire, None);
    let close = Frame::close(close::RESTART);
    let expected = [b"a", &*close].concat();
    assert_eq!(read(&mut client, expected.len()).await, expected);
}

/// Does what the connection's task does while its peer does not read.
async fn unblock_when_possible(outbox: Arc<SendQueue>, wire: Arc<TcpStream>) {
    loop {
        outbox.changed().await;
        while outbox.is_blocked() {
            wire.writable().await.expect("a socket");
            outbox.unblock();
            tokio::task::yield_now().await;
        }
    }
}

#[tokio::test]
async fn a_slow_reader_gets_everything_in_the_end() {
    let limits = SendQueueLimits {
        frames: 1_000,
        bytes: 100_000_000,
        sends: 1,
    };
    let (outbox, (wire, mut client)) = (outbox(limits), connection().await);
    outbox.attach(Arc::clone(&wire), None);
    tokio::spawn(unblock_when_possible(Arc::clone(&outbox), wire));
    let mut expected = Vec::new();
    for number in 0..400_u32 {
        let text = format!("{number:06}").repeat(7_000);
        expected.extend_from_slice(text.as_bytes());
        outbox.push(frame(&text));
        if number % 50 == 0 {
            sleep(Duration::from_millis(5)).await;
        }
    }
    assert!(outbox.is_blocked(), "more than a kernel buffers");
    assert!(read(&mut client, expected.len()).await == expected);
}

#[tokio::test]
async fn a_peer_that_never_reads_is_closed_between_two_frames() {
    let limits = SendQueueLimits {
        frames: 1_000,
        bytes: 200_000,
        sends: 1,
    };
    let (outbox, (wire, mut client)) = (outbox(limits), connection().await);
    outbox.attach(Arc::clone(&wire), None);
    tokio::spawn(unblock_when_possible(Arc::clone(&outbox), wire));
    let text = "0123456789".repeat(10_000);
    while !outbox.is_closed() {
        outbox.push(frame(&text));
        sleep(Duration::from_millis(1)).await;
    }
    drop(outbox);
    let mut all = Vec::new();
    let close = Frame::close(close::RESYNC);
    while !all.ends_with(&close) {
        all.extend(read(&mut client, 1).await);
    }
    let frames = &all[..all.len() - close.len()];
    assert_eq!(frames.len() % text.len(), 0, "the last frame is whole");
}

#[test]
fn sends_on_their_way_are_bounded() {
    let outbox = outbox(LIMITS);
    assert!(outbox.begin_send());
    assert!(!outbox.begin_send());
    outbox.end_send();
    assert!(outbox.begin_send());
}
