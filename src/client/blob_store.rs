//! The bytes of files that are being uploaded, in the browser's IndexedDB, so that uploads survive a reload. One entry
//! for each file. Without such storage, or when it is full, uploads work but end with the page.

use js_sys::{Function, Promise};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, IdbDatabase, IdbObjectStore, IdbRequest, IdbTransactionMode};

use super::api::forms::LOG_OUT;
use super::notices::decisions_key;
use super::{dom, worker};
use crate::model::UserId;

/// The name of the only object store.
const STORE: &str = "files";

/// The prefix of the keys in `localStorage` under which messages with files are stored.
#[must_use]
pub fn prefix(user: UserId) -> String {
    ["chapp.files.", &*user.to_string(), "."].concat()
}

fn name(user: UserId) -> String {
    ["chapp.files.", &*user.to_string()].concat()
}

/// Stores the bytes under a key. Returns whether that worked.
pub async fn put(user: UserId, key: &str, bytes: &Blob) -> bool {
    let store = store(user, IdbTransactionMode::Readwrite).await;
    let Some(store) = store else { return false };
    match store.put_with_key(bytes, &key.into()) {
        Ok(request) => answer(&request).await.is_some(),
        Err(_) => false,
    }
}

/// The bytes under a key.
pub async fn get(user: UserId, key: &str) -> Option<Blob> {
    let store = store(user, IdbTransactionMode::Readonly).await?;
    let found = answer(&store.get(&key.into()).ok()?).await?;
    found.dyn_into().ok()
}

/// Removes an entry.
pub async fn remove(user: UserId, key: &str) {
    if let Some(store) = store(user, IdbTransactionMode::Readwrite).await
        && let Ok(request) = store.delete(&key.into())
    {
        answer(&request).await;
    }
}

/// Logs out, and removes what this browser holds for the user: unsent files, and notifications.
pub fn log_out(user: UserId) {
    leptos::task::spawn_local(async move {
        wipe(user).await;
        worker::close_all().await;
        dom::post(LOG_OUT);
    });
}

/// Removes all that is stored for a user who logs out: the bytes, the messages that wait for them, and what was decided
/// about notifications.
async fn wipe(user: UserId) {
    dom::store(&decisions_key(user), "");
    let prefix = prefix(user);
    for (id, _) in dom::stored_with_prefix(&prefix) {
        dom::store(&[&*prefix, &*id].concat(), "");
    }
    if let Some(store) = store(user, IdbTransactionMode::Readwrite).await
        && let Ok(request) = store.clear()
    {
        answer(&request).await;
    }
}

async fn store(user: UserId, mode: IdbTransactionMode) -> Option<IdbObjectStore> {
    let database = open(user).await?;
    let transaction = database.transaction_with_str_and_mode(STORE, mode).ok()?;
    // Takes effect when the transaction is over.
    database.close();
    transaction.object_store(STORE).ok()
}

async fn open(user: UserId) -> Option<IdbDatabase> {
    let factory = leptos::prelude::window().indexed_db().ok()??;
    let request = factory.open_with_u32(&name(user), 1).ok()?;
    let made = request.clone();
    let make = Closure::once(move |_: JsValue| {
        let database = made.result().ok();
        if let Some(database) = database.and_then(|it| it.dyn_into::<IdbDatabase>().ok()) {
            let _ = database.create_object_store(STORE);
        }
    });
    request.set_onupgradeneeded(Some(make.as_ref().unchecked_ref()));
    answer(&request).await?.dyn_into().ok()
}

/// Waits for a request; `None` if it failed.
async fn answer(request: &IdbRequest) -> Option<JsValue> {
    let ended = Promise::new(&mut |resolve: Function, reject: Function| {
        request.set_onsuccess(Some(&resolve));
        request.set_onerror(Some(&reject));
    });
    JsFuture::from(ended).await.ok()?;
    request.result().ok()
}
