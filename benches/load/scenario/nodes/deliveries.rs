//! One sender on one node, many members on all of them.

use std::time::Duration;

use anyhow::ensure;
use chapp::model::ThreadId;
use clap::Args;

use super::{Cluster, SHARED, Setup, age_database};
use crate::message;
use crate::report::Report;
use crate::scenario::fanout::counting::Counting;
use crate::scenario::fanout::{Load, drive};
use crate::scenario::{Bench, arrive, cookies, settle};
use crate::seed::{Member, Seeder, block_on};
use crate::services::Postgres;
use crate::swarm::Swarm;

#[derive(Debug, Args)]
pub struct Options {
    /// Members of the thread, all connected, distributed over the nodes in turns; the first sends
    #[arg(long, default_value_t = 500)]
    members: usize,
    /// Messages per second, whether or not the servers keep up
    #[arg(long, default_value_t = 60.0)]
    rate: f64,
    /// Seconds that each is measured
    #[arg(long, default_value_t = 10)]
    seconds: u64,
}

fn seed(
    url: &str,
    postgres: Option<&Postgres>,
    members: usize,
) -> anyhow::Result<(Vec<Member>, ThreadId)> {
    let (members, thread) = block_on(async {
        let seeder = Seeder::open_at(url).await?;
        let members = seeder.members("fan", members).await?;
        let people: Vec<_> = members.iter().map(|member| member.user).collect();
        let thread = seeder.thread_of_many(&people).await?;
        seeder.close().await;
        Ok((members, thread))
    })?;
    age_database(url, postgres, &[(thread, members[0].user)])?;
    Ok((members, thread))
}

pub fn run(bench: &Bench, options: &Options) -> anyhow::Result<Report> {
    let postgres = Postgres::start()?;
    let on_file = seed(&bench.folder.url(), None, options.members)?;
    let on_postgres = seed(&postgres.url, Some(&postgres), options.members)?;
    let about = format!(
        "{} members of one thread, spread evenly over the nodes, messages of {} bytes, {} a second, all from one \
         sender; each is committed to disk before anyone receives it. Each message reached each member once and in \
         order. The figures of PostgreSQL and Redis include their background work. {SHARED}",
        options.members,
        message::LENGTH,
        options.rate,
    );
    let mut report = Report::new("Several nodes: fan-out", about);
    for (setup, (members, thread)) in [
        (Setup::sqlite(), &on_file),
        (Setup::postgres(&postgres, 1), &on_postgres),
        (Setup::postgres(&postgres, 2), &on_postgres),
    ] {
        let cluster = Cluster::start(bench, setup)?;
        measure(options, setup, &cluster, members, *thread, &mut report)?;
    }
    Ok(report)
}

fn measure(
    options: &Options,
    setup: Setup<'_>,
    cluster: &Cluster<'_>,
    members: &[Member],
    thread: ThreadId,
    report: &mut Report,
) -> anyhow::Result<()> {
    let mut swarm = Swarm::over(&cluster.ports(), &cookies(members))?;
    arrive(&mut swarm, 0..members.len())?;
    // Presence changes are still being announced; then a second to warm up.
    settle(&mut swarm, Duration::from_secs(2))?;
    let load = Load::Rate(options.rate);
    let new_counting = || Counting::new(members.len(), cluster.nodes.len());
    let warm_up = Duration::from_secs(1);
    drive(load, thread, &mut swarm, &mut new_counting(), warm_up)?;
    let mut counting = new_counting();
    let before = cluster.cpu()?;
    let time = Duration::from_secs(options.seconds);
    let time = drive(load, thread, &mut swarm, &mut counting, time)?.as_secs_f64();
    let cpu = cluster.cpu()?.since(&before);
    let found = &counting.found;
    let is_right = found.delivered == found.expected
        && [found.repeated, found.early, found.refused, found.closed] == [0; 4];
    ensure!(
        is_right,
        "of {} deliveries {} were made, {} twice, {} early; {} refused, {} connections lost",
        found.expected,
        found.delivered,
        found.repeated,
        found.early,
        found.refused,
        found.closed
    );
    let name = setup.name();
    let (delivered, sent) = (found.delivered as f64, found.sent as f64);
    report.add(format!("{name}: deliveries a second"), delivered / time, "");
    let each = cpu.all_nodes() * 1e6 / delivered;
    report.add(format!("{name}: chapp's CPU of a delivery"), each, "µs");
    cpu.add_services(report, &name, "message", sent);
    let bytes = found.bytes as f64 / delivered;
    report.add(format!("{name}: bytes of a delivery"), bytes, "bytes");
    for (place, times) in ["at the sender's node", "at the other node"]
        .iter()
        .zip(&found.times)
    {
        report.add_times(&format!("{name}: delivery {place}"), times);
    }
    Ok(())
}
