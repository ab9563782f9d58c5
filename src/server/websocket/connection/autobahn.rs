//! The Autobahn test suite (all of RFC 6455), run by `kosoku` against an echo server over the upgrade, reader, send
//! queue and flusher that every live connection uses.

use std::net::Ipv4Addr;
use std::process::Command;

use axum::Router;
use axum::extract::State;
use axum::routing::get;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::*;
use crate::model::{SessionId, UserId};
use crate::server::config::Config;
use crate::server::connections::{self, Rules};
use crate::server::hub::{Hub, SendQueueLimits};

/// The largest message of the suite is 16 MiB.
const MESSAGE_MAX: usize = 17 << 20;
const LIMITS: SendQueueLimits = SendQueueLimits {
    frames: 4_096,
    bytes: 4 * MESSAGE_MAX,
    sends: 0,
};
/// Compression (12 and 13), which chapp does not offer.
const EXCLUDED: [&str; 2] = ["12.*", "13.*"];

async fn open(State(hub): State<Arc<Hub>>, upgrade: Upgrade) -> Response {
    let connection = hub.connect(UserId(1), SessionId(uuid::Uuid::nil()));
    let connection = connection.expect("room for it");
    upgrade.accept(&TaskTracker::new(), move |upgraded| {
        echo(connection, upgraded)
    })
}

/// Echoes what it receives, without a handshake.
async fn echo(connection: LiveConnection, Upgraded { stream, early }: Upgraded) {
    let _ = stream.set_nodelay(true);
    let stream = Arc::new(stream);
    let outbox = Arc::clone(&connection.outbox);
    outbox.attach(Arc::clone(&stream), None);
    let mut reader = FrameReader::new(
        Arc::clone(&stream),
        early,
        Arc::clone(&outbox),
        MESSAGE_MAX,
        FrameRate::per_second(0),
    );
    loop {
        reader.start_turn();
        match reader.read() {
            Ok(Some(message)) => {
                if let Some(frame) = Frame::echo(&message) {
                    outbox.push(frame);
                }
            }
            Ok(None) if reader.is_turn_over() => yield_now().await,
            Ok(None) => {
                if wait_for_socket(&stream, &outbox).await.is_err() {
                    return;
                }
            }
            Err(_) => return,
        }
    }
}

/// Run by scripts/autobahn.sh; `CHAPP_KOSOKU` is the path of the program.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs kosoku: scripts/autobahn.sh installs it"]
async fn no_case_of_the_autobahn_suite_fails() {
    let kosoku = std::env::var("CHAPP_KOSOKU").expect("CHAPP_KOSOKU");
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = Router::new().route("/", get(open));
    let router = router.with_state(Hub::new(LIMITS, 64));
    let stop = CancellationToken::new();
    let rules = Rules::of(&Config::read("", []).unwrap());
    tokio::spawn(connections::serve(listener, router, rules, stop));

    let reports = tempfile::tempdir().unwrap();
    let mut suite = Command::new(kosoku);
    suite.args(["--mode", "fuzzingclient", "--parallelism", "4"]);
    for cases in EXCLUDED {
        suite.args(["--exclude", cases]);
    }
    suite.arg("--outdir").arg(reports.path());
    suite.arg(format!("ws://{address}"));
    let ended = tokio::task::spawn_blocking(move || suite.output());
    let output = ended.await.unwrap().expect("CHAPP_KOSOKU runs");
    let said = String::from_utf8_lossy(&output.stdout);
    let failed = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}{failed}");
    // The suite has some four hundred cases without compression.
    let passed = said
        .lines()
        .find_map(|line| line.strip_suffix(" cases passed"));
    let passed: usize = passed.expect("how many").parse().unwrap();
    assert!(passed > 200, "{said}");
    println!("{said}");
}
