//! The one list of routes, and what every answer carries.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
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

use super::app::App;
use super::bodies::{self, Places};
use super::{fetch_site, headers, pages, plain_forms, security_txt, socket};
use crate::app::shell;
use crate::model::FreeSpace;
use crate::routes;

/// All that the server answers to.
pub fn router(app: App) -> anyhow::Result<Router> {
    // Leptos draws on tokio. An error means that an earlier router has said so.
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
    let mut csrf = CsrfLayer::new();
    if let Some(origin) = app.config.server.origin() {
        csrf = csrf.add_trusted_origin(origin)?;
    }
    let root = options.site_root.as_ref();
    let package = ServeDir::new(format!("{root}/{}", options.site_pkg_dir))
        .precompressed_br()
        .precompressed_gzip();
    let package = ServiceBuilder::new()
        .map_response(kept_for_ever)
        .service(package);
    let pages = routes::patterns()
        .fold(Router::new(), |router, path| {
            router.route(path, get(page.clone()))
        })
        .route_layer(from_fn_with_state(app.clone(), pages::start));
    let socket = socket::open.layer(from_fn_with_state(app.clone(), with_session));
    let fallback = file_and_error_handler_with_context::<App, _>(context, shell);
    let functions = get(functions.clone())
        .post(functions)
        .layer(from_fn_with_state(app.clone(), plain_forms::lead_back));
    let mut router = Router::new()
        .route("/ws", get(socket))
        .route("/healthz", get(|| async { "ok" }))
        .route("/readyz", get(ready))
        .route("/api/{function}", functions)
        .merge(pages);
    if !app.config.server.security_contact.is_empty() {
        router = router.route("/.well-known/security.txt", get(security_txt::show));
    }
    Ok(router
        .fallback(fallback)
        .layer(CompressionLayer::new())
        .nest_service(&format!("/{}", options.site_pkg_dir), package)
        .layer(from_fn_with_state(Arc::<Places>::default(), bodies::read))
        .layer(csrf)
        .layer(from_fn_with_state(app.clone(), fetch_site::check))
        .layer(from_fn_with_state(app.clone(), headers::add))
        .with_state(app))
}

/// The names of built files carry a hash of their content. What is missing may be there after an upgrade:
/// that answer is not kept.
fn kept_for_ever<B>(mut response: axum::http::Response<B>) -> axum::http::Response<B> {
    let status = response.status();
    let keep = if status.is_success() || status == StatusCode::NOT_MODIFIED {
        "public, max-age=31536000, immutable"
    } else {
        "no-store"
    };
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(keep));
    response
}

/// The Content-Security-Policy of a page (OWASP CSP cheat sheet, strict with nonces).
fn set_policy() {
    let (Some(nonce), Some(response)) = (use_nonce(), use_context::<ResponseOptions>()) else {
        return;
    };
    let policy = format!(
        "default-src 'none'; script-src 'self' 'nonce-{nonce}' 'wasm-unsafe-eval'; \
         style-src 'self'; img-src 'self' data:; connect-src 'self'; manifest-src 'self'; \
         base-uri 'none'; object-src 'none'; form-action 'self'; frame-ancestors 'none'"
    );
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        response.insert_header(header::CONTENT_SECURITY_POLICY, policy);
    }
}

/// Hands the session of the request on, if there is one.
async fn with_session(State(app): State<App>, mut request: Request, next: Next) -> Response {
    match app.session(request.headers()).await {
        Ok(Some(session)) => drop(request.extensions_mut().insert(session)),
        Ok(None) => {}
        Err(refusal) => {
            return (StatusCode::SERVICE_UNAVAILABLE, refusal.to_string()).into_response();
        }
    }
    next.run(request).await
}

async fn ready(State(app): State<App>) -> Response {
    if app.hub.is_stopping() {
        return (StatusCode::SERVICE_UNAVAILABLE, "stopping").into_response();
    }
    match app.store.ping().await {
        Ok(()) => {
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
        Err(_) => (
            StatusCode::SERVICE_UNAVAILABLE,
            "the database does not answer",
        )
            .into_response(),
    }
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use tower::ServiceExt;

    use super::*;
    use crate::server::config::Config;

    async fn readyz(app: &App) -> StatusCode {
        let request = Request::get("/readyz").body(Body::empty()).unwrap();
        let answer = router(app.clone()).unwrap().oneshot(request).await;
        answer.unwrap().status()
    }

    // From outside this is a matter of luck: a stopping server soon takes no connection at all.
    #[tokio::test]
    async fn a_server_that_is_stopping_is_not_ready() {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}/chapp.db", folder.path().display());
        let variables = [("CHAPP_STORE__URL".to_owned(), url)];
        let app = App::start(Config::read("", variables).unwrap())
            .await
            .unwrap();
        assert_eq!(readyz(&app).await, StatusCode::OK);
        app.hub.refuse_more();
        assert_eq!(readyz(&app).await, StatusCode::SERVICE_UNAVAILABLE);
    }
}
