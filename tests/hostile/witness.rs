//! Two people who talk during the attacks, and a monitor that watches the server from outside.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use chapp::model::{Seq, ThreadId};
use chapp::protocol::ServerFrame;
use tokio::task::JoinHandle;

use crate::support::{Browser, PATIENCE, Socket, TestServer};

/// Maximum resident memory of the server, in bytes.
const MEMORY_MAX: u64 = 150 << 20;
/// No message may take this long: the server would not be slow, but stalled.
const STALL: Duration = Duration::from_secs(15);
/// Interval between two messages of a person: well within the rate limits.
const PAUSE: Duration = Duration::from_millis(150);
const LOOK_EVERY: Duration = Duration::from_millis(50);

pub struct Witnesses {
    pub ana: Browser,
    /// The thread in which they talk.
    pub thread: ThreadId,
    bob: Browser,
    is_over: Arc<AtomicBool>,
    talking: Vec<JoinHandle<(Seq, Vec<Duration>)>>,
    healthy: JoinHandle<Vec<Duration>>,
    memory: JoinHandle<u64>,
}

impl Witnesses {
    /// Starts the conversation.
    pub async fn begin(server: &TestServer) -> Self {
        let (ana, bob) = (server.sign_up("ana").await, server.sign_up("bob").await);
        let thread = ana.open_direct(&bob).await;
        let is_over = Arc::new(AtomicBool::new(false));
        let mut talking = Vec::new();
        for person in [&ana, &bob] {
            let (tab, is_over) = (person.tab().await, Arc::clone(&is_over));
            talking.push(tokio::spawn(talk(tab, thread, is_over)));
        }
        let url = server.url("/healthz");
        let healthy = tokio::spawn(ask(url, Arc::clone(&is_over)));
        let memory = tokio::spawn(watch(server.process_id(), Arc::clone(&is_over)));
        Self {
            ana,
            thread,
            bob,
            is_over,
            talking,
            healthy,
            memory,
        }
    }

    /// Ends the conversation. Checks that every message is stored, none took too long, and memory stayed within its
    /// limit.
    pub async fn end(self, server: &TestServer) {
        self.is_over.store(true, Ordering::Relaxed);
        let mut said = 0;
        for talking in self.talking {
            let (count, times) = talking
                .await
                .expect("no message was refused, cut off or left waiting");
            assert!(count > 0);
            said += count;
            report("a message", times);
        }
        report(
            "/healthz",
            self.healthy
                .await
                .expect("the monitor always got an answer"),
        );
        let memory = self.memory.await.expect("the server lives");
        println!("at most {} MiB", memory >> 20);
        assert!(memory < MEMORY_MAX, "{} MiB", memory >> 20);
        assert_eq!(self.bob.texts(self.thread).await.len() as Seq, said);
        let log = server.log();
        let is_bad = |line: &&String| line.contains("panicked") || line.contains("ERROR");
        let bad: Vec<_> = log.iter().filter(is_bad).collect();
        assert!(bad.is_empty(), "{bad:?}");
    }
}

fn report(what: &str, mut times: Vec<Duration>) {
    times.sort_unstable();
    let (last, p99) = (times.len() - 1, times.len() * 99 / 100);
    let (p99, most) = (times[p99.min(last)], times[last]);
    println!("{what}: p99 {p99:?}, longest {most:?} of {}", times.len());
    assert!(most < STALL, "{what} took {most:?}");
}

/// Sends messages, each after the previous one is stored. Returns their number and the time that each took.
async fn talk(mut tab: Socket, thread: ThreadId, is_over: Arc<AtomicBool>) -> (Seq, Vec<Duration>) {
    let (mut said, mut times) = (0, Vec::new());
    while !is_over.load(Ordering::Relaxed) {
        let begun = Instant::now();
        let id = tab.post(thread, "hello").await;
        tab.expect("an answer", |frame| match frame {
            ServerFrame::Sent { client_id, .. } if *client_id == id => Some(()),
            ServerFrame::Refused { refusal, .. } => panic!("refused: {refusal:?}"),
            _ => None,
        })
        .await;
        said += 1;
        times.push(begun.elapsed());
        tokio::time::sleep(PAUSE).await;
    }
    tab.frames_so_far().await;
    (said, times)
}

async fn ask(url: String, is_over: Arc<AtomicBool>) -> Vec<Duration> {
    let client = reqwest::Client::builder().timeout(PATIENCE).build();
    let client = client.expect("a client");
    let mut times = Vec::new();
    while !is_over.load(Ordering::Relaxed) {
        let begun = Instant::now();
        let answer = client.get(&url).send().await.expect("an answer");
        assert_eq!(answer.status(), 200);
        times.push(begun.elapsed());
        tokio::time::sleep(LOOK_EVERY).await;
    }
    times
}

/// Watches the memory of the process and returns its peak. Kills the process when that is far too high, before the
/// machine suffers.
async fn watch(process: u32, is_over: Arc<AtomicBool>) -> u64 {
    let mut most = 0;
    while !is_over.load(Ordering::Relaxed) {
        let status = std::fs::read_to_string(format!("/proc/{process}/status"));
        let status = status.expect("the server runs");
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kib: u64 = line
            .and_then(|line| line.trim().strip_suffix(" kB")?.parse().ok())
            .expect("its memory");
        most = most.max(kib << 10);
        if most > 4 * MEMORY_MAX {
            let kill = format!("kill -KILL {process}");
            let _ = std::process::Command::new("sh")
                .args(["-c", &kill])
                .status();
            panic!("the server had {} MiB", most >> 20);
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
    most
}
