//! The page of somebody who is logged in: opens the window with what it starts from.

use leptos::prelude::*;

use super::browser;
use super::not_found::Fault;
use super::place::Place;
use super::respond;
use super::start::Start;
use super::window::Window;
use crate::model::Refusal;

/// The page of somebody who is logged in. The server sends others to the log-in before they get here.
#[component]
pub fn ChatPage() -> impl IntoView {
    let place = Place::of(&browser::path());
    let Start {
        now, boot, refused, ..
    } = Start::take();
    match boot {
        Some(boot) => {
            let missing = match place {
                Place::List => false,
                Place::Thread(id) => boot.open.as_ref().is_none_or(|page| page.thread != id),
                Place::Nowhere => true,
            };
            if missing {
                respond::status(http::StatusCode::NOT_FOUND);
            }
            view! { <Window boot now place missing /> }.into_any()
        }
        None => {
            respond::status(http::StatusCode::SERVICE_UNAVAILABLE);
            let refusal = refused.unwrap_or(Refusal::Internal);
            view! { <Fault text=refusal.to_string() /> }.into_any()
        }
    }
}
