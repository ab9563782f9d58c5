//! The page of somebody who is logged in: opens the window with what it starts from.

use leptos::prelude::*;
use leptos_router::hooks::use_location;

use super::browser;
use super::not_found::Fault;
use super::place::Place;
use super::respond;
use super::start::Start;
use super::window::Window;

/// The page of somebody who is logged in. The server sends others to the log-in before they get here.
#[component]
pub fn ChatPage() -> impl IntoView {
    let path = use_location().pathname;
    let place = Place::of(&path.get_untracked());
    let Start { now, boot, refused } = Start::take();
    match (boot, refused) {
        (Some(boot), _) => {
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
        (None, Some(refusal)) => {
            respond::status(http::StatusCode::SERVICE_UNAVAILABLE);
            view! { <Fault text=refusal.to_string() /> }.into_any()
        }
        (None, None) => {
            // Reached from within another page, which brought nothing for this one.
            Effect::new(move |_| browser::go(&path.get_untracked()));
            ().into_any()
        }
    }
}
