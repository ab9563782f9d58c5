//! Rooms: creating, finding, joining and leaving them.

use leptos::prelude::*;
use leptos::server_fn::codec::{GetUrl, Json, PostUrl};

use crate::model::{MembersPage, Refusal, RoomCard, RoomsPage, ThreadHead, ThreadId, UserId};
#[cfg(feature = "ssr")]
use crate::server::security_log::SecurityEvent;

/// Creates a room. Without a `key`, or with an empty one, it is public. A plain form is redirected to it.
#[server(prefix = "/api", endpoint = "make_room", input = PostUrl, output = Json)]
pub async fn make_room(
    name: String,
    topic: String,
    key: Option<String>,
) -> Result<ThreadHead, Refusal> {
    crate::server::http::request::enter(async move |chat, me| {
        let key = key.filter(|key| !key.is_empty());
        chat.make_room(me, &name, &topic, key).await
    })
    .await
}

/// The public rooms whose name contains `part` (empty: all), after this one, sorted by name.
#[server(prefix = "/api", endpoint = "rooms", input = GetUrl, output = Json)]
pub async fn rooms(part: String, after: Option<ThreadId>) -> Result<RoomsPage, Refusal> {
    crate::server::http::request::as_user(async move |chat, me| chat.rooms(me, &part, after).await)
        .await
}

/// The card of a room that is public or that the user is in; site admins get that of any room.
#[server(name = FetchRoomCard, prefix = "/api", endpoint = "room_card", input = GetUrl, output = Json)]
pub async fn room_card(thread: ThreadId) -> Result<RoomCard, Refusal> {
    crate::server::http::request::as_user(async move |chat, me| chat.room_card(me, thread).await)
        .await
}

/// The first rooms that the viewer and a user are both members of, by name.
#[server(name = FetchSharedRooms, prefix = "/api", endpoint = "shared_rooms", input = GetUrl, output = Json)]
pub async fn shared_rooms(user: UserId) -> Result<RoomsPage, Refusal> {
    crate::server::http::request::as_user(async move |chat, me| chat.shared_rooms(me, user).await)
        .await
}

/// Joins a public room. A plain form is redirected to it.
#[server(prefix = "/api", endpoint = "join_room", input = PostUrl, output = Json)]
pub async fn join_room(thread: ThreadId) -> Result<ThreadHead, Refusal> {
    crate::server::http::request::enter(async move |chat, me| chat.join(me, thread).await).await
}

/// Joins a private room by its exact name and its key. A plain form is redirected to it.
#[server(prefix = "/api", endpoint = "join_private_room", input = PostUrl, output = Json)]
pub async fn join_private_room(name: String, key: String) -> Result<ThreadHead, Refusal> {
    crate::server::http::request::enter_logged(
        SecurityEvent::JoinPrivate,
        async move |chat, me, from| chat.join_private(me, &name, key, from).await,
    )
    .await
}

/// Leaves a room.
#[server(prefix = "/api", endpoint = "leave_room", input = PostUrl, output = Json)]
pub async fn leave_room(thread: ThreadId) -> Result<(), Refusal> {
    crate::server::http::request::as_user(async move |chat, me| chat.leave(me, thread).await).await
}

/// The members after this user name, sorted by user name.
#[server(prefix = "/api", endpoint = "members", input = GetUrl, output = Json)]
pub async fn members(thread: ThreadId, after: Option<String>) -> Result<MembersPage, Refusal> {
    crate::server::http::request::as_user(async move |chat, me| {
        chat.members(me, thread, after.as_deref()).await
    })
    .await
}

/// The target of an invite link: a room, or `None` for the site as a whole.
#[server(name = FetchInvite, prefix = "/api", endpoint = "invite", input = GetUrl, output = Json)]
pub async fn invite(token: String) -> Result<Option<RoomCard>, Refusal> {
    crate::server::http::request::as_user_at(async move |chat, me, from| {
        chat.invite(Some(me), &token, from).await
    })
    .await
}

/// Joins the room of an invite link. A plain form is redirected to it.
#[server(prefix = "/api", endpoint = "accept_invite", input = PostUrl, output = Json)]
pub async fn accept_invite(token: String) -> Result<ThreadHead, Refusal> {
    crate::server::http::request::enter_logged(
        SecurityEvent::AcceptInvite,
        async move |chat, me, from| chat.accept_invite(me, &token, from).await,
    )
    .await
}
