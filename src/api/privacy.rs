//! What one shows of oneself.

use leptos::prelude::*;
use leptos::server_fn::codec::{Json, PostUrl};

use crate::model::{Privacy, Refusal};

/// Sets whether others see how far one has read and that one types (`reading`), and that one is `online`. Who does
/// not show it does not see it of others.
#[server(prefix = "/api", endpoint = "set_privacy", input = PostUrl, output = Json)]
pub async fn set_privacy(reading: bool, online: bool) -> Result<(), Refusal> {
    let privacy = Privacy { reading, online };
    crate::server::http::request::ask(async move |chat, me| chat.set_privacy(me, privacy).await)
        .await
}
