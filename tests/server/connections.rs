//! Idle connections don't exhaust the server.

use std::time::Duration;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::{TestServer, patiently};

/// More than the server may open files.
const SILENT: usize = 1_100;

/// The test holds one end of each connection itself.
fn raise_own_limit() {
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    let current = maximum;
    setrlimit(Resource::Nofile, Rlimit { current, maximum }).expect("raised");
}

async fn is_closed(stream: &mut TcpStream) -> bool {
    let mut all = Vec::new();
    let read = stream.read_to_end(&mut all);
    tokio::time::timeout(Duration::from_millis(1), read)
        .await
        .is_ok()
}

#[tokio::test]
async fn silent_connections_beyond_the_file_limit_do_not_block_others() {
    raise_own_limit();
    // All come from one address here, whose limit would suffice by itself.
    let settings = [("CHAPP_SERVER__CONNECTIONS_PER_ADDRESS", "100000")];
    let server = TestServer::start_with_files(&settings, 1_024).await;
    let warned = |line: &String| line.contains("the limit on open files is 1024");
    assert!(server.log().iter().any(warned), "{:#?}", server.log());
    let (ana, bob) = (server.sign_up("ana").await, server.sign_up("bob").await);
    let thread = ana.open_direct(&bob).await;
    let (mut sender, mut reader) = (ana.tab().await, bob.tab().await);
    let mut silent = Vec::new();
    for number in 0..SILENT {
        let mut stream = TcpStream::connect(server.address())
            .await
            .expect("connected");
        // Some send part of a request.
        if number % 2 == 0 {
            // It may be closed already.
            let _ = stream.write_all(b"GET / HTTP/1.1\r\nHost: x\r\n").await;
        }
        silent.push(stream);
    }
    // Everything still works: pages, new users, live connections old and new.
    assert_eq!(server.browser().get("/readyz").await.status(), 200);
    assert_eq!(ana.get("/").await.status(), 200);
    sender.send(thread, "can you hear me?").await;
    assert_eq!(reader.event().await.body.text(), Some("can you hear me?"));
    server.sign_up("cat").await.tab().await;
    let mut closed = 0;
    for stream in &mut silent {
        closed += usize::from(is_closed(stream).await);
    }
    assert!(closed >= SILENT - 1_024, "{closed}");
    let failed = |line: &String| line.contains("can't accept connections");
    assert!(!server.log().iter().any(failed), "{:#?}", server.log());
}

#[tokio::test]
async fn one_address_has_so_many_connections_and_no_more() {
    let settings = [("CHAPP_SERVER__CONNECTIONS_PER_ADDRESS", "4")];
    let server = TestServer::start_with(&settings).await;
    let mut silent = Vec::new();
    for _ in 0..10 {
        silent.push(
            TcpStream::connect(server.address())
                .await
                .expect("connected"),
        );
    }
    patiently("all but four to be closed", async {
        loop {
            let mut open = 0;
            for stream in &mut silent {
                open += usize::from(!is_closed(stream).await);
            }
            if open <= 4 {
                break;
            }
        }
    })
    .await;
    assert_eq!(server.browser().get("/healthz").await.status(), 200);
}
