//! The dialog over the window: the quick switcher, the list of shortcuts, the privacy settings. This module has
//! only the part needed from the start, which handles the keys.

use leptos::ev::{self, KeyboardEvent};
use leptos::prelude::*;

use super::areas;
use crate::client::dom;
use crate::client::keyboard;
use crate::client::reactive::effect;
use crate::client::router::Router;
use crate::client::shortcuts::{self, Action, Place};
use crate::client::state::{ClientState, use_client};
use crate::engine::ConnectionState;
use crate::model::{ThreadId, limits};
use crate::routes::{Route, SEARCH, log_in_path, thread_path};
use crate::ui::common::modal::{Modal, ModalHead};
use crate::ui::context::overlay::{OpenOverlay, Overlay};
use crate::ui::lazy::{Lazy, LazyView};
use crate::ui::thread::thread_header::search_here;

/// The dialog over the window. There must be one.
#[component]
pub fn Overlays() -> impl IntoView {
    let open: OpenOverlay = expect_context();
    listen(open);
    let name = Signal::derive(move || match open.get() {
        Some(Overlay::Keys) => "Keyboard shortcuts",
        Some(Overlay::Privacy) => "Privacy",
        Some(Overlay::Notifications) => "Notifications",
        Some(Overlay::Invite) => "Invite people",
        Some(Overlay::LoggedOut) => "You were logged out",
        _ => "Go to",
    });
    let closed = Callback::new(move |()| match open.get_untracked() {
        // Nothing on this page works any more.
        Some(Overlay::LoggedOut) => dom::go(&log_in_path(&dom::path())),
        _ => open.set(None),
    });
    tell_log_out(open);
    view! {
        <Modal
            class="dialog overlay"
            name=Signal::derive(move || name.get().to_owned())
            open=Signal::derive(move || open.with(Option::is_some))
            closed
        >
            {move || {
                open.get().map(|overlay| {
                    let has_head = !matches!(overlay, Overlay::Switcher | Overlay::LoggedOut);
                    let head = has_head
                        .then(|| view! { <ModalHead title=name closed takes_focus=true /> });
                    view! {
                        {head}
                        <Lazy view=LazyView::Overlay(overlay) />
                    }
                    .into_any()
                })
            }}
        </Modal>
    }
}

/// Opens the form to log in again once the session has ended. Whoever has logged out on this page is on their way to
/// another one by then.
fn tell_log_out(open: OpenOverlay) {
    let chat = use_client();
    effect(move |_| {
        if chat.link() == ConnectionState::SessionEnded {
            let tell = move || open.set(Some(Overlay::LoggedOut));
            set_timeout(tell, limits::LOG_OUT_SHOWN_AFTER);
        }
    });
}

/// Handles the shortcuts of the whole window, for the lifetime of the page.
fn listen(open: OpenOverlay) {
    let chat = use_client();
    let router = expect_context::<Router>();
    let pressed = move |event: KeyboardEvent| {
        if event.default_prevented() {
            return;
        }
        let is_over = document()
            .query_selector("dialog[open]")
            .is_ok_and(|it| it.is_some());
        areas::leave_list(&event);
        let done = match shortcuts::pressed(&event, Place::Anywhere) {
            Some(Action::Switch) if open.get_untracked() == Some(Overlay::Switcher) => {
                open.set(None);
                true
            }
            _ if is_over => false,
            Some(Action::Switch) => {
                open.set(Some(Overlay::Switcher));
                true
            }
            Some(Action::Search) => {
                router.go(SEARCH);
                true
            }
            // In the search itself it is the browser's: pressed twice, it searches the page.
            Some(Action::SearchHere) => {
                let open = untrack(|| router.route().thread());
                if let Some(thread) = open {
                    router.go(&untrack(|| search_here(chat, thread)));
                }
                open.is_some()
            }
            Some(Action::Help) if !keyboard::is_typing(&event) => {
                open.set(Some(Overlay::Keys));
                true
            }
            Some(Action::NextArea) => areas::go_round(event.shift_key()),
            Some(action @ (Action::NextChat | Action::NextUnread)) => {
                let only_unread = action == Action::NextUnread;
                let down = event.key() == "ArrowDown";
                let next = untrack(|| next_chat(chat, router.route(), only_unread, down));
                if let Some(next) = next {
                    router.go(&thread_path(next));
                }
                true
            }
            _ => areas::move_in_list(&event) || areas::leave_composer(&event),
        };
        if done {
            event.prevent_default();
        }
    };
    effect(move |begun: Option<()>| {
        if begun.is_none() {
            keyboard::watch();
            window_event_listener(ev::keydown, pressed);
        }
    });
}

/// The thread above or below the open one.
fn next_chat(chat: ClientState, route: Route, only_unread: bool, down: bool) -> Option<ThreadId> {
    let is_wanted = |id| !only_unread || chat.unread(id) > 0;
    step(&chat.thread_ids(), route.thread(), down, is_wanted)
}

/// The next wanted item below or above the open one, wrapping around at the end.
fn step<T: Copy + PartialEq>(
    all: &[T],
    now: Option<T>,
    down: bool,
    is_wanted: impl Fn(T) -> bool,
) -> Option<T> {
    let at = now.and_then(|now| all.iter().position(|id| *id == now));
    let count = all.len();
    let mut order = (1..=count).map(|steps| match (at, down) {
        (Some(at), true) => all[(at + steps) % count],
        (Some(at), false) => all[(at + count - steps) % count],
        (None, true) => all[steps - 1],
        (None, false) => all[count - steps],
    });
    order.find(|id| Some(*id) != now && is_wanted(*id))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stepping_wraps_around_the_wanted_items() {
        let all = [1, 2, 3, 4];
        assert_eq!(step(&all, Some(2), true, |_| true), Some(3));
        assert_eq!(step(&all, Some(4), true, |_| true), Some(1));
        assert_eq!(step(&all, Some(1), false, |_| true), Some(4));
        assert_eq!(step(&all, None, true, |_| true), Some(1));
        assert_eq!(step(&all, None, false, |_| true), Some(4));
        assert_eq!(step(&all, Some(2), true, |id| id == 1), Some(1));
        assert_eq!(step(&all, Some(2), true, |id| id == 2), None);
        assert_eq!(step(&[], Some(2), true, |_| true), None);
    }
}
