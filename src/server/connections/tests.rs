//! Tests of connections over real sockets, with short timeouts.

use std::sync::atomic::{AtomicUsize, Ordering};

use axum::routing::get;
use futures_util::stream;
use tokio::task::JoinHandle;

use super::*;

/// Longer than anything takes here unless it is broken.
const PATIENCE: Duration = Duration::from_secs(20);

const RULES: Rules = Rules {
    most: 100,
    most_per_address: None,
    request_within: Duration::from_secs(60),
    answer_within: Duration::from_secs(60),
    write_within: Duration::from_secs(60),
};

struct Listening {
    address: SocketAddr,
    slots: Arc<Slots>,
    stop: CancellationToken,
    ended: JoinHandle<()>,
    /// The requests for `/slow` received so far.
    slow: Arc<AtomicUsize>,
    /// Lets `/slow` answer.
    go: Arc<Semaphore>,
}

async fn listen(rules: Rules) -> Listening {
    let (slow, go) = (Arc::new(AtomicUsize::new(0)), Arc::new(Semaphore::new(0)));
    let answer_slowly = {
        let (slow, go) = (Arc::clone(&slow), Arc::clone(&go));
        move || {
            slow.fetch_add(1, Ordering::SeqCst);
            let go = Arc::clone(&go);
            async move {
                let _ = go.acquire().await;
                "slow"
            }
        }
    };
    let endless = || async {
        let piece = Bytes::from(vec![b'x'; 64 * 1024]);
        Body::from_stream(stream::repeat_with(move || {
            Ok::<_, Infallible>(piece.clone())
        }))
    };
    let router = Router::new()
        .route("/", get(|| async { "ok" }))
        .route("/slow", get(answer_slowly))
        .route("/endless", get(endless));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let slots = Slots::new(rules.most, rules.most_per_address);
    let stop = CancellationToken::new();
    let ended = tokio::spawn({
        let (slots, stop) = (Arc::clone(&slots), stop.clone());
        serve_on(listener, router, rules, stop, slots)
    });
    Listening {
        address,
        slots,
        stop,
        ended,
        slow,
        go,
    }
}

impl Listening {
    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    async fn request(&self, path: &str) -> TcpStream {
        let mut stream = self.connect().await;
        write(
            &mut stream,
            &format!("GET {path} HTTP/1.1\r\nHost: x\r\n\r\n"),
        )
        .await;
        stream
    }

    /// Waits until this many connections are open.
    async fn has(&self, open: usize) {
        until("so many connections", || self.slots.len() == open).await;
    }

    /// Waits until this many requests for `/slow` are in progress.
    async fn is_busy_with(&self, requests: usize) {
        let slow = || self.slow.load(Ordering::SeqCst) == requests;
        until("so many requests", slow).await;
    }
}

/// Polls for a condition that nothing signals.
async fn until(what: &str, is_so: impl Fn() -> bool) {
    let wait = async {
        while !is_so() {
            sleep(Duration::from_millis(5)).await;
        }
    };
    timeout(PATIENCE, wait).await.expect(what);
}

async fn write(stream: &mut TcpStream, text: &str) {
    stream.write_all(text.as_bytes()).await.unwrap();
}

/// Reads until the peer closes or resets the connection.
async fn rest(stream: &mut TcpStream) -> String {
    let mut all = Vec::new();
    let read = timeout(PATIENCE, stream.read_to_end(&mut all)).await;
    drop(read.expect("an end"));
    String::from_utf8_lossy(&all).into_owned()
}

/// Reads a response up to the end of this body.
async fn answer_with(stream: &mut TcpStream, body: &str) {
    let mut all = String::new();
    let mut piece = [0; 1024];
    while !all.ends_with(body) {
        let read = timeout(PATIENCE, stream.read(&mut piece)).await;
        let read = read.expect("an answer").unwrap();
        assert!(read > 0, "closed after {all:?}");
        all += &String::from_utf8_lossy(&piece[..read]);
    }
    assert!(all.starts_with("HTTP/1.1 200 "), "{all}");
}

#[tokio::test]
async fn a_connection_that_says_nothing_is_closed() {
    let request_within = Duration::from_millis(100);
    let server = listen(Rules {
        request_within,
        ..RULES
    })
    .await;
    let begun = Instant::now();
    let mut stream = server.connect().await;
    rest(&mut stream).await;
    assert!(begun.elapsed() >= request_within);
    server.has(0).await;
}

#[tokio::test]
async fn a_connection_that_goes_idle_after_an_answer_is_closed() {
    let server = listen(Rules {
        request_within: Duration::from_millis(100),
        ..RULES
    })
    .await;
    let mut stream = server.request("/").await;
    answer_with(&mut stream, "ok").await;
    rest(&mut stream).await;
    server.has(0).await;
}

#[tokio::test]
async fn a_head_that_comes_byte_by_byte_is_given_up() {
    let server = listen(Rules {
        request_within: Duration::from_millis(300),
        ..RULES
    })
    .await;
    let (mut reader, mut writer) = server.connect().await.into_split();
    let drip = tokio::spawn(async move {
        let mut is_open = writer.write_all(b"GET / HTTP/1.1\r\nX: ").await.is_ok();
        while is_open {
            sleep(Duration::from_millis(10)).await;
            is_open = writer.write_all(b"x").await.is_ok();
        }
    });
    let mut all = Vec::new();
    let read = timeout(PATIENCE, reader.read_to_end(&mut all)).await;
    drop(read.expect("an end"));
    server.has(0).await;
    timeout(PATIENCE, drip).await.expect("an end").unwrap();
}

