//! Tells the chat what happens to the page: seen or hidden, network gone and back.

use leptos::ev;
use leptos::prelude::*;

use super::dom;
use super::state::ClientState;
use crate::engine::Input;

/// Begins to tell. It lasts as long as the page.
pub(super) fn watch(chat: ClientState) {
    let look = move || {
        let looking = dom::is_looking();
        if chat.looking.get_untracked() != looking {
            chat.looking.set(looking);
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
    // Back from the browser's cache of pages, or from the machine's sleep.
    window_event_listener(ev::pageshow, move |_| wake());
    // It bubbles from the document.
    window_event_listener(
        ev::Custom::<web_sys::Event>::new("visibilitychange"),
        move |_| wake(),
    );
}
