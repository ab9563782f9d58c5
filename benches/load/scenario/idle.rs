//! The cost of an idle connection, of which every open tab has one.

use std::time::Duration;

use clap::Args;

use super::{Bench, arrive, cookies, settle};
use crate::machine::resident;
use crate::report::Report;
use crate::seed::{Seeder, block_on};
use crate::server::free_port;
use crate::swarm::Swarm;

/// Goal: KiB of server memory per idle connection.
const GOAL_KIB: f64 = 12.0;

#[derive(Debug, Args)]
pub struct Options {
    /// Connections at which memory is measured, ascending; each belongs to another person
    #[arg(long, value_delimiter = ',', default_values_t = [5_000, 15_000])]
    connections: Vec<usize>,
    /// Seconds without connects or disconnects before each measurement
    #[arg(long, default_value_t = 5)]
    seconds: u64,
}

pub fn run(bench: &Bench, options: &Options) -> anyhow::Result<Report> {
    let most = options.connections.iter().copied().max().unwrap_or(0);
    // One more, so that the server has served a client before the first measurement.
    let members = block_on(async {
        let seeder = Seeder::open(&bench.folder).await?;
        let members = seeder.members("idle", most + 1).await?;
        seeder.close().await;
        Ok(members)
    })?;
    let server = bench.start(free_port()?)?;
    let mut swarm = Swarm::new(server.port, &cookies(&members))?;
    arrive(&mut swarm, most..most + 1)?;
    settle(&mut swarm, Duration::from_secs(1))?;
    let about = "Each connection belongs to another user, is logged in by cookie, and live. The figures are the \
                 growth of the server's resident memory (VmRSS) per connection, compared with one connection.";
    let mut report = Report::new("Idle connections", about.into());
    let start_ms = server.ready_after.as_secs_f64() * 1_000.0;
    report.add("from start to the first answer", start_ms, "ms");
    let empty = resident(server.pid())?;
    report.add(
        "memory with 1 connection",
        empty / f64::from(1 << 20),
        "MiB",
    );
    let mut connected = 0;
    for &count in &options.connections {
        arrive(&mut swarm, connected..count)?;
        connected = count;
        settle(&mut swarm, Duration::from_secs(options.seconds))?;
        let grown = resident(server.pid())? - empty;
        let each = grown / 1_024.0 / count as f64;
        report
            .add(format!("a connection, at {count}"), each, "KiB")
            .at_most(GOAL_KIB);
    }
    Ok(report)
}
