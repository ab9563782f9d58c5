//! Starting, and stopping clean.

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::net::{TcpListener, TcpSocket};
use tokio::signal::unix::{SignalKind, signal};

use super::app::App;
use super::config::Config;
use super::router::router;

/// Serves until SIGTERM or SIGINT; then accepts nothing more, commits what was taken on, and closes the
/// sockets with 1012.
///
/// # Errors
/// When the store can't be opened or the address can't be bound.
pub async fn serve(config: Config) -> anyhow::Result<()> {
    let address = config.leptos.site_addr;
    let app = App::start(config).await?;
    let listener = listen(address)?;
    let service = router(app.clone())?.into_make_service_with_connect_info::<SocketAddr>();
    tokio::spawn(Arc::clone(&app.hub).announce_presence());
    let (accounts, hub) = (Arc::clone(&app.accounts), Arc::clone(&app.hub));
    tokio::spawn(async move { accounts.sweep(&hub).await });
    tracing::info!("listening on http://{}", listener.local_addr()?);
    let within = app.config.server.shutdown_within();
    let stopping = app.clone();
    let served = axum::serve(listener, service).with_graceful_shutdown(async move {
        stop_signal().await;
        tracing::info!("stopping");
        stopping.store.close().await;
        stopping.hub.stop();
    });
    let mut served = std::pin::pin!(served.into_future());
    tokio::select! {
        result = &mut served => result?,
        () = async { stop_signal().await; tokio::time::sleep(within).await } => {}
    }
    // The sockets live on in tasks of their own: they get what is left of the time to say goodbye.
    let _ = tokio::time::timeout(within, async {
        while !app.hub.is_empty() {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    })
    .await;
    Ok(())
}

/// Connections that may wait to be accepted. tokio's own 1024 are too few when everybody reconnects after a
/// restart: those beyond are not refused but left to try again, after 1, 3 and 7 seconds. The system's own
/// bound (net.core.somaxconn, 4096 on Linux) holds too.
const BACKLOG: u32 = 8_192;

fn listen(address: SocketAddr) -> std::io::Result<TcpListener> {
    let socket = match address {
        SocketAddr::V4(_) => TcpSocket::new_v4()?,
        SocketAddr::V6(_) => TcpSocket::new_v6()?,
    };
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

async fn stop_signal() {
    match signal(SignalKind::terminate()) {
        Ok(mut terminate) => {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = tokio::signal::ctrl_c() => {}
            }
        }
        Err(_) => {
            let _ = tokio::signal::ctrl_c().await;
        }
    }
}
