//! `/.well-known/security.txt`: the contact for reporting a vulnerability (RFC 9116).

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};

use crate::client::clock::rfc3339;
use crate::model::Millis;
use crate::server::clock;
use crate::server::state::AppState;

/// How long a response is valid. At most a year is recommended (section 2.5.5); each response starts anew.
const VALID_FOR: Millis = 180 * 24 * 60 * 60 * 1_000;

/// `GET /.well-known/security.txt`.
pub async fn show(State(app): State<AppState>) -> Response {
    let server = &app.config.server;
    let text = text(&server.security_contact, server.origin(), clock::now());
    ([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], text).into_response()
}

fn text(contact: &str, origin: Option<&str>, now: Millis) -> String {
    let expires = rfc3339(now + VALID_FOR);
    let canonical = origin.map(|origin| format!("Canonical: {origin}/.well-known/security.txt\n"));
    let canonical = canonical.unwrap_or_default();
    format!("Contact: {contact}\nExpires: {expires}\nPreferred-Languages: en\n{canonical}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_has_a_contact_and_an_end() {
        let text = text("mailto:a@example.org", Some("https://chat.example.org"), 0);
        let lines: Vec<_> = text.lines().collect();
        assert_eq!(lines[0], "Contact: mailto:a@example.org");
        assert!(
            lines[1].starts_with("Expires: 1970-06-30T00:00:00"),
            "{}",
            lines[1]
        );
        assert_eq!(
            lines[3],
            "Canonical: https://chat.example.org/.well-known/security.txt"
        );
    }
}
