//! Messages sent on one node arrive on the others.

use std::time::{Duration, Instant};

use chapp::model::{Seq, ThreadId};

use crate::cluster::{Cluster, comparisons, ready_reports};
use crate::redis::Redis;
use crate::support::{Browser, Socket, patiently};

/// Two people in a direct thread, one on each of the first two nodes.
async fn two(cluster: &Cluster) -> (Browser, Browser, ThreadId) {
    let ana = cluster.nodes[0].sign_up("ana").await;
    let bob = cluster.nodes[1].sign_up("bob").await;
    let thread = ana.open_direct(&bob).await;
    (ana, bob, thread)
}

/// The texts of the next `count` events, which must directly follow `last`.
async fn receive(tab: &mut Socket, mut last: Seq, count: usize) -> Vec<String> {
    let mut texts = Vec::new();
    for _ in 0..count {
        let event = tab.event().await;
        last += 1;
        assert_eq!(event.seq, last, "in order, and none twice");
        texts.push(event.body.text().expect("a message").to_owned());
    }
    texts
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn all_nodes_deliver_the_same_order() {
    const EACH: usize = 150;
    let cluster = Cluster::start(3).await;
    let (ana, bob, thread) = two(&cluster).await;
    let mut tabs = [
        ana.tab().await,
        bob.tab().await,
        cluster.at(2, &ana).tab().await,
        cluster.at(2, &bob).tab().await,
    ];
    for number in 0..EACH {
        let mut sent = Vec::new();
        for tab in &mut tabs {
            sent.push(tab.post(thread, &number.to_string()).await);
        }
        for (tab, id) in tabs.iter_mut().zip(sent) {
            tab.sent(id).await;
        }
    }
    let mut received = Vec::new();
    for tab in &mut tabs {
        received.push(receive(tab, 0, 4 * EACH).await);
    }
    assert!(received.iter().all(|texts| *texts == received[0]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn messages_cross_nodes_within_seconds_without_a_bus() {
    let cluster = Cluster::without_bus(2).await;
    let (ana, bob, thread) = two(&cluster).await;
    let (mut here, mut there) = (ana.tab().await, bob.tab().await);
    for number in 0..3 {
        let begun = Instant::now();
        here.send(thread, "hello").await;
        receive(&mut there, number, 1).await;
        assert!(begun.elapsed() < Duration::from_secs(4));
        receive(&mut here, number, 1).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn node_polls_while_redis_is_away_and_recovers() {
    let mut cluster = Cluster::start(2).await;
    let (ana, bob, thread) = two(&cluster).await;
    let (mut here, mut there) = (ana.tab().await, bob.tab().await);
    cluster.redis().stop();
    for node in &cluster.nodes {
        ready_reports(node, "the bus does not answer").await;
    }
    here.send(thread, "while it is away").await;
    assert_eq!(receive(&mut there, 0, 1).await, ["while it is away"]);
    cluster.redis().start_again().await;
    for node in &cluster.nodes {
        ready_reports(node, "ready").await;
    }
    let begun = Instant::now();
    there.send(thread, "it is back").await;
    assert_eq!(receive(&mut here, 0, 2).await[1], "it is back");
    assert!(begun.elapsed() < Duration::from_millis(800), "by the bus");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nodes_reconcile_after_a_gap_but_not_for_bus_traffic() {
    let settings = [("CHAPP_SERVER__METRICS_LISTEN", "127.0.0.1:0")];
    let redis = Some(Redis::start().await);
    let mut cluster = Cluster::start_with(2, redis, &settings).await;
    let (ana, bob, thread) = two(&cluster).await;
    let (mut here, mut there) = (ana.tab().await, bob.tab().await);
    let before = patiently("the nodes to have compared what was before them", async {
        let mut last = comparisons(&cluster).await;
        loop {
            tokio::time::sleep(Duration::from_secs(1)).await;
            let now = comparisons(&cluster).await;
            if now == last {
                return now;
            }
            last = now;
        }
    });
    let before = before.await;
    let begun = Instant::now();
    let mut last = 0;
    while begun.elapsed() < Duration::from_secs(2) {
        here.send(thread, "hello").await;
        receive(&mut there, last, 1).await;
        last += 1;
    }
    let after = comparisons(&cluster).await;
    // Each node reconciles on its own every 30 seconds.
    assert!(after <= before + 2, "{before} comparisons, then {after}");
    cluster.redis().stop();
    cluster.redis().start_again().await;
    let grown = patiently("both nodes to compare", async {
        while comparisons(&cluster).await < after + 4 {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    });
    grown.await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tab_resumes_on_another_node() {
    let mut cluster = Cluster::start(2).await;
    let (ana, bob, thread) = two(&cluster).await;
    let mut here = ana.tab().await;
    let mut there = bob.tab().await;
    here.send(thread, "one").await;
    assert_eq!(receive(&mut there, 0, 1).await, ["one"]);
    cluster.nodes[1].kill();
    here.send(thread, "two").await;
    let mut moved = cluster.at(0, &bob).silent_tab().await;
    let ready = serde_json::to_value(moved.hello(&[(thread, 1)]).await).expect("JSON");
    let missed = &ready["missed"][0]["events"];
    assert_eq!(missed[0]["body"]["text"], "two", "{ready}");
    moved.send(thread, "three").await;
    assert_eq!(receive(&mut here, 0, 3).await, ["one", "two", "three"]);
}
