//! The thread list, and opening a direct thread.

use leptos::prelude::*;
use leptos::server_fn::codec::{GetUrl, Json, PostUrl};

use crate::model::notify::Level;
use crate::model::{Refusal, ThreadHead, ThreadId, ThreadsPage, UserId};

/// The user's threads after this one in the list (`None`: from the latest).
#[server(prefix = "/api", endpoint = "threads", input = GetUrl, output = Json)]
pub async fn threads(after: Option<ThreadId>) -> Result<ThreadsPage, Refusal> {
    crate::server::http::request::as_user(async move |chat, me| chat.threads(me, after).await).await
}

/// The direct thread with this user, created if there is none. A plain form is redirected to it.
#[server(prefix = "/api", endpoint = "open_direct", input = PostUrl, output = Json)]
pub async fn open_direct(with: UserId) -> Result<ThreadHead, Refusal> {
    crate::server::http::request::enter(async move |chat, me| {
        chat.open_direct_limited(me, with).await
    })
    .await
}

/// The chat with these users: with one of them the direct thread, with several a new group. A plain form is redirected
/// to it.
#[server(prefix = "/api", endpoint = "start_chat", input = PostUrl, output = Json)]
pub async fn start_chat(#[server(default)] with: Vec<UserId>) -> Result<ThreadHead, Refusal> {
    crate::server::http::request::enter(async move |chat, me| chat.start_chat(me, with).await).await
}

/// Keeps a thread on top of the list (`on`), or no longer.
#[server(prefix = "/api", endpoint = "set_favourite", input = PostUrl, output = Json)]
pub async fn set_favourite(thread: ThreadId, on: bool) -> Result<(), Refusal> {
    crate::server::http::request::as_user(async move |chat, me| {
        chat.set_favourite(me, thread, on).await
    })
    .await
}

/// Mutes a thread, for this many seconds (0: until it is unmuted), or unmutes it.
#[server(prefix = "/api", endpoint = "mute", input = PostUrl, output = Json)]
pub async fn mute(
    thread: ThreadId,
    muted: bool,
    #[server(default)] seconds: u32,
) -> Result<(), Refusal> {
    crate::server::http::request::as_user(async move |chat, me| {
        chat.mute(me, thread, muted, seconds).await
    })
    .await
}

/// Sets what the user is notified of in a thread; without a level, the default of such threads.
#[server(prefix = "/api", endpoint = "set_level", input = PostUrl, output = Json)]
pub async fn set_level(thread: ThreadId, level: Option<Level>) -> Result<(), Refusal> {
    crate::server::http::request::as_user(async move |chat, me| {
        chat.set_level(me, thread, level).await
    })
    .await
}
