//! Notifications while no page is open: the push subscription of the caller's browser.

use leptos::prelude::*;
use leptos::server_fn::codec::{GetUrl, Json, PostUrl};

use crate::model::Refusal;
use crate::model::push::{PushOutcome, PushState};

/// What the browser needs to subscribe, and the subscription of the caller's session.
#[server(name = FetchPush, prefix = "/api", endpoint = "push", input = GetUrl, output = Json)]
pub async fn push() -> Result<PushState, Refusal> {
    crate::server::http::push::state().await
}

/// Subscribes the browser of the caller's session, instead of its earlier subscription. `public_key` and `auth`: the
/// keys `p256dh` and `auth` of the browser's subscription, in base64url. `shows_text`: whether the text of messages is
/// sent.
#[server(prefix = "/api", endpoint = "subscribe_push", input = PostUrl, output = Json)]
pub async fn subscribe_push(
    endpoint: String,
    public_key: String,
    auth: String,
    shows_text: bool,
) -> Result<(), Refusal> {
    crate::server::http::push::subscribe(endpoint, &public_key, &auth, shows_text).await
}

/// Ends the subscription of the caller's session, if it has one.
#[server(prefix = "/api", endpoint = "unsubscribe_push", input = PostUrl, output = Json)]
pub async fn unsubscribe_push() -> Result<(), Refusal> {
    crate::server::http::push::unsubscribe().await
}

/// Sends a test to the browser of the caller's session.
#[server(prefix = "/api", endpoint = "test_push", input = PostUrl, output = Json)]
pub async fn test_push() -> Result<PushOutcome, Refusal> {
    crate::server::http::push::test().await
}
