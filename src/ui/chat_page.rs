//! The page of somebody who is logged in: opens the window with what it starts from.

use leptos::prelude::*;
use leptos_router::hooks::use_location;

use super::brought::Brought;
use super::browser;
use super::not_found::Fault;
use super::place::Place;
use super::respond;
use super::start::Start;
use super::window::Window;
use crate::model::{Boot, Refusal};

/// The page of somebody who is logged in. The server sends others to the log-in before they get here.
#[component]
pub fn ChatPage() -> impl IntoView {
    let path = use_location().pathname;
    let place = Place::of(&path.get_untracked());
    let Start {
        now,
        boot,
        refused,
        card,
        rooms,
        ..
    } = Start::take();
    match (boot, refused) {
        (Some(boot), refused) => {
            let missing = is_missing(place, &boot, card.is_some(), refused.as_ref());
            if missing {
                respond::status(http::StatusCode::NOT_FOUND);
            }
            let brought = Brought {
                card,
                rooms,
                refused,
            };
            view! { <Window boot now place missing brought /> }.into_any()
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

/// Whether there is nothing for this person at this place.
fn is_missing(place: Place, boot: &Boot, has_card: bool, refused: Option<&Refusal>) -> bool {
    match place {
        Place::List | Place::Rooms | Place::NewRoom => false,
        Place::Thread(id) | Place::About(id) => {
            !has_card && boot.open.as_ref().is_none_or(|page| page.thread != id)
        }
        Place::Invite => refused == Some(&Refusal::InviteInvalid),
        Place::Admin => !boot.is_site_admin,
        Place::Nowhere => true,
    }
}
