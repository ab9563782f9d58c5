//! The request log: a span per request and a line when it is answered. A panic in a handler is answered with 500.
//!
//! `docs/LOGGING.md` lists what is logged at which level. Nothing that a client chose is logged: the matched route
//! instead of the path, and no query, header, cookie or body.

use std::panic::AssertUnwindSafe;
use std::time::{Duration, Instant};

use axum::extract::{MatchedPath, Request};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::middleware::{Next, from_fn, map_request};
use axum::response::{Html, IntoResponse, Response};
use axum::{Json, Router};
use futures_util::FutureExt;
use tower_http::request_id::{
    MakeRequestUuid, PropagateRequestIdLayer, RequestId, SetRequestIdLayer,
};
use tower_http::trace::TraceLayer;
use tracing::Span;

use crate::model::Refusal;
use crate::server::log_rate_limit::LogRateLimit;

/// The target of these lines, for `RUST_LOG`.
const TARGET: &str = "chapp::request";

/// The header with the id of a request. The response carries it too, for error reports.
const ID: &str = "x-request-id";

/// The page shown when a browser's request panicked. It needs nothing else from the server.
const PAGE: &str = "<!DOCTYPE html><html lang=\"en\"><meta charset=\"utf-8\">\
    <meta name=\"viewport\" content=\"width=device-width\"><title>Error – chapp</title>\
    <h1>Something went wrong</h1><p>It is a mistake of the server, and its log has it.</p>\
    <p><a href=\"/\">Back to chapp</a></p></html>";

/// Logs the requests to the routes that `router` has so far.
pub(crate) fn log_requests<S: Clone + Send + Sync + 'static>(router: Router<S>) -> Router<S> {
    let trace = TraceLayer::new_for_http()
        .make_span_with(span)
        .on_request(())
        .on_response(log)
        .on_body_chunk(())
        .on_eos(())
        .on_failure(());
    router
        .layer(from_fn(catch_panic))
        .layer(PropagateRequestIdLayer::x_request_id())
        .layer(trace)
        .layer(SetRequestIdLayer::x_request_id(MakeRequestUuid))
        .layer(map_request(drop_client_id))
}

/// Drops the id that a client sent: it could be anything.
async fn drop_client_id(mut request: Request) -> Request {
    request.headers_mut().remove(ID);
    request
}

/// At the level ERROR, so that every line logged within the span has its fields.
fn span(request: &Request) -> Span {
    let id = request.extensions().get::<RequestId>();
    let id = id.and_then(|id| id.header_value().to_str().ok());
    let route = request.extensions().get::<MatchedPath>();
    let route = route.map_or("none", MatchedPath::as_str);
    tracing::error_span!(target: TARGET, "request", id, method = method(request.method()), route)
}

/// The method, if it is a common one: a client can send any word as a method.
fn method(method: &Method) -> &str {
    match *method {
        Method::GET | Method::HEAD | Method::POST | Method::OPTIONS => method.as_str(),
        _ => "other",
    }
}

fn log(response: &Response, took: Duration, _: &Span) {
    static REFUSED: LogRateLimit = LogRateLimit::new();
    static FAILED: LogRateLimit = LogRateLimit::new();
    let status = response.status().as_u16();
    let ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
    let limit = match status {
        ..400 => {
            tracing::debug!(target: TARGET, status, ms, "answered");
            return;
        }
        400..500 => &REFUSED,
        _ => &FAILED,
    };
    let Some(omitted) = limit.admits(Instant::now()) else {
        return;
    };
    if omitted > 0 {
        tracing::warn!(
            target: TARGET,
            lines = omitted,
            "too many request log lines; some were omitted"
        );
    }
    match status {
        400..500 => tracing::info!(target: TARGET, status, ms, "refused"),
        // Full, stopping, or waiting for the database: each logs its own cause.
        503 => tracing::warn!(target: TARGET, status, ms, "unavailable"),
        _ => tracing::error!(target: TARGET, status, ms, "failed"),
    }
}

/// Answers 500 where a handler panics. The panic itself is logged by [`log_panics`].
async fn catch_panic(request: Request, next: Next) -> Response {
    let is_page = wants_page(request.headers());
    match AssertUnwindSafe(next.run(request)).catch_unwind().await {
        Ok(response) => response,
        Err(_) if is_page => (StatusCode::INTERNAL_SERVER_ERROR, Html(PAGE)).into_response(),
        Err(_) => (StatusCode::INTERNAL_SERVER_ERROR, Json(Refusal::Internal)).into_response(),
    }
}

