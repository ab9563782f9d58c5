//! The routes, and the middleware around them.

use std::sync::Arc;

use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::from_fn_with_state;
use axum::routing::get;
use axum::{Router, handler::Handler};
use leptos::nonce::use_nonce;
use leptos::prelude::{LeptosOptions, provide_context, use_context};
use leptos_axum::{
    ResponseOptions, file_and_error_handler_with_context, handle_server_fns_with_context,
    render_app_async_with_context,
};
use tower::ServiceBuilder;
use tower_http::compression::CompressionLayer;
use tower_http::csrf::CsrfLayer;
use tower_http::services::ServeDir;

use super::bodies::{self, BodySlots};
use super::{
    downloads, fetch_site, headers, page, plain_forms, post_form, probes, request_log,
    security_txt, session, uploads,
};
use crate::app::shell;
use crate::routes;
use crate::server::state::AppState;
use crate::server::websocket::connection;

/// The router of the public listener.
pub fn router(app: AppState) -> anyhow::Result<Router> {
    // Leptos renders on tokio's executor. An error means that an earlier router set it already.
    let _ = any_spawner::Executor::init_tokio();
    let options: LeptosOptions = app.config.leptos.clone();
    let context = {
        let app = app.clone();
        move || {
            provide_context(app.clone());
            set_policy();
        }
    };
    let page = {
        let options = options.clone();
        render_app_async_with_context(context.clone(), move || shell(options.clone()))
    };
    let functions = {
        let context = context.clone();
        move |request| handle_server_fns_with_context(context.clone(), request)
    };
    let root = options.site_root.as_ref();
    let package = ServeDir::new(format!("{root}/{}", options.site_pkg_dir))
        .precompressed_br()
        .precompressed_gzip();
    let package = ServiceBuilder::new()
        .map_response(set_cache_control)
        .service(package);
    let pages = routes::patterns()
        .fold(Router::new(), |router, path| {
            router.route(path, get(page.clone()))
        })
        .route_layer(from_fn_with_state(app.clone(), page::start))
        .route_layer(from_fn_with_state(app.clone(), session::find));
    let socket = connection::open.layer(from_fn_with_state(app.clone(), session::find));
    let fallback = file_and_error_handler_with_context::<AppState, _>(context, shell);
    let functions = get(functions.clone())
        .post(functions)
        .layer(from_fn_with_state(app.clone(), plain_forms::redirect_back))
        .layer(from_fn_with_state(app.clone(), session::find));
    let mut router = Router::new()
        .route("/ws", get(socket))
        .route("/healthz", get(probes::health))
        .route("/readyz", get(probes::ready))
        .route("/api/{function}", functions)
        .merge(pages);
    if !app.config.server.security_contact.is_empty() {
        router = router.route("/.well-known/security.txt", get(security_txt::show));
    }
    let router = router
        .fallback(fallback)
        .layer(CompressionLayer::new())
        .nest_service(&format!("/{}", options.site_pkg_dir), package)
        .layer(from_fn_with_state(
            Arc::<BodySlots>::default(),
            bodies::read,
        ))
        // Their bodies are streamed, and must not be compressed: a video is answered in parts.
        .merge(uploads::routes(&app))
        .merge(post_form::routes(&app))
        .merge(downloads::routes(&app))
        .layer(csrf(&app)?)
        .layer(from_fn_with_state(app.clone(), fetch_site::check));
    Ok(request_log::log_requests(router)
        .layer(from_fn_with_state(app.clone(), headers::add))
        .with_state(app))
}

/// Refuses what other sites make browsers post.
fn csrf(app: &AppState) -> anyhow::Result<CsrfLayer> {
    let layer = CsrfLayer::new();
    Ok(match app.config.server.origin() {
        Some(origin) => layer.add_trusted_origin(origin)?,
        None => layer,
    })
}

