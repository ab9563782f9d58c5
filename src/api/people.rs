//! The users of the site, and the data that a page starts from.

use leptos::prelude::*;
use leptos::server_fn::codec::{GetUrl, Json};

use crate::model::{Boot, PeoplePage, Refusal, ThreadId};

/// The data that a page starts from; `None` without a session. `open`: the thread in the address.
#[server(name = FetchBoot, prefix = "/api", endpoint = "boot", input = GetUrl, output = Json)]
pub async fn boot(open: Option<ThreadId>) -> Result<Option<Boot>, Refusal> {
    crate::server::http::request::boot(open).await
}

/// The users after this user name (`None`: from the first), sorted by user name.
#[server(prefix = "/api", endpoint = "people", input = GetUrl, output = Json)]
pub async fn people(after: Option<String>) -> Result<PeoplePage, Refusal> {
    crate::server::http::request::as_user(async |chat, _| chat.people(after.as_deref()).await).await
}
