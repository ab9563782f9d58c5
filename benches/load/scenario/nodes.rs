//! Several nodes on one PostgreSQL with a Redis between them, compared with one node on either database. All of it runs
//! on the machine of the load tool, so costs matter here more than speed.

pub mod bus;
pub mod deliveries;
pub mod people;
pub mod sends;

use std::time::{Duration, Instant};

use anyhow::ensure;
use chapp::model::{ThreadId, UserId};
use clap::Subcommand;

use super::Bench;
use crate::metrics;
use crate::report::Report;
use crate::seed::{Seeder, block_on};
use crate::server::{Server, free_port};
use crate::services::{Postgres, Redis};

/// If the nodes have not found each other after this long, something is wrong.
const READY_WITHIN: Duration = Duration::from_secs(15);
/// Part of the description of each of these scenarios.
const SHARED: &str = "PostgreSQL syncs each commit to disk and has its default settings; each database holds 20000 \
                      messages at the start. The load tool, the nodes, PostgreSQL and Redis share this one machine, \
                      so times include waiting for each other: the costs are more telling than the times.";
/// See [`SHARED`].
const MESSAGES: usize = 20_000;

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Durable sends: one node with SQLite, one with PostgreSQL, two; to many threads and to one
    Sends(sends::Options),
    /// One message to many members on all nodes
    Deliveries(deliveries::Options),
    /// The cost of a message for Redis and for uninvolved nodes
    Bus(bus::Options),
    /// Memory of connected people with many threads, and the cost of reconciling them with the database
    People(people::Options),
}

impl Command {
    pub fn run(&self, bench: &Bench) -> anyhow::Result<Report> {
        match self {
            Self::Sends(options) => sends::run(bench, options),
            Self::Deliveries(options) => deliveries::run(bench, options),
            Self::Bus(options) => bus::run(bench, options),
            Self::People(options) => people::run(bench, options),
        }
    }
}

/// Brings a database into the state of one in use: messages of these people in these threads, and the statistics that
/// PostgreSQL gathers within minutes.
fn age_database(
    url: &str,
    postgres: Option<&Postgres>,
    places: &[(ThreadId, UserId)],
) -> anyhow::Result<()> {
    block_on(async {
        let seeder = Seeder::open_at(url).await?;
        seeder.messages(places, MESSAGES).await?;
        seeder.close().await;
        Ok(())
    })?;
    postgres.map_or(Ok(()), Postgres::tidy)
}

/// An installation to compare.
#[derive(Clone, Copy)]
pub struct Setup<'a> {
    nodes: usize,
    /// `None`: SQLite.
    postgres: Option<&'a Postgres>,
    has_bus: bool,
}

impl<'a> Setup<'a> {
    pub fn sqlite() -> Self {
        Self {
            nodes: 1,
            postgres: None,
            has_bus: false,
        }
    }

    /// This many nodes; with a Redis if there are several.
    pub fn postgres(postgres: &'a Postgres, nodes: usize) -> Self {
        Self {
            nodes,
            postgres: Some(postgres),
            has_bus: nodes > 1,
        }
    }

    pub fn name(&self) -> String {
        match (self.nodes, self.postgres) {
            (1, None) => "1 node, SQLite".into(),
            (1, Some(_)) => "1 node, PostgreSQL".into(),
            (nodes, _) => format!("{nodes} nodes"),
        }
    }
}

/// A running installation.
pub struct Cluster<'a> {
    pub nodes: Vec<Node>,
    postgres: Option<&'a Postgres>,
    pub redis: Option<Redis>,
}

pub struct Node {
    pub server: Server,
    /// The port of `/metrics`.
    pub metrics: u16,
}

impl Node {
    /// The counter or gauge of this name.
    pub fn value(&self, name: &str) -> anyhow::Result<f64> {
        metrics::value(&metrics::read(self.metrics)?, name)
    }
}

impl<'a> Cluster<'a> {
    /// Starts the nodes, and waits until each receives from all others.
    pub fn start(bench: &Bench, setup: Setup<'a>) -> anyhow::Result<Self> {
        let redis = setup.has_bus.then(Redis::start).transpose()?;
        let store = setup
            .postgres
            .map_or_else(|| bench.folder.url(), |postgres| postgres.url.clone());
        let bus = redis.as_ref().map_or_else(String::new, Redis::url);
        let settings = [("CHAPP_STORE__URL", &*store), ("CHAPP_BUS__URL", &*bus)];
        let mut nodes = Vec::new();
        for _ in 0..setup.nodes {
            let metrics = free_port()?;
            let server = bench.start_with(free_port()?, metrics, &settings)?;
            nodes.push(Node { server, metrics });
        }
        let cluster = Self {
            nodes,
            postgres: setup.postgres,
            redis,
        };
        let begun = Instant::now();
        while !cluster.is_ready()? {
            ensure!(
                begun.elapsed() < READY_WITHIN,
                "the nodes do not receive each other"
            );
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(cluster)
    }

    fn is_ready(&self) -> anyhow::Result<bool> {
        if self.redis.is_none() {
            return Ok(true);
        }
        let others = self.nodes.len() as f64 - 1.0;
        for node in &self.nodes {
            let says_ready = metrics::get(node.server.port, "/readyz")?.ends_with("\r\n\r\nready");
            if !says_ready || node.value("chapp_bus_peers")? != others {
                return Ok(false);
            }
        }
        Ok(true)
    }

    pub fn ports(&self) -> Vec<u16> {
        self.nodes.iter().map(|node| node.server.port).collect()
    }

    /// The CPU time consumed so far.
    pub fn cpu(&self) -> anyhow::Result<Cpu> {
        let of_node = |node: &Node| crate::machine::cpu_seconds(node.server.pid());
        Ok(Cpu {
            nodes: self.nodes.iter().map(of_node).collect::<Result<_, _>>()?,
            postgres: self.postgres.map(Postgres::cpu).transpose()?,
            redis: self.redis.as_ref().map(Redis::cpu).transpose()?,
        })
    }
}

/// CPU seconds.
pub struct Cpu {
    pub nodes: Vec<f64>,
    pub postgres: Option<f64>,
    pub redis: Option<f64>,
}

impl Cpu {
    /// The consumption since `before`.
    pub fn since(&self, before: &Self) -> Self {
        let nodes = self.nodes.iter().zip(&before.nodes);
        let minus = |(now, before): (f64, f64)| now - before;
        Self {
            nodes: nodes.map(|(now, before)| now - before).collect(),
            postgres: self.postgres.zip(before.postgres).map(minus),
            redis: self.redis.zip(before.redis).map(minus),
        }
    }

    pub fn all_nodes(&self) -> f64 {
        self.nodes.iter().sum()
    }

    /// Reports what each of `count` things cost PostgreSQL and Redis, if present.
    pub fn add_services(&self, report: &mut Report, name: &str, thing: &str, count: f64) {
        for (service, cpu) in [("PostgreSQL", self.postgres), ("Redis", self.redis)] {
            if let Some(cpu) = cpu {
                let each = cpu * 1e6 / count;
                report.add(format!("{name}: {service}'s CPU of a {thing}"), each, "µs");
            }
        }
    }
}
