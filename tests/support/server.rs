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
    /// The peak so far.
    pub peak: u64,
}
/// For tests in which one person exceeds the rate limits, which are not the subject of the test.
pub const UNPACED: (&str, &str) = ("CHAPP_LIMITS__PER_PERSON__ENABLED", "false");

/// A running server. It is killed and its data removed on drop.
pub struct TestServer {
    folder: TempDir,
    settings: Vec<(&'static str, String)>,
    files: Option<u32>,
    process: Child,
    address: SocketAddr,
    log: Arc<Mutex<Vec<String>>>,
}

impl TestServer {
    /// Starts a server with default settings.
    pub async fn start() -> Self {
        Self::start_with(&[]).await
    }

    /// Starts a server with these settings, as environment variables.
    pub async fn start_with(settings: &[(&'static str, &str)]) -> Self {
        Self::start_in(settings, None).await
    }

    /// Starts a server with a limit on open files.
    pub async fn start_with_files(settings: &[(&'static str, &str)], files: u32) -> Self {
        Self::start_in(settings, Some(files)).await
    }

    async fn start_in(settings: &[(&'static str, &str)], files: Option<u32>) -> Self {
        // What `reqwest` does TLS with, though no test needs it: the program enables it. Fails if it is installed.
        let _ = rustls::crypto::ring::default_provider().install_default();
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

    /// Restarts the program with the same data, on a new port.
    pub async fn start_again(&mut self) {
        let started = spawn(self.folder.path(), &self.settings, self.files, &self.log);
        (self.process, self.address) = started.await;
        self.is_ready().await;
    }

    /// `kill -9`, like a power failure.
    pub fn kill(&mut self) {
        self.process.kill().expect("killed");
        self.process.wait().expect("dead");
    }

    /// SIGTERM, as process managers send it.
    pub fn terminate(&self) {
        self.signal("TERM");
    }

    /// Sends a signal by its name.
    pub fn signal(&self, name: &str) {
        // The shell's builtin: the `kill` program may not be installed.
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

    /// The server's working directory.
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

    /// The lines it has logged so far.
    pub fn log(&self) -> Vec<String> {
        self.log
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// The lines it has logged, once one of them contains this: they come by a pipe, after what they are about.
    pub async fn log_with(&self, part: &str) -> Vec<String> {
        let logged = async {
            loop {
                let log = self.log();
                if log.iter().any(|line| line.contains(part)) {
                    return log;
                }
                tokio::time::sleep(std::time::Duration::from_millis(5)).await;
            }
        };
        patiently(&format!("{part:?} in the log"), logged).await
    }

    /// A browser without a logged-in user.
    pub fn browser(&self) -> Browser {
        Browser::new(self.address)
    }

    /// A browser in which a new user has signed up.
    pub async fn sign_up(&self, name: &str) -> Browser {
        let mut browser = self.browser();
        browser.sign_up(name).await;
        browser
    }

    /// Copies the SQLite file of this server to another database, with these options.
    pub fn migrate(&self, to: &str, options: &[&str]) -> Output {
        let words = ["migrate", "--from", "sqlite:data/chapp.db", "--to", to];
        self.command(&[&words, options].concat(), "")
    }

    /// Runs another command of the program on the same data, with this standard input.
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
            // Sets both the soft and the hard limit.
            let limited = format!("ulimit -n {files} && exec \"$0\" \"$@\"");
            shell.args(["-c", &limited, PROGRAM]);
            shell
        }
    };
    command
        .current_dir(folder)
        // May be set on a developer's machine.
        .env_remove("DATABASE_URL")
        .env_remove("BUS_URL")
        .env("LEPTOS_SITE_ADDR", "127.0.0.1:0")
        // There is no built page; the browser tests have one.
        .env("LEPTOS_HASH_FILES", "false")
        // Without a lobby, users only have threads that they opened; see `rooms` for the lobby.
        .env("CHAPP_ROOMS__LOBBY", "")
        // The first user becomes the admin; see `setup` for the token.
        .env("CHAPP_SERVER__SETUP_TOKEN", "off")
        // Ignores how full the disk of this machine is; the fault test fills one.
        .env("CHAPP_STORE__MIN_FREE_PERCENT", "0")
        .env("RUST_LOG", "info")
        .env("NO_COLOR", "1")
        .envs(settings.iter().map(|(name, value)| (name, value)));
    command
}

/// Starts the server, and waits until it logs its address.
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
    // Reads to the end: a full pipe would block the server.
    std::thread::spawn(move || {
        let mut sender = Some(sender);
        for line in stderr.lines().map_while(Result::ok) {
            // In a JSON log, a quotation mark follows.
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
