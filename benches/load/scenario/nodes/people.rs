//! Connected but idle people: their cost for a node that is one of several.

use std::time::{Duration, Instant};

use anyhow::ensure;
use clap::Args;

use super::{Cluster, SHARED, Setup};
use crate::machine::resident;
use crate::report::Report;
use crate::scenario::{Bench, arrive, cookies, settle};
use crate::seed::{Member, Seeder, block_on};
use crate::services::Postgres;
use crate::swarm::Swarm;

/// Messages written to measure their size on disk.
const MESSAGES: usize = 50_000;
/// A node reconciles everything every 30 seconds.
const COMPARED_WITHIN: Duration = Duration::from_secs(60);

#[derive(Debug, Args)]
pub struct Options {
    /// Connections, each of another person
    #[arg(long, default_value_t = 5_000)]
    connections: usize,
    /// Number of threads of each of them
    #[arg(long, default_value_t = 20)]
    threads: usize,
}

pub fn run(bench: &Bench, options: &Options) -> anyhow::Result<Report> {
    let postgres = Postgres::start()?;
    let about = format!(
        "One node with PostgreSQL and Redis, as it would run among several. Each connection belongs to another \
         user; in the second run, each user is in {} direct threads with others of them. A comparison happens on \
         each node every 30 seconds: it reads all sessions, threads and memberships of its connected users from the \
         database. {SHARED}",
        options.threads
    );
    let mut report = Report::new("Several nodes: people", about);
    let people = options.connections + 1;
    let alone = block_on(async {
        let seeder = Seeder::open_at(&postgres.url).await?;
        let members = seeder.members("alone", people).await?;
        seeder.close().await;
        Ok(members)
    })?;
    postgres.tidy()?;
    let name = "in no thread";
    measure(bench, &postgres, &alone, name, &mut report)?;
    let (busy, bytes) = block_on(async {
        let seeder = Seeder::open_at(&postgres.url).await?;
        let members = seeder.members("busy", people).await?;
        let count = members.len();
        let pairs: Vec<_> = (0..count)
            .flat_map(|one| (1..=options.threads / 2).map(move |step| (one, (one + step) % count)))
            .map(|(one, other)| (members[one].user, members[other].user))
            .collect();
        let threads = seeder.direct_threads(&pairs).await?;
        let places = threads.iter().zip(&pairs);
        let places: Vec<_> = places.map(|(&thread, pair)| (thread, pair.0)).collect();
        // Each thread has a message, so that it is in both lists.
        seeder.messages(&places, places.len()).await?;
        postgres.tidy()?;
        let before = postgres.size()?;
        seeder.messages(&places, MESSAGES).await?;
        let bytes = (postgres.size()? - before) as f64 / MESSAGES as f64;
        seeder.close().await;
        Ok((members, bytes))
    })?;
    let name = format!("in {} threads", options.threads);
    measure(bench, &postgres, &busy, &name, &mut report)?;
    report.add("a message in the tables and indexes", bytes, "bytes");
    Ok(report)
}

fn measure(
    bench: &Bench,
    postgres: &Postgres,
    members: &[Member],
    name: &str,
    report: &mut Report,
) -> anyhow::Result<()> {
    let mut setup = Setup::postgres(postgres, 1);
    setup.has_bus = true;
    let cluster = Cluster::start(bench, setup)?;
    let node = &cluster.nodes[0];
    let mut swarm = Swarm::new(node.server.port, &cookies(members))?;
    arrive(&mut swarm, 0..1)?;
    settle(&mut swarm, Duration::from_secs(1))?;
    let empty = resident(node.server.pid())?;
    arrive(&mut swarm, 1..members.len())?;
    let connections = (members.len() - 1) as f64;
    settle(&mut swarm, Duration::from_secs(5))?;
    let grown = resident(node.server.pid())? - empty;
    let each = grown / 1_024.0 / connections;
    report.add(format!("{name}: memory of a connection"), each, "KiB");

    // From the end of one reconciliation to the end of the next.
    let compared = |swarm: &mut Swarm| -> anyhow::Result<()> {
        let count = node.value("chapp_comparisons_total")?;
        let begun = Instant::now();
        while node.value("chapp_comparisons_total")? == count {
            ensure!(begun.elapsed() < COMPARED_WITHIN, "nothing is compared");
            settle(swarm, Duration::from_millis(250))?;
        }
        Ok(())
    };
    compared(&mut swarm)?;
    let (before, start) = (cluster.cpu()?, Instant::now());
    compared(&mut swarm)?;
    let (cpu, time) = (cluster.cpu()?.since(&before), start.elapsed().as_secs_f64());
    let name = format!("{name}: idle, comparison and heartbeats");
    let mut add = |what: &str, cpu: f64| {
        let each = cpu * 1e6 / connections / time;
        report.add(
            format!("{name}, {what}, CPU of a connection"),
            each,
            "µs a second",
        );
    };
    add("chapp", cpu.all_nodes());
    add("PostgreSQL", cpu.postgres.unwrap_or_default());
    Ok(())
}
