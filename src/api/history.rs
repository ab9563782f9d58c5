//! Reading a thread's log, and posting to it from a page whose script has not loaded.

use leptos::prelude::*;
use leptos::server_fn::codec::{GetUrl, Json, PostUrl};

use crate::model::{ClientId, Page, Refusal, Seq, ThreadId};

/// A page of a thread's log. At most one of `before`, `after` and `around`; none of them means the latest page.
#[server(prefix = "/api", endpoint = "history", input = GetUrl, output = Json)]
pub async fn history(
    thread: ThreadId,
    before: Option<Seq>,
    after: Option<Seq>,
    around: Option<Seq>,
) -> Result<Page, Refusal> {
    crate::server::http::request::history(thread, before, after, around).await
}

/// Posts a message from a plain form, and redirects to the thread. Pages with a socket send over it instead.
#[server(prefix = "/api", endpoint = "post_message", input = PostUrl, output = Json)]
pub async fn post_message(
    thread: ThreadId,
    client_id: ClientId,
    text: String,
    reply_to: Option<Seq>,
) -> Result<Seq, Refusal> {
    crate::server::http::request::post_message(thread, client_id, text, reply_to).await
}
