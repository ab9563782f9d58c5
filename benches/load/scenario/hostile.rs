//! One account attacks with many sockets while two other people talk: the latency of their messages and of `/healthz`,
//! whether anything of theirs is refused, and how much memory it costs the server. Runs with the default limits.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, Shutdown, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::ensure;
use chapp::model::{ClientId, ThreadId, limits};
use clap::Args;
use hdrhistogram::Histogram;

use super::{Bench, arrive, cookies, hello};
use crate::frame;
use crate::machine::resident;
use crate::message::{self, Heard, Reader};
use crate::metrics;
use crate::report::{self, Report};
use crate::seed::{Member, Seeder, block_on};
use crate::server::{Server, free_port};
use crate::swarm::{Handler, Swarm};

/// Goal: milliseconds within which 99 of 100 messages of the others are stored, and as many requests of `/healthz`
/// answered.
const GOAL_P99: f64 = 100.0;
/// Goal: maximum memory of the server, in MiB.
const GOAL_MEMORY: f64 = 150.0;
/// Interval between two messages of each of the others: 10 per second, below every limit.
const PAUSE: Duration = Duration::from_millis(100);
/// The pause of a flooding socket after it was rejected.
const AGAIN_AFTER: Duration = Duration::from_millis(50);
/// Bytes per write.
const PIECE: usize = 64 * 1024;

#[derive(Debug, Args)]
pub struct Options {
    /// Number of flooding sockets
    #[arg(long, default_value_t = 8)]
    sockets: usize,
    /// Seconds that each kind of flood lasts
    #[arg(long, default_value_t = 5)]
    seconds: u64,
}

/// The run without flooding sockets: the baseline for the others.
const NO_FLOOD: &str = "no flood";

/// The frames that a socket repeats after its `hello`.
struct Flood {
    name: &'static str,
    sends_hello: bool,
    bytes: Vec<u8>,
}

fn floods(own: ThreadId) -> Vec<Flood> {
    let of = |opcode: u8, payload: &[u8]| {
        let mut bytes = Vec::new();
        frame::write(&mut bytes, opcode, payload);
        bytes
    };
    let text = |payload: String| of(frame::TEXT, payload.as_bytes());
    let live = |name, bytes| Flood {
        name,
        sends_hello: true,
        bytes,
    };
    let reads = (0..1_000).flat_map(|seq| {
        text(format!(
            r#"{{"type":"read","thread":{},"seq":{seq}}}"#,
            own.0 + seq % 10
        ))
    });
    let sends = (0..1_000).flat_map(|_| {
        let id = ClientId::now().0;
        text(format!(
            r#"{{"type":"send","client_id":"{id}","thread":{own},"text":"flood"}}"#
        ))
    });
    // The first fragment of a text, followed by endless empty ones.
    let fragments = std::iter::once([0x01, 0x80, 0, 0, 0, 0])
        .chain(std::iter::repeat_n([0x00, 0x80, 0, 0, 0, 0], 10_000))
        .flatten();
    vec![
        live(NO_FLOOD, Vec::new()),
        live("pongs", of(frame::PONG, b"")),
        live("pings", of(frame::PING, &[b'x'; 125])),
        live("read marks", reads.collect()),
        live("messages", sends.collect()),
        live("fragments", fragments.collect()),
        live("garbage", text("what?".into())),
        Flood {
            sends_hello: false,
            ..live("pongs before hello", of(frame::PONG, b""))
        },
    ]
}

