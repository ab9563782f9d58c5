//! The thread list, and opening a direct thread.

use leptos::prelude::*;
use leptos::server_fn::codec::{GetUrl, Json, PostUrl};

use super::Refused;
use crate::model::{ThreadHead, ThreadId, ThreadsPage, UserId};

/// One's threads after this one in the list (`None`: from the latest).
#[server(prefix = "/api", endpoint = "threads", input = GetUrl, output = Json)]
pub async fn threads(after: Option<ThreadId>) -> Result<ThreadsPage, Refused> {
    crate::server::doors::threads(after).await
}

/// The direct thread with this person, made if there is none. A plain form is redirected to it.
#[server(prefix = "/api", endpoint = "open_direct", input = PostUrl, output = Json)]
pub async fn open_direct(with: UserId) -> Result<ThreadHead, Refused> {
    crate::server::doors::open_direct(with).await
}
