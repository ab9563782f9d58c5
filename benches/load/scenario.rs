//! The scenarios, one file each, and their common parts.

pub mod fanout;
pub mod files;
pub mod hostile;
pub mod idle;
pub mod nodes;
pub mod pages;
pub mod search;
pub mod sends;
pub mod storm;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::ensure;
use chapp::protocol;

use crate::message::{Heard, Reader};
use crate::seed::{self, Member};
use crate::server::{Folder, Server};
use crate::swarm::{Handler, Swarm, write_text};

/// Clients that may be connecting at once.
const ARRIVING: usize = 128;
/// If no client gets in for this long, something is wrong.
const STUCK_AFTER: Duration = Duration::from_secs(30);

/// The context of every scenario.
pub struct Bench {
    binary: PathBuf,
    pub folder: Folder,
}

impl Bench {
    pub fn new(binary: PathBuf, data: &Path) -> anyhow::Result<Self> {
        let folder = Folder::new(data)?;
        Ok(Self { binary, folder })
    }

    /// Starts chapp on this port.
    pub fn start(&self, port: u16) -> anyhow::Result<Server> {
        Server::chapp(&self.binary, &self.folder, port, &[])
    }

    /// The same, with its metrics on this other port.
    pub fn start_with_metrics(&self, port: u16, metrics: u16) -> anyhow::Result<Server> {
        self.start_with(port, metrics, &[])
    }

    /// The same, with additional settings.
    pub fn start_with(
        &self,
        port: u16,
        metrics: u16,
        settings: &[(&str, &str)],
    ) -> anyhow::Result<Server> {
        let address = format!("127.0.0.1:{metrics}");
        let mut all = vec![("CHAPP_SERVER__METRICS_LISTEN", &*address)];
        all.extend_from_slice(settings);
        Server::chapp(&self.binary, &self.folder, port, &all)
    }
}

/// The `hello` of a client that holds nothing.
pub fn hello() -> String {
    let version = protocol::VERSION;
    format!(r#"{{"type":"hello","version":{version},"resume":[]}}"#)
}

/// The cookies of these members.
pub fn cookies(members: &[Member]) -> Vec<String> {
    members.iter().map(|member| member.cookie.clone()).collect()
}

/// Admits clients: sends `hello`, and counts those that are `ready`.
pub struct Arrival {
    hello: String,
    reader: Reader,
    pub ready: usize,
    pub lost: usize,
}

impl Arrival {
    pub fn new() -> Self {
        Self {
            hello: hello(),
            reader: Reader::new(),
            ready: 0,
            lost: 0,
        }
    }
}

impl Handler for Arrival {
    fn opened(&mut self, _: usize, out: &mut Vec<u8>) {
        write_text(out, &self.hello);
    }

    fn text(&mut self, _: usize, payload: &[u8], _: &mut Vec<u8>) {
        self.ready += usize::from(self.reader.read(payload) == Heard::Ready);
    }

    fn closed(&mut self, _: usize, _: u16) {
        self.lost += 1;
    }
}

/// Connects these clients, a limited number at a time, and waits until each is `ready`.
pub fn arrive(swarm: &mut Swarm, clients: std::ops::Range<usize>) -> anyhow::Result<()> {
    let bar = seed::bar(clients.len(), "connected");
    let mut arrival = Arrival::new();
    let (first, count) = (clients.start, clients.len());
    let (mut begun, mut last_change) = (0, Instant::now());
    while arrival.ready < count {
        while begun < count && begun < arrival.ready + ARRIVING {
            swarm.connect(first + begun)?;
            begun += 1;
        }
        let before = arrival.ready;
        swarm.turn(Duration::from_millis(100), &mut arrival)?;
        ensure!(
            arrival.lost == 0,
            "the server closed a connection at its start"
        );
        if arrival.ready > before {
            last_change = Instant::now();
            bar.set_position(arrival.ready as u64);
        }
        ensure!(
            last_change.elapsed() < STUCK_AFTER,
            "stuck at {} clients",
            arrival.ready
        );
    }
    bar.finish_and_clear();
    Ok(())
}

/// Keeps reading, and ignores what arrives.
pub fn settle(swarm: &mut Swarm, time: Duration) -> anyhow::Result<()> {
    Ok(swarm.run_until(Instant::now() + time, &mut Arrival::new())?)
}