/// Whether the request is for a page rather than data: a browser's navigation, or a form posted without JavaScript.
pub(crate) fn wants_page(headers: &HeaderMap) -> bool {
    let accept = headers.get(header::ACCEPT);
    accept.is_some_and(|accept| {
        let accept = accept.to_str();
        accept.is_ok_and(|accept| accept.contains("text/html"))
    })
}

/// Logs each panic of the process from now on as one line, with its location, in the span that it happened in.
pub fn log_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string);
        let place = place.unwrap_or_default();
        let message = panic.payload_as_str().unwrap_or("no message");
        tracing::error!("panicked at {place}: {message}");
    }));
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::{Arc, Mutex};

    use axum::body::{Body, to_bytes};
    use axum::routing::get;
    use tower::ServiceExt;
    use tracing::subscriber::DefaultGuard;

    use super::*;

    /// The lines logged on this thread.
    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl Lines {
        fn capture(&self) -> DefaultGuard {
            let lines = self.clone();
            let subscriber = tracing_subscriber::fmt()
                .with_max_level(tracing::Level::DEBUG)
                .with_ansi(false)
                .with_writer(move || lines.clone())
                .finish();
            tracing::subscriber::set_default(subscriber)
        }

        fn text(&self) -> String {
            String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
        }
    }

    fn router() -> Router {
        let router = Router::new()
            .route("/t/{thread}", get(|| async { "ok" }))
            .route("/panic", get(panics))
            .fallback(|| async { StatusCode::NOT_FOUND });
        log_requests(router)
    }

    async fn panics() {
        panic!("as a test wants it");
    }

    async fn send(router: &Router, path: &str, accept: &str) -> Response {
        let request = Request::get(path)
            .header(header::ACCEPT, accept)
            .header(header::COOKIE, "chapp=secret")
            .header(ID, "secret")
            .body(Body::empty());
        let answer = router.clone().oneshot(request.unwrap()).await;
        answer.unwrap()
    }

    #[tokio::test]
    async fn the_log_of_a_request_has_its_route_and_nothing_that_the_client_chose() {
        let lines = Lines::default();
        let _guard = lines.capture();
        let router = router();
        let answer = send(&router, "/t/4711?q=secret", "*/*").await;
        assert_eq!(answer.status(), StatusCode::OK);
        let id = answer.headers()[ID].to_str().unwrap().to_owned();
        let text = lines.text();
        assert!(text.contains("DEBUG request{id="), "{text}");
        assert!(text.contains(&id) && text.contains("status=200"), "{text}");
        assert!(
            text.contains("method=\"GET\" route=\"/t/{thread}\""),
            "{text}"
        );
        assert!(!text.contains("secret") && !text.contains("4711"), "{text}");
        send(&router, "/secret?secret", "*/*").await;
        let text = lines.text();
        assert!(
            text.contains(" INFO request{id=") && text.contains("status=404"),
            "{text}"
        );
        assert!(!text.contains("secret"), "{text}");
    }

    #[tokio::test]
    async fn a_panic_is_answered_500_and_logged_once_and_the_next_request_works() {
        let lines = Lines::default();
        let before = std::panic::take_hook();
        log_panics();
        let (page, data, next) = {
            let _guard = lines.capture();
            let router = router();
            let page = send(&router, "/panic", "text/html").await;
            let data = send(&router, "/panic", "application/json").await;
            (page, data, send(&router, "/t/1", "*/*").await.status())
        };
        std::panic::set_hook(before);
        for (answer, expected) in [
            (page, "Something went wrong"),
            (data, r#"{"code":"internal"}"#),
        ] {
            assert_eq!(answer.status(), StatusCode::INTERNAL_SERVER_ERROR);
            let body = to_bytes(answer.into_body(), 10_000).await.unwrap();
            let body = String::from_utf8(body.to_vec()).unwrap();
            assert!(body.contains(expected), "{body}");
        }
        assert_eq!(next, StatusCode::OK);
        let text = lines.text();
        let of_panics = text.lines().filter(|line| line.contains("panicked at"));
        assert_eq!(of_panics.count(), 2, "one for each: {text}");
        assert!(
            text.contains("route=\"/panic\"}") && text.contains("as a test wants it"),
            "{text}"
        );
        assert!(text.contains("status=500"), "{text}");
    }
}
