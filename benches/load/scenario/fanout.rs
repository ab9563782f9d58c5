//! One sender, many members: the cost of a delivery, its latency, and whether each member gets each message once and in
//! order. Alternates with a bare room without any guarantees.

pub mod counting;

use std::time::{Duration, Instant};

use chapp::model::ThreadId;
use clap::Args;

use self::counting::{Counting, Found};
use super::{Bench, arrive, cookies, settle};
use crate::machine::{cpu_seconds, pin};
use crate::message;
use crate::report::Report;
use crate::seed::{self, Member, Seeder, block_on};
use crate::server::{Server, free_port};
use crate::swarm::Swarm;

/// Goal: the cost of a delivery by chapp, relative to the bare room.
const GOAL_RATIO: f64 = 1.15;
/// Goal: milliseconds within which 99 of 100 deliveries are made, at a fixed rate.
const GOAL_P99: f64 = 10.0;
const GOAL_RATE: f64 = 30_000.0;

#[derive(Debug, Args)]
pub struct Options {
    /// Members of the thread, all connected
    #[arg(long, default_value_t = 500)]
    members: usize,
    /// Messages per second, whether or not the server keeps up
    #[arg(long, default_value_t = 60.0)]
    rate: f64,
    /// Instead of a rate: keep this number of messages in flight, sending the next when one has reached everyone
    #[arg(long)]
    in_flight: Option<usize>,
    /// Pin the server to one core, the load to another
    #[arg(long)]
    pinned: bool,
    /// Seconds that each round measures
    #[arg(long, default_value_t = 8)]
    seconds: u64,
    /// Rounds for each server, alternating
    #[arg(long, default_value_t = 2)]
    rounds: usize,
    /// Measure only chapp
    #[arg(long)]
    no_reference: bool,
}

/// How messages are paced.
#[derive(Clone, Copy)]
pub enum Load {
    /// This many per second, whether or not the server keeps up.
    Rate(f64),
    /// This many in flight at any time.
    InFlight(usize),
}

impl Options {
    fn load(&self) -> Load {
        self.in_flight.map_or(Load::Rate(self.rate), Load::InFlight)
    }
}

/// The cores used with `--pinned`.
const SERVER_CORE: usize = 0;
const LOAD_CORE: usize = 1;

/// The total of one server's rounds.
struct Sum {
    found: Found,
    /// CPU seconds of the server.
    cpu: f64,
    /// Seconds measured.
    time: f64,
}

impl Sum {
    fn new() -> Self {
        Self {
            found: Found::new(1),
            cpu: 0.0,
            time: 0.0,
        }
    }

    /// CPU microseconds of the server per delivery.
    fn cost(&self) -> f64 {
        self.cpu * 1e6 / self.found.delivered as f64
    }
}

pub fn run(bench: &Bench, options: &Options) -> anyhow::Result<Report> {
    let (members, thread) = block_on(async {
        let seeder = Seeder::open(&bench.folder).await?;
        let members = seeder.members("fan", options.members).await?;
        let people: Vec<_> = members.iter().map(|member| member.user).collect();
        let thread = seeder.thread_of_many(&people).await?;
        seeder.close().await;
        Ok((members, thread))
    })?;
    let (mut chapp, mut room) = (Sum::new(), Sum::new());
    for _ in 0..options.rounds {
        round(options, &members, thread, &mut chapp, |port| {
            bench.start(port)
        })?;
        if !options.no_reference {
            round(options, &members, thread, &mut room, |port| {
                Server::room(&bench.folder, port)
            })?;
        }
    }
    Ok(report(options, &chapp, &room))
}

/// Starts a server, connects everyone, and measures.
fn round(
    options: &Options,
    members: &[Member],
    thread: ThreadId,
    sum: &mut Sum,
    start: impl FnOnce(u16) -> anyhow::Result<Server>,
) -> anyhow::Result<()> {
    // Processes inherit the affinity of their parent.
    if options.pinned {
        pin(SERVER_CORE)?;
    }
    let server = start(free_port()?)?;
    if options.pinned {
        pin(LOAD_CORE)?;
    }
    let mut swarm = Swarm::new(server.port, &cookies(members))?;
    arrive(&mut swarm, 0..members.len())?;
    // Presence changes are still being announced; then a second to warm up.
    settle(&mut swarm, Duration::from_secs(1))?;
    let warm_up = Duration::from_secs(1);
    let (load, mut counting) = (options.load(), Counting::new(members.len(), 1));
    drive(load, thread, &mut swarm, &mut counting, warm_up)?;
    let mut counting = Counting::new(members.len(), 1);
    let cpu = cpu_seconds(server.pid())?;
    let time = Duration::from_secs(options.seconds);
    sum.time += drive(load, thread, &mut swarm, &mut counting, time)?.as_secs_f64();
    sum.cpu += cpu_seconds(server.pid())? - cpu;
    sum.found.add(&counting.found);
    Ok(())
}

