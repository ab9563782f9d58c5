//! Other programs of a run: the PostgreSQL and the Redis that several nodes share, and the nginx that downloads are
//! compared with. They stop when it ends.

use std::fs;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};

use crate::machine::{cpu_seconds, family_cpu_seconds};
use crate::server::free_port;

/// How long a service may take to start.
const PATIENCE: Duration = Duration::from_secs(10);

/// A running PostgreSQL that syncs to disk, with default settings otherwise.
pub struct Postgres {
    folder: PathBuf,
    pub url: String,
    pid: u32,
}

impl Postgres {
    /// Starts an empty one in /var/tmp, which is on a disk (/tmp may be in memory) and accessible to the user other
    /// than root as which it runs.
    pub fn start() -> anyhow::Result<Self> {
        let folder = PathBuf::from(format!("/var/tmp/chapp-pg.{}", std::process::id()));
        let mut postgres = Self {
            folder,
            url: String::new(),
            pid: 0,
        };
        let output = postgres.script("start").stderr(Stdio::inherit()).output()?;
        ensure!(output.status.success(), "PostgreSQL did not start");
        postgres.url = String::from_utf8(output.stdout)?.trim().to_owned();
        let pid_file = fs::read_to_string(postgres.folder.join("data/postmaster.pid"))?;
        let pid = pid_file.lines().next().context("postmaster.pid")?;
        postgres.pid = pid.parse()?;
        Ok(postgres)
    }

    /// Does now what autovacuum would do eventually.
    pub fn tidy(&self) -> anyhow::Result<()> {
        let mut command = Command::new("psql");
        command.args(["--quiet", "--command", "VACUUM ANALYZE", &self.url]);
        let status = command
            .status()
            .context("psql (Debian: postgresql-client)")?;
        ensure!(status.success(), "VACUUM ANALYZE failed");
        Ok(())
    }

    /// CPU seconds of all its processes so far.
    pub fn cpu(&self) -> anyhow::Result<f64> {
        family_cpu_seconds(self.pid)
    }

    /// Bytes of its tables and indexes on disk.
    pub fn size(&self) -> anyhow::Result<u64> {
        size(&self.folder.join("data/base"))
    }

    fn script(&self, action: &str) -> Command {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/scripts/postgres.sh");
        let mut command = Command::new(script);
        command
            .arg(action)
            .arg(&self.folder)
            .env("CHAPP_POSTGRES_FSYNC", "on")
            .stdin(Stdio::null());
        command
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        let _ = self.script("stop").status();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

fn size(folder: &Path) -> anyhow::Result<u64> {
    let mut sum = 0;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let about = entry.metadata()?;
        sum += match about.is_dir() {
            true => size(&entry.path())?,
            false => about.len(),
        };
    }
    Ok(sum)
}

/// Waits until a service that has just been started takes connections.
fn answers(name: &str, port: u16) -> anyhow::Result<()> {
    let begun = Instant::now();
    while TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err() {
        ensure!(begun.elapsed() < PATIENCE, "{name} does not answer");
        std::thread::sleep(Duration::from_millis(5));
    }
    Ok(())
}

/// A running Redis without persistence.
pub struct Redis {
    process: Child,
    port: u16,
}

impl Redis {
    pub fn start() -> anyhow::Result<Self> {
        let port = free_port()?;
        let process = Command::new("redis-server")
            .args(["--port", &port.to_string(), "--bind", "127.0.0.1"])
            .args(["--save", "", "--appendonly", "no", "--loglevel", "warning"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .context("redis-server (Debian: apt-get install redis-server)")?;
        let redis = Self { process, port };
        answers("Redis", port)?;
        Ok(redis)
    }

    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// CPU seconds so far.
    pub fn cpu(&self) -> anyhow::Result<f64> {
        cpu_seconds(self.process.id())
    }

    /// Bytes received and sent so far.
    pub fn traffic(&self) -> anyhow::Result<Traffic> {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port))?;
        stream.write_all(b"INFO stats\r\nQUIT\r\n")?;
        let mut info = String::new();
        stream.read_to_string(&mut info)?;
        let field = |name: &str| -> anyhow::Result<f64> {
            let mut lines = info.lines();
            let value = lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
            Ok(value.with_context(|| name.to_owned())?.trim().parse()?)
        };
        Ok(Traffic {
            received: field("total_net_input_bytes")?,
            sent: field("total_net_output_bytes")?,
        })
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Network traffic of a Redis, in bytes.
#[derive(Clone, Copy, Default)]
pub struct Traffic {
    pub received: f64,
    pub sent: f64,
}

/// An nginx that serves a folder.
pub struct Nginx {
    process: Child,
    pub port: u16,
}

impl Nginx {
    pub fn start(folder: &Path) -> anyhow::Result<Self> {
        let port = free_port()?;
        let root = folder.display();
        let settings = format!(
            "daemon off; master_process off; pid {root}/pid; error_log {root}/log; events {{}} \
             http {{ access_log off; sendfile on; keepalive_requests 1000; \
             server {{ listen 127.0.0.1:{port}; root {root}; }} }}"
        );
        fs::write(folder.join("conf"), settings)?;
        // One process, which ends when it is killed, and reads the folder as the user who started it.
        let process = Command::new("nginx")
            .arg("-c")
            .arg(folder.join("conf"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .context("nginx (Debian: apt-get install nginx-light)")?;
        let nginx = Self { process, port };
        answers("nginx", port)?;
        Ok(nginx)
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
