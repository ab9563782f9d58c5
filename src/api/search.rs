//! Looking for messages.

use leptos::prelude::*;
use leptos::server_fn::codec::{GetUrl, Json};

use super::Refused;
use crate::model::SearchPage;

/// The messages in one's threads that `q` finds, latest first; with `after`, which an answer gives as `more`,
/// those after these. `zone`: minutes by which one's clock is ahead of UTC.
#[server(prefix = "/api", endpoint = "search", input = GetUrl, output = Json)]
pub async fn search(
    q: String,
    after: Option<String>,
    zone: Option<i64>,
) -> Result<SearchPage, Refused> {
    crate::server::doors::ask(async move |chat, me| {
        let zone = zone.unwrap_or_default();
        chat.search(me, &q, after.as_deref(), zone).await
    })
    .await
}
