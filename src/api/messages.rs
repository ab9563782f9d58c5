//! What is done to messages that are in the log.

use leptos::prelude::*;
use leptos::server_fn::codec::{GetUrl, Json, PostUrl};

use super::Refused;
use crate::model::{Seq, ThreadId, Version};

/// Changes what one's own message says. What it says already changes nothing.
#[server(prefix = "/api", endpoint = "edit_message", input = PostUrl, output = Json)]
pub async fn edit_message(thread: ThreadId, seq: Seq, text: String) -> Result<(), Refused> {
    crate::server::doors::ask(async move |chat, me| chat.edit_message(me, thread, seq, &text).await)
        .await
}

/// Deletes a message: one's own, or as one who keeps order in the room.
#[server(prefix = "/api", endpoint = "delete_message", input = PostUrl, output = Json)]
pub async fn delete_message(thread: ThreadId, seq: Seq) -> Result<(), Refused> {
    crate::server::doors::ask(async move |chat, me| chat.delete_message(me, thread, seq).await)
        .await
}

/// Gives a message an emoji (`on`), or takes one's own back.
#[server(prefix = "/api", endpoint = "react", input = PostUrl, output = Json)]
pub async fn react(thread: ThreadId, seq: Seq, emoji: String, on: bool) -> Result<(), Refused> {
    crate::server::doors::ask(async move |chat, me| chat.react(me, thread, seq, &emoji, on).await)
        .await
}

/// What a message has said, from the first on, with what it says now.
#[server(prefix = "/api", endpoint = "versions", input = GetUrl, output = Json)]
pub async fn versions(thread: ThreadId, seq: Seq) -> Result<Vec<Version>, Refused> {
    crate::server::doors::ask(async move |chat, me| chat.versions(me, thread, seq).await).await
}
