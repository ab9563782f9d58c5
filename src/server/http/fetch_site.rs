//! The rule for requests caused by other sites (W3C Fetch Metadata, "resource isolation policy"; OWASP CSRF cheat
//! sheet, "Fetch Metadata headers").
//!
//! Another site may only link to a page. It can't read pages, frame them, load anything from here or call the server
//! functions, so it can't find out whether a visitor is logged in here or what they see. The WebSocket checks `Origin`
//! itself (`server::websocket`).

use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::routes;
use crate::server::config::ServerConfig;
use crate::server::state::AppState;

/// Middleware: refuses requests that another site caused, except for links to a page.
pub async fn check(State(app): State<AppState>, request: Request, next: Next) -> Response {
    if is_allowed(
        request.method(),
        request.uri().path(),
        request.headers(),
        &app.config.server,
    ) {
        return next.run(request).await;
    }
    (
        StatusCode::FORBIDDEN,
        "This request came from another site, so it was refused.",
    )
        .into_response()
}

fn is_allowed(method: &Method, path: &str, headers: &HeaderMap, settings: &ServerConfig) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    // For monitoring and for people; they contain no user data. `/ws` checks `Origin` itself.
    if matches!(path, "/healthz" | "/readyz" | "/ws") || path.starts_with("/.well-known/") {
        return true;
    }
    let is_call = is_call(path);
    match text("sec-fetch-site") {
        Some("same-origin" | "none") => true,
        Some(_) => {
            let is_link = matches!(*method, Method::GET | Method::HEAD)
                && text("sec-fetch-mode") == Some("navigate")
                && matches!(text("sec-fetch-dest"), None | Some("document"));
            is_link && !is_call
        }
        // Browsers omit the header on plain http, old ones do not know it, and programs send none of the three. A page
        // can keep its browser from sending `Referer`, so this check is weaker.
        None => {
            let is_own = |value: &str| is_own_address(value, headers, settings);
            !is_call || (text("origin").is_none_or(is_own) && text("referer").is_none_or(is_own))
        }
    }
}

/// Whether a path is not a page's: a server function, an upload or a file.
fn is_call(path: &str) -> bool {
    path.starts_with("/api/")
        || path.starts_with(routes::UPLOADS)
        || path.starts_with(routes::FILES_PREFIX)
        || path == routes::POST_WITH_FILES
}

/// Whether this URL, of a page or just an origin, belongs to this site: to its public address, or to the host that the
/// request was sent to.
#[must_use]
pub fn is_own_address(address: &str, headers: &HeaderMap, settings: &ServerConfig) -> bool {
    let Ok(address) = address.parse::<Uri>() else {
        return false;
    };
    let (Some(scheme), Some(authority)) = (address.scheme_str(), address.authority()) else {
        return false;
    };
    let host = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok());
    let is_web = matches!(scheme, "http" | "https");
    let is_public = settings.origin() == Some(format!("{scheme}://{authority}").as_str());
    is_web && (is_public || host.is_some_and(|host| host.eq_ignore_ascii_case(authority.as_str())))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether a request with these values of `Sec-Fetch-Site`, `-Mode` and `-Dest` is allowed.
    fn fetched(method: &Method, path: &str, site: &str, mode: &str, dest: &str) -> bool {
        let mut headers = HeaderMap::new();
        for (name, value) in [
            ("sec-fetch-site", site),
            ("sec-fetch-mode", mode),
            ("sec-fetch-dest", dest),
        ] {
            headers.insert(name, value.parse().unwrap());
        }
        is_allowed(method, path, &headers, &ServerConfig::default())
    }

    #[test]
    fn a_link_from_elsewhere_leads_to_a_page_and_does_nothing_else() {
        for site in ["cross-site", "same-site", "something-new"] {
            for page in ["/", "/t/1", "/join/abc", "/login", "/no/such/place"] {
                let got = |mode, dest| fetched(&Method::GET, page, site, mode, dest);
                assert!(got("navigate", "document"), "{site} {page}");
                for (mode, dest) in [
                    ("navigate", "iframe"),
                    ("navigate", "embed"),
                    ("navigate", "empty"),
                    ("no-cors", "image"),
                    ("no-cors", "script"),
                    ("no-cors", "empty"),
                    ("cors", "empty"),
                    ("same-origin", "empty"),
                    ("websocket", "websocket"),
                ] {
                    assert!(!got(mode, dest), "{site} {page} {mode} {dest}");
                }
                assert!(!fetched(&Method::POST, page, site, "navigate", "document"));
            }
            for call in [
                "/api/room_card",
                "/api/log_in",
                "/api/none",
                "/uploads",
                "/files/1/small",
                "/post",
            ] {
                assert!(!fetched(&Method::GET, call, site, "navigate", "document"));
                assert!(!fetched(&Method::POST, call, site, "navigate", "document"));
                assert!(!fetched(&Method::GET, call, site, "no-cors", "image"));
            }
            assert!(!fetched(
                &Method::GET,
                "/pkg/x.js",
                site,
                "no-cors",
                "script"
            ));
            assert!(fetched(&Method::GET, "/healthz", site, "cors", "empty"));
        }
    }

    #[test]
    fn this_site_itself_and_the_address_bar_may_do_everything() {
        for site in ["same-origin", "none"] {
            for (path, mode, dest) in [
                ("/api/room_card", "cors", "empty"),
                ("/api/log_in", "navigate", "document"),
                ("/pkg/x.js", "no-cors", "script"),
                ("/t/1", "navigate", "document"),
            ] {
                assert!(
                    fetched(&Method::GET, path, site, mode, dest),
                    "{site} {path}"
                );
                assert!(
                    fetched(&Method::POST, path, site, mode, dest),
                    "{site} {path}"
                );
            }
        }
    }

    #[test]
    fn without_fetch_metadata_origin_and_referer_of_a_call_must_be_ones_own() {
        let settings = ServerConfig {
            public_url: "https://chat.example.org".into(),
            ..ServerConfig::default()
        };
        let called = |name: &'static str, value: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::HOST, "10.0.0.5:3000".parse().unwrap());
            headers.insert(name, value.parse().unwrap());
            is_allowed(&Method::GET, "/api/room_card", &headers, &settings)
        };
        for (name, own) in [
            ("origin", "http://10.0.0.5:3000"),
            ("origin", "https://chat.example.org"),
            ("referer", "http://10.0.0.5:3000/t/1?q=x"),
            ("referer", "https://chat.example.org/"),
            ("accept", "text/html"),
        ] {
            assert!(called(name, own), "{name}: {own}");
        }
        for (name, foreign) in [
            ("origin", "null"),
            ("origin", "https://evil.example"),
            ("origin", "https://chat.example.org.evil.example"),
            ("origin", "https://chat.example.org:444"),
            ("origin", "http://chat.example.org"),
            ("origin", "https://chat.example.org@evil.example"),
            ("referer", "https://evil.example/https://chat.example.org/"),
            ("referer", "http://10.0.0.5:3001/"),
            ("referer", "ftp://10.0.0.5:3000/"),
            ("referer", "/t/1"),
        ] {
            assert!(!called(name, foreign), "{name}: {foreign}");
        }
    }
}