/// The names of built files contain a hash of their content, so they can be cached for ever. A missing file may exist
/// after an upgrade: that response must not be cached.
fn set_cache_control<B>(mut response: axum::http::Response<B>) -> axum::http::Response<B> {
    let status = response.status();
    let cache_control = if status.is_success() || status == StatusCode::NOT_MODIFIED {
        "public, max-age=31536000, immutable"
    } else {
        "no-store"
    };
    let headers = response.headers_mut();
    headers.insert(
        header::CACHE_CONTROL,
        HeaderValue::from_static(cache_control),
    );
    response
}

/// The Content-Security-Policy of a page (OWASP CSP cheat sheet, strict with nonces).
fn set_policy() {
    let (Some(nonce), Some(response)) = (use_nonce(), use_context::<ResponseOptions>()) else {
        return;
    };
    let policy = format!(
        "default-src 'none'; script-src 'self' 'nonce-{nonce}' 'wasm-unsafe-eval'; \
         style-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; connect-src 'self'; manifest-src 'self'; \
         base-uri 'none'; object-src 'none'; form-action 'self'; frame-ancestors 'none'"
    );
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        response.insert_header(header::CONTENT_SECURITY_POLICY, policy);
    }
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use axum::extract::Request;
    use tower::ServiceExt;

    use axum::http::Method;

    use super::*;
    use crate::server::auth::SecretToken;
    use crate::server::store::tests::database::Database;

    async fn readyz(app: &AppState) -> StatusCode {
        let request = Request::get("/readyz").body(Body::empty()).unwrap();
        let answer = router(app.clone()).unwrap().oneshot(request).await;
        answer.unwrap().status()
    }

    async fn started(database: &Database) -> AppState {
        AppState::start(database.config()).await.unwrap()
    }

    #[tokio::test]
    async fn the_session_is_looked_up_once_for_a_request() {
        let database = Database::sqlite();
        let app = started(&database).await;
        let router = router(app.clone()).unwrap();
        for (method, path) in [
            (Method::GET, "/"),
            (Method::GET, "/login"),
            (Method::GET, "/api/sessions"),
            (Method::POST, "/api/log_out"),
        ] {
            let before = app.accounts.lookups();
            let token = SecretToken::random().to_text();
            let request = Request::builder()
                .method(method)
                .uri(path)
                .header(header::COOKIE, format!("chapp={token}"))
                .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
                .body(Body::empty());
            router.clone().oneshot(request.unwrap()).await.unwrap();
            assert_eq!(app.accounts.lookups() - before, 1, "{path}");
        }
    }

    // Not testable from outside: a stopping server soon accepts no connections.
    #[tokio::test]
    async fn a_server_that_is_stopping_is_not_ready() {
        let database = Database::sqlite();
        let app = started(&database).await;
        assert_eq!(readyz(&app).await, StatusCode::OK);
        app.hub.refuse_more();
        assert_eq!(readyz(&app).await, StatusCode::SERVICE_UNAVAILABLE);
    }

    #[tokio::test]
    async fn a_server_whose_writer_has_panicked_is_not_ready() {
        let database = Database::sqlite();
        let app = started(&database).await;
        app.store.kill_writer().await;
        assert_eq!(readyz(&app).await, StatusCode::SERVICE_UNAVAILABLE);
    }

    #[tokio::test]
    async fn a_server_with_a_task_that_has_panicked_is_not_ready() {
        let database = Database::sqlite();
        let app = started(&database).await;
        app.tasks.spawn(async {});
        assert_eq!(readyz(&app).await, StatusCode::OK);
        app.tasks.spawn(async { panic!("as a test wants it") });
        let noticed = async {
            while readyz(&app).await != StatusCode::SERVICE_UNAVAILABLE {
                tokio::task::yield_now().await;
            }
        };
        let patience = std::time::Duration::from_secs(20);
        let noticed = tokio::time::timeout(patience, noticed).await;
        noticed.expect("the panic is noticed");
    }
}
