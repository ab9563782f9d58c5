//! Passes changes of the page's visibility, focus and network to the engine.

use leptos::ev;
use leptos::prelude::*;

use super::dom;
use super::state::ClientState;
use crate::engine::Input;

/// Starts watching, for the lifetime of the page.
pub(super) fn watch(chat: ClientState) {
    let look = move || {
        let looking = dom::is_looking();
        if chat.looking.get_untracked() != looking {
            chat.looking.set(looking);
            chat.act(Input::Looking(looking));
        }
    };
    let wake = move || {
        look();
        if dom::is_visible() {
            chat.act(Input::Wake);
        }
    };
    look();
    window_event_listener(ev::focus, move |_| wake());
    window_event_listener(ev::blur, move |_| look());
    window_event_listener(ev::online, move |_| wake());
    window_event_listener(ev::offline, move |_| chat.act(Input::NetworkLost));
    // Fires when the page returns from the browser's back/forward cache.
    window_event_listener(ev::pageshow, move |_| wake());
    // It bubbles up from the document.
    window_event_listener(
        ev::Custom::<web_sys::Event>::new("visibilitychange"),
        move |_| wake(),
    );
}
