//! Notifications by the system, while nobody looks at the page: one for each chat, with its latest message, until it is
//! read anywhere.
//!
//! Of several tabs one shows it: all use the same tag, and the browser replaces a notification with the tag of another.

use std::cell::RefCell;
use std::time::Duration;

use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Notification, NotificationOptions, NotificationPermission};

use super::clock::now;
use super::dom;
use super::preferences::Preferences;
use super::reactive::{effect, memo};
use super::router::Router;
use super::state::ClientState;
use crate::model::notify::judge;
use crate::model::{Event, EventBody, Message, Millis, Seq, ThreadId};
use crate::routes::{ICON, ICON_UNREAD, message_path};

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

/// Lets the browser ask the user. Some browsers do so only from a click.
fn ask(answered: impl Fn(Permission) + 'static) {
    let Ok(asked) = Notification::request_permission() else {
        return answered(permission());
    };
    spawn_local(async move {
        let _ = JsFuture::from(asked).await;
        answered(permission());
    });
}

/// The number of visits in this browser, up to [`OFFERED_AT`], and when the last one began.
const VISITS: &str = "chapp-visits";
/// Pages that are opened within this time of a visit's begin belong to it, in milliseconds.
const VISIT: Millis = 60 * 60 * 1_000;
/// The visit from which notifications are offered: nobody is asked before they know what for.
const OFFERED_AT: i64 = 3;
/// Until when they aren't offered, in milliseconds since 1970.
const NOT_BEFORE: &str = "chapp-notify-not-before";
/// How long "Not now" lasts, in milliseconds.
const NOT_NOW: Millis = 30 * 24 * 60 * 60 * 1_000;

/// When a page of this browser was last looked at, in milliseconds since 1970.
const LOOKED_AT: &str = "chapp-looked-at";
/// How often that is stored while a page is looked at.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// After this many milliseconds, the page was closed or has crashed.
const LOOK_ENDS: Millis = 5_000;

/// Tells the other pages of this browser while this one is looked at: they show no notifications then.
fn watch_looking(chat: ClientState) {
    let store = || dom::store(LOOKED_AT, &now().to_string());
    effect(move |_| {
        if !chat.looking.get() {
            return;
        }
        store();
        let timer = set_interval_with_handle(store, LOOK_EVERY).ok();
        on_cleanup(move || {
            dom::store(LOOKED_AT, "");
            if let Some(timer) = timer {
                timer.clear();
            }
        });
    });
}

/// Whether a page of this browser is looked at.
fn is_looking(chat: ClientState) -> bool {
    let stored = dom::stored(LOOKED_AT).and_then(|text| text.parse().ok());
    let is_recent = |at: Millis| (now() - at).abs() < LOOK_ENDS;
    chat.looking.get_untracked() || stored.is_some_and(is_recent)
}

/// Whether the user has muted a thread, for now. Tracked.
#[must_use]
pub fn is_muted(chat: ClientState, thread: ThreadId) -> bool {
    chat.with_head(thread, |head| Some(head.notify))
        .is_some_and(|notify| notify.is_muted(now()))
}

/// Counts a visit. Returns whether notifications are to be offered in this one.
#[must_use]
pub fn visit() -> bool {
    let number = |text: &str| text.parse::<i64>().ok();
    let stored = dom::stored(VISITS).unwrap_or_default();
    let (count, begun) = stored.split_once(' ').unwrap_or_default();
    let (mut count, begun) = (number(count).unwrap_or(0), number(begun).unwrap_or(0));
    if count < OFFERED_AT && now() - begun >= VISIT {
        count += 1;
        dom::store(
            VISITS,
            &[&*count.to_string(), " ", &*now().to_string()].concat(),
        );
    }
    let not_before = dom::stored(NOT_BEFORE).and_then(|text| number(&text));
    count >= OFFERED_AT
        && permission() == Permission::Unasked
        && not_before.is_none_or(|at| at <= now())
}

/// Doesn't offer them for a while.
pub fn not_now() {
    dom::store(NOT_BEFORE, &(now() + NOT_NOW).to_string());
}

/// Lets the browser ask the user, and turns notifications on if they agree. Must be called from a click.
pub fn turn_on(answered: impl Fn(Permission) + 'static) {
    ask(move |answer| {
        Preferences::set_notify(answer == Permission::Granted);
        answered(answer);
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

/// Shows on the icons of the tab and of the installed app that messages call for attention, from now on.
fn watch_icons(chat: ClientState) {
    let unread = memo(move |_| chat.calling().iter().map(|(_, count)| count).sum::<i64>());
    effect(move |before| {
        let unread = unread.get();
        // The page comes without.
        if before.is_some() || unread > 0 {
            let icon = match unread {
                0 => ICON,
                _ => ICON_UNREAD,
            };
            if let Ok(Some(link)) = document().query_selector("link[rel=icon]") {
                let _ = link.set_attribute("href", icon);
            }
            set_app_badge(unread);
        }
    });
}

/// Sets the number on the icon of the installed app, where there is one (<https://w3c.github.io/badging>).
fn set_app_badge(unread: i64) {
    let navigator = window().navigator();
    let Ok(set) = js_sys::Reflect::get(&navigator, &"setAppBadge".into()) else {
        return;
    };
    let Some(set) = set.dyn_ref::<js_sys::Function>() else {
        return;
    };
    if let Ok(done) = set.call1(&navigator, &(unread as f64).into()) {
        spawn_local(async move {
            let _ = JsFuture::from(js_sys::Promise::resolve(&done)).await;
        });
    }
}

/// Starts closing what has been read, for the lifetime of the page. A click on a notification goes through `router`.
pub fn watch(chat: ClientState, router: Router) {
    ROUTER.set(Some(router));
    watch_icons(chat);
    watch_looking(chat);
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

/// A message arrived: shows a notification, if the user wants to be notified of it.
pub fn arrived(chat: ClientState, event: &Event) {
    let preferences = Preferences::here();
    if !preferences.notify || permission() != Permission::Granted {
        return;
    }
    let Some(mut facts) = chat.read(|engine| engine.facts(event)) else {
        return;
    };
    facts.is_looking = is_looking(chat);
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
    options.set_icon(ICON);
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
