//! A reconnect storm: the server was killed and is up again, and each client connects and resumes from its position,
//! with some events missing.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use anyhow::ensure;
use chapp::model::ThreadId;
use chapp::protocol;
use clap::Args;
use hdrhistogram::Histogram;
use memchr::memmem;

use super::{Bench, arrive, cookies};
use crate::machine::{cpu_seconds, resident};
use crate::report::{self, Report};
use crate::seed::{self, Seeder, block_on};
use crate::server::free_port;
use crate::swarm::{Handler, Swarm, write_text};

/// Messages in each thread, and how many of them its clients have when they reconnect.
const MESSAGES: usize = 10;
const KNOWN: usize = 5;
/// A rejected client retries after this long; a browser would wait a little longer.
const RETRY_AFTER: Duration = Duration::from_millis(300);
/// Whatever is not done by then never will be.
const GIVE_UP_AFTER: Duration = Duration::from_secs(120);

#[derive(Debug, Args)]
pub struct Options {
    /// Connections, each of another person; every two share a thread
    #[arg(long, default_value_t = 5_000)]
    connections: usize,
}

pub fn run(bench: &Bench, options: &Options) -> anyhow::Result<Report> {
    let (members, threads) = block_on(async {
        let seeder = Seeder::open(&bench.folder).await?;
        let members = seeder.members("storm", options.connections / 2 * 2).await?;
        let pairs: Vec<_> = members
            .chunks(2)
            .map(|two| (two[0].user, two[1].user))
            .collect();
        let threads = seeder.direct_threads(&pairs).await?;
        let places = threads
            .iter()
            .zip(&pairs)
            .map(|(&thread, pair)| (thread, pair.0));
        let places: Vec<_> = places.collect();
        seeder.messages(&places, MESSAGES * threads.len()).await?;
        seeder.close().await;
        Ok((members, threads))
    })?;
    let port = free_port()?;
    let server = bench.start(port)?;
    let mut swarm = Swarm::new(port, &cookies(&members))?;
    arrive(&mut swarm, 0..members.len())?;
    server.kill();
    swarm.drop_all();
    let server = bench.start(port)?;
    let mut storm = Storm::new(&threads, members.len());
    let cpu = cpu_seconds(server.pid())?;
    storm.run(&mut swarm)?;
    let cpu = cpu_seconds(server.pid())? - cpu;
    let about = format!(
        "{} connections, each of another user, open at the same moment after the server was killed and restarted, \
         and resume a thread in which they missed {} messages. A client that is rejected tries again after {} ms.",
        members.len(),
        MESSAGES - KNOWN,
        RETRY_AFTER.as_millis(),
    );
    let count = members.len() as f64;
    let mut report = Report::new("Connect storm", about);
    report.add("all caught up after", storm.times.max() as f64 / 1e6, "s");
    report.add_times("a client has caught up", &storm.times);
    report.add("CPU of the server", cpu, "s");
    report.add("CPU of a connection", cpu * 1e6 / count, "µs");
    report.add(
        "bytes received by each",
        storm.bytes as f64 / count,
        "bytes",
    );
    report.add("attempts turned away", storm.turned_away as f64, "");
    let missing = count - storm.caught_up as f64;
    report.add("not caught up", missing, "").at_most(0.0);
    report
        .add("incomplete catch-ups", storm.incomplete as f64, "")
        .at_most(0.0);
    report.add(
        "memory of the server",
        resident(server.pid())? / f64::from(1 << 20),
        "MiB",
    );
    Ok(report)
}

struct Storm<'a> {
    threads: &'a [ThreadId],
    start: Instant,
    is_done: Vec<bool>,
    caught_up: usize,
    incomplete: usize,
    turned_away: usize,
    bytes: usize,
    /// Clients that must retry, and when.
    again: VecDeque<(Instant, usize)>,
    /// Microseconds from the start of the storm to having caught up.
    times: Histogram<u64>,
    last_missed: memmem::Finder<'static>,
}

impl<'a> Storm<'a> {
    fn new(threads: &'a [ThreadId], clients: usize) -> Self {
        Self {
            threads,
            start: Instant::now(),
            is_done: vec![false; clients],
            caught_up: 0,
            incomplete: 0,
            turned_away: 0,
            bytes: 0,
            again: VecDeque::new(),
            times: report::times(),
            last_missed: memmem::Finder::new(br#""complete":true"#),
        }
    }

    fn run(&mut self, swarm: &mut Swarm) -> anyhow::Result<()> {
        let bar = seed::bar(self.is_done.len(), "caught up");
        self.start = Instant::now();
        for client in 0..self.is_done.len() {
            swarm.connect(client)?;
        }
        while self.caught_up < self.is_done.len() {
            ensure!(
                self.start.elapsed() < GIVE_UP_AFTER,
                "only {} had caught up after {GIVE_UP_AFTER:?}",
                self.caught_up
            );
            swarm.turn(Duration::from_millis(20), self)?;
            let now = Instant::now();
            while let Some((_, client)) = self.again.pop_front_if(|(due, _)| *due <= now) {
                swarm.connect(client)?;
            }
            bar.set_position(self.caught_up as u64);
        }
        bar.finish_and_clear();
        Ok(())
    }

    /// Whether `ready` brings every missed event.
    fn is_complete(&self, client: usize, ready: &[u8]) -> bool {
        let missed = format!(r#""missed":[{{"thread":{},"#, self.threads[client / 2]);
        let Some(at) = memmem::find(ready, missed.as_bytes()) else {
            return false;
        };
        let seqs = (KNOWN + 1..=MESSAGES).map(|seq| format!(r#""seq":{seq},"#));
        let mut rest = &ready[at..];
        for seq in seqs {
            match memmem::find(rest, seq.as_bytes()) {
                Some(at) => rest = &rest[at..],
                None => return false,
            }
        }
        self.last_missed.find(rest).is_some()
    }
}

impl Handler for Storm<'_> {
    fn opened(&mut self, client: usize, out: &mut Vec<u8>) {
        let (version, thread) = (protocol::VERSION, self.threads[client / 2]);
        let hello = format!(
            r#"{{"type":"hello","version":{version},"resume":[{{"thread":{thread},"seq":{KNOWN}}}]}}"#
        );
        write_text(out, &hello);
    }

    fn text(&mut self, client: usize, payload: &[u8], _: &mut Vec<u8>) {
        self.bytes += payload.len();
        if !payload.starts_with(br#"{"type":"ready""#) || self.is_done[client] {
            return;
        }
        self.is_done[client] = true;
        self.caught_up += 1;
        self.incomplete += usize::from(!self.is_complete(client, payload));
        let waited = self.start.elapsed().as_micros();
        self.times
            .saturating_record(u64::try_from(waited).unwrap_or(u64::MAX));
    }

    fn closed(&mut self, client: usize, _: u16) {
        self.turned_away += 1;
        if !self.is_done[client] {
            self.again.push_back((Instant::now() + RETRY_AFTER, client));
        }
    }
}
