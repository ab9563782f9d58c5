//! A PostgreSQL for a single test, which can stop and restart it.

use std::process::{Command, Stdio};

use tempfile::TempDir;

/// A running PostgreSQL. It is stopped and its data removed on drop.
pub struct Postgres {
    folder: TempDir,
    url: String,
}

impl Postgres {
    /// Starts an empty one.
    pub fn start() -> Self {
        // The path of its socket must be short.
        let folder = tempfile::Builder::new()
            .prefix("chapp-pg.")
            .tempdir_in("/tmp");
        let folder = folder.expect("a folder");
        let url = script("start", &folder);
        Self { folder, url }
    }

    /// The URL of an empty database.
    pub fn url(&self) -> &str {
        self.url.trim()
    }

    /// Stops it like a crash.
    pub fn stop(&self) {
        script("stop", &self.folder);
    }

    /// Restarts it with its data.
    pub fn start_again(&self) {
        script("again", &self.folder);
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        // A test may have stopped it.
        let _ = command("stop", &self.folder).status();
    }
}

fn command(action: &str, folder: &TempDir) -> Command {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/scripts/postgres.sh");
    let mut command = Command::new(script);
    command.arg(action).arg(folder.path()).stdin(Stdio::null());
    command
}

fn script(action: &str, folder: &TempDir) -> String {
    let output = command(action, folder).stderr(Stdio::inherit()).output();
    let output = output.expect("scripts/postgres.sh");
    assert!(output.status.success(), "PostgreSQL did not {action}");
    String::from_utf8(output.stdout).expect("an address")
}
