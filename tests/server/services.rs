//! Services beside the server: the virus scanner clamd, and storage with the interface of S3.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper_util::rt::TokioIo;
use s3s::auth::SimpleAuth;
use s3s::service::S3ServiceBuilder;
use s3s_fs::FileSystem;
use sha2::{Digest, Sha256};
use tokio::net::{TcpListener, UnixStream};
use tokio::process::{Child, Command};
use tokio::task::JoinHandle;
use tokio::time::sleep;

use crate::support::patiently;

/// A clamd that knows one virus.
pub struct Clamd {
    folder: tempfile::TempDir,
    process: Option<Child>,
}

impl Clamd {
    /// Prepares a scanner that finds exactly these bytes. It doesn't run yet.
    pub fn that_finds(virus: &[u8]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let hash = data_encoding::HEXLOWER.encode(&Sha256::digest(virus));
        let signature = format!("{hash}:{}:Test.Virus\n", virus.len());
        std::fs::write(folder.path().join("test.hsb"), signature).expect("a file");
        let process = None;
        Self { folder, process }
    }

    /// Where it listens.
    pub fn socket(&self) -> PathBuf {
        self.folder.path().join("clamd.sock")
    }

    pub async fn start(&mut self) {
        let folder = self.folder.path().display();
        let settings = format!(
            "LocalSocket {}\nDatabaseDirectory {folder}\nForeground yes\n",
            self.socket().display()
        );
        let file = self.folder.path().join("clamd.conf");
        std::fs::write(&file, settings).expect("a file");
        let mut clamd = Command::new("clamd");
        clamd.arg("--config-file").arg(&file);
        clamd.stdout(Stdio::null()).stderr(Stdio::null());
        self.process = Some(clamd.kill_on_drop(true).spawn().expect("clamd"));
        let listens = async {
            while UnixStream::connect(self.socket()).await.is_err() {
                sleep(Duration::from_millis(20)).await;
            }
        };
        patiently("clamd", listens).await;
    }
}

/// The key of [`Bucket`], and its secret.
pub const S3_KEY: (&str, &str) = ("chapp", "a long secret");

/// A bucket of an S3 server, which stores it in a folder.
pub struct Bucket {
    folder: tempfile::TempDir,
    pub address: SocketAddr,
    task: JoinHandle<()>,
}

impl Bucket {
    pub const NAME: &str = "files";

    pub async fn start() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::create_dir(folder.path().join(Self::NAME)).expect("a bucket");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let task = serve(listener, folder.path());
        Self {
            folder,
            address,
            task,
        }
    }

    /// The folder with its objects.
    pub fn folder(&self) -> PathBuf {
        self.folder.path().join(Self::NAME)
    }

    /// Ends the server. What it has stored stays.
    pub async fn stop(&mut self) {
        self.task.abort();
        let _ = (&mut self.task).await;
    }

    /// Starts it again, at the same address.
    pub async fn start_again(&mut self) {
        let listener = TcpListener::bind(self.address).await.expect("the port");
        self.task = serve(listener, self.folder.path());
    }
}

fn serve(listener: TcpListener, folder: &Path) -> JoinHandle<()> {
    let mut builder = S3ServiceBuilder::new(FileSystem::new(folder).expect("a file system"));
    builder.set_auth(SimpleAuth::from_single(S3_KEY.0, S3_KEY.1));
    let service = builder.build();
    tokio::spawn(async move {
        // Ends with its connections.
        let mut connections = tokio::task::JoinSet::new();
        loop {
            let (socket, _) = listener.accept().await.expect("a connection");
            let service = service.clone();
            let served = http1::Builder::new().serve_connection(TokioIo::new(socket), service);
            connections.spawn(served);
        }
    })
}
