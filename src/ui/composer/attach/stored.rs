//! Messages with files survive a reload of the page: what they say is in `localStorage`, one entry for each message,
//! and the bytes of their files are in [`blob_store`](crate::client::blob_store).
//!
//! A message belongs to the tab that holds its Web Lock. When that tab is closed or reloaded, the lock goes to a tab
//! that waits for it, which then carries on: with the same uploads, and under the same id, so that the log has the
//! message once. Without Web Locks (in insecure contexts), every tab carries on; at worst something is uploaded twice.

use std::collections::HashMap;

use js_sys::{Function, Object, Promise, Reflect};
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};

use crate::client::blob_store::prefix;
use crate::client::dom;
use crate::model::{ClientId, UserId, json};
use crate::ui::context::attachments::FileMessage;

fn key(me: UserId, id: ClientId) -> String {
    [prefix(me), id.to_string()].concat()
}

/// Stores a message, or removes its entry if it has no files.
pub fn save(me: UserId, message: &FileMessage) {
    let entry = match message.files.is_empty() {
        true => String::new(),
        false => serde_json::to_string(message).unwrap_or_default(),
    };
    dom::store(&key(me, message.client_id), &entry);
}

/// Stores what has changed between two states.
pub fn save_changes(me: UserId, before: &[FileMessage], after: &[FileMessage]) {
    let old: HashMap<_, _> = before.iter().map(|it| (it.client_id, it)).collect();
    for message in after {
        if old
            .get(&message.client_id)
            .is_none_or(|old| is_changed(old, message))
        {
            save(me, message);
        }
    }
    for message in before {
        if after.iter().all(|it| it.client_id != message.client_id) {
            dom::store(&key(me, message.client_id), "");
        }
    }
}

/// Whether more has changed than the progress of its uploads.
fn is_changed(old: &FileMessage, new: &FileMessage) -> bool {
    let facts = |message: &FileMessage| {
        let files = message.files.iter();
        let files = files.map(|it| (it.key, it.alt.clone(), it.upload, it.finished.is_some()));
        files.collect::<Vec<_>>()
    };
    let steps = |message: &FileMessage| (message.is_sent, message.is_in_outbox);
    steps(old) != steps(new) || old.text != new.text || facts(old) != facts(new)
}

/// A message as it is stored now.
#[must_use]
pub fn load(me: UserId, id: ClientId) -> Option<FileMessage> {
    json::read(&dom::stored(&key(me, id))?).ok()
}

/// The ids of all stored messages.
#[must_use]
pub fn ids(me: UserId) -> Vec<ClientId> {
    let entries = dom::stored_with_prefix(&prefix(me)).into_iter();
    let mut ids: Vec<_> = entries.filter_map(|(id, _)| id.parse().ok()).collect();
    ids.sort();
    ids
}

/// Calls `then` once this tab owns a message, and owns it until the page is gone.
pub fn own(me: UserId, id: ClientId, then: impl FnOnce() + 'static) {
    let navigator = window().navigator();
    let locks = Reflect::get(&navigator, &"locks".into()).ok();
    let request = locks.as_ref().and_then(|locks| {
        let request = Reflect::get(locks, &"request".into()).ok()?;
        request.dyn_into::<Function>().ok()
    });
    let (Some(locks), Some(request)) = (locks, request) else {
        then();
        return;
    };
    let held = Closure::once_into_js(move |_: JsValue| {
        then();
        // Never settled: the lock is released with the page.
        Promise::new(&mut |_, _| {})
    });
    let asked = request.call3(&locks, &key(me, id).into(), &Object::new(), &held);
    // A page that goes away while it waits is no error.
    if let Ok(asked) = asked.and_then(JsCast::dyn_into::<Promise>) {
        spawn_local(async move {
            let _ = wasm_bindgen_futures::JsFuture::from(asked).await;
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{FileRef, ThreadId};
    use crate::ui::context::attachments::{AttachedFile, UploadState};

    fn message() -> FileMessage {
        FileMessage {
            client_id: ClientId::now(),
            thread: ThreadId(1),
            text: "see".into(),
            reply: None,
            is_sent: true,
            is_in_outbox: false,
            is_repeated: false,
            files: vec![AttachedFile {
                key: ClientId::now(),
                name: "a.png".into(),
                size: 3,
                mime: "image/png".into(),
                alt: String::new(),
                upload: None,
                finished: None,
                voice: None,
                state: UploadState::Uploading(30),
                preview: Some("blob:x".into()),
            }],
        }
    }

    #[test]
    fn progress_alone_is_not_stored_and_a_finished_upload_is() {
        let old = message();
        let mut new = old.clone();
        new.files[0].state = UploadState::Uploading(60);
        assert!(!is_changed(&old, &new));
        new.files[0].finished = Some(FileRef::default());
        assert!(is_changed(&old, &new));
    }

    #[test]
    fn a_stored_message_comes_back_without_the_state_of_its_page() {
        let old = message();
        let entry = serde_json::to_string(&old).unwrap();
        let back: FileMessage = json::read(&entry).unwrap();
        assert_eq!(back.client_id, old.client_id);
        assert_eq!(back.files[0].state, UploadState::Waiting);
        assert_eq!(back.files[0].preview, None);
        assert!(back.is_sent);
    }
}
