//! The endpoints for monitoring: `/healthz` and `/readyz` at the site's address, `/metrics` at its own.

use std::net::SocketAddr;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use metrics_exporter_prometheus::PrometheusHandle;
use tokio_util::sync::CancellationToken;

use super::headers;
use crate::model::FreeSpace;
use crate::server::connections;
use crate::server::connections::Rules;
use crate::server::metrics::Gauges;
use crate::server::state::AppState;

/// `GET /healthz`: whether the process responds at all.
pub async fn health() -> &'static str {
    "ok"
}

/// `GET /readyz`: whether the server can work; 503 when it can't. Degradations that don't stop it follow "ready, but".
pub async fn ready(State(app): State<AppState>) -> Response {
    if app.hub.is_stopping() {
        return not_ready("stopping");
    }
    if !app.store.is_writing() {
        return not_ready("the writer has failed: restart the server");
    }
    if app.has_failed() {
        return not_ready("a task has failed: restart the server");
    }
    if app.store.ping().await.is_err() {
        return not_ready("the database does not answer");
    }
    let disk = match app.space.storage().space {
        FreeSpace::Ample => "",
        FreeSpace::Low => "free disk space is low",
        FreeSpace::Full => "the disk is almost full: nothing new is stored",
    };
    let warnings = [app.bus.link().warning(), disk];
    let warnings: Vec<_> = warnings.into_iter().filter(|it| !it.is_empty()).collect();
    match warnings.is_empty() {
        true => "ready".into_response(),
        false => format!("ready, but {}", warnings.join(", and ")).into_response(),
    }
}

fn not_ready(reason: &'static str) -> Response {
    (StatusCode::SERVICE_UNAVAILABLE, reason).into_response()
}

/// Serves `GET /metrics` at `address` as long as the process runs.
///
/// # Errors
/// When the address can't be bound.
pub async fn serve_metrics(
    address: SocketAddr,
    handle: PrometheusHandle,
    app: AppState,
) -> anyhow::Result<()> {
    let listener = tokio::net::TcpListener::bind(address).await?;
    tracing::info!(
        "serving metrics at http://{}/metrics",
        listener.local_addr()?
    );
    let (headers_of, tasks) = (app.clone(), app.tasks.clone());
    let page = move || {
        gauges(&app).set();
        let text = handle.render();
        async { text }
    };
    let router = Router::new()
        .route("/metrics", get(page))
        .layer(from_fn_with_state(headers_of.clone(), headers::add))
        .with_state(headers_of);
    // Never cancelled: metrics are served until the tasks are stopped.
    let never = CancellationToken::new();
    tasks.spawn(connections::serve(
        listener,
        router,
        Rules::of_metrics(),
        never,
    ));
    Ok(())
}

fn gauges(app: &AppState) -> Gauges {
    let storage = app.space.storage();
    Gauges {
        connections: app.hub.len(),
        outbox_frames: app.hub.queued(),
        bus_queue: app.bus.queued(),
        write_queue: app.store.queued(),
        disk_free: storage.free,
        is_read_only: storage.space == FreeSpace::Full,
    }
}
