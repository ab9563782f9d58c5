//! The hostile suite: an ordinary account with many sockets, and connections without any account, attack the real
//! server while two other people talk. Nothing of theirs is refused or stalls, and the server's memory stays bounded.
//!
//! It doesn't check speed, because it runs on a debug build and on any machine: `chapp-load hostile` measures that.
//!
//! To add an attack, add a frame in [`frames::all`], a request in [`requests`], or a test here.

mod frames;
mod requests;
mod socket;
mod witness;

use std::time::{Duration, Instant};

use crate::support::TestServer;
use witness::Witnesses;

/// Sockets of the flooding account, or of anonymous clients.
const SOCKETS: usize = 24;
/// How long each kind of frame is sent.
const EACH: Duration = Duration::from_millis(1_500);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn frame_floods_neither_stop_others_nor_exhaust_memory() {
    // Connecting is not rate-limited here: otherwise hardly any flood would get in.
    let settings = [("CHAPP_LIMITS__PER_PERSON__CONNECTS", "0")];
    let server = TestServer::start_with(&settings).await;
    let witnesses = Witnesses::begin(&server).await;
    // The first account would be the site's admin.
    let eve = server.sign_up("eve").await;
    let own = eve.open_direct(&witnesses.ana).await;
    for attack in frames::all(own, witnesses.thread) {
        println!("{}", attack.name);
        let until = Instant::now() + EACH;
        let mut sockets = Vec::new();
        for _ in 0..SOCKETS {
            let (address, cookies) = (server.address(), eve.cookies());
            let attack = attack.clone();
            sockets.push(tokio::spawn(socket::flood(address, cookies, attack, until)));
        }
        for socket in sockets {
            socket.await.expect("no panic");
        }
    }
    witnesses.end(&server).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn request_floods_neither_stop_others_nor_exhaust_memory() {
    let server = TestServer::start().await;
    let witnesses = Witnesses::begin(&server).await;
    // The first account would be the site's admin.
    let eve = server.sign_up("eve").await;
    let functions = requests::functions();
    assert!(functions.len() > 40, "{functions:?}");
    for cookies in [eve.cookies(), String::new()] {
        let until = Instant::now() + 4 * EACH;
        let mut flooding = Vec::new();
        for first in 0..8 {
            let (address, cookies) = (server.address(), cookies.clone());
            let mut functions = functions.clone();
            let first = first * functions.len() / 8;
            functions.rotate_left(first);
            flooding.push(tokio::spawn(requests::flood(
                address, cookies, functions, until,
            )));
        }
        for flooding in flooding {
            flooding.await.expect("no panic");
        }
    }
    witnesses.end(&server).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn anonymous_connections_do_not_affect_others() {
    let server = TestServer::start().await;
    let witnesses = Witnesses::begin(&server).await;
    let until = Instant::now() + 2 * EACH;
    let mut silent = Vec::new();
    for _ in 0..200 {
        let connected = tokio::net::TcpStream::connect(server.address()).await;
        silent.extend(connected.ok());
    }
    let mut flooding = Vec::new();
    for number in 0..SOCKETS {
        let garbage = requests::GARBAGE[number % requests::GARBAGE.len()];
        flooding.push(tokio::spawn(requests::send_garbage(
            server.address(),
            garbage,
            until,
        )));
    }
    for flooding in flooding {
        flooding.await.expect("no panic");
    }
    witnesses.end(&server).await;
    drop(silent);
}
