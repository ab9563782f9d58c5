//! The page of somebody who is logged in: reads what it starts from, once, and opens the window.

use leptos::prelude::*;
use leptos_router::hooks::use_location;

use super::not_found::Fault;
use super::place::Place;
use super::respond;
use super::time;
use super::window::Window;
use crate::api;
use crate::api::people::boot;
use crate::model::{Boot, Millis};

/// What the page starts from, and when that was read.
type Start = (Millis, Result<Option<Boot>, api::Refused>);

/// The page of somebody who is logged in. Others are sent to the log-in.
#[component]
pub fn ChatPage() -> impl IntoView {
    let place = Place::of(&use_location().pathname.get_untracked());
    let start = Resource::new_blocking(
        || (),
        move |()| async move { (time::now(), boot(place.thread()).await) },
    );
    view! {
        <Suspense>{move || Suspend::new(async move { opened(start.await, place) })}</Suspense>
    }
}

fn opened((now, start): Start, place: Place) -> AnyView {
    match start {
        Ok(Some(boot)) => {
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
        Ok(None) => {
            respond::redirect(&place.log_in_path());
            ().into_any()
        }
        Err(refused) => {
            respond::status(http::StatusCode::SERVICE_UNAVAILABLE);
            view! { <Fault text=refused.to_string() /> }.into_any()
        }
    }
}
