//! The page of somebody who is logged in: opens the window with what it starts from.

use leptos::prelude::*;

use super::not_found::Fault;
use crate::client::dom;
use crate::client::page_data;
use crate::client::response;
use crate::model::{Boot, Refusal};
use crate::routes::Route;
use crate::ui::window::Window;

/// The page of somebody who is logged in. The server sends others to the log-in before they get here.
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

/// Whether there is nothing for this person at this route.
fn is_missing(route: Route, boot: &Boot, has_card: bool, refused: Option<&Refusal>) -> bool {
    match route {
        Route::List
        | Route::Rooms
        | Route::NewRoom
        | Route::Saved
        | Route::Search
        | Route::Security => false,
        Route::Thread(id) | Route::Message(id, _) | Route::About(id) => {
            !has_card && boot.open.as_ref().is_none_or(|page| page.thread != id)
        }
        Route::Invite => refused == Some(&Refusal::InviteInvalid),
        Route::Admin => !boot.is_site_admin,
        Route::Nowhere => true,
    }
}
