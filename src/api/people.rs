//! Reading who there is.

use leptos::prelude::*;
use leptos::server_fn::codec::{GetUrl, Json};

use crate::model::{Boot, PeoplePage, Refusal, ThreadId};

/// What a page needs at its start; `None` when nobody is logged in.
/// `open`: the thread that the address names.
#[server(name = FetchBoot, prefix = "/api", endpoint = "boot", input = GetUrl, output = Json)]
pub async fn boot(open: Option<ThreadId>) -> Result<Option<Boot>, Refusal> {
    crate::server::http::request::boot(open).await
}

/// The people after this user name (`None`: from the first), by user name.
#[server(prefix = "/api", endpoint = "people", input = GetUrl, output = Json)]
pub async fn people(after: Option<String>) -> Result<PeoplePage, Refusal> {
    crate::server::http::request::ask(async |chat, _| chat.people(after.as_deref()).await).await
}
