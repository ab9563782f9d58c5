//! Actions on messages that are in the log.

use leptos::prelude::*;
use leptos::server_fn::codec::{GetUrl, Json, PostUrl};

use crate::model::file::FilesPage;
use crate::model::{Excerpts, Millis, Refusal, Seq, ThreadId, Version};

/// Edits the user's own message. An edit to the current text is a no-op.
#[server(prefix = "/api", endpoint = "edit_message", input = PostUrl, output = Json)]
pub async fn edit_message(thread: ThreadId, seq: Seq, text: String) -> Result<(), Refusal> {
    crate::server::http::request::as_user(async move |chat, me| {
        chat.edit_message(me, thread, seq, &text).await
    })
    .await
}

/// Deletes a message: the user's own, or any as a moderator of the room.
#[server(prefix = "/api", endpoint = "delete_message", input = PostUrl, output = Json)]
pub async fn delete_message(thread: ThreadId, seq: Seq) -> Result<(), Refusal> {
    crate::server::http::request::as_user(async move |chat, me| {
        chat.delete_message(me, thread, seq).await
    })
    .await
}

/// Adds (`on`) or removes the user's reaction to a message.
#[server(prefix = "/api", endpoint = "react", input = PostUrl, output = Json)]
pub async fn react(thread: ThreadId, seq: Seq, emoji: String, on: bool) -> Result<(), Refusal> {
    crate::server::http::request::as_user(async move |chat, me| {
        chat.react(me, thread, seq, &emoji, on).await
    })
    .await
}

/// Pins a message for everybody in the thread (`on`), or unpins it.
#[server(prefix = "/api", endpoint = "pin", input = PostUrl, output = Json)]
pub async fn pin(thread: ThreadId, seq: Seq, on: bool) -> Result<(), Refusal> {
    crate::server::http::request::as_user(async move |chat, me| chat.pin(me, thread, seq, on).await)
        .await
}

/// The pinned messages of a thread, most recently pinned first.
#[server(prefix = "/api", endpoint = "pins", input = GetUrl, output = Json)]
pub async fn pins(thread: ThreadId) -> Result<Excerpts, Refusal> {
    crate::server::http::request::as_user(async move |chat, me| chat.pins(me, thread).await).await
}

/// Marks everything up to a message as read. (An open page does so on its socket.)
#[server(prefix = "/api", endpoint = "mark_read", input = PostUrl, output = Json)]
pub async fn mark_read(thread: ThreadId, seq: Seq) -> Result<(), Refusal> {
    crate::server::http::request::as_user(async move |chat, me| {
        chat.mark_read_anew(me, thread, seq).await
    })
    .await
}

/// Marks a message and all after it as unread, for this user only.
#[server(prefix = "/api", endpoint = "mark_unread", input = PostUrl, output = Json)]
pub async fn mark_unread(thread: ThreadId, seq: Seq) -> Result<(), Refusal> {
    crate::server::http::request::as_user(async move |chat, me| {
        chat.mark_unread(me, thread, seq).await
    })
    .await
}

/// Saves a message for later (`on`), or removes it from the saved ones. Saved messages are private to the user.
#[server(prefix = "/api", endpoint = "save", input = PostUrl, output = Json)]
pub async fn save(thread: ThreadId, seq: Seq, on: bool) -> Result<(), Refusal> {
    crate::server::http::request::as_user(async move |chat, me| {
        chat.save(me, thread, seq, on).await
    })
    .await
}

/// The messages that the user has saved for later, newest first.
#[server(prefix = "/api", endpoint = "saved", input = GetUrl, output = Json)]
pub async fn saved() -> Result<Excerpts, Refusal> {
    crate::server::http::request::as_user(async move |chat, me| chat.saved(me).await).await
}

/// The position of the first event at or after a moment, or of the last event if there is none.
#[server(prefix = "/api", endpoint = "seq_at", input = GetUrl, output = Json)]
pub async fn seq_at(thread: ThreadId, at: Millis) -> Result<Seq, Refusal> {
    crate::server::http::request::as_user(async move |chat, me| chat.seq_at(me, thread, at).await)
        .await
}

/// The versions of a message, from the first to the current one.
#[server(prefix = "/api", endpoint = "versions", input = GetUrl, output = Json)]
pub async fn versions(thread: ThreadId, seq: Seq) -> Result<Vec<Version>, Refusal> {
    crate::server::http::request::as_user(async move |chat, me| {
        chat.versions(me, thread, seq).await
    })
    .await
}

/// The files of a thread before this message, the latest first: pictures and videos, or the others.
#[server(prefix = "/api", endpoint = "files", input = GetUrl, output = Json)]
pub async fn files(
    thread: ThreadId,
    pictures: bool,
    before: Option<Seq>,
) -> Result<FilesPage, Refusal> {
    crate::server::http::request::as_user(async move |chat, me| {
        chat.files(me, thread, pictures, before).await
    })
    .await
}
