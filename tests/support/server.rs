//! The real program, in a folder of its own.

use std::io::{BufRead, BufReader, Write};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::{Arc, Mutex, PoisonError};

use tempfile::TempDir;

use super::{Browser, patiently};

/// See [`TestServer::memory`].
#[derive(Clone, Copy, Debug)]
pub struct Memory {
    pub now: u64,
    /// The most so far.
    pub peak: u64,
}
/// For tests in which one person does more than one may, and the pace is not what is tried.
pub const UNPACED: (&str, &str) = ("CHAPP_LIMITS__PER_PERSON__ENABLED", "false");

/// A running server. It is killed, and what it kept removed, when this is dropped.
pub struct TestServer {
    folder: TempDir,
    settings: Vec<(&'static str, String)>,
    files: Option<u32>,
    process: Child,
    address: SocketAddr,
    log: Arc<Mutex<Vec<String>>>,
}

impl TestServer {
    /// A server as it comes.
    pub async fn start() -> Self {
        Self::start_with(&[]).await
    }

    /// A server with these settings, as variables.
    pub async fn start_with(settings: &[(&'static str, &str)]) -> Self {
        Self::start_in(settings, None).await
    }

    /// A server that can have so many files open and no more.
    pub async fn start_with_files(settings: &[(&'static str, &str)], files: u32) -> Self {
        Self::start_in(settings, Some(files)).await
    }

    async fn start_in(settings: &[(&'static str, &str)], files: Option<u32>) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let settings = settings
            .iter()
            .map(|&(name, value)| (name, value.to_owned()))
            .collect();
        let log = Arc::default();
        let (process, address) = spawn(folder.path(), &settings, files, &log).await;
        let server = Self {
            folder,
            settings,
            files,
            process,
            address,
            log,
        };
        server.is_ready().await;
        server
    }

    async fn is_ready(&self) {
        let ready = reqwest::get(self.url("/readyz")).await.expect("/readyz");
        assert_eq!(ready.status(), 200, "not ready: {:#?}", self.log());
    }

    /// Starts the program again on the same data; it gets a new port.
    pub async fn start_again(&mut self) {
        let started = spawn(self.folder.path(), &self.settings, self.files, &self.log);
        (self.process, self.address) = started.await;
        self.is_ready().await;
    }

    /// `kill -9`, as when the power fails.
    pub fn kill(&mut self) {
        self.process.kill().expect("killed");
        self.process.wait().expect("dead");
    }

    /// SIGTERM, as every process manager sends it.
    pub fn terminate(&self) {
        self.signal("TERM");
    }

    /// Sends a signal by its name.
    pub fn signal(&self, name: &str) {
        // The shell's own: a `kill` to call need not be installed.
        let sent = Command::new("sh")
            .args(["-c", &format!("kill -{name} {}", self.process.id())])
            .status();
        assert!(sent.expect("a shell").success());
    }

    /// Waits for the end of the process.
    pub async fn exit(&mut self) -> ExitStatus {
        patiently("the server to end", async {
            loop {
                if let Some(status) = self.process.try_wait().expect("a child") {
                    return status;
                }
                tokio::time::sleep(std::time::Duration::from_millis(5)).await;
            }
        })
        .await
    }

    /// The id of its process.
    pub fn process_id(&self) -> u32 {
        self.process.id()
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// The folder in which it runs.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The resident memory of the process, in bytes.
    pub fn memory(&self) -> Memory {
        let path = format!("/proc/{}/status", self.process.id());
        let status = std::fs::read_to_string(path).expect("the process runs");
        let bytes = |name: &str| {
            let line = status.lines().find(|line| line.starts_with(name));
            let kib = line.and_then(|line| line.split_whitespace().nth(1)?.parse::<u64>().ok());
            kib.expect("a figure in KiB") * 1_024
        };
        Memory {
            now: bytes("VmRSS:"),
            peak: bytes("VmHWM:"),
        }
    }

    /// What it has logged so far.
    pub fn log(&self) -> Vec<String> {
        self.log
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// A browser in which nobody is logged in.
    pub fn browser(&self) -> Browser {
        Browser::new(self.address)
    }

    /// A browser in which somebody new has signed up.
    pub async fn sign_up(&self, name: &str) -> Browser {
        let mut browser = self.browser();
        browser.sign_up(name).await;
        browser
    }

    /// Runs another command of the program on the same data, with this on its standard input.
    pub fn command(&self, words: &[&str], input: &str) -> Output {
        let mut child = program(self.folder.path(), &self.settings, None)
            .args(words)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("started");
        let mut stdin = child.stdin.take().expect("standard input");
        // A command that reads nothing has closed it already.
        let _ = stdin.write_all(input.as_bytes());
        drop(stdin);
        child.wait_with_output().expect("ended")
    }
}

impl Drop for TestServer {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        if std::thread::panicking() {
            eprintln!("the server's log:\n{}", self.log().join("\n"));
        }
    }
}

fn program(folder: &Path, settings: &Vec<(&'static str, String)>, files: Option<u32>) -> Command {
    const PROGRAM: &str = env!("CARGO_BIN_EXE_chapp");
    let mut command = match files {
        None => Command::new(PROGRAM),
        Some(files) => {
            let mut shell = Command::new("sh");
            // Both limits, the one in force and the highest that it can be raised to.
            let limited = format!("ulimit -n {files} && exec \"$0\" \"$@\"");
            shell.args(["-c", &limited, PROGRAM]);
            shell
        }
    };
    command
        .current_dir(folder)
        // Where somebody who develops another program has their data.
        .env_remove("DATABASE_URL")
        .env_remove("BUS_URL")
        .env("LEPTOS_SITE_ADDR", "127.0.0.1:0")
        // There is no built page; see the browser tests for that.
        .env("LEPTOS_HASH_FILES", "false")
        // Nobody has a thread that they did not open; see `rooms` for the lobby.
        .env("CHAPP_ROOMS__LOBBY", "")
        // Whoever comes first is the admin; see `setup` for the token.
        .env("CHAPP_SERVER__SETUP_TOKEN", "off")
        // However full the disk of this machine is; see the fault test for one that is.
        .env("CHAPP_STORE__MIN_FREE_PERCENT", "0")
        .env("RUST_LOG", "info")
        .env("NO_COLOR", "1")
        .envs(settings.iter().map(|(name, value)| (name, value)));
    command
}

/// Starts the server, and waits until it says where it listens.
async fn spawn(
    folder: &Path,
    settings: &Vec<(&'static str, String)>,
    files: Option<u32>,
    log: &Arc<Mutex<Vec<String>>>,
) -> (Child, SocketAddr) {
    let mut process = program(folder, settings, files)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("started");
    let stderr = BufReader::new(process.stderr.take().expect("standard error"));
    let (sender, address) = tokio::sync::oneshot::channel();
    let log = Arc::clone(log);
    // Reads on to the end: a full pipe would stop the server.
    std::thread::spawn(move || {
        let mut sender = Some(sender);
        for line in stderr.lines().map_while(Result::ok) {
            // In a log as JSON a quotation mark follows.
            let address = line.split_once("listening on http://").map(|(_, at)| at);
            if let Some(address) =
                address.and_then(|text| text.split('"').next()?.trim().parse().ok())
                && let Some(sender) = sender.take()
            {
                let _ = sender.send(address);
            }
            log.lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(line);
        }
    });
    match patiently("the server to listen", address).await {
        Ok(address) => (process, address),
        Err(_) => panic!("the server ended at its start"),
    }
}
