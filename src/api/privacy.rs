//! The user's privacy settings.

use leptos::prelude::*;
use leptos::server_fn::codec::{Json, PostUrl};

use crate::model::{Privacy, Refusal};

/// Sets whether others see the user's read marks and typing (`reading`), and whether the user is `online`. Both are
/// mutual: a user who hides one does not see it of others.
#[server(prefix = "/api", endpoint = "set_privacy", input = PostUrl, output = Json)]
pub async fn set_privacy(reading: bool, online: bool) -> Result<(), Refusal> {
    let privacy = Privacy { reading, online };
    crate::server::http::request::as_user(async move |chat, me| chat.set_privacy(me, privacy).await)
        .await
}
