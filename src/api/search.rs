//! Looking for messages.

use leptos::prelude::*;
use leptos::server_fn::codec::{GetUrl, Json};

#[cfg(feature = "ssr")]
use crate::model::search::DaysBegin;
use crate::model::{Millis, Refusal, SearchPage};

/// The messages in one's threads that `q` finds, latest first; with `after`, which an answer gives as `more`,
/// those after these. `since` and `until`: when the days of `after:` and `before:` begin where one is, in milliseconds
/// since 1970; without them they begin in UTC.
#[server(prefix = "/api", endpoint = "search", input = GetUrl, output = Json)]
pub async fn search(
    q: String,
    after: Option<String>,
    since: Option<Millis>,
    until: Option<Millis>,
) -> Result<SearchPage, Refusal> {
    crate::server::http::request::ask(async move |chat, me| {
        let begin = DaysBegin {
            after: since,
            before: until,
        };
        chat.search(me, &q, after.as_deref(), begin).await
    })
    .await
}