pub fn run(bench: &Bench, options: &Options) -> anyhow::Result<Report> {
    let (members, thread, own) = block_on(async {
        let seeder = Seeder::open(&bench.folder).await?;
        let members = seeder.members("person", 3).await?;
        let pairs = [
            (members[0].user, members[1].user),
            (members[2].user, members[0].user),
        ];
        let threads = seeder.direct_threads(&pairs).await?;
        seeder.close().await;
        Ok((members, threads[0], threads[1]))
    })?;
    let limits = [
        ("CHAPP_LIMITS__FRAMES_PER_SECOND", "50"),
        ("CHAPP_LIMITS__CONNECTIONS_PER_PERSON", "20"),
        ("CHAPP_LIMITS__PER_PERSON__ENABLED", "true"),
        // Otherwise hardly any flood would get in.
        ("CHAPP_LIMITS__PER_PERSON__CONNECTS", "0"),
    ];
    let server = bench.start_with(free_port()?, free_port()?, &limits)?;
    let about = format!(
        "One account floods the server over {} sockets, for {} seconds with each of several kinds of frames, and \
         reconnects whenever it is cut off, while two other users send 10 messages a second each. The flooding threads \
         have the lowest priority, since an attacker has machines of their own. The limits are \
         the defaults ({} frames a second per connection), except the one on connecting.",
        options.sockets,
        options.seconds,
        limits::FRAMES_PER_SECOND,
    );
    let mut report = Report::new("Floods", about);
    let mut most = 0.0_f64;
    for flood in floods(own) {
        let name = flood.name;
        let mut talk = Talk::new(&server, &members[..2], thread)?;
        let sockets = if name == NO_FLOOD { 0 } else { options.sockets };
        let flooding = Flooding::begin(&server, &members[2], flood, sockets);
        let healthy = Healthy::begin(server.port);
        let memory = talk.run_for(&server, Duration::from_secs(options.seconds))?;
        let (connected, said) = flooding.end();
        let times = healthy.end()?;
        talk.end()?;
        most = most.max(memory);
        report.add(format!("{name}: bytes that got out"), said as f64, "");
        report.add(format!("{name}: times connected"), connected as f64, "");
        let p99 = |times: &Histogram<u64>| times.value_at_quantile(0.99) as f64 / 1_000.0;
        report
            .add(
                format!("{name}: others' messages, p99"),
                p99(&talk.times),
                "ms",
            )
            .at_most(GOAL_P99);
        report
            .add(format!("{name}: /healthz, p99"), p99(&times), "ms")
            .at_most(GOAL_P99);
        report
            .add(
                format!("{name}: refused to others"),
                talk.refused as f64,
                "",
            )
            .at_most(0.0);
    }
    report
        .add("memory of the server, at most", most, "MiB")
        .at_most(GOAL_MEMORY);
    Ok(report)
}

/// The flooding sockets, each on its own thread.
struct Flooding {
    is_over: Arc<AtomicBool>,
    connected: Arc<AtomicUsize>,
    said: Arc<AtomicUsize>,
    threads: Vec<thread::JoinHandle<()>>,
}

impl Flooding {
    fn begin(server: &Server, member: &Member, flood: Flood, sockets: usize) -> Self {
        let is_over = Arc::new(AtomicBool::new(false));
        let (connected, said) = (Arc::<AtomicUsize>::default(), Arc::<AtomicUsize>::default());
        let flood = Arc::new(flood);
        let threads = (0..sockets).map(|_| {
            let (is_over, flood) = (Arc::clone(&is_over), Arc::clone(&flood));
            let (connected, said) = (Arc::clone(&connected), Arc::clone(&said));
            let (port, cookie) = (server.port, member.cookie.clone());
            thread::spawn(move || {
                yield_to_server();
                while !is_over.load(Ordering::Relaxed) {
                    // Being cut off is the expected outcome.
                    let count = once(port, &cookie, &flood, &is_over).unwrap_or(0);
                    said.fetch_add(count, Ordering::Relaxed);
                    connected.fetch_add(usize::from(count > 0), Ordering::Relaxed);
                    thread::sleep(AGAIN_AFTER);
                }
            })
        });
        let threads = threads.collect();
        Self {
            is_over,
            connected,
            said,
            threads,
        }
    }

    /// Stops them. Returns how often they connected, and how many bytes they sent.
    fn end(self) -> (usize, usize) {
        self.is_over.store(true, Ordering::Relaxed);
        for thread in self.threads {
            let _ = thread.join();
        }
        (
            self.connected.load(Ordering::Relaxed),
            self.said.load(Ordering::Relaxed),
        )
    }
}

/// Gives this thread the lowest priority. An attacker has machines of their own; here their threads would compete with the
/// server for the same cores.
fn yield_to_server() {
    let _ = rustix::process::setpriority_process(None, 19);
}

/// One connection, from its upgrade until it is cut off; returns how many bytes it sent.
fn once(port: u16, cookie: &str, flood: &Flood, is_over: &AtomicBool) -> std::io::Result<usize> {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
    stream.set_read_timeout(Some(Duration::from_secs(2)))?;
    stream.set_write_timeout(Some(Duration::from_millis(200)))?;
    let request = format!(
        "GET /ws HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nCookie: {cookie}\r\n\r\n"
    );
    stream.write_all(request.as_bytes())?;
    let mut head = [0; 12];
    stream.read_exact(&mut head)?;
    if !head.ends_with(b"101") {
        return Ok(0);
    }
    let mut reading = stream.try_clone()?;
    let reader = thread::spawn(move || {
        yield_to_server();
        let mut buffer = vec![0; PIECE];
        while reading.read(&mut buffer).is_ok_and(|count| count > 0) {}
    });
    let mut bytes = Vec::new();
    if flood.sends_hello {
        frame::write(&mut bytes, frame::TEXT, hello().as_bytes());
    }
    bytes.extend(flood.bytes.repeat(PIECE.div_ceil(flood.bytes.len())));
    let mut said = 0;
    while !is_over.load(Ordering::Relaxed) {
        match stream.write(&bytes[said % bytes.len()..]) {
            Ok(0) => break,
            Ok(count) => said += count,
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {}
            Err(_) => break,
        }
    }
    let _ = stream.shutdown(Shutdown::Both);
    let _ = reader.join();
    Ok(said.max(1))
}

