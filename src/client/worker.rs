//! The service worker: registers it, shows notifications through it, and subscribes the browser to pushes.

use js_sys::{Array, JSON, Promise, Reflect, Uint8Array};
use leptos::prelude::window;
use serde::Deserialize;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    Notification, NotificationOptions, PushSubscription, PushSubscriptionOptionsInit,
    RegistrationOptions, ServiceWorkerContainer, ServiceWorkerRegistration,
    ServiceWorkerUpdateViaCache,
};

use super::uploads::base64;
use crate::model::{Seq, ThreadId, json};
use crate::routes::WORKER;

/// How long a browser may take to subscribe, in milliseconds. Without a network, Chromium never answers.
const PATIENCE: i32 = 15_000;

/// The container of workers; `None` in a context that is not secure.
#[must_use]
pub fn container() -> Option<ServiceWorkerContainer> {
    let container = Reflect::get(&window().navigator(), &"serviceWorker".into()).ok()?;
    (!container.is_undefined()).then(|| container.unchecked_into())
}

/// Registers the worker, and waits until it runs.
pub async fn register() -> Option<ServiceWorkerRegistration> {
    let container = container()?;
    let options = RegistrationOptions::new();
    options.set_update_via_cache(ServiceWorkerUpdateViaCache::None);
    let registered = container.register_with_options(WORKER, &options);
    JsFuture::from(registered).await.ok()?;
    let ready = JsFuture::from(container.ready().ok()?).await.ok()?;
    ready.dyn_into().ok()
}

/// What a notification is about, as the worker reads it too.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct NotificationData {
    pub thread: ThreadId,
    pub seq: Seq,
}

/// Lets the worker show a notification. A click on it opens the path.
pub fn show(
    worker: &ServiceWorkerRegistration,
    title: &str,
    options: &NotificationOptions,
    (thread, seq, path): (ThreadId, Seq, &str),
) {
    let data = js_sys::Object::new();
    for (name, value) in [
        ("thread", JsValue::from_f64(thread.0 as f64)),
        ("seq", JsValue::from_f64(seq as f64)),
        ("path", path.into()),
    ] {
        let _ = Reflect::set(&data, &name.into(), &value);
    }
    options.set_data(&data);
    let (shown, message) = (js_sys::Object::new(), js_sys::Object::new());
    let _ = Reflect::set(&shown, &"title".into(), &title.into());
    let _ = Reflect::set(&shown, &"options".into(), options);
    let _ = Reflect::set(&message, &"show".into(), &shown);
    if let Some(active) = worker.active() {
        let _ = active.post_message(&message);
    }
}

/// Closes the notifications of which `is_over` says so.
pub async fn close(
    worker: &ServiceWorkerRegistration,
    is_over: impl Fn(&NotificationData) -> bool,
) {
    let Ok(shown) = worker.get_notifications() else {
        return;
    };
    let Ok(shown) = JsFuture::from(shown).await else {
        return;
    };
    for notification in Array::from(&shown) {
        let notification: Notification = notification.unchecked_into();
        let data = JSON::stringify(&notification.data()).ok();
        let data = data.and_then(|data| json::read(&String::from(data)).ok());
        if data.is_some_and(|data| is_over(&data)) {
            notification.close();
        }
    }
}

/// Closes all notifications of a browser whose user logs out.
pub async fn close_all() {
    if let Some(worker) = registered().await {
        close(&worker, |_| true).await;
    }
}

/// The worker, if it was registered.
async fn registered() -> Option<ServiceWorkerRegistration> {
    let found = JsFuture::from(container()?.get_registration()).await;
    found.ok()?.dyn_into().ok()
}

/// A subscription, as the browser writes it in JSON.
#[derive(Clone, Debug, Deserialize)]
pub struct Subscribed {
    pub endpoint: String,
    pub keys: SubscribedKeys,
}

/// Its keys, in base64url.
#[derive(Clone, Debug, Deserialize)]
pub struct SubscribedKeys {
    pub p256dh: String,
    pub auth: String,
}

/// Subscribes to the pushes of a server with this public key (in base64url), unless the browser is subscribed to them.
/// `None`: the browser can't, or its push service does not answer.
pub async fn subscribe(worker: &ServiceWorkerRegistration, key: &str) -> Option<Subscribed> {
    let manager = worker.push_manager().ok()?;
    if let Some(before) = subscription(worker).await {
        if key_of(&before).as_deref() == Some(key) {
            return read(&before);
        }
        JsFuture::from(before.unsubscribe().ok()?).await.ok()?;
    }
    let options = PushSubscriptionOptionsInit::new();
    options.set_user_visible_only(true);
    options.set_application_server_key(&key.into());
    let subscribed = manager.subscribe_with_options(&options).ok()?;
    let too_late = Promise::new(&mut |_, reject| {
        let _ = window().set_timeout_with_callback_and_timeout_and_arguments_0(&reject, PATIENCE);
    });
    let first = Promise::race(&Array::of2(&subscribed, &too_late));
    read(&JsFuture::from(first).await.ok()?.dyn_into().ok()?)
}

/// Ends the browser's subscription, if it has one.
pub async fn unsubscribe() {
    if let Some(worker) = registered().await
        && let Some(before) = subscription(&worker).await
        && let Ok(ended) = before.unsubscribe()
    {
        let _ = JsFuture::from(ended).await;
    }
}

async fn subscription(worker: &ServiceWorkerRegistration) -> Option<PushSubscription> {
    let found = worker.push_manager().ok()?.get_subscription().ok()?;
    JsFuture::from(found).await.ok()?.dyn_into().ok()
}

fn read(subscription: &PushSubscription) -> Option<Subscribed> {
    json::read(&String::from(JSON::stringify(subscription).ok()?)).ok()
}

/// The server's key of a subscription, in base64url.
fn key_of(subscription: &PushSubscription) -> Option<String> {
    let key = subscription.options().application_server_key().ok()??;
    let text = base64(&Uint8Array::new(&key).to_vec());
    // RFC 4648, section 5.
    let text = text.trim_end_matches('=');
    Some(text.replace('+', "-").replace('/', "_"))
}
