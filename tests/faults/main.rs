//! The fault test: people use the real server while everything around them breaks. Afterwards each message that was
//! shown as sent exists, once, in one order, for everyone.
//!
//! Seeded: `CHAPP_SEED` repeats the same faults and the same user actions (not the same timing, which depends on the
//! machine). `CHAPP_FAULT_SECONDS` and `CHAPP_FAULT_KILLS`: the duration, and the minimum number of kills of the
//! server; `CHAPP_FAULT_ACKED`: the minimum number of messages sent; `CHAPP_FAULT_PACE_MS`: the longest pause of each
//! of the ten tabs; `CHAPP_FAULT_DISK_MB`: the size of the disk.

mod bot;
mod chaos;
mod checker;
mod disk;
mod full_disk;
mod proxy;
#[path = "../support/support.rs"]
#[expect(
    dead_code,
    unused_imports,
    reason = "the tests of the server use the rest of it"
)]
mod support;
mod uploads;

use std::time::{Duration, Instant};

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use bot::Bot;
use chaos::Chaos;
use disk::Disk;
use proxy::Proxy;
use support::{TestServer, UNPACED};

/// People who talk, each with one tab in each network.
const PEOPLE: usize = 5;
/// The size of the disk, in megabytes, if none is set.
const DISK_MB: u64 = 768;

fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |text| text.parse().expect(name))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn acknowledged_messages_survive_all_faults_once_and_in_order() {
    let seed = setting("CHAPP_SEED", rand::random::<u32>().into());
    let seconds = setting("CHAPP_FAULT_SECONDS", 60);
    let kills = setting("CHAPP_FAULT_KILLS", 20);
    println!("CHAPP_SEED={seed}: {seconds} s, at least {kills} kills");
    let mut chance = StdRng::seed_from_u64(seed);

    let disk = Disk::mount(setting("CHAPP_FAULT_DISK_MB", DISK_MB));
    let url = format!("sqlite:{}/chapp.db", disk.path().display());
    let settings = [
        ("CHAPP_STORE__URL", &*url),
        ("CHAPP_ROOMS__LOBBY", "Lobby"),
        // Small, so that a slow reader overflows it within the duration of a fault.
        ("CHAPP_LIMITS__OUTBOX_FRAMES", "16"),
        // So that a file without a message is swept at the next start.
        ("CHAPP_FILES__UNUSED_HOURS", "0"),
        // The subject is loss: the more is sent, the more can be lost.
        UNPACED,
    ];
    let mut server = TestServer::start_with(&settings).await;
    let proxies = [
        Proxy::open(server.address()).await,
        Proxy::open(server.address()).await,
    ];
    let (verbose, is_verbose) = watch::channel(false);
    let bots = set_up(&server, &proxies, &mut chance, &is_verbose).await;
    let [mut readers, mut writers] = bots.map(Group::start);

    let start = Instant::now();
    let length = Duration::from_secs(seconds);
    let mut chaos = Chaos::new(chance, &mut server, &proxies, verbose, &disk, kills);
    while start.elapsed() < length {
        chaos
            .strike(start.elapsed().as_secs_f64() / length.as_secs_f64())
            .await;
    }
    // The last fault is a stall during which the last messages are sent, to tabs that are silent themselves: no later
    // event reveals that one was withheld.
    for proxy in &proxies {
        proxy.cut_half_open();
    }
    let mut bots = readers.stop().await;
    chaos.stall(&proxies[0]).await;
    bots.extend(writers.stop().await);
    chaos.move_on(&proxies[0]);
    let tally = chaos.tally;
    println!("{tally}");
    let resyncs: usize = bots.iter().map(|bot| bot.resyncs).sum();
    println!("{resyncs} times a tab was told that it was too slow");
    let acked = checker::check(&server, &mut bots).await;
    println!("{acked} messages shown as sent, each of them there, once, in one order for everyone");
    assert!(tally.kills >= kills, "{tally}");
    assert!(resyncs > 0, "no stall was long enough");
    let floods: usize = bots.iter().map(|bot| bot.floods).sum();
    assert_eq!(floods, 0, "times a tab was cut off for sending too much");
    assert!(
        acked as u64 >= setting("CHAPP_FAULT_ACKED", 500),
        "only {acked} messages were sent"
    );
    server.terminate();
    assert!(server.exit().await.success());
    // The sweep runs at the start.
    server.start_again().await;
    let folder = disk.path().join("files/contents");
    let files = uploads::only_those_of_messages(&folder, &bots).await;
    println!("{files} files, each whole, and no others");
    assert!(files > 0, "no file was uploaded");
}

/// The tabs in one network.
struct Group {
    stop: watch::Sender<bool>,
    running: Vec<JoinHandle<Bot>>,
}

impl Group {
    fn start(bots: Vec<Bot>) -> Self {
        let (stop, stopped) = watch::channel(false);
        let talk = |bot: Bot| tokio::spawn(bot.talk(stopped.clone()));
        let running = bots.into_iter().map(talk).collect();
        Self { stop, running }
    }

    /// Stops writing; returns when everything written is answered.
    async fn stop(&mut self) -> Vec<Bot> {
        self.stop.send_replace(true);
        let mut bots = Vec::new();
        for bot in self.running.drain(..) {
            bots.push(bot.await.expect("nobody panicked"));
        }
        bots
    }
}

/// Signs up everyone, opens direct threads between all of them, and a tab in each network.
async fn set_up(
    server: &TestServer,
    proxies: &[Proxy; 2],
    chance: &mut StdRng,
    is_verbose: &watch::Receiver<bool>,
) -> [Vec<Bot>; 2] {
    let mut people = Vec::new();
    for number in 0..PEOPLE {
        people.push(server.sign_up(&format!("person{number}")).await);
    }
    for (number, person) in people.iter().enumerate() {
        for other in &people[..number] {
            person.open_direct(other).await;
        }
    }
    let pace = setting("CHAPP_FAULT_PACE_MS", 60);
    // Half of the disk is for files.
    let disk = setting("CHAPP_FAULT_DISK_MB", DISK_MB) * 1_000_000;
    let upload_bytes = usize::try_from(disk).expect("a size") / 2 / (2 * PEOPLE);
    let mut tabs = [Vec::new(), Vec::new()];
    for person in &people {
        for (proxy, bots) in proxies.iter().zip(&mut tabs) {
            let mut bot = Bot::new(
                person.boot().await.expect("logged in"),
                proxy.address(),
                person.cookies(),
                chance.random(),
                pace,
                is_verbose.clone(),
            );
            bot.upload_bytes = upload_bytes;
            bots.push(bot);
        }
    }
    tabs
}
