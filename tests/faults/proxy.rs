//! The network between people and server: it can cut, delay, swallow and stall.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use socket2::{Domain, Socket, Type};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::watch;

/// A TCP proxy in this process.
pub struct Proxy {
    address: SocketAddr,
    network: Arc<Network>,
}

struct Network {
    /// The server's current address.
    server: Mutex<SocketAddr>,
    links: Mutex<Vec<Arc<Link>>>,
    /// Delay of each chunk, in milliseconds.
    delay: AtomicU64,
    /// While set, nothing is read from the server.
    is_stalled: watch::Sender<bool>,
}

/// One connection through the proxy.
struct Link {
    /// When set, nothing is read or forwarded any more, and neither side is notified.
    is_half_open: AtomicBool,
    end: watch::Sender<bool>,
}

impl Proxy {
    pub async fn open(server: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let network = Arc::new(Network {
            server: Mutex::new(server),
            links: Mutex::default(),
            delay: AtomicU64::new(0),
            is_stalled: watch::Sender::new(false),
        });
        let shared = Arc::clone(&network);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(Arc::clone(&shared).carry(client));
            }
        });
        Self { address, network }
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Changes the server's address.
    pub fn set_server(&self, server: SocketAddr) {
        *lock(&self.network.server) = server;
    }

    pub fn set_delay(&self, delay: Duration) {
        let delay = u64::try_from(delay.as_millis()).expect("short");
        self.network.delay.store(delay, Ordering::Relaxed);
    }

    /// Stops or resumes reading from the server, as on a network that has become too slow. What people send still goes
    /// through.
    pub fn stall(&self, is_stalled: bool) {
        self.network.is_stalled.send_replace(is_stalled);
    }

    /// Cuts every connection.
    pub fn cut(&self) {
        for link in lock(&self.network.links).drain(..) {
            link.end.send_replace(true);
        }
    }

    /// Cuts the half-open connections.
    pub fn cut_half_open(&self) {
        for link in lock(&self.network.links).iter() {
            if link.is_half_open.load(Ordering::Relaxed) {
                link.end.send_replace(true);
            }
        }
    }

    /// Leaves every connection open on both sides, but never forwards anything again.
    pub fn half_open(&self) {
        for link in lock(&self.network.links).iter() {
            link.is_half_open.store(true, Ordering::Relaxed);
        }
    }
}

impl Network {
    async fn carry(self: Arc<Self>, client: TcpStream) {
        let address = *lock(&self.server);
        let Ok(server) = connect(address).await else {
            return;
        };
        for stream in [&client, &server] {
            stream.set_nodelay(true).expect("an option");
        }
        let link = Arc::new(Link {
            is_half_open: AtomicBool::new(false),
            end: watch::Sender::new(false),
        });
        lock(&self.links).push(Arc::clone(&link));
        let (from_client, to_client) = client.into_split();
        let (from_server, to_server) = server.into_split();
        let never = watch::Sender::new(false);
        tokio::join!(
            self.pump(from_client, to_server, &link, never.subscribe()),
            self.pump(from_server, to_client, &link, self.is_stalled.subscribe()),
        );
        lock(&self.links).retain(|other| !Arc::ptr_eq(other, &link));
    }

    async fn pump(
        &self,
        mut from: OwnedReadHalf,
        mut to: OwnedWriteHalf,
        link: &Link,
        mut stall: watch::Receiver<bool>,
    ) {
        let mut end = link.end.subscribe();
        let mut piece = vec![0; 16 * 1024];
        let copy = async {
            loop {
                if stall.wait_for(|is_stalled| !is_stalled).await.is_err() {
                    break;
                }
                let length = match from.read(&mut piece).await {
                    Ok(0) | Err(_) => break,
                    Ok(length) => length,
                };
                let delay = self.delay.load(Ordering::Relaxed);
                if delay > 0 {
                    tokio::time::sleep(Duration::from_millis(delay)).await;
                }
                if link.is_half_open.load(Ordering::Relaxed) {
                    std::future::pending::<()>().await;
                }
                if to.write_all(&piece[..length]).await.is_err() {
                    break;
                }
            }
            // When one side closes, close the other.
            link.end.send_replace(true);
        };
        tokio::select! {
            () = copy => {}
            _ = end.wait_for(|ended| *ended) => {}
        }
    }
}

/// Connects with the packet and buffer sizes of a real network. On loopback, with packets of 64 KiB, the kernel would
/// accept megabytes from the server before it has to wait.
async fn connect(address: SocketAddr) -> std::io::Result<TcpStream> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, None)?;
    socket.set_tcp_mss(1_220)?;
    socket.set_recv_buffer_size(16 * 1024)?;
    socket.set_nonblocking(true)?;
    TcpSocket::from_std_stream(socket.into())
        .connect(address)
        .await
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
