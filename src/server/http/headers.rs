//! The headers of every response, whether it is a page, a file, JSON, an error or a redirect.

use std::str::FromStr;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;

use crate::routes::WORKER;
use crate::server::state::AppState;

/// The policy of responses that are not pages: even if a browser renders one, it can load and do nothing. Pages set
/// their own ([`crate::server::http::router`]).
const NO_PAGE: &str =
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The policy of the worker, which marks messages as read and answers them from a notification.
const WORKER_POLICY: &str = "default-src 'none'; connect-src 'self'; base-uri 'none'; \
     form-action 'none'; frame-ancestors 'none'";

/// Browser features that no page of chapp needs, disabled so that no injected content can use them (W3C Permissions
/// Policy). The microphone records voice messages, once the user has allowed it.
const NO_FEATURES: &str = "accelerometer=(), autoplay=(), camera=(), \
     display-capture=(), encrypted-media=(), fullscreen=(self), gamepad=(), geolocation=(), gyroscope=(), hid=(), \
     identity-credentials-get=(), idle-detection=(), local-fonts=(), magnetometer=(), microphone=(self), midi=(), \
     payment=(), picture-in-picture=(), publickey-credentials-create=(), publickey-credentials-get=(), \
     screen-wake-lock=(), serial=(), storage-access=(), usb=(), window-management=(), \
     xr-spatial-tracking=()";

/// A year, the recommended minimum (OWASP HTTP Strict Transport Security cheat sheet). Without `includeSubDomains`:
/// other hosts of the domain are not chapp's to decide about.
const HTTPS_ONLY: &str = "max-age=31536000";

/// Headers with the same value in all responses (OWASP HTTP Headers cheat sheet).
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

/// Middleware: adds the headers to the response.
pub async fn add(State(app): State<AppState>, request: Request, next: Next) -> Response {
    let policy = policy_of(request.uri().path());
    let mut response = next.run(request).await;
    set(response.headers_mut(), policy, app.config.server.is_https());
    response
}

/// The policy of what is at a path, unless it is a page.
fn policy_of(path: &str) -> &'static str {
    match path {
        WORKER => WORKER_POLICY,
        _ => NO_PAGE,
    }
}

fn set(headers: &mut HeaderMap, policy: &'static str, is_https: bool) {
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
        (header::CONTENT_SECURITY_POLICY, policy),
        // User data must not stay in a cache. Built files set their own value.
        (header::CACHE_CONTROL, "no-store"),
    ] {
        headers
            .entry(name)
            .or_insert(HeaderValue::from_static(value));
    }
}

/// A number in a header: digits only, without a sign.
pub(super) fn digits<T: FromStr>(text: &str) -> Option<T> {
    let is_plain = text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| is_plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worker_may_call_the_server_and_nothing_else_may() {
        assert!(policy_of(WORKER).contains("connect-src 'self';"));
        for path in [
            "/",
            "/sw.js/",
            "/SW.js",
            "//sw.js",
            "/api/boot",
            "/pkg/chapp.js",
        ] {
            assert_eq!(policy_of(path), NO_PAGE, "{path}");
        }
    }
}
