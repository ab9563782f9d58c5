//! The user's own profile.

use leptos::prelude::*;
use leptos::server_fn::codec::{Json, PostUrl};

use crate::model::Refusal;

/// Sets the user's display name; empty: their user name.
#[server(prefix = "/api", endpoint = "set_display_name", input = PostUrl, output = Json)]
pub async fn set_display_name(display_name: String) -> Result<(), Refusal> {
    crate::server::http::request::as_user(async move |chat, me| {
        chat.set_display_name(me, &display_name).await
    })
    .await
}