/// A client that polls `/healthz`.
struct Healthy {
    is_over: Arc<AtomicBool>,
    thread: thread::JoinHandle<anyhow::Result<Histogram<u64>>>,
}

impl Healthy {
    fn begin(port: u16) -> Self {
        let is_over = Arc::new(AtomicBool::new(false));
        let until = Arc::clone(&is_over);
        let thread = thread::spawn(move || {
            let mut times = report::times();
            while !until.load(Ordering::Relaxed) {
                let begun = Instant::now();
                metrics::get(port, "/healthz")?;
                record(&mut times, begun);
                thread::sleep(Duration::from_millis(20));
            }
            Ok(times)
        });
        Self { is_over, thread }
    }

    fn end(self) -> anyhow::Result<Histogram<u64>> {
        self.is_over.store(true, Ordering::Relaxed);
        let ended = self.thread.join();
        ended.map_err(|_| anyhow::anyhow!("a thread panicked"))?
    }
}

fn record(times: &mut Histogram<u64>, begun: Instant) {
    let micros = u64::try_from(begun.elapsed().as_micros()).unwrap_or(u64::MAX);
    times.saturating_record(micros);
}

/// Two people who talk.
struct Talk {
    swarm: Swarm,
    thread: ThreadId,
    answers: Answers,
    times: Histogram<u64>,
    refused: usize,
}

/// When unanswered messages were due, by their number.
#[derive(Default)]
struct Answers {
    reader: Option<Reader>,
    due: Vec<Instant>,
    answered: Vec<(usize, Instant)>,
    refused: usize,
    lost: usize,
}

impl Handler for Answers {
    fn opened(&mut self, _: usize, _: &mut Vec<u8>) {}

    fn text(&mut self, _: usize, payload: &[u8], _: &mut Vec<u8>) {
        let reader = self.reader.get_or_insert_with(Reader::new);
        match reader.read(payload) {
            Heard::Sent(number) => self.answered.push((number, Instant::now())),
            Heard::Refused => self.refused += 1,
            _ => {}
        }
    }

    fn closed(&mut self, _: usize, _: u16) {
        self.lost += 1;
    }
}

impl Talk {
    fn new(server: &Server, members: &[Member], thread: ThreadId) -> anyhow::Result<Self> {
        let mut swarm = Swarm::new(server.port, &cookies(members))?;
        arrive(&mut swarm, 0..members.len())?;
        Ok(Self {
            swarm,
            thread,
            answers: Answers::default(),
            times: report::times(),
            refused: 0,
        })
    }

    /// Lets them talk for this long, whether or not they are answered; returns the server's peak memory in MiB.
    fn run_for(&mut self, server: &Server, time: Duration) -> anyhow::Result<f64> {
        let (start, mut most) = (Instant::now(), 0.0_f64);
        while start.elapsed() < time {
            let due = start + PAUSE * u32::try_from(self.answers.due.len() / 2)?;
            self.swarm.run_until(due, &mut self.answers)?;
            for client in 0..2 {
                let number = self.answers.due.len();
                self.answers.due.push(due);
                let said = message::send(self.thread, client, number);
                self.swarm.send(client, &said);
            }
            most = most.max(resident(server.pid())? / f64::from(1 << 20));
        }
        Ok(most)
    }

    /// Waits for the outstanding answers.
    fn end(&mut self) -> anyhow::Result<()> {
        let begun = Instant::now();
        let count = |answers: &Answers| answers.answered.len() + answers.refused;
        while count(&self.answers) < self.answers.due.len() {
            ensure!(
                begun.elapsed() < Duration::from_secs(20),
                "not everything was answered"
            );
            ensure!(self.answers.lost == 0, "the server closed a connection");
            self.swarm
                .turn(Duration::from_millis(100), &mut self.answers)?;
        }
        self.refused = self.answers.refused;
        for &(number, at) in &self.answers.answered {
            let waited = at.duration_since(self.answers.due[number]).as_micros();
            self.times
                .saturating_record(u64::try_from(waited).unwrap_or(u64::MAX));
        }
        Ok(())
    }
}
