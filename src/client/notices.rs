//! The part of notifications that every page needs: whether they are on, when they are offered, and the icons. What
//! shows them is loaded where they are on: [`crate::ui::settings::notifier`].

use std::cell::Cell;

use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Notification, NotificationPermission};

use super::clock::now;
use super::preferences::Preferences;
use super::reactive::{effect, memo};
use super::state::ClientState;
use super::{api, dom};
use crate::model::notify::NotifySettings;
use crate::model::{Event, Millis, Position, Seq, ThreadId, UserId};
use crate::routes::{ICON, ICON_UNREAD};

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
    let has = |of: &JsValue, name: &str| js_sys::Reflect::has(of, &name.into()).unwrap_or(false);
    // Only a worker shows notifications on Android, and when no page is open.
    if !has(&js_sys::global(), "Notification") || !has(&window().navigator(), "serviceWorker") {
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

/// The key in `localStorage` of what was decided about notifications.
#[must_use]
pub fn decisions_key(user: UserId) -> String {
    ["chapp.decisions.", &*user.to_string()].concat()
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

/// The notifications of this browser. A context of the window.
#[derive(Clone, Copy)]
pub struct Notices {
    /// Whether they are shown.
    pub is_on: RwSignal<bool>,
    /// Whether they come also while no page is open.
    pub pushes: RwSignal<Pushes>,
    /// Notified when the browser has shown a test.
    pub tested: RwSignal<()>,
    /// What the user chose for all threads; the defaults until it is fetched, where it is needed.
    pub settings: RwSignal<NotifySettings>,
}

/// Whether this browser is notified while no page is open.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Pushes {
    #[default]
    Unknown,
    On,
    /// The site sends none.
    SiteOff,
    /// The browser has no push service, or can't reach it.
    NoService,
    /// The server doesn't send to the browser's push service, or can't be reached.
    Failed,
}

impl Notices {
    /// Provides the context.
    pub fn provide() {
        let notices = Self {
            is_on: RwSignal::new(false),
            pushes: RwSignal::new(Pushes::Unknown),
            tested: RwSignal::new(()),
            settings: RwSignal::new(NotifySettings::default()),
        };
        provide_context(notices);
        effect(move |_| notices.read_again());
    }

    /// Reads again whether they are on.
    pub fn read_again(self) {
        let is_on = Preferences::here().notify && permission() == Permission::Granted;
        self.is_on.set(is_on);
    }

    /// Lets the browser ask the user, and turns notifications on if they agree. Must be called from a click.
    pub fn turn_on(self, answered: impl Fn(Permission) + 'static) {
        ask(move |answer| {
            Preferences::set_notify(answer == Permission::Granted);
            self.read_again();
            answered(answer);
        });
    }
}

/// The notifications, from the context.
#[must_use]
pub fn use_notices() -> Notices {
    expect_context()
}

/// Shows a message that has arrived, if the user wants to be notified of it. Returns whether they do.
pub type Show = fn(ClientState, &Event) -> bool;

thread_local! {
    static SHOW: Cell<Option<Show>> = const { Cell::new(None) };
}

/// From now on, `show` is called with the messages that arrive.
pub fn show_with(show: Option<Show>) {
    SHOW.set(show);
}

/// A message arrived.
pub fn arrived(chat: ClientState, event: &Event) {
    if let Some(show) = SHOW.get() {
        show(chat, event);
    }
}

/// Others wrote in a thread after this position while there was no connection.
pub fn missed(chat: ClientState, thread: ThreadId, after: Seq) {
    let Some(show) = SHOW.get() else { return };
    spawn_local(async move {
        let page = api::history(thread, Position::Latest).await;
        let events = page.map(|page| page.events).unwrap_or_default();
        let me = chat.me().id;
        let mut news = events.iter().rev().take_while(|event| event.seq > after);
        // Only one of a thread is shown.
        let _ = news.any(|event| event.actor != me && show(chat, event));
    });
}

/// Shows on the icons of the tab and of the installed app that messages call for attention, from now on.
pub fn watch_icons(chat: ClientState) {
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
