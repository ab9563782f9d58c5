//! A Redis for a single test, which can stop and restart it.

use std::net::TcpListener;
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

use crate::support::patiently;

/// A running Redis, killed on drop.
pub struct Redis {
    folder: TempDir,
    port: u16,
    process: Child,
}

impl Redis {
    /// Starts an empty one.
    pub async fn start() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        // A port that is currently free; Redis binds it before anybody else can.
        let free = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = free.local_addr().expect("an address").port();
        drop(free);
        let process = spawn(&folder, port);
        let redis = Self {
            folder,
            port,
            process,
        };
        redis.answers().await;
        redis
    }

    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// Kills it.
    pub fn stop(&mut self) {
        self.process.kill().expect("killed");
        self.process.wait().expect("dead");
    }

    /// Restarts it, empty.
    pub async fn start_again(&mut self) {
        self.process = spawn(&self.folder, self.port);
        self.answers().await;
    }

    async fn answers(&self) {
        patiently("Redis to answer", async {
            while tokio::net::TcpStream::connect(("127.0.0.1", self.port))
                .await
                .is_err()
            {
                tokio::time::sleep(std::time::Duration::from_millis(5)).await;
            }
        })
        .await;
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn spawn(folder: &TempDir, port: u16) -> Child {
    Command::new("redis-server")
        .args(["--port", &port.to_string(), "--bind", "127.0.0.1"])
        .args(["--save", "", "--appendonly", "no", "--loglevel", "warning"])
        .current_dir(folder.path())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .spawn()
        .expect("redis-server, which scripts/rust-tests.sh installs (Debian: redis-server)")
}
