//! The servers under measurement, as separate processes: chapp's release binary, and the bare room.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};

/// A start takes less than a second, even with a million messages in the log.
const START_WITHIN: Duration = Duration::from_secs(20);

/// One connection here stands for those of many people: limits per person would be measured instead of the server.
const NO_LIMITS: [(&str, &str); 3] = [
    ("CHAPP_LIMITS__FRAMES_PER_SECOND", "0"),
    ("CHAPP_LIMITS__CONNECTIONS_PER_PERSON", "0"),
    ("CHAPP_LIMITS__CONNECTIONS_PER_ADDRESS", "0"),
];

/// A separate folder for one run, removed at the end.
pub struct Folder(PathBuf);

impl Folder {
    /// Creates the folder within `parent`, which should be on the kind of disk used in production: the duration of a
    /// sync is part of the measurement.
    pub fn new(parent: &Path) -> anyhow::Result<Self> {
        let path = parent.join(format!("run-{}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).with_context(|| format!("can't make {}", path.display()))?;
        Ok(Self(path.canonicalize()?))
    }

    pub fn path(&self) -> &Path {
        &self.0
    }

    /// The URL of the database in it.
    pub fn url(&self) -> String {
        format!("sqlite:{}", self.0.join("chapp.db").display())
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A running server, killed on drop.
pub struct Server {
    child: Child,
    pub port: u16,
    /// The time from the start of the process to its first answer.
    pub ready_after: Duration,
}

impl Server {
    /// Starts chapp on this port with the data in the folder, and these settings as environment variables.
    pub fn chapp(
        binary: &Path,
        folder: &Folder,
        port: u16,
        settings: &[(&str, &str)],
    ) -> anyhow::Result<Self> {
        let binary = binary
            .canonicalize()
            .with_context(|| format!("{} (make build)", binary.display()))?;
        let mut command = Command::new(binary);
        command
            .env("LEPTOS_SITE_ADDR", format!("127.0.0.1:{port}"))
            .env("CHAPP_STORE__URL", folder.url())
            .env("CHAPP_ROOMS__LOBBY", "")
            // A measured person does as much as thousands would.
            .env("CHAPP_LIMITS__PER_PERSON__ENABLED", "false")
            .env("CHAPP_STORE__MIN_FREE_PERCENT", "0")
            // All clients come from this one machine.
            .env("CHAPP_SERVER__CONNECTIONS_PER_ADDRESS", "1000000")
            .env("RUST_LOG", "warn")
            .envs(NO_LIMITS)
            .envs(settings.iter().copied());
        Self::start(command, folder, port)
    }

    /// Starts the bare room, which is part of this program.
    pub fn room(folder: &Folder, port: u16) -> anyhow::Result<Self> {
        let mut command = Command::new(std::env::current_exe()?);
        command.args(["room", "--port", &port.to_string()]);
        Self::start(command, folder, port)
    }

    fn start(mut command: Command, folder: &Folder, port: u16) -> anyhow::Result<Self> {
        let log = File::options()
            .create(true)
            .append(true)
            .open(folder.0.join("server.log"))?;
        let begun = Instant::now();
        let child = command
            .current_dir(&folder.0)
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()?;
        let mut server = Self {
            child,
            port,
            ready_after: Duration::ZERO,
        };
        while !server.answers() {
            if let Some(status) = server.child.try_wait()? {
                let log = fs::read_to_string(folder.0.join("server.log")).unwrap_or_default();
                bail!("the server ended ({status}): {log}");
            }
            if begun.elapsed() > START_WITHIN {
                bail!("the server did not answer within {START_WITHIN:?}");
            }
            std::thread::sleep(Duration::from_millis(2));
        }
        server.ready_after = begun.elapsed();
        Ok(server)
    }

    fn answers(&self) -> bool {
        let Ok(mut stream) = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)) else {
            return false;
        };
        let asked =
            stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        let mut answer = String::new();
        asked.is_ok() && stream.read_to_string(&mut answer).is_ok() && answer.contains(" 200 ")
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Kills it like a power failure (SIGKILL).
    pub fn kill(mut self) {
        self.end();
    }

    fn end(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.end();
    }
}

/// A currently unused port.
pub fn free_port() -> anyhow::Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?
        .local_addr()?
        .port())
}
