//! Sign-up, log-in, log-out and sessions. Plain forms post to the first three and are redirected.

use leptos::prelude::*;
use leptos::server_fn::codec::{GetUrl, Json, PostUrl};
use uuid::Uuid;

use crate::model::{OwnSession, Refusal};

/// Creates an account and logs it in; redirects to `next` (a path on this site) or to `/`. An empty `display_name`
/// defaults to the user name. `setup`: the token that authorizes the first account.
#[server(prefix = "/api", endpoint = "sign_up")]
pub async fn sign_up(
    username: String,
    display_name: String,
    password: String,
    next: Option<String>,
    setup: Option<String>,
) -> Result<(), Refusal> {
    crate::server::http::request::sign_up(username, display_name, password, next, setup).await
}

/// Logs in; redirects to `next` (a path on this site) or to `/`.
#[server(prefix = "/api", endpoint = "log_in")]
pub async fn log_in(
    username: String,
    password: String,
    next: Option<String>,
) -> Result<(), Refusal> {
    crate::server::http::request::log_in(username, password, next).await
}

/// Ends the session and closes its sockets; redirects to `/login`.
#[server(prefix = "/api", endpoint = "log_out")]
pub async fn log_out() -> Result<(), Refusal> {
    crate::server::http::request::log_out().await
}

/// Changes the user's own password from `current` to `new`, and ends all other sessions.
#[server(prefix = "/api", endpoint = "change_password", input = PostUrl, output = Json)]
pub async fn change_password(current: String, new: String) -> Result<(), Refusal> {
    crate::server::http::request::change_password(current, new).await
}

/// The user's own sessions, most recently used first.
#[server(name = FetchSessions, prefix = "/api", endpoint = "sessions", input = GetUrl, output = Json)]
pub async fn sessions() -> Result<Vec<OwnSession>, Refusal> {
    crate::server::http::request::sessions().await
}

/// Ends one of the user's own sessions.
#[server(prefix = "/api", endpoint = "end_session", input = PostUrl, output = Json)]
pub async fn end_session(id: Uuid) -> Result<(), Refusal> {
    crate::server::http::request::end_session(id).await
}

/// Ends all of the user's sessions except the current one.
#[server(prefix = "/api", endpoint = "end_other_sessions", input = PostUrl, output = Json)]
pub async fn end_other_sessions() -> Result<(), Refusal> {
    crate::server::http::request::end_other_sessions().await
}
