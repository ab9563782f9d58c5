//! Moderation of a room, by its admins and the site's.

use leptos::prelude::*;
use leptos::server_fn::codec::{GetUrl, Json, PostUrl};

use crate::model::{Ban, Inviting, Millis, Posting, Refusal, Role, ThreadId, UserId};
#[cfg(feature = "ssr")]
use crate::server::security_log::SecurityEvent;

/// Renames a room.
#[server(prefix = "/api", endpoint = "rename_room", input = PostUrl, output = Json)]
pub async fn rename_room(thread: ThreadId, name: String) -> Result<(), Refusal> {
    crate::server::http::request::as_user(async move |chat, me| {
        chat.rename(me, thread, &name).await
    })
    .await
}

/// Sets a room's topic; an empty one removes it.
#[server(prefix = "/api", endpoint = "set_topic", input = PostUrl, output = Json)]
pub async fn set_topic(thread: ThreadId, topic: String) -> Result<(), Refusal> {
    crate::server::http::request::as_user(async move |chat, me| {
        chat.set_topic(me, thread, &topic).await
    })
    .await
}

/// Makes a private room public.
#[server(prefix = "/api", endpoint = "make_public", input = PostUrl, output = Json)]
pub async fn make_public(thread: ThreadId) -> Result<(), Refusal> {
    crate::server::http::request::logged(
        SecurityEvent::MakePublic,
        None,
        Some(thread),
        async move |chat, me| chat.make_public(me, thread).await,
    )
    .await
}

/// Makes a room private with a key, or changes its key.
#[server(prefix = "/api", endpoint = "set_key", input = PostUrl, output = Json)]
pub async fn set_key(thread: ThreadId, key: String) -> Result<(), Refusal> {
    crate::server::http::request::logged(
        SecurityEvent::SetKey,
        None,
        Some(thread),
        async move |chat, me| chat.set_key(me, thread, key).await,
    )
    .await
}

/// Sets who may post in a room.
#[server(prefix = "/api", endpoint = "set_posting", input = PostUrl, output = Json)]
pub async fn set_posting(thread: ThreadId, posting: Posting) -> Result<(), Refusal> {
    crate::server::http::request::as_user(async move |chat, me| {
        chat.set_posting(me, thread, posting).await
    })
    .await
}

/// Sets the minimum number of seconds between two messages of a member; 0 turns slow mode off.
#[server(prefix = "/api", endpoint = "set_slow_mode", input = PostUrl, output = Json)]
pub async fn set_slow_mode(thread: ThreadId, seconds: u32) -> Result<(), Refusal> {
    crate::server::http::request::as_user(async move |chat, me| {
        chat.set_slow_mode(me, thread, seconds).await
    })
    .await
}

/// Sets who may create invite links to a room.
#[server(prefix = "/api", endpoint = "set_inviting", input = PostUrl, output = Json)]
pub async fn set_inviting(thread: ThreadId, inviting: Inviting) -> Result<(), Refusal> {
    crate::server::http::request::as_user(async move |chat, me| {
        chat.set_inviting(me, thread, inviting).await
    })
    .await
}

/// Sets a member's role in a room.
#[server(prefix = "/api", endpoint = "set_role", input = PostUrl, output = Json)]
pub async fn set_role(thread: ThreadId, user: UserId, role: Role) -> Result<(), Refusal> {
    crate::server::http::request::logged(
        SecurityEvent::SetRole,
        Some(user),
        Some(thread),
        async move |chat, me| chat.set_role(me, thread, user, role).await,
    )
    .await
}

/// Removes a member from a room; they may rejoin.
#[server(prefix = "/api", endpoint = "remove_member", input = PostUrl, output = Json)]
pub async fn remove_member(thread: ThreadId, user: UserId) -> Result<(), Refusal> {
    crate::server::http::request::logged(
        SecurityEvent::RemoveMember,
        Some(user),
        Some(thread),
        async move |chat, me| chat.remove(me, thread, user).await,
    )
    .await
}

/// Bans a user, member or not, until a moment or permanently.
#[server(name = BanPerson, prefix = "/api", endpoint = "ban", input = PostUrl, output = Json)]
pub async fn ban(
    thread: ThreadId,
    user: UserId,
    until: Option<Millis>,
    note: String,
) -> Result<(), Refusal> {
    crate::server::http::request::logged(
        SecurityEvent::Ban,
        Some(user),
        Some(thread),
        async move |chat, me| chat.ban(me, thread, user, until, &note).await,
    )
    .await
}

/// Lifts a ban.
#[server(prefix = "/api", endpoint = "lift_ban", input = PostUrl, output = Json)]
pub async fn lift_ban(thread: ThreadId, user: UserId) -> Result<(), Refusal> {
    crate::server::http::request::logged(
        SecurityEvent::LiftBan,
        Some(user),
        Some(thread),
        async move |chat, me| chat.lift_ban(me, thread, user).await,
    )
    .await
}

/// The bans of a room.
#[server(prefix = "/api", endpoint = "bans", input = GetUrl, output = Json)]
pub async fn bans(thread: ThreadId) -> Result<Vec<Ban>, Refusal> {
    crate::server::http::request::as_user(async move |chat, me| chat.bans(me, thread).await).await
}

/// Deletes a room with all its content. `name` must be the room's name, typed as a confirmation.
#[server(prefix = "/api", endpoint = "delete_room", input = PostUrl, output = Json)]
pub async fn delete_room(thread: ThreadId, name: String) -> Result<(), Refusal> {
    crate::server::http::request::logged(
        SecurityEvent::DeleteRoom,
        None,
        Some(thread),
        async move |chat, me| chat.delete_room(me, thread, &name).await,
    )
    .await
}
