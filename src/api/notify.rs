//! What the user is notified of in all threads.

use leptos::prelude::*;
use leptos::server_fn::codec::{GetUrl, Json, PostUrl};

use crate::model::notify::{Level, NotifyDecision, NotifySettings};
use crate::model::{Millis, Refusal};

/// What the user chose.
#[server(name = FetchNotifySettings, prefix = "/api", endpoint = "notify_settings", input = GetUrl, output = Json)]
pub async fn notify_settings() -> Result<NotifySettings, Refusal> {
    crate::server::http::request::as_user(async move |chat, me| chat.notify_settings(me).await)
        .await
}

/// Sets all of it. `keywords`: with commas or line breaks between them. `quiet_from` and `quiet_to`: times like `22:30`
/// in the time zone `zone` (IANA: `Europe/Berlin`), or empty. `paused_until`: in milliseconds since 1970.
#[server(prefix = "/api", endpoint = "set_notify_settings", input = PostUrl, output = Json)]
pub async fn set_notify_settings(
    direct: Level,
    rooms: Level,
    #[server(default)] keywords: String,
    #[server(default)] quiet_from: String,
    #[server(default)] quiet_to: String,
    #[server(default)] zone: String,
    #[server(default)] paused_until: Millis,
) -> Result<(), Refusal> {
    crate::server::http::request::as_user(async move |chat, me| {
        let quiet = [quiet_from, quiet_to, zone];
        let levels = (direct, rooms);
        chat.set_notify_settings(me, levels, &keywords, quiet, paused_until)
            .await
    })
    .await
}

/// What was decided of the latest messages that could have been pushed to the user's browsers, and why: up to 100, the
/// latest first, since the server started.
#[server(name = FetchNotifyDecisions, prefix = "/api", endpoint = "notify_decisions", input = GetUrl, output = Json)]
pub async fn notify_decisions() -> Result<Vec<NotifyDecision>, Refusal> {
    crate::server::http::push::decisions().await
}
