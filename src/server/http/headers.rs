//! The headers that every answer carries, whatever it is: a page, a file, JSON, an error, a redirect.

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;

use crate::server::state::AppState;

/// The policy of what is no page: it may load and do nothing, should a browser take it for one. A page brings
/// its own ([`crate::server::http::router`]).
const NO_PAGE: &str =
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// What no page of chapp needs, so that nothing that is let into one can use it (W3C Permissions Policy).
const NO_FEATURES: &str = "accelerometer=(), autoplay=(), camera=(), \
     display-capture=(), encrypted-media=(), fullscreen=(self), gamepad=(), geolocation=(), gyroscope=(), hid=(), \
     identity-credentials-get=(), idle-detection=(), local-fonts=(), magnetometer=(), microphone=(), midi=(), \
     payment=(), picture-in-picture=(), publickey-credentials-create=(), publickey-credentials-get=(), \
     screen-wake-lock=(), serial=(), storage-access=(), usb=(), window-management=(), \
     xr-spatial-tracking=()";

/// A year, the least that is worth it (OWASP HTTP Strict Transport Security cheat sheet). Without
/// `includeSubDomains`: other names of the domain are not chapp's to decide about.
const HTTPS_ONLY: &str = "max-age=31536000";

/// Headers with one value for all answers (OWASP HTTP Headers cheat sheet).
const ALWAYS: [(HeaderName, &str); 6] = [
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "same-origin"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        "same-origin",
    ),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        "same-origin",
    ),
    (HeaderName::from_static("permissions-policy"), NO_FEATURES),
];

/// Adds them to the answer.
pub async fn add(State(app): State<AppState>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    set(response.headers_mut(), app.config.server.is_https());
    response
}

fn set(headers: &mut HeaderMap, is_https: bool) {
    for (name, value) in ALWAYS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if is_https {
        headers.insert(
            header::STRICT_TRANSPORT_SECURITY,
            HeaderValue::from_static(HTTPS_ONLY),
        );
    }
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, NO_PAGE),
        // What is somebody's must not stay in a cache; files of the build say otherwise.
        (header::CACHE_CONTROL, "no-store"),
    ] {
        headers
            .entry(name)
            .or_insert(HeaderValue::from_static(value));
    }
}
