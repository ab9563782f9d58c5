//! Many senders to many threads: how many sends a second are on the disk and acknowledged, and how long an
//! acknowledgement takes.

use std::time::{Duration, Instant};

use anyhow::ensure;
use chapp::model::ThreadId;
use clap::Args;
use hdrhistogram::Histogram;

use super::{Bench, arrive, cookies};
use crate::machine::cpu_seconds;
use crate::message::{self, Heard, Reader};
use crate::metrics::{self, Distribution};
use crate::report::{self, Report};
use crate::seed::{self, Member, Seeder, block_on};
use crate::server::{Server, free_port};
use crate::swarm::{Handler, Swarm, say};

/// Acknowledged sends a second that are to be reached.
const GOAL: f64 = 20_000.0;
/// Threads of each sender. The other one in each of them is not connected.
const THREADS_EACH: usize = 16;

#[derive(Debug, Args)]
pub struct Options {
    /// Connections that send without pause
    #[arg(long, default_value_t = 64)]
    connections: usize,
    /// Sends on their way at any time, of all connections together; measured one after the other
    #[arg(long, value_delimiter = ',', default_values_t = [1, 4, 16, 64, 512, 4_096])]
    in_flight: Vec<usize>,
    /// How long each of them is measured
    #[arg(long, default_value_t = 5)]
    seconds: u64,
}

pub fn run(bench: &Bench, options: &Options) -> anyhow::Result<Report> {
    let (members, threads) = block_on(async {
        let seeder = Seeder::open(&bench.folder).await?;
        let members = seeder.members("sender", options.connections).await?;
        let others = seeder.people("other", THREADS_EACH).await?;
        let pairs: Vec<_> = members
            .iter()
            .flat_map(|member| others.iter().map(|&other| (member.user, other)))
            .collect();
        let threads = seeder.direct_threads(&pairs).await?;
        seeder.close().await;
        Ok((members, threads))
    })?;
    let about = format!(
        "{} connections send messages of {} bytes to {} threads and wait for nothing but their \
         acknowledgements, which come after the commit (SQLite, synchronous=FULL). With fewer sends in \
         flight than connections, as many connections send. A batch is what the server's writer has \
         committed in one transaction, as /metrics tells: its mean is exact, the others are bounds of the \
         histogram.",
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

/// One of the loads that are measured.
struct Load {
    in_flight: usize,
    /// The port of `/metrics`.
    metrics: u16,
}

/// What the writer has done so far: the sizes of its batches, and the seconds each took.
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
    for number in 0..in_flight {
        let frame = sending.next(number % senders);
        swarm.send(number % senders, &frame);
    }
    swarm.run_until(Instant::now() + Duration::from_secs(1), &mut sending)?;
    sending.forget();
    let cpu = cpu_seconds(server.pid())?;
    let before = batches(metrics)?;
    let bar = seed::bar(usize::try_from(options.seconds)?, "seconds");
    let start = Instant::now();
    for second in 1..=options.seconds {
        swarm.run_until(start + Duration::from_secs(second), &mut sending)?;
        bar.set_position(second);
    }
    bar.finish_and_clear();
    let (time, acked) = (start.elapsed().as_secs_f64(), sending.acked as f64);
    let cpu = cpu_seconds(server.pid())? - cpu;
    let after = batches(metrics)?;
    let (sizes, commits) = (after.0.since(&before.0), after.1.since(&before.1));
    sending.is_over = true;
    swarm.run_until(Instant::now() + Duration::from_secs(1), &mut sending)?;
    ensure!(sending.lost == 0, "the server closed a connection");
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
    let sent: usize = sending.sent.iter().sum();
    let missing = sent - sending.refused - sending.heard;
    let figure = report.add(name("not heard of by the sender"), missing as f64, "");
    figure.at_most(0.0);
    Ok(())
}

/// Sends the next when one is acknowledged.
struct Sending<'a> {
    reader: Reader,
    threads: &'a [ThreadId],
    /// For each sender, how many it has sent.
    sent: Vec<usize>,
    /// For each sender, when its last sends were sent, by number.
    times_sent: Vec<[Instant; WINDOW]>,
    acked: usize,
    refused: usize,
    /// Events of one's own that came.
    heard: usize,
    lost: usize,
    is_over: bool,
    /// Microseconds from a send to its acknowledgement.
    times: Histogram<u64>,
}

/// Sends of one connection whose times are remembered: more than the server lets be on their way.
const WINDOW: usize = 128;

impl<'a> Sending<'a> {
    fn new(threads: &'a [ThreadId], senders: usize) -> Self {
        Self {
            reader: Reader::new(),
            threads,
            sent: vec![0; senders],
            times_sent: vec![[Instant::now(); WINDOW]; senders],
            acked: 0,
            refused: 0,
            heard: 0,
            lost: 0,
            is_over: false,
            times: report::times(),
        }
    }

    fn next(&mut self, sender: usize) -> String {
        let number = self.sent[sender];
        self.sent[sender] += 1;
        self.times_sent[sender][number % WINDOW] = Instant::now();
        let thread = self.threads[sender * THREADS_EACH + number % THREADS_EACH];
        message::send(thread, sender, number)
    }

    /// What came so far was to warm up.
    fn forget(&mut self) {
        self.acked = 0;
        self.times.reset();
    }
}

impl Handler for Sending<'_> {
    fn opened(&mut self, _: usize, _: &mut Vec<u8>) {}

    fn text(&mut self, client: usize, payload: &[u8], out: &mut Vec<u8>) {
        match self.reader.read(payload) {
            Heard::Sent(number) => {
                self.acked += 1;
                let waited = self.times_sent[client][number % WINDOW]
                    .elapsed()
                    .as_micros();
                self.times
                    .saturating_record(u64::try_from(waited).unwrap_or(u64::MAX));
            }
            Heard::Refused => self.refused += 1,
            Heard::Message(_) => {
                self.heard += 1;
                return;
            }
            _ => return,
        }
        if !self.is_over {
            let frame = self.next(client);
            say(out, &frame);
        }
    }

    fn closed(&mut self, _: usize, _: u16) {
        self.lost += 1;
    }
}
