//! Notifications by the system, while nobody looks at the page: one for each chat, with its latest message, until it is
//! read anywhere.
//!
//! Of several tabs one shows it: all use the same tag, and the browser replaces a notification with the tag of another.

use std::cell::RefCell;

use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Notification, NotificationOptions, NotificationPermission};

use super::preferences::Preferences;
use super::reactive::effect;
use super::router::Router;
use super::state::ClientState;
use crate::model::notify::judge;
use crate::model::{Event, EventBody, Message, Seq, ThreadId};
use crate::routes::message_path;

/// Whether the browser lets this site show notifications.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Permission {
    /// The browser has none, or only in a secure context, which this page is not.
    Missing,
    /// The user has not been asked.
    Unasked,
    Granted,
    /// Only the browser's settings can change that.
    Denied,
}

/// The present permission.
#[must_use]
pub fn permission() -> Permission {
    if !js_sys::Reflect::has(&js_sys::global(), &"Notification".into()).unwrap_or(false) {
        return Permission::Missing;
    }
    match Notification::permission() {
        NotificationPermission::Granted => Permission::Granted,
        NotificationPermission::Denied => Permission::Denied,
        _ => Permission::Unasked,
    }
}

/// Lets the browser ask the user. Must be called from a click: some browsers ask only then.
pub fn ask(answered: impl Fn(Permission) + 'static) {
    let Ok(asked) = Notification::request_permission() else {
        return answered(permission());
    };
    spawn_local(async move {
        let _ = JsFuture::from(asked).await;
        answered(permission());
    });
}

/// A notification that is shown.
struct Shown {
    thread: ThreadId,
    seq: Seq,
    notification: Notification,
    /// Kept for as long as the browser may call it.
    _clicked: Closure<dyn Fn(web_sys::Event)>,
}

thread_local! {
    static SHOWN: RefCell<Vec<Shown>> = const { RefCell::new(Vec::new()) };
    static ROUTER: RefCell<Option<Router>> = const { RefCell::new(None) };
}

/// Starts closing what has been read, for the lifetime of the page. A click on a notification goes through `router`.
pub fn watch(chat: ClientState, router: Router) {
    ROUTER.set(Some(router));
    effect(move |_| {
        let read = |thread| chat.with_head(thread, |head| Some(head.read.seq));
        // Tracked also while nothing is shown.
        let _ = chat.thread_ids();
        SHOWN.with_borrow_mut(|shown| {
            shown.retain(|it| {
                let is_read = read(it.thread).is_none_or(|read| read >= it.seq);
                if is_read {
                    it.notification.close();
                }
                !is_read
            });
        });
    });
}

/// A message arrived: shows a notification, if the user wants to be told of it.
pub fn arrived(chat: ClientState, event: &Event) {
    let preferences = Preferences::here();
    if !preferences.notify || permission() != Permission::Granted {
        return;
    }
    let Some(mut facts) = chat.read(|engine| engine.facts(event)) else {
        return;
    };
    facts.is_looking = chat.looking.get_untracked();
    if let (Ok(_), EventBody::Message(message)) = (judge(&facts), &event.body) {
        show(chat, event, message, preferences.shows_text);
    }
}

fn show(chat: ClientState, event: &Event, message: &Message, shows_text: bool) {
    let (thread, seq) = (event.thread, event.seq);
    let (author, room) = untrack(|| {
        let room = chat.room(thread).map(|room| room.name);
        (chat.name(event.actor), room)
    });
    let title = match room {
        Some(room) => [&*author, " (", &room, ")"].concat(),
        None => author,
    };
    let options = NotificationOptions::new();
    let body = match shows_text {
        true => message.preview(),
        false => "New message".to_owned(),
    };
    options.set_body(&body);
    options.set_icon("/favicon.svg");
    options.set_tag(&["t", &*thread.to_string()].concat());
    let Ok(notification) = Notification::new_with_options(&title, &options) else {
        return;
    };
    let clicked = Closure::<dyn Fn(web_sys::Event)>::new(move |event: web_sys::Event| {
        event.prevent_default();
        let _ = window().focus();
        if let Some(router) = ROUTER.with_borrow(|router| *router) {
            router.go(&message_path(thread, seq));
        }
    });
    notification.set_onclick(Some(clicked.as_ref().unchecked_ref()));
    SHOWN.with_borrow_mut(|shown| {
        // The browser has replaced it.
        shown.retain(|it| it.thread != thread);
        shown.push(Shown {
            thread,
            seq,
            notification,
            _clicked: clicked,
        });
    });
}
