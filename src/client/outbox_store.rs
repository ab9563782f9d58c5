//! The persistent outbox, so that unsent messages survive a reload: one `localStorage` entry for each message that
//! is not in the log yet.
//!
//! All tabs of a user share these entries, and no tab writes another tab's entry: each is written and removed on
//! its own, under the message's ID, so there is nothing to merge and no lock to take. (Web Locks exist in secure
//! contexts only, and a chat on plain http in a local network has none.) Each tab follows the others' changes and
//! sends their messages too: the log accepts a message once, however often it arrives, and a tab may be closed
//! before it could send.

use std::cell::RefCell;

use leptos::ev;
use leptos::prelude::*;
use litemap::LiteMap;

use super::dom;
use super::state::ClientState;
use crate::engine::{Input, Pending};
use crate::model::{ClientId, UserId, json};

thread_local! {
    /// The stored entry of each message, as far as this tab knows.
    static STORED: RefCell<LiteMap<ClientId, String>> = RefCell::default();
}

/// The key of a message's entry, up to its ID.
fn prefix(user: UserId) -> String {
    format!("chapp.outbox.{user}.")
}

/// All stored messages of all tabs, in no order.
pub(super) fn load(user: UserId) -> Vec<Pending> {
    migrate_old_entry(user);
    let entries = dom::stored_with_prefix(&prefix(user));
    let messages = entries
        .into_iter()
        .filter_map(|(_, entry)| Some((json::read(&entry).ok()?, entry)));
    STORED.with_borrow_mut(|stored| {
        messages
            .map(|(pending, entry): (Pending, _)| {
                stored.insert(pending.client_id, entry);
                pending
            })
            .collect()
    })
}

/// Migrates from earlier versions, which stored the whole outbox of a tab as one entry.
fn migrate_old_entry(user: UserId) {
    let key = format!("chapp.outbox.{user}");
    let old = dom::stored(&key).and_then(|entry| json::read::<Vec<Pending>>(&entry).ok());
    for pending in old.unwrap_or_default() {
        write(user, &pending);
    }
    dom::store(&key, "");
}

/// Stores the changes of this tab's outbox.
pub(super) fn save(user: UserId, outbox: &[Pending]) {
    let gone: Vec<_> = STORED.with_borrow(|stored| {
        let is_gone = |id: &&ClientId| outbox.iter().all(|pending| pending.client_id != **id);
        stored.keys().filter(is_gone).copied().collect()
    });
    for id in gone {
        STORED.with_borrow_mut(|stored| stored.remove(&id));
        dom::store(&[&*prefix(user), &id.to_string()].concat(), "");
    }
    for pending in outbox {
        write(user, pending);
    }
}

fn write(user: UserId, pending: &Pending) {
    let Ok(entry) = serde_json::to_string(pending) else {
        return;
    };
    let id = pending.client_id;
    if STORED.with_borrow(|stored| stored.get(&id) == Some(&entry)) {
        return;
    }
    dom::store(&[&*prefix(user), &id.to_string()].concat(), &entry);
    STORED.with_borrow_mut(|stored| stored.insert(id, entry));
}

/// Passes the other tabs' changes to the engine, for the lifetime of the page.
pub(super) fn watch(chat: ClientState) {
    let prefix = prefix(chat.me().id);
    window_event_listener(ev::storage, move |event| {
        let id = event
            .key()
            .and_then(|key| key.strip_prefix(&*prefix)?.parse().ok());
        let Some(id) = id.map(ClientId) else {
            return;
        };
        match event.new_value() {
            Some(entry) => {
                if let Ok(pending) = json::read(&entry) {
                    STORED.with_borrow_mut(|stored| stored.insert(id, entry));
                    chat.act(Input::Stored(pending));
                }
            }
            None => {
                STORED.with_borrow_mut(|stored| stored.remove(&id));
                chat.act(Input::Removed(id));
            }
        }
    });
}
