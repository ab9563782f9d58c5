//! Starting, and stopping clean.

use std::net::SocketAddr;
use std::sync::Arc;

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
    let listener = tokio::net::TcpListener::bind(address).await?;
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
