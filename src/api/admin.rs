//! Site administration: sign-up, invite links, accounts, the audit log.

use leptos::prelude::*;
use leptos::server_fn::codec::{GetUrl, Json, PostUrl};

use crate::model::{
    AccountsPage, AuditPage, Invite, Inviting, Refusal, RoomMaking, SignUp, Site, Storage,
    ThreadId, UserId, WritingFirst,
};
#[cfg(feature = "ssr")]
use crate::server::security_log::SecurityEvent;
#[cfg(feature = "ssr")]
use crate::server::store::SiteSetting;

/// The public facts of the installation, available without a session.
#[server(name = FetchSite, prefix = "/api", endpoint = "site", input = GetUrl, output = Json)]
pub async fn site() -> Result<Site, Refusal> {
    crate::server::http::request::site().await
}

/// Sets who may sign up.
#[server(prefix = "/api", endpoint = "set_sign_up", input = PostUrl, output = Json)]
pub async fn set_sign_up(sign_up: SignUp) -> Result<(), Refusal> {
    let setting = SiteSetting::SignUp(sign_up);
    crate::server::http::request::logged(
        SecurityEvent::SetSignUp,
        None,
        None,
        async move |chat, me| chat.set_site(me, setting).await,
    )
    .await
}

/// Sets who may create rooms.
#[server(prefix = "/api", endpoint = "set_room_making", input = PostUrl, output = Json)]
pub async fn set_room_making(rooms: RoomMaking) -> Result<(), Refusal> {
    let setting = SiteSetting::Rooms(rooms);
    crate::server::http::request::as_user(async move |chat, me| chat.set_site(me, setting).await)
        .await
}

/// Sets who may start a direct thread with whom.
#[server(prefix = "/api", endpoint = "set_writing_first", input = PostUrl, output = Json)]
pub async fn set_writing_first(writing: WritingFirst) -> Result<(), Refusal> {
    let setting = SiteSetting::Writing(writing);
    crate::server::http::request::as_user(async move |chat, me| chat.set_site(me, setting).await)
        .await
}

/// Sets whose invite links allow an account to be created while sign-up is by invitation.
#[server(prefix = "/api", endpoint = "set_site_inviting", input = PostUrl, output = Json)]
pub async fn set_site_inviting(inviting: Inviting) -> Result<(), Refusal> {
    let setting = SiteSetting::Inviting(inviting);
    crate::server::http::request::as_user(async move |chat, me| chat.set_site(me, setting).await)
        .await
}

/// Suspends an account, or restores it.
#[server(prefix = "/api", endpoint = "suspend", input = PostUrl, output = Json)]
pub async fn suspend(user: UserId, suspended: bool) -> Result<(), Refusal> {
    let event = if suspended {
        SecurityEvent::Suspend
    } else {
        SecurityEvent::Restore
    };
    crate::server::http::request::logged(event, Some(user), None, async move |chat, me| {
        chat.suspend(me, user, suspended).await
    })
    .await
}

/// Grants or revokes the site admin role.
#[server(prefix = "/api", endpoint = "set_site_admin", input = PostUrl, output = Json)]
pub async fn set_site_admin(user: UserId, is_admin: bool) -> Result<(), Refusal> {
    let event = if is_admin {
        SecurityEvent::MakeSiteAdmin
    } else {
        SecurityEvent::TakeSiteAdmin
    };
    crate::server::http::request::logged(event, Some(user), None, async move |chat, me| {
        chat.set_site_admin(me, user, is_admin).await
    })
    .await
}

/// The usage of the disk that holds the database.
#[server(name = FetchStorage, prefix = "/api", endpoint = "storage", input = GetUrl, output = Json)]
pub async fn storage() -> Result<Storage, Refusal> {
    crate::server::http::request::as_user(async move |chat, me| chat.storage(me).await).await
}

/// The accounts after this user name, sorted by user name.
#[server(prefix = "/api", endpoint = "accounts", input = GetUrl, output = Json)]
pub async fn accounts(after: Option<String>) -> Result<AccountsPage, Refusal> {
    crate::server::http::request::as_user(async move |chat, me| {
        chat.accounts(me, after.as_deref()).await
    })
    .await
}

/// Creates an invite link to a room (`None`: to the site), valid for this many days and uses (`None`: unlimited).
/// Returns its token, which can't be read again: the link is `/join/TOKEN`.
#[server(prefix = "/api", endpoint = "make_invite", input = PostUrl, output = Json)]
pub async fn make_invite(
    thread: Option<ThreadId>,
    days: Option<u32>,
    uses: Option<u32>,
) -> Result<String, Refusal> {
    crate::server::http::request::logged(
        SecurityEvent::MakeInvite,
        None,
        thread,
        async move |chat, me| chat.make_invite(me, thread.into(), days, uses).await,
    )
    .await
}

/// The valid invite links to a room, or to the site.
#[server(prefix = "/api", endpoint = "invites", input = GetUrl, output = Json)]
pub async fn invites(thread: Option<ThreadId>) -> Result<Vec<Invite>, Refusal> {
    crate::server::http::request::as_user(async move |chat, me| {
        chat.invites(me, thread.into()).await
    })
    .await
}

/// Revokes an invite link.
#[server(prefix = "/api", endpoint = "revoke_invite", input = PostUrl, output = Json)]
pub async fn revoke_invite(thread: Option<ThreadId>, id: i64) -> Result<(), Refusal> {
    crate::server::http::request::logged(
        SecurityEvent::RevokeInvite,
        None,
        thread,
        async move |chat, me| chat.revoke_invite(me, thread.into(), id).await,
    )
    .await
}

/// The audit log of a room, or of the site (`None`), before this entry; newest first. The site's has the entries about
/// the site, and those by site admins and the operator in rooms.
#[server(prefix = "/api", endpoint = "audit", input = GetUrl, output = Json)]
pub async fn audit(thread: Option<ThreadId>, before: Option<i64>) -> Result<AuditPage, Refusal> {
    crate::server::http::request::as_user(async move |chat, me| {
        chat.audit(me, thread, before).await
    })
    .await
}
