//! The cost of a message for nodes without any recipient: each receives everything.

use std::time::{Duration, Instant};

use anyhow::ensure;
use chapp::model::ThreadId;
use clap::Args;

use super::{Cluster, Cpu, SHARED, Setup, age_database};
use crate::message;
use crate::report::Report;
use crate::scenario::sends::sending::Sending;
use crate::scenario::{Bench, arrive, cookies, sends, settle};
use crate::seed::Member;
use crate::services::{Postgres, Redis, Traffic};
use crate::swarm::Swarm;

#[derive(Debug, Args)]
pub struct Options {
    /// Numbers of nodes, measured one after the other
    #[arg(long, value_delimiter = ',', default_values_t = [1, 2, 3, 4])]
    nodes: Vec<usize>,
    /// Sending connections, all at the first node
    #[arg(long, default_value_t = 64)]
    connections: usize,
    /// Messages per second over all of them, at even intervals
    #[arg(long, default_value_t = 500.0)]
    rate: f64,
    /// Seconds that each is measured; before that, as long without sending
    #[arg(long, default_value_t = 10)]
    seconds: u64,
}

pub fn run(bench: &Bench, options: &Options) -> anyhow::Result<Report> {
    let postgres = Postgres::start()?;
    let (members, threads) = sends::seed(&postgres.url, options.connections)?;
    let places = sends::places(&members, &threads);
    age_database(&postgres.url, Some(&postgres), &places)?;
    let about = format!(
        "{} messages of {} bytes a second, at even intervals, all sent at the first node to users who are not \
         connected: the other nodes receive them on the bus and find that they have no recipient. Their cost while \
         nothing is sent (heartbeats, comparisons with the database) is subtracted, and listed separately. One node \
         has no bus. {SHARED}",
        options.rate,
        message::LENGTH,
    );
    let mut report = Report::new("Several nodes: the bus", about);
    for &nodes in &options.nodes {
        let cluster = Cluster::start(bench, Setup::postgres(&postgres, nodes))?;
        measure(options, &cluster, &members, &threads, &mut report)?;
    }
    Ok(report)
}

/// The readings of all counters at a time.
struct Meters {
    cpu: Cpu,
    traffic: Traffic,
    packets: f64,
    at: Instant,
}

impl Meters {
    fn read(cluster: &Cluster<'_>) -> anyhow::Result<Self> {
        let traffic = cluster.redis.as_ref().map(Redis::traffic).transpose()?;
        Ok(Self {
            traffic: traffic.unwrap_or_default(),
            packets: cluster.nodes[0].value("chapp_bus_published_total")?,
            cpu: cluster.cpu()?,
            at: Instant::now(),
        })
    }
}

fn measure(
    options: &Options,
    cluster: &Cluster<'_>,
    members: &[Member],
    threads: &[ThreadId],
    report: &mut Report,
) -> anyhow::Result<()> {
    let mut swarm = Swarm::new(cluster.ports()[0], &cookies(members))?;
    arrive(&mut swarm, 0..members.len())?;
    // Each node reconciles everything once after its start.
    settle(&mut swarm, Duration::from_secs(2))?;
    let time = Duration::from_secs(options.seconds);
    let start = Meters::read(cluster)?;
    settle(&mut swarm, time)?;
    let idle = Meters::read(cluster)?;
    let mut sending = Sending::new(threads, members.len());
    let sent = send(options.rate, time, &mut swarm, &mut sending)? as f64;
    let end = Meters::read(cluster)?;
    sending.end(&mut swarm)?;
    ensure!(
        sending.accepted() == sending.received,
        "not everything was received"
    );

    let (quiet, busy) = (idle.cpu.since(&start.cpu), end.cpu.since(&idle.cpu));
    // Subtracts the idle cost from that of the sending phase.
    let share = (end.at - idle.at).as_secs_f64() / (idle.at - start.at).as_secs_f64();
    let each = |busy: f64, quiet: f64| (busy - quiet * share) * 1e6 / sent;
    let others = cluster.nodes.len() - 1;
    let name = match others {
        0 => "1 node".to_owned(),
        others => format!("{} nodes", others + 1),
    };
    let mut add = |what: &str, value: f64, unit: &str| {
        report.add(format!("{name}: {what}"), value, unit);
    };
    let all = each(busy.all_nodes(), quiet.all_nodes());
    add("CPU of a message, all nodes", all, "µs");
    let own = each(busy.nodes[0], quiet.nodes[0]);
    add("CPU of a message, the node that it is sent to", own, "µs");
    if others > 0 {
        let value = (all - own) / others as f64;
        add("CPU of a message, each other node", value, "µs");
    }
    for (what, busy, quiet) in [
        ("PostgreSQL", busy.postgres, quiet.postgres),
        ("Redis", busy.redis, quiet.redis),
    ] {
        if let Some((busy, quiet)) = busy.zip(quiet) {
            add(
                &format!("CPU of a message, {what}"),
                each(busy, quiet),
                "µs",
            );
        }
    }
    if others > 0 {
        let sign = |now: f64, idle: f64, start: f64| (now - idle - (idle - start) * share) / sent;
        let packets = sign(end.packets, idle.packets, start.packets);
        add("packets of a message", packets, "");
        let [now, idle_at, start_at] = [end.traffic, idle.traffic, start.traffic];
        let received = sign(now.received, idle_at.received, start_at.received);
        add("bytes of a message to Redis", received, "bytes");
        let out = sign(now.sent, idle_at.sent, start_at.sent);
        add("bytes of a message from Redis", out, "bytes");
    }
    let seconds = (idle.at - start.at).as_secs_f64();
    let of_each = quiet.all_nodes() / cluster.nodes.len() as f64;
    let idle = of_each / seconds * 100.0;
    add("a node to which nothing is sent", idle, "% of a core");
    Ok(())
}

/// Sends at even intervals, by the senders in turns; returns the number of messages.
fn send(
    rate: f64,
    time: Duration,
    swarm: &mut Swarm,
    sending: &mut Sending<'_>,
) -> anyhow::Result<usize> {
    // Acknowledgements no longer trigger sends.
    sending.is_over = true;
    let start = Instant::now();
    let count = (rate * time.as_secs_f64()) as usize;
    for number in 0..count {
        let due = start + Duration::from_secs_f64(number as f64 / rate);
        swarm.run_until(due, sending)?;
        let sender = number % sending.senders();
        let frame = sending.next(sender);
        swarm.send(sender, &frame);
    }
    swarm.run_until(start + time, sending)?;
    Ok(count)
}
