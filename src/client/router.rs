//! The client-side router: all routes of the window are one document, so that navigation loads nothing. The
//! address, the history and links behave as in any site.

use leptos::ev::{self, MouseEvent};
use leptos::prelude::*;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Element, HtmlAnchorElement};

use super::dom;
use crate::routes::Route;

/// The current route of the window. A context of its components.
#[derive(Clone, Copy, Debug)]
pub struct Router {
    route: RwSignal<Route>,
}

impl Router {
    /// Starts at the route of the address.
    #[must_use]
    pub fn from_here() -> Self {
        Self {
            route: RwSignal::new(Route::of(&dom::path())),
        }
    }

    /// The current route.
    #[must_use]
    pub fn route(self) -> Route {
        self.route.get()
    }

    /// Navigates to the route of this path.
    pub fn go(self, path: &str) {
        let route = Route::of(path);
        if route == self.route.get_untracked() {
            // The message may have been scrolled away since.
            if route.message().is_some() {
                self.route.set(route);
            }
            // The search route has its query in the address, so the same route may be another search.
            if route != Route::Search {
                return;
            }
        }
        if let Ok(history) = window().history() {
            // Fails only for a page that does so hundreds of times within seconds.
            let _ = history.push_state_with_url(&JsValue::NULL, "", Some(path));
        }
        self.route.set(route);
    }

    /// Handles clicks on links, and back and forward. Browser only, for the lifetime of the page.
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

/// Whether a click is on a link to a route of the window.
#[must_use]
pub fn is_link(event: &MouseEvent) -> bool {
    path_of_link(event).is_some()
}

/// The path of the clicked link, if it leads to a route of the window and is to open in this tab.
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
