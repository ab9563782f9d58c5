//! What is done to messages that are in the log.

use leptos::prelude::*;
use leptos::server_fn::codec::{GetUrl, Json, PostUrl};

use crate::model::{Excerpts, Millis, Refusal, Seq, ThreadId, Version};

/// Changes what one's own message says. What it says already changes nothing.
#[server(prefix = "/api", endpoint = "edit_message", input = PostUrl, output = Json)]
pub async fn edit_message(thread: ThreadId, seq: Seq, text: String) -> Result<(), Refusal> {
    crate::server::http::request::ask(async move |chat, me| {
        chat.edit_message(me, thread, seq, &text).await
    })
    .await
}

/// Deletes a message: one's own, or as one who keeps order in the room.
#[server(prefix = "/api", endpoint = "delete_message", input = PostUrl, output = Json)]
pub async fn delete_message(thread: ThreadId, seq: Seq) -> Result<(), Refusal> {
    crate::server::http::request::ask(async move |chat, me| {
        chat.delete_message(me, thread, seq).await
    })
    .await
}

/// Gives a message an emoji (`on`), or takes one's own back.
#[server(prefix = "/api", endpoint = "react", input = PostUrl, output = Json)]
pub async fn react(thread: ThreadId, seq: Seq, emoji: String, on: bool) -> Result<(), Refusal> {
    crate::server::http::request::ask(async move |chat, me| {
        chat.react(me, thread, seq, &emoji, on).await
    })
    .await
}

/// Puts a message where everybody in the thread finds it (`on`), or takes it from there.
#[server(prefix = "/api", endpoint = "pin", input = PostUrl, output = Json)]
pub async fn pin(thread: ThreadId, seq: Seq, on: bool) -> Result<(), Refusal> {
    crate::server::http::request::ask(async move |chat, me| chat.pin(me, thread, seq, on).await)
        .await
}

/// The messages that are pinned in a thread, the latest pinned first.
#[server(prefix = "/api", endpoint = "pins", input = GetUrl, output = Json)]
pub async fn pins(thread: ThreadId) -> Result<Excerpts, Refusal> {
    crate::server::http::request::ask(async move |chat, me| chat.pins(me, thread).await).await
}

/// Saves a message for later (`on`), or lets go of it. Nobody else hears of it.
#[server(prefix = "/api", endpoint = "save", input = PostUrl, output = Json)]
pub async fn save(thread: ThreadId, seq: Seq, on: bool) -> Result<(), Refusal> {
    crate::server::http::request::ask(async move |chat, me| chat.save(me, thread, seq, on).await)
        .await
}

/// The messages that one has saved for later, the latest written first.
#[server(prefix = "/api", endpoint = "saved", input = GetUrl, output = Json)]
pub async fn saved() -> Result<Excerpts, Refusal> {
    crate::server::http::request::ask(async move |chat, me| chat.saved(me).await).await
}

/// Where a thread is at a moment: the position of the first event at or after it, or of the last one.
#[server(prefix = "/api", endpoint = "seq_at", input = GetUrl, output = Json)]
pub async fn seq_at(thread: ThreadId, at: Millis) -> Result<Seq, Refusal> {
    crate::server::http::request::ask(async move |chat, me| chat.seq_at(me, thread, at).await).await
}

/// What a message has said, from the first on, with what it says now.
#[server(prefix = "/api", endpoint = "versions", input = GetUrl, output = Json)]
pub async fn versions(thread: ThreadId, seq: Seq) -> Result<Vec<Version>, Refusal> {
    crate::server::http::request::ask(async move |chat, me| chat.versions(me, thread, seq).await)
        .await
}
