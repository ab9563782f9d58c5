//! Durable sends, on one node and on two.

use anyhow::ensure;
use chapp::model::ThreadId;
use clap::Args;

use super::{Cluster, SHARED, Setup, age_database};
use crate::message;
use crate::report::Report;
use crate::scenario::sends::sending::{Sending, THREADS_EACH};
use crate::scenario::{Bench, arrive, cookies, sends};
use crate::seed::{Member, Seeder, block_on};
use crate::services::Postgres;
use crate::swarm::Swarm;

#[derive(Debug, Args)]
pub struct Options {
    /// Connections that send continuously, distributed over the nodes in turns
    #[arg(long, default_value_t = 64)]
    connections: usize,
    /// Sends in flight over all connections; measured one after the other
    #[arg(long, value_delimiter = ',', default_values_t = [1, 64, 512])]
    in_flight: Vec<usize>,
    /// Sends in flight in the single thread
    #[arg(long, default_value_t = 64)]
    in_one_thread: usize,
    /// Seconds that each of them is measured
    #[arg(long, default_value_t = 5)]
    seconds: u64,
}

/// A combination of senders and nodes.
struct Place {
    members: Vec<Member>,
    threads: Vec<ThreadId>,
    /// The thread shared by the first two.
    shared: ThreadId,
}

fn seed(url: &str, postgres: Option<&Postgres>, connections: usize) -> anyhow::Result<Place> {
    let (members, threads) = sends::seed(url, connections)?;
    age_database(url, postgres, &sends::places(&members, &threads))?;
    ensure!(members.len() > 1, "two people have a thread in common");
    let shared = block_on(async {
        let seeder = Seeder::open_at(url).await?;
        let pair = [(members[0].user, members[1].user)];
        let shared = seeder.direct_threads(&pair).await?[0];
        seeder.close().await;
        Ok(shared)
    })?;
    Ok(Place {
        members,
        threads,
        shared,
    })
}

pub fn run(bench: &Bench, options: &Options) -> anyhow::Result<Report> {
    let postgres = Postgres::start()?;
    let on_file = seed(&bench.folder.url(), None, options.connections)?;
    let on_postgres = seed(&postgres.url, Some(&postgres), options.connections)?;
    let about = format!(
        "{} connections, spread evenly over the nodes, send messages of {} bytes to {} threads and wait only for \
         acknowledgements, which come after the commit. In one thread: two users who send to each other, one on \
         each node if there are two; there the lock of one row determines the order. {SHARED}",
        options.connections,
        message::LENGTH,
        on_file.threads.len(),
    );
    let mut report = Report::new("Several nodes: durable sends", about);
    for (setup, place) in [
        (Setup::sqlite(), &on_file),
        (Setup::postgres(&postgres, 1), &on_postgres),
        (Setup::postgres(&postgres, 2), &on_postgres),
    ] {
        let cluster = Cluster::start(bench, setup)?;
        let name = setup.name();
        for &in_flight in &options.in_flight {
            let senders = in_flight.min(place.members.len());
            let run = Run {
                name: format!("{name}, {in_flight} in flight"),
                members: &place.members[..senders],
                threads: &place.threads,
                in_flight,
                receivers: 1,
            };
            run.measure(options.seconds, &cluster, &mut report)?;
        }
        let in_flight = options.in_one_thread;
        let run = Run {
            name: format!("{name}, one thread, {in_flight} in flight"),
            members: &place.members[..2],
            threads: &[place.shared; 2 * THREADS_EACH],
            in_flight,
            receivers: 2,
        };
        run.measure(options.seconds, &cluster, &mut report)?;
    }
    Ok(report)
}

struct Run<'a> {
    name: String,
    members: &'a [Member],
    threads: &'a [ThreadId],
    in_flight: usize,
    /// Connections that receive each message.
    receivers: usize,
}

impl Run<'_> {
    fn measure(
        &self,
        seconds: u64,
        cluster: &Cluster<'_>,
        report: &mut Report,
    ) -> anyhow::Result<()> {
        let mut swarm = Swarm::over(&cluster.ports(), &cookies(self.members))?;
        arrive(&mut swarm, 0..self.members.len())?;
        let mut sending = Sending::new(self.threads, self.members.len());
        sending.begin(&mut swarm, self.in_flight)?;
        let before = cluster.cpu()?;
        let time = sending.run_for(&mut swarm, seconds)?;
        let acked = sending.acked as f64;
        let cpu = cluster.cpu()?.since(&before);
        sending.end(&mut swarm)?;
        let missing = sending.accepted() * self.receivers - sending.received;
        ensure!(missing == 0, "{missing} messages were not heard of");
        ensure!(sending.refused == 0, "{} were refused", sending.refused);
        let name = &self.name;
        report.add(format!("{name}: acknowledged"), acked / time, "a second");
        for (what, quantile) in [("p50", 0.5), ("p99", 0.99)] {
            let value = sending.times.value_at_quantile(quantile) as f64 / 1e3;
            report.add(format!("{name}: acknowledgement, {what}"), value, "ms");
        }
        let each = cpu.all_nodes() * 1e6 / acked;
        report.add(format!("{name}: chapp's CPU of a send"), each, "µs");
        cpu.add_services(report, name, "send", acked);
        Ok(())
    }
}
