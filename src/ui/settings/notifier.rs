//! Shows notifications by the system, while nobody looks at the page: one for each chat, with its latest message, until
//! it is read anywhere. Loaded only where notifications are on.
//!
//! All of them are shown by the worker, whether they come from a page or by a push, and have the tag of their chat: the
//! browser replaces one with the next.

use std::cell::{Cell, RefCell};
use std::sync::Arc;
use std::time::Duration;

use js_sys::Reflect;
use leptos::ev::MessageEvent;
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{NotificationOptions, ServiceWorkerRegistration};

use crate::client::api::{self, calls};
use crate::client::clock::now;
use crate::client::notices::{Notices, Permission, Pushes, permission, show_with, use_notices};
use crate::client::preferences::Preferences;
use crate::client::reactive::{effect, memo};
use crate::client::router::Router;
use crate::client::state::{ClientState, use_client};
use crate::client::{dom, worker};
use crate::model::notify::{self, NotifyDecision, judge};
use crate::model::{Event, EventBody, Message, Millis};
use crate::routes::{ICON_LARGE, message_path};
use crate::ui::settings::{decision_log, local_time, notify_settings, sound};

/// When each page of this browser was last looked at, in milliseconds since 1970: one entry a page, as one may get the
/// focus before the other knows that it has lost it.
const LOOKED_AT: &str = "chapp-looked-at.";
/// How often that is stored while a page is looked at.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// After this many milliseconds, the page was closed or has crashed.
const LOOK_ENDS: Millis = 5_000;

thread_local! {
    static WORKER: RefCell<Option<ServiceWorkerRegistration>> = const { RefCell::new(None) };
    static NOTICES: Cell<Option<Notices>> = const { Cell::new(None) };
}

/// See the module documentation.
#[component]
pub fn Notifier() -> impl IntoView {
    let (chat, notices) = (use_client(), use_notices());
    watch_looking(chat);
    notify_settings::follow();
    listen(notices, expect_context());
    effect(move |begun: Option<()>| {
        if begun.is_none() {
            spawn_local(async move {
                let registered = worker::register().await;
                WORKER.set(registered);
                tidy(chat);
                subscribe(notices).await;
            });
            NOTICES.set(Some(notices));
            show_with(Some(arrived));
        }
    });
    on_cleanup(|| show_with(None));
    // What is read here or elsewhere is over.
    let read = memo(move |_| {
        let read = |thread| chat.with_head(thread, |head| Some(head.read.seq));
        let threads = chat.thread_ids();
        threads
            .iter()
            .filter_map(|thread| read(*thread))
            .sum::<i64>()
    });
    effect(move |_| {
        read.track();
        tidy(chat);
    });
}

/// Closes the notifications of what has been read.
fn tidy(chat: ClientState) {
    let Some(worker) = WORKER.with_borrow(Clone::clone) else {
        return;
    };
    spawn_local(async move {
        let is_read = move |it: &worker::NotificationData| {
            let read = untrack(|| chat.with_head(it.thread, |head| Some(head.read.seq)));
            read.is_some_and(|read| read >= it.seq)
        };
        worker::close(&worker, is_read).await;
    });
}

/// Tells the other pages of this browser while this one is looked at: they show no notifications then.
fn watch_looking(chat: ClientState) {
    let key = [LOOKED_AT, &*js_sys::Math::random().to_string()].concat();
    let key: Arc<str> = key.into();
    effect(move |_| {
        if !chat.looking.get() {
            return;
        }
        let here = Arc::clone(&key);
        let store = move || dom::store(&here, &now().to_string());
        store();
        let timer = set_interval_with_handle(store, LOOK_EVERY).ok();
        let here = Arc::clone(&key);
        on_cleanup(move || {
            dom::store(&here, "");
            if let Some(timer) = timer {
                timer.clear();
            }
        });
    });
}

/// Whether a page of this browser is looked at.
fn is_looking(chat: ClientState) -> bool {
    let is_recent = |at: Millis| (now() - at).abs() < LOOK_ENDS;
    let mut others = dom::stored_with_prefix(LOOKED_AT).into_iter();
    let is_any = others.any(|(page, at)| {
        let recent = at.parse().is_ok_and(is_recent);
        if !recent {
            // It has crashed.
            dom::store(&[LOOKED_AT, &*page].concat(), "");
        }
        recent
    });
    chat.looking.get_untracked() || is_any
}

