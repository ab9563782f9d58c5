//! Going from route to route: all places of the window are one document, so nothing is loaded for it. The
//! address, the browser's history and links do as they do everywhere.

use leptos::ev::{self, MouseEvent};
use leptos::prelude::*;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Element, HtmlAnchorElement};

use super::dom;
use crate::routes::Route;

/// The way through the window. A context of its components.
#[derive(Clone, Copy, Debug)]
pub struct Router {
    route: RwSignal<Route>,
}

impl Router {
    /// Begins at the route that the address names.
    #[must_use]
    pub fn from_here() -> Self {
        Self {
            route: RwSignal::new(Route::of(&dom::path())),
        }
    }

    /// Where one is.
    #[must_use]
    pub fn route(self) -> Route {
        self.route.get()
    }

    /// Goes to the route that this path names.
    pub fn go(self, path: &str) {
        let route = Route::of(path);
        if route == self.route.get_untracked() {
            // A message that one is at may have been scrolled away.
            if route.message().is_some() {
                self.route.set(route);
            }
            // Where messages are looked for, the rest of the address says for what.
            if route != Route::Search {
                return;
            }
        }
        if let Ok(history) = window().history() {
            // Refused only where a page does so hundreds of times in some seconds.
            let _ = history.push_state_with_url(&JsValue::NULL, "", Some(path));
        }
        self.route.set(route);
    }

    /// Follows links, and back and forward. Browser only; lasts as long as the page.
    pub fn watch(self) {
        window_event_listener(ev::popstate, move |_| {
            self.route.set(Route::of(&dom::path()));
        });
        window_event_listener(ev::click, move |event| {
            if let Some(path) = path_of_link(&event) {
                event.prevent_default();
                self.go(&path);
            }
        });
    }
}

/// Whether a link to a route of the window was clicked.
#[must_use]
pub fn is_link(event: &MouseEvent) -> bool {
    path_of_link(event).is_some()
}

/// The path of the link to a route of the window that was clicked, when it is to be followed in this tab.
fn path_of_link(event: &MouseEvent) -> Option<String> {
    let elsewhere = event.ctrl_key() || event.meta_key() || event.shift_key() || event.alt_key();
    if event.default_prevented() || event.button() != 0 || elsewhere {
        return None;
    }
    let clicked: Element = event.target()?.dyn_into().ok()?;
    let link: HtmlAnchorElement = clicked.closest("a[href]").ok()??.dyn_into().ok()?;
    let own = link.target().is_empty()
        && link.rel() != "external"
        && location().origin().ok()? == link.origin();
    let path = link.pathname();
    (own && link.hash().is_empty() && Route::is_in_window(&path)).then_some(path)
}