#[tokio::test]
async fn a_head_without_end_is_refused() {
    let server = listen(RULES).await;
    let mut stream = server.connect().await;
    let head = format!("GET / HTTP/1.1\r\nX: {}", "x".repeat(HEAD_MAX * 2));
    // The server may refuse it and close before all of it is sent.
    let _ = stream.write_all(head.as_bytes()).await;
    let answer = rest(&mut stream).await;
    assert!(
        answer.is_empty() || answer.starts_with("HTTP/1.1 431 "),
        "{answer}"
    );
    server.has(0).await;
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_reader_that_never_reads_is_closed() {
    let server = listen(Rules {
        write_within: Duration::from_secs(1),
        ..RULES
    })
    .await;
    let _stream = server.request("/endless").await;
    server.has(1).await;
    server.has(0).await;
}

#[tokio::test]
async fn the_one_that_is_silent_longest_makes_room_and_who_is_busy_stays() {
    let server = listen(Rules { most: 3, ..RULES }).await;
    let mut busy = server.request("/slow").await;
    server.is_busy_with(1).await;
    let mut first = server.connect().await;
    until("the first to wait", || server.slots.waiting() == 1).await;
    let _second = server.connect().await;
    until("both to wait", || server.slots.waiting() == 2).await;
    let mut stream = server.request("/").await;
    answer_with(&mut stream, "ok").await;
    assert_eq!(rest(&mut first).await, "");
    server.go.add_permits(1);
    answer_with(&mut busy, "slow").await;
}

#[tokio::test]
async fn a_request_behind_a_burst_of_silent_connections_is_answered() {
    let server = listen(Rules { most: 8, ..RULES }).await;
    // The server can't run between these, so it finds all of them at once.
    let connect = || std::net::TcpStream::connect(server.address).unwrap();
    let silent: Vec<_> = (0..60).map(|_| connect()).collect();
    let last = connect();
    last.set_nonblocking(true).unwrap();
    let mut last = TcpStream::from_std(last).unwrap();
    write(&mut last, "GET / HTTP/1.1\r\nHost: x\r\n\r\n").await;
    answer_with(&mut last, "ok").await;
    drop(silent);
}

#[tokio::test]
async fn beyond_the_limit_of_busy_ones_an_address_is_told_so() {
    let server = listen(Rules {
        most_per_address: Some(2),
        ..RULES
    })
    .await;
    let mut busy = [server.request("/slow").await, server.request("/slow").await];
    server.is_busy_with(2).await;
    let mut third = server.request("/").await;
    let answer = rest(&mut third).await;
    assert!(answer.starts_with("HTTP/1.1 503 "), "{answer}");
    assert!(answer.contains("\r\nRetry-After: 1\r\n"), "{answer}");
    assert!(
        answer.contains("Too many connections from your address."),
        "{answer}"
    );
    server.go.add_permits(2);
    for busy in &mut busy {
        answer_with(busy, "slow").await;
    }
    let mut next = server.request("/").await;
    answer_with(&mut next, "ok").await;
}

#[tokio::test]
async fn a_request_that_takes_too_long_is_cut_off() {
    let server = listen(Rules {
        answer_within: Duration::from_millis(10),
        ..RULES
    })
    .await;
    let mut stream = server.request("/slow").await;
    assert_eq!(rest(&mut stream).await, "");
    server.has(0).await;
}

#[tokio::test]
async fn a_stop_waits_for_the_requests_under_way_and_takes_no_new_ones() {
    let server = listen(RULES).await;
    let mut idle = server.request("/").await;
    answer_with(&mut idle, "ok").await;
    let mut silent = server.connect().await;
    let mut busy = server.request("/slow").await;
    server.is_busy_with(1).await;
    server.stop.cancel();
    assert_eq!(rest(&mut idle).await, "");
    assert_eq!(rest(&mut silent).await, "");
    let refused = async {
        while TcpStream::connect(server.address).await.is_ok() {
            sleep(Duration::from_millis(5)).await;
        }
    };
    timeout(PATIENCE, refused).await.expect("a closed port");
    assert!(!server.ended.is_finished());
    server.go.add_permits(1);
    answer_with(&mut busy, "slow").await;
    timeout(PATIENCE, server.ended)
        .await
        .expect("an end")
        .unwrap();
}

#[tokio::test]
async fn without_files_for_more_connections_one_that_waits_is_closed_and_the_next_try_comes_later()
{
    let slots = Slots::new(10, None);
    let now = Instant::now();
    let slot = slots.admit([192, 0, 2, 1].into(), now).ok().unwrap();
    slot.wait();
    let begun = Instant::now();
    let gone = io::Error::from(io::ErrorKind::ConnectionAborted);
    recover(&gone, &slots).await;
    assert_eq!(slots.len(), 1);
    let no_files = io::Error::from_raw_os_error(rustix::io::Errno::MFILE.raw_os_error());
    recover(&no_files, &slots).await;
    assert!(slots.len() == 0 && begun.elapsed() >= RETRY_PAUSE);
}