/// Follows what the worker says, for as long as the calling component exists.
fn listen(notices: Notices, router: Router) {
    effect(move |_| {
        let Some(container) = worker::container() else {
            return;
        };
        let heard = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
            let said = |name: &str| Reflect::get(&event.data(), &name.into()).ok()?.as_string();
            if let Some(path) = said("open") {
                router.go(&path);
            }
            if said("shown").as_deref() == Some("test") {
                notices.tested.notify();
            }
        });
        let listener = heard.as_ref().unchecked_ref();
        let _ = container.add_event_listener_with_callback("message", listener);
        let heard = StoredValue::new_local(heard);
        on_cleanup(move || {
            heard.try_with_value(|heard| {
                let listener = heard.as_ref().unchecked_ref();
                let _ = container.remove_event_listener_with_callback("message", listener);
            });
        });
    });
}

/// Subscribes the browser, or renews what the server knows of its subscription.
pub async fn subscribe(notices: Notices) {
    let pushes = try_to_subscribe().await;
    let _ = notices.pushes.try_set(pushes);
}

async fn try_to_subscribe() -> Pushes {
    let Some(worker) = WORKER.with_borrow(Clone::clone) else {
        return Pushes::NoService;
    };
    let Ok(state) = api::push().await else {
        return Pushes::Failed;
    };
    let Some(key) = state.key else {
        return Pushes::SiteOff;
    };
    let Some(subscribed) = worker::subscribe(&worker, &key).await else {
        return Pushes::NoService;
    };
    let shows_text = Preferences::here().shows_text;
    if state.endpoint.as_deref() == Some(&*subscribed.endpoint) && state.shows_text == shows_text {
        return Pushes::On;
    }
    let keys = subscribed.keys;
    let call = calls::subscribe_push(subscribed.endpoint, keys.p256dh, keys.auth, shows_text);
    match call.send().await {
        Ok(_) => Pushes::On,
        Err(_) => Pushes::Failed,
    }
}

/// Ends the browser's subscription.
pub async fn unsubscribe(notices: Notices) {
    worker::unsubscribe().await;
    // Otherwise the push service says so at the next push.
    let _ = calls::unsubscribe_push().send().await;
    let _ = notices.pushes.try_set(Pushes::Unknown);
}

/// A message arrived: shows a notification, if the user wants to be notified of it. Returns whether they do.
fn arrived(chat: ClientState, event: &Event) -> bool {
    let preferences = Preferences::here();
    if !preferences.notify || permission() != Permission::Granted {
        return false;
    }
    let settings = NOTICES.get().and_then(|it| it.settings.try_get_untracked());
    let settings = settings.unwrap_or_default();
    let hours = settings.quiet.as_ref();
    let minute = hours.and_then(|hours| local_time::minute_in(&hours.zone));
    let minute = minute.unwrap_or(0);
    let Some(mut facts) = chat.read(|engine| engine.facts(event, &settings, minute)) else {
        return false;
    };
    facts.is_looking = is_looking(chat);
    let judged = judge(&facts);
    let decision = NotifyDecision {
        thread: event.thread,
        seq: event.seq,
        at: now(),
        verdict: judged.into(),
    };
    decision_log::record(chat.me().id, decision);
    if let (Ok(_), EventBody::Message(message)) = (judged, &event.body) {
        show(chat, event, message, preferences.shows_text);
        if preferences.has_sound {
            sound::play_once(event.thread, event.seq);
        }
    }
    judged.is_ok()
}

fn show(chat: ClientState, event: &Event, message: &Message, shows_text: bool) {
    let Some(worker) = WORKER.with_borrow(Clone::clone) else {
        return;
    };
    let (thread, seq) = (event.thread, event.seq);
    let (author, room) = untrack(|| {
        let room = chat.room(thread).map(|room| room.name);
        (chat.name(event.actor), room)
    });
    let title = notify::title(&author, room.as_deref());
    let options = NotificationOptions::new();
    options.set_body(&notify::body(message, shows_text));
    options.set_icon(ICON_LARGE);
    options.set_tag(&notify::tag(thread));
    worker::show(
        &worker,
        &title,
        &options,
        (thread, seq, &message_path(thread, seq)),
    );
}