/// Sends for some time, and then waits until everything has arrived, or nothing more does. Returns the time from the
/// first send to the last delivery.
pub fn drive(
    load: Load,
    thread: ThreadId,
    swarm: &mut Swarm,
    counting: &mut Counting,
    time: Duration,
) -> anyhow::Result<Duration> {
    let bar = seed::bar(usize::try_from(time.as_secs())?, "seconds");
    let start = Instant::now();
    let end = start + time;
    let mut due = start;
    while Instant::now() < end {
        let now = Instant::now();
        let wait = match load {
            Load::InFlight(most) => {
                while counting.in_flight() < most {
                    swarm.send(0, &message::send(thread, 0, counting.send(Instant::now())));
                }
                Duration::from_millis(100)
            }
            Load::Rate(rate) => {
                while due <= now {
                    swarm.send(0, &message::send(thread, 0, counting.send(due)));
                    due += Duration::from_secs_f64(1.0 / rate);
                }
                due.saturating_duration_since(Instant::now())
            }
        };
        swarm.turn(wait.min(Duration::from_millis(100)), counting)?;
        bar.set_position(start.elapsed().as_secs());
    }
    let mut last_change = (counting.found.delivered, Instant::now());
    while counting.in_flight() > 0 && last_change.1.elapsed() < Duration::from_secs(5) {
        swarm.turn(Duration::from_millis(100), counting)?;
        if counting.found.delivered != last_change.0 {
            last_change = (counting.found.delivered, Instant::now());
        }
    }
    bar.finish_and_clear();
    Ok(last_change.1.max(end) - start)
}

fn report(options: &Options, chapp: &Sum, room: &Sum) -> Report {
    let load = match options.load() {
        Load::InFlight(most) => format!("{most} in flight at any time"),
        Load::Rate(rate) => format!("{rate} a second"),
    };
    let place = match options.pinned {
        true => "The server has one core, the load tool the other. ",
        false => "",
    };
    let about = format!(
        "{} members of one thread, messages of {} bytes, {load}; each is committed to disk before anyone receives \
         it. {place}The bare room stores nothing and authenticates nobody (`benches/load/room.rs`).",
        options.members,
        message::LENGTH,
    );
    let mut report = Report::new("Fan-out", about);
    add(&mut report, "chapp", chapp);
    let is_goal_rate =
        options.in_flight.is_none() && options.rate * options.members as f64 == GOAL_RATE;
    let mut figures = report.figures.iter_mut();
    if let Some(figure) = figures.find(|f| is_goal_rate && f.name == "chapp: delivery, p99") {
        figure.at_most(GOAL_P99);
    }
    let found = &chapp.found;
    let missing = found.expected - found.delivered;
    for (name, count) in [
        ("not delivered", missing),
        ("delivered twice or late", found.repeated),
        ("delivered early", found.early),
        ("refused", found.refused),
        ("connections lost", found.closed),
    ] {
        report
            .add(format!("chapp: {name}"), count as f64, "")
            .at_most(0.0);
    }
    if !options.no_reference {
        add(&mut report, "bare room", room);
        let ratio = chapp.cost() / room.cost();
        report
            .add("CPU of chapp / of the bare room", ratio, "")
            .at_most(GOAL_RATIO);
    }
    report
}

fn add(report: &mut Report, name: &str, sum: &Sum) {
    let delivered = sum.found.delivered as f64;
    report.add(format!("{name}: CPU of a delivery"), sum.cost(), "µs");
    report.add(format!("{name}: deliveries"), delivered, "");
    report.add(
        format!("{name}: deliveries a second"),
        delivered / sum.time,
        "",
    );
    report.add(
        format!("{name}: CPU used"),
        sum.cpu / sum.time * 100.0,
        "% of a core",
    );
    report.add_times(&format!("{name}: delivery"), &sum.found.times[0]);
}
