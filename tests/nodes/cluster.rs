//! Several nodes, and what they share.

use std::time::Duration;

use crate::redis::Redis;
use crate::support::{ANY_PACE, Browser, Postgres, TestServer, UNPACED, patiently};

pub struct Cluster {
    pub nodes: Vec<TestServer>,
    pub redis: Option<Redis>,
    pub postgres: Postgres,
}

impl Cluster {
    /// Starts this many nodes with a Redis between them.
    pub async fn start(nodes: usize) -> Self {
        Self::start_with(nodes, Some(Redis::start().await), &[]).await
    }

    /// Starts this many nodes that share only the database.
    pub async fn without_bus(nodes: usize) -> Self {
        Self::start_with(nodes, None, &[]).await
    }

    pub async fn start_with(
        nodes: usize,
        redis: Option<Redis>,
        settings: &[(&'static str, &str)],
    ) -> Self {
        let postgres = Postgres::start();
        let bus = redis.as_ref().map_or_else(String::new, Redis::url);
        let store = postgres.url().to_owned();
        let mut all = vec![
            ("CHAPP_STORE__URL", &*store),
            ("CHAPP_BUS__URL", &*bus),
            ("CHAPP_SERVER__SHUTDOWN_SECONDS", "5"),
            // Per-person limits are counted by each node; the subject is what nodes share.
            UNPACED,
            ANY_PACE,
        ];
        all.extend_from_slice(settings);
        let mut cluster = Self {
            nodes: Vec::new(),
            redis,
            postgres,
        };
        for _ in 0..nodes {
            cluster.nodes.push(TestServer::start_with(&all).await);
        }
        for node in &cluster.nodes {
            match cluster.redis {
                Some(_) => ready_reports(node, "ready").await,
                None => ready_reports(node, "no bus is configured").await,
            }
        }
        cluster
    }

    /// Another window of the same browser, with its cookies, at another node.
    pub fn at(&self, node: usize, browser: &Browser) -> Browser {
        let mut window = browser.clone();
        window.move_to(self.nodes[node].address());
        window
    }

    pub fn redis(&mut self) -> &mut Redis {
        self.redis.as_mut().expect("a Redis")
    }
}

/// Waits until the `/readyz` of a node starts with or contains `what`.
pub async fn ready_reports(node: &TestServer, what: &str) {
    patiently(what, async {
        loop {
            let text = match reqwest::get(node.url("/readyz")).await {
                Ok(answer) => answer.text().await.unwrap_or_default(),
                Err(_) => String::new(),
            };
            if text == what || (what != "ready" && text.contains(what)) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await;
}

/// How often the nodes have reconciled with the database, in total. They must expose metrics, each on its own port.
pub async fn comparisons(cluster: &Cluster) -> u64 {
    let mut sum = 0;
    for node in &cluster.nodes {
        let log = node.log();
        let mut lines = log.iter();
        let address = lines.find_map(|line| Some(line.split_once("metrics at ")?.1));
        let answer = reqwest::get(address.expect("an address of the metrics")).await;
        let text = answer.expect("an answer").text().await.expect("metrics");
        let mut lines = text.lines();
        let value = lines.find_map(|line| line.strip_prefix("chapp_comparisons_total "));
        sum += value.map_or(0, |value| value.parse::<u64>().expect("a count"));
    }
    sum
}
