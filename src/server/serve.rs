//! Startup and graceful shutdown of the server.

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::net::{TcpListener, TcpSocket};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout_at};
use tokio_util::sync::CancellationToken;

use super::auth::accounts::setup_hash;
use super::clock;
use super::config::{Config, Setup};
use super::connections::{self, Rules};
use super::files::sweep;
use super::http::probes;
use super::http::router::router;
use super::hub::Moves;
use super::metrics;
use super::open_files;
use super::state::AppState;
use super::store::Store;
use crate::model::{Refusal, key};

/// Serves until SIGTERM or SIGINT, then shuts down gracefully: see [`stop`].
///
/// # Errors
/// When the store can't be opened or the address can't be bound.
pub async fn serve(mut config: Config) -> anyhow::Result<()> {
    open_files::prepare(&mut config);
    warn_of_settings(&config);
    let address = config.leptos.site_addr;
    let mut signals = Signals::listen()?;
    let metrics_endpoint = config
        .server
        .metrics_addr()?
        .map(|address| (address, metrics::install()));
    let setup = config.server.setup()?;
    let app = AppState::start(config).await?;
    if let Some((address, handle)) = metrics_endpoint {
        probes::serve_metrics(address, handle?, app.clone()).await?;
    }
    let listener = listen(address)?;
    let (router, rules) = (router(app.clone())?, Rules::of(&app.config));
    app.bus.start(&app.store).await?;
    let bus = Arc::clone(&app.bus);
    let store = app.store.clone();
    let tasks = app.tasks.clone();
    let announcing = Arc::clone(&app.hub).announce_presence(move |moves| {
        tasks.spawn(record_online_users(store.clone(), &moves));
        bus.publish_presence(moves);
    });
    app.tasks.spawn(announcing);
    app.tasks.spawn(Arc::clone(&app.space).watch());
    let (files, unused_for) = (app.chat.stored_files(), app.config.files.unused_for());
    if !Arc::ptr_eq(&app.space, files.space()) {
        app.tasks.spawn(Arc::clone(files.space()).watch());
    }
    let sweeping = sweep::watch(Arc::clone(files), app.store.clone(), unused_for);
    app.tasks.spawn(sweeping);
    let (accounts, hub) = (Arc::clone(&app.accounts), Arc::clone(&app.hub));
    app.tasks.spawn(async move {
        tokio::join!(accounts.sweep(&hub), accounts.watch_revocations(&hub));
    });
    let address = listener.local_addr()?;
    // Before the line that tells scripts and service managers that the start is over.
    print_setup(&app, setup, address).await?;
    tracing::info!("listening on http://{address}");
    let stop_accepting = CancellationToken::new();
    let serving = connections::serve(listener, router, rules, stop_accepting.clone());
    let mut server = tokio::spawn(serving);
    tokio::select! {
        ended = &mut server => return Ok(ended?),
        () = signals.stop() => {}
    }
    tracing::info!("stopping");
    stop(&app, &stop_accepting, server).await;
    Ok(())
}

/// While there is no account, logs the link that creates the first one: a stranger who reaches a new site before its
/// operator must not become its admin.
async fn print_setup(app: &AppState, setup: Setup, address: SocketAddr) -> anyhow::Result<()> {
    let (token, is_fixed) = match setup {
        Setup::Random => (Some(key::random()), false),
        Setup::Fixed(token) => (Some(token), true),
        Setup::Off => (None, true),
    };
    let hash = token.as_deref().map(setup_hash);
    let is_empty = app
        .store
        .set_up(hash, is_fixed)
        .await
        .map_err(Refusal::from)?;
    match token {
        Some(token) if is_empty => {
            let here = format!("http://{address}");
            let site = app.config.server.origin().unwrap_or(&here);
            // A configured token is a secret that the operator knows already: it is not logged.
            let token = if is_fixed { "SETUP_TOKEN" } else { &token };
            tracing::warn!(
                "no accounts yet. Create the first one, the site admin, at {site}/signup?setup={token}"
            );
        }
        None if is_empty => {
            tracing::warn!("no accounts yet: whoever signs up first becomes the site admin");
        }
        _ => {}
    }
    Ok(())
}

/// Warns of settings that are probably mistakes.
fn warn_of_settings(config: &Config) {
    if config.server.behind_proxy && config.server.origin().is_none() {
        tracing::warn!(
            "server.behind_proxy is on, but server.public_url is empty: set it to the address that browsers use, \
             or the session cookie is not bound to https, and a proxy that changes Host breaks forms and live \
             connections"
        );
    }
}

/// Records who was online just now. A user who is offline counts as having received everything up to that time.
fn record_online_users(store: Store, moves: &Moves) -> impl Future<Output = ()> + use<> {
    let now = clock::now();
    let users: Vec<_> = moves.online.iter().chain(&moves.offline).copied().collect();
    async move {
        for users in users.chunks(USERS_PER_STATEMENT) {
            // On failure, delivery is known only when the users come back.
            if let Err(error) = store.record_online(users.to_vec(), now).await {
                tracing::debug!(%error, "recording who was online failed");
            }
        }
    }
}

/// Users recorded in one statement.
const USERS_PER_STATEMENT: usize = 1_000;

/// The backlog of connections to accept. tokio's 1024 is too small when every client reconnects after a restart:
/// connections beyond it are not refused but retry after 1, 3 and 7 seconds. The kernel's bound (net.core.somaxconn,
/// 4096 on Linux) applies too.
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

/// Shuts down in this order, within the configured time:
/// 1. the listener closes, and `/readyz` reports it;
/// 2. requests in progress are answered, which still needs the store;
/// 3. the store commits what is queued, and answers the callers;
/// 4. live connections are sent what is queued for them, and closed with 1012.
async fn stop(app: &AppState, stop_accepting: &CancellationToken, server: JoinHandle<()>) {
    let within = app.config.server.shutdown_within();
    let deadline = Instant::now() + within;
    app.hub.refuse_more();
    stop_accepting.cancel();
    // Requests get at most half of the time, so that one that never ends does not keep live connections from closing
    // properly.
    if timeout_at(deadline - within / 2, server).await.is_err() {
        tracing::warn!("some requests were not finished in time");
    }
    if timeout_at(deadline, app.store.close()).await.is_err() {
        tracing::warn!("the database did not finish in time");
    }
    app.hub.stop();
    app.bus.stop().await;
    // Live connections run in their own tasks until their close is complete; the hub's tasks write it.
    app.sockets.close();
    let _ = timeout_at(deadline, app.sockets.wait()).await;
    let _ = timeout_at(deadline, async {
        tokio::join!(app.tasks.stop(), app.hub.end_tasks())
    })
    .await;
}

/// The signals that stop the server.
struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    /// Handles the signals from here on; they no longer end the process at once.
    fn listen() -> std::io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    async fn stop(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}
