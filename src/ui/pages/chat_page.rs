//! The page of a logged-in user: opens the window with the page's data.

use leptos::prelude::*;

use super::not_found::Fault;
use crate::client::dom;
use crate::client::page_data;
use crate::client::response;
use crate::model::{Boot, Refusal};
use crate::routes::Route;
use crate::ui::window::Window;

/// The page of a logged-in user. The server redirects all others to the log-in page first.
#[component]
pub fn ChatPage() -> impl IntoView {
    let route = Route::of(&dom::path());
    let mut data = page_data::load();
    match data.boot.take() {
        Some(boot) => {
            let missing = is_missing(route, &boot, data.card.is_some(), data.refused.as_ref());
            if missing {
                response::status(http::StatusCode::NOT_FOUND);
            }
            view! { <Window boot data route missing /> }.into_any()
        }
        None => {
            response::status(http::StatusCode::SERVICE_UNAVAILABLE);
            let refusal = data.refused.unwrap_or(Refusal::Internal);
            view! { <Fault text=refusal.to_string() /> }.into_any()
        }
    }
}

/// Whether the server found nothing for this user at this route.
fn is_missing(route: Route, boot: &Boot, has_card: bool, refused: Option<&Refusal>) -> bool {
    match route {
        Route::List
        | Route::People
        | Route::Rooms
        | Route::NewRoom
        | Route::NewChat
        | Route::Saved
        | Route::Search
        | Route::Settings
        | Route::Security => false,
        Route::Thread(id) | Route::Message(id, _) | Route::About(id) => {
            !has_card && boot.open.as_ref().is_none_or(|page| page.thread != id)
        }
        Route::Invite => refused == Some(&Refusal::InviteInvalid),
        Route::Admin => !boot.is_site_admin,
        Route::Nowhere => true,
    }
}
