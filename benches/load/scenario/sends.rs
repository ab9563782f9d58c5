//! Many senders to many threads: the rate of durable, acknowledged sends, and the latency of an acknowledgement.

pub mod sending;

use chapp::model::{ThreadId, UserId};
use clap::Args;

use self::sending::{Sending, THREADS_EACH};
use super::{Bench, arrive, cookies};
use crate::machine::cpu_seconds;
use crate::message;
use crate::metrics::{self, Distribution};
use crate::report::Report;
use crate::seed::{Member, Seeder, block_on};
use crate::server::{Server, free_port};
use crate::swarm::Swarm;

/// Goal: acknowledged sends per second.
const GOAL: f64 = 20_000.0;

#[derive(Debug, Args)]
pub struct Options {
    /// Connections that send continuously
    #[arg(long, default_value_t = 64)]
    connections: usize,
    /// Sends in flight over all connections; measured one after the other
    #[arg(long, value_delimiter = ',', default_values_t = [1, 4, 16, 64, 512, 4_096])]
    in_flight: Vec<usize>,
    /// Seconds that each of them is measured
    #[arg(long, default_value_t = 5)]
    seconds: u64,
}

pub fn run(bench: &Bench, options: &Options) -> anyhow::Result<Report> {
    let (members, threads) = seed(&bench.folder.url(), options.connections)?;
    let about = format!(
        "{} connections send messages of {} bytes to {} threads and wait only for acknowledgements, which come \
         after the commit (SQLite, synchronous=FULL). With fewer sends in flight than connections, only that many \
         connections send. A batch is what the server's writer committed in one transaction, according to /metrics: \
         its mean is exact, the other figures are bounds of the histogram.",
        options.connections,
        message::LENGTH,
        threads.len(),
    );
    let mut report = Report::new("Durable sends", about);
    for &in_flight in &options.in_flight {
        let metrics = free_port()?;
        let server = bench.start_with_metrics(free_port()?, metrics)?;
        let load = Load { in_flight, metrics };
        measure(options, &members, &threads, load, &server, &mut report)?;
    }
    Ok(report)
}

/// Creates the senders and their threads. The other member of each thread is not connected.
pub fn seed(url: &str, senders: usize) -> anyhow::Result<(Vec<Member>, Vec<ThreadId>)> {
    block_on(async {
        let seeder = Seeder::open_at(url).await?;
        let members = seeder.members("sender", senders).await?;
        let others = seeder.people("other", THREADS_EACH).await?;
        let pairs: Vec<_> = members
            .iter()
            .flat_map(|member| others.iter().map(|&other| (member.user, other)))
            .collect();
        let threads = seeder.direct_threads(&pairs).await?;
        seeder.close().await;
        Ok((members, threads))
    })
}

/// The threads that [`seed`] created, each with its sender.
pub fn places(members: &[Member], threads: &[ThreadId]) -> Vec<(ThreadId, UserId)> {
    let of_each = threads.chunks(THREADS_EACH).zip(members);
    of_each
        .flat_map(|(threads, member)| threads.iter().map(|&thread| (thread, member.user)))
        .collect()
}

/// A load to measure.
struct Load {
    in_flight: usize,
    /// The port of `/metrics`.
    metrics: u16,
}

/// The writer's work so far: the sizes of its batches, and the seconds each took.
fn batches(metrics: u16) -> anyhow::Result<(Distribution, Distribution)> {
    let text = metrics::read(metrics)?;
    Ok((
        Distribution::of(&text, "chapp_batch_operations")?,
        Distribution::of(&text, "chapp_commit_seconds")?,
    ))
}

fn measure(
    options: &Options,
    members: &[Member],
    threads: &[ThreadId],
    Load { in_flight, metrics }: Load,
    server: &Server,
    report: &mut Report,
) -> anyhow::Result<()> {
    let senders = in_flight.min(members.len());
    let mut swarm = Swarm::new(server.port, &cookies(&members[..senders]))?;
    arrive(&mut swarm, 0..senders)?;
    let mut sending = Sending::new(threads, senders);
    sending.begin(&mut swarm, in_flight)?;
    let cpu = cpu_seconds(server.pid())?;
    let before = batches(metrics)?;
    let time = sending.run_for(&mut swarm, options.seconds)?;
    let acked = sending.acked as f64;
    let cpu = cpu_seconds(server.pid())? - cpu;
    let after = batches(metrics)?;
    let (sizes, commits) = (after.0.since(&before.0), after.1.since(&before.1));
    sending.end(&mut swarm)?;
    let name = |what: &str| format!("{in_flight} in flight: {what}");
    let figure = report.add(name("acknowledged"), acked / time, "a second");
    if in_flight == 4_096 {
        figure.at_least(GOAL);
    }
    report.add_times(&name("acknowledgement"), &sending.times);
    let commit = commits.mean() * 1e3;
    let [half, most] = [0.5, 0.99].map(|quantile| sizes.at_most(quantile));
    let unit = "operations";
    report.add(name("batch, mean"), sizes.mean(), unit);
    report.add(name("batch, p50 is at most"), half, unit);
    report.add(name("batch, p99 is at most"), most, unit);
    report.add(name("commits"), commits.count / time, "a second");
    report.add(name("a commit, mean"), commit, "ms");
    report.add(name("CPU of a send"), cpu * 1e6 / acked, "µs");
    report.add(name("CPU used"), cpu / time * 100.0, "% of a core");
    let refused = sending.refused as f64;
    report.add(name("refused"), refused, "").at_most(0.0);
    let missing = sending.accepted() - sending.received;
    let figure = report.add(name("not heard of by the sender"), missing as f64, "");
    figure.at_most(0.0);
    Ok(())
}
