//! The faults, and when they happen: random, with a seed.

use std::fmt;
use std::time::Duration;

use rand::RngExt;
use rand::rngs::StdRng;
use tokio::sync::watch;
use tokio::time::sleep;

use crate::disk::Disk;
use crate::proxy::Proxy;
use crate::support::TestServer;

pub struct Chaos<'a> {
    chance: StdRng,
    server: &'a mut TestServer,
    /// The networks through which people connect.
    proxies: &'a [Proxy; 2],
    /// Makes the bots write long messages.
    verbose: watch::Sender<bool>,
    disk: &'a Disk,
    /// How many times the server must be killed in total.
    kills: u64,
    pub tally: Tally,
}

/// Counts the faults.
#[derive(Clone, Copy, Default)]
pub struct Tally {
    pub kills: u64,
    terminations: u64,
    freezes: u64,
    cuts: u64,
    half_open: u64,
    delays: u64,
    stalls: u64,
    full_disks: u64,
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            kills,
            terminations,
            freezes,
            cuts,
            half_open,
            delays,
            stalls,
            full_disks,
        } = self;
        write!(
            f,
            "kill -9: {kills}, SIGTERM: {terminations}, SIGSTOP: {freezes}, cuts: {cuts}, half-open: \
             {half_open}, delays: {delays}, standstills: {stalls}, full disks: {full_disks}"
        )
    }
}

impl<'a> Chaos<'a> {
    pub fn new(
        chance: StdRng,
        server: &'a mut TestServer,
        proxies: &'a [Proxy; 2],
        verbose: watch::Sender<bool>,
        disk: &'a Disk,
        kills: u64,
    ) -> Self {
        Self {
            chance,
            server,
            proxies,
            verbose,
            disk,
            kills,
            tally: Tally::default(),
        }
    }

    /// Causes one fault, followed by a quiet period. `done`: the progress of the test, from 0 to 1.
    pub async fn strike(&mut self, done: f64) {
        // If the kills are behind schedule, other faults wait.
        let is_late = (self.tally.kills as f64) < self.kills as f64 * done;
        match self.chance.random_range(0..100) {
            _ if is_late => self.kill().await,
            0..25 => self.kill().await,
            25..40 => self.terminate().await,
            40..52 => self.freeze().await,
            52..70 => {
                self.tally.cuts += 1;
                self.some_proxy().cut();
            }
            70..82 => self.half_open().await,
            82..88 => self.delay().await,
            88..92 => {
                let proxy = self.some_proxy();
                self.stall(proxy).await;
                self.move_on(proxy);
            }
            _ => self.fill_disk().await,
        }
        self.quiet(100..900).await;
    }

    async fn quiet(&mut self, ms: std::ops::Range<u64>) {
        let pause = self.chance.random_range(ms);
        sleep(Duration::from_millis(pause)).await;
    }

    async fn kill(&mut self) {
        self.tally.kills += 1;
        self.server.kill();
        self.start_again().await;
    }

    async fn terminate(&mut self) {
        self.tally.terminations += 1;
        self.server.terminate();
        let status = self.server.exit().await;
        assert!(status.success(), "a clean stop: {status}");
        self.start_again().await;
    }

    async fn start_again(&mut self) {
        self.server.start_again().await;
        for proxy in self.proxies {
            proxy.set_server(self.server.address());
        }
    }

    async fn freeze(&mut self) {
        self.tally.freezes += 1;
        self.server.signal("STOP");
        self.quiet(200..3_000).await;
        self.server.signal("CONT");
    }

    /// In half of the cases the connections are cut after a while; in the others, the peers must notice.
    async fn half_open(&mut self) {
        self.tally.half_open += 1;
        let proxy = self.some_proxy();
        proxy.half_open();
        if self.chance.random_bool(0.5) {
            self.quiet(500..2_000).await;
            proxy.cut();
        }
    }

    async fn delay(&mut self) {
        self.tally.delays += 1;
        let delay = self.chance.random_range(10..200);
        let proxy = self.some_proxy();
        proxy.set_delay(Duration::from_millis(delay));
        self.quiet(500..2_000).await;
        proxy.set_delay(Duration::ZERO);
    }

    /// Stalls the network for long enough for buffers to overflow.
    pub async fn stall(&mut self, proxy: &Proxy) {
        self.tally.stalls += 1;
        self.verbose.send_replace(true);
        proxy.stall(true);
        self.quiet(1_500..3_000).await;
    }

    /// Ends the stall.
    pub fn move_on(&self, proxy: &Proxy) {
        self.verbose.send_replace(false);
        proxy.stall(false);
    }

    fn some_proxy(&mut self) -> &'a Proxy {
        &self.proxies[self.chance.random_range(0..self.proxies.len())]
    }

    async fn fill_disk(&mut self) {
        self.tally.full_disks += 1;
        self.disk.fill();
        self.quiet(500..2_000).await;
        self.disk.free();
    }
}
