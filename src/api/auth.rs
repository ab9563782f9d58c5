//! Signing up, logging in, logging out. Plain forms post to these and are redirected.

use leptos::prelude::*;

use super::Refused;

/// Makes an account and logs it in; redirects to `next` (a path on this site) or to `/`.
/// An empty `display_name` means: the same as the user name. `setup`: the token with which the first account is made.
#[server(prefix = "/api", endpoint = "sign_up")]
pub async fn sign_up(
    username: String,
    display_name: String,
    password: String,
    next: Option<String>,
    setup: Option<String>,
) -> Result<(), Refused> {
    crate::server::doors::sign_up(username, display_name, password, next, setup).await
}

/// Logs in; redirects to `next` (a path on this site) or to `/`.
#[server(prefix = "/api", endpoint = "log_in")]
pub async fn log_in(
    username: String,
    password: String,
    next: Option<String>,
) -> Result<(), Refused> {
    crate::server::doors::log_in(username, password, next).await
}

/// Ends the session and closes its sockets; redirects to `/login`.
#[server(prefix = "/api", endpoint = "log_out")]
pub async fn log_out() -> Result<(), Refused> {
    crate::server::doors::log_out().await
}
