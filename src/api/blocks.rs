//! Blocking users.

use leptos::prelude::*;
use leptos::server_fn::codec::{GetUrl, Json, PostUrl};

use crate::model::{Person, Refusal, UserId};

/// Blocks a user (`on`), or unblocks them. The blocked user is not notified.
#[server(prefix = "/api", endpoint = "block", input = PostUrl, output = Json)]
pub async fn block(user: UserId, on: bool) -> Result<(), Refusal> {
    crate::server::http::request::as_user(async move |chat, me| chat.block(me, user, on).await)
        .await
}

/// The users blocked by the caller, sorted by user name.
#[server(name = FetchBlocked, prefix = "/api", endpoint = "blocked", input = GetUrl, output = Json)]
pub async fn blocked() -> Result<Vec<Person>, Refusal> {
    crate::server::http::request::as_user(async move |chat, me| chat.blocked(me).await).await
}
