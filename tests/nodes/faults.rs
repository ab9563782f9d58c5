//! The fault test of several nodes: people talk while nodes die and freeze, and Redis and PostgreSQL come and go. In
//! the end each message that was shown as sent exists, once, in one order, for everyone on every node.
//!
//! Seeded with `CHAPP_SEED`, like that of one node. `CHAPP_NODES_LONG` makes each fault as long as in the worst night
//! (Redis away for 30 seconds, a node frozen for 20).

use std::time::Duration;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use tokio::sync::watch;
use tokio::time::sleep;

use crate::bot::Bot;
use crate::checker;
use crate::cluster::{Cluster, ready_reports};
use crate::proxy::Proxy;
use crate::redis::Redis;

const NODES: usize = 3;
const PEOPLE: usize = 6;
/// The longest pause of a tab, in milliseconds.
const PACE: u64 = 120;

/// The duration of a fault: in the usual run, and in the long one.
fn length(seconds: u64, long: u64) -> Duration {
    let is_long = std::env::var_os("CHAPP_NODES_LONG").is_some();
    Duration::from_secs(if is_long { long } else { seconds })
}

/// Opens direct threads between all people, adds them to the lobby, and opens a tab at two nodes each.
async fn set_up(cluster: &Cluster, proxies: &[Proxy], chance: &mut StdRng) -> Vec<Bot> {
    let mut people = Vec::new();
    for number in 0..PEOPLE {
        let node = &cluster.nodes[number % NODES];
        people.push(node.sign_up(&format!("person{number}")).await);
    }
    for (number, person) in people.iter().enumerate() {
        for other in &people[..number] {
            person.open_direct(other).await;
        }
    }
    let (_, is_verbose) = watch::channel(false);
    let mut bots = Vec::new();
    for (number, person) in people.iter().enumerate() {
        for place in [number, number + 1] {
            bots.push(Bot::new(
                person.boot().await.expect("logged in"),
                proxies[place % NODES].address(),
                person.cookies(),
                chance.random(),
                PACE,
                is_verbose.clone(),
            ));
        }
    }
    bots
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_nodes_lose_nothing_under_faults() {
    let seed = match std::env::var("CHAPP_SEED") {
        Ok(seed) => seed.parse().expect("a number"),
        Err(_) => rand::random::<u32>().into(),
    };
    println!("CHAPP_SEED={seed}");
    let mut chance = StdRng::seed_from_u64(seed);
    let redis = Redis::start().await;
    // As docs/OPERATIONS.md tells: the nodes share the folder with the files of messages.
    let folder = tempfile::tempdir().expect("a folder");
    let files = folder.path().display().to_string();
    let settings = [
        ("CHAPP_ROOMS__LOBBY", "Lobby"),
        ("CHAPP_FILES__FOLDER", &*files),
    ];
    let mut cluster = Cluster::start_with(NODES, Some(redis), &settings).await;
    let mut proxies = Vec::new();
    for node in &cluster.nodes {
        proxies.push(Proxy::open(node.address()).await);
    }
    let (stop, stopped) = watch::channel(false);
    let bots = set_up(&cluster, &proxies, &mut chance).await;
    let talk = |bot: Bot| tokio::spawn(bot.talk(stopped.clone()));
    let running: Vec<_> = bots.into_iter().map(talk).collect();

    break_everything(&mut cluster, &proxies, &mut chance).await;

    stop.send_replace(true);
    let mut bots = Vec::new();
    for bot in running {
        bots.push(bot.await.expect("nobody panicked"));
    }
    let acked = checker::check(&cluster.nodes[0], &mut bots).await;
    println!("{acked} messages shown as sent, each of them there, once, in one order for everyone");
    assert!(acked > 500, "only {acked} messages were sent");
    for node in &cluster.nodes {
        let log = node.log();
        assert!(
            !log.iter().any(|line| line.contains("panicked")),
            "no panic"
        );
    }
}

async fn break_everything(cluster: &mut Cluster, proxies: &[Proxy], chance: &mut StdRng) {
    let breath = Duration::from_secs(2);
    sleep(breath).await;
    // A node dies; its people move to the next one, and return when it is back.
    let dead = chance.random_range(0..NODES);
    println!("kill -9 of node {dead}");
    cluster.nodes[dead].kill();
    proxies[dead].set_server(cluster.nodes[(dead + 1) % NODES].address());
    sleep(breath).await;
    cluster.nodes[dead].start_again().await;
    proxies[dead].set_server(cluster.nodes[dead].address());
    proxies[dead].cut();
    sleep(breath).await;

    println!("Redis is restarted");
    cluster.redis().stop();
    cluster.redis().start_again().await;
    sleep(breath).await;
    println!("Redis is away");
    cluster.redis().stop();
    sleep(length(5, 30)).await;
    cluster.redis().start_again().await;
    sleep(breath).await;

    println!("PostgreSQL is restarted");
    cluster.postgres.stop();
    sleep(Duration::from_millis(500)).await;
    cluster.postgres.start_again();
    sleep(breath).await;

    let frozen = chance.random_range(0..NODES);
    println!("node {frozen} freezes");
    cluster.nodes[frozen].signal("STOP");
    sleep(length(5, 20)).await;
    cluster.nodes[frozen].signal("CONT");
    sleep(breath).await;

    // Both at once: no node is notified of what it commits then.
    let dead = chance.random_range(0..NODES);
    println!("Redis is away, and node {dead} dies meanwhile");
    cluster.redis().stop();
    sleep(breath).await;
    cluster.nodes[dead].kill();
    proxies[dead].set_server(cluster.nodes[(dead + 1) % NODES].address());
    sleep(breath).await;
    cluster.redis().start_again().await;
    cluster.nodes[dead].start_again().await;

    // A rolling restart.
    for (node, proxy) in proxies.iter().enumerate() {
        println!("node {node} is restarted");
        cluster.nodes[node].terminate();
        proxy.set_server(cluster.nodes[(node + 1) % NODES].address());
        let status = cluster.nodes[node].exit().await;
        assert!(status.success(), "a clean stop: {status}");
        cluster.nodes[node].start_again().await;
        proxy.set_server(cluster.nodes[node].address());
        proxy.cut();
    }
    for node in &cluster.nodes {
        ready_reports(node, "ready").await;
    }
}
