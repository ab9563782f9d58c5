//! Message search.

use leptos::prelude::*;
use leptos::server_fn::codec::{GetUrl, Json};

#[cfg(feature = "ssr")]
use crate::model::search::DaysBegin;
use crate::model::{Millis, Refusal, SearchPage};

/// The messages in the user's threads that match `q`, newest first. `after`: the cursor from the `more` of the
/// previous answer. `since` and `until`: the start of the days in `after:` and `before:` in the user's time zone,
/// in milliseconds since 1970; without them, those days start in UTC.
#[server(prefix = "/api", endpoint = "search", input = GetUrl, output = Json)]
pub async fn search(
    q: String,
    after: Option<String>,
    since: Option<Millis>,
    until: Option<Millis>,
) -> Result<SearchPage, Refusal> {
    crate::server::http::request::as_user(async move |chat, me| {
        let begin = DaysBegin {
            after: since,
            before: until,
        };
        chat.search(me, &q, after.as_deref(), begin).await
    })
    .await
}
