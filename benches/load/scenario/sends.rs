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
    #[arg(long, value_delimiter = ',', default_values_t = [1, 8, 64, 512, 4_096])]
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
         acknowledgements, which come after the commit (SQLite, synchronous=FULL).",
        options.connections,
        message::LENGTH,
        threads.len(),
    );
    let mut report = Report::new("Durable sends", about);
    for &in_flight in &options.in_flight {
        let server = bench.start(free_port()?)?;
        measure(options, &members, &threads, in_flight, &server, &mut report)?;
    }
    Ok(report)
}

fn measure(
    options: &Options,
    members: &[Member],
    threads: &[ThreadId],
    in_flight: usize,
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
    let bar = seed::bar(usize::try_from(options.seconds)?, "seconds");
    let start = Instant::now();
    for second in 1..=options.seconds {
        swarm.run_until(start + Duration::from_secs(second), &mut sending)?;
        bar.set_position(second);
    }
    bar.finish_and_clear();
    let (time, acked) = (start.elapsed().as_secs_f64(), sending.acked as f64);
    let cpu = cpu_seconds(server.pid())? - cpu;
    sending.is_over = true;
    swarm.run_until(Instant::now() + Duration::from_secs(1), &mut sending)?;
    ensure!(sending.lost == 0, "the server closed a connection");
    let figure = report.add(
        format!("{in_flight} in flight: acknowledged"),
        acked / time,
        "a second",
    );
    if in_flight == 4_096 {
        figure.at_least(GOAL);
    }
    report.add_times(
        &format!("{in_flight} in flight: acknowledgement"),
        &sending.times,
    );
    report.add(
        format!("{in_flight} in flight: CPU of a send"),
        cpu * 1e6 / acked,
        "µs",
    );
    report.add(
        format!("{in_flight} in flight: CPU used"),
        cpu / time * 100.0,
        "% of a core",
    );
    report
        .add(
            format!("{in_flight} in flight: refused"),
            sending.refused as f64,
            "",
        )
        .at_most(0.0);
    let sent: usize = sending.sent.iter().sum();
    let missing = sent - sending.refused - sending.heard;
    report
        .add(
            format!("{in_flight} in flight: not heard of by the sender"),
            missing as f64,
            "",
        )
        .at_most(0.0);
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
