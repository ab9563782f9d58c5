//! The signal of each rendered message. A message depends on its own signal only, so that a change costs as much in
//! a long list as in a short one.

use std::collections::HashMap;
use std::sync::Arc;

use leptos::prelude::*;

use crate::client::reactive::memo;
use crate::ui::rows::{Key, MessageRow, Row};

/// The rendered messages.
#[derive(Clone, Copy)]
pub struct MessageSignals(StoredValue<HashMap<Key, RwSignal<Arc<MessageRow>>>>);

impl MessageSignals {
    /// No messages yet.
    #[must_use]
    pub fn empty() -> Self {
        Self(StoredValue::new(HashMap::new()))
    }

    /// Notifies the messages that have changed.
    pub fn update(self, rows: &[Row]) {
        let messages = rows.iter().filter_map(|row| match row {
            Row::Message(message) => Some(message),
            _ => None,
        });
        for message in messages {
            let signal = self.0.with_value(|all| all.get(&message.key()).copied());
            if let Some(now) = signal
                && now.try_with_untracked(|now| **now != *message) == Some(true)
            {
                now.set(Arc::new(message.clone()));
            }
        }
    }

    /// A signal of a message, for as long as it is rendered.
    #[must_use]
    pub fn watch(self, message: MessageRow) -> MessageSignal {
        let key = message.key();
        let now = RwSignal::new(Arc::new(message));
        self.0.update_value(|all| {
            all.insert(key, now);
        });
        on_cleanup(move || {
            // The message may have been rendered again already.
            self.0.try_update_value(|all| {
                if all.get(&key) == Some(&now) {
                    all.remove(&key);
                }
            });
        });
        MessageSignal(now)
    }
}

/// The current state of a message.
#[derive(Clone, Copy)]
pub struct MessageSignal(RwSignal<Arc<MessageRow>>);

impl MessageSignal {
    /// Tracks all of it.
    pub fn with<T>(self, read: impl FnOnce(&MessageRow) -> T) -> T {
        self.0.with(|now| read(now))
    }

    /// Tracks a part of it: the memo notifies only when `is_same` is false.
    #[must_use]
    pub fn part(self, is_same: fn(&MessageRow, &MessageRow) -> bool) -> Memo<MessagePart> {
        memo(move |_| MessagePart {
            of: self.0.get(),
            is_same,
        })
    }
}

/// A message of which a part is tracked. (One type for all parts: Leptos compiles some kilobytes for each type that
/// is tracked.)
#[derive(Clone)]
pub struct MessagePart {
    pub of: Arc<MessageRow>,
    is_same: fn(&MessageRow, &MessageRow) -> bool,
}

impl PartialEq for MessagePart {
    fn eq(&self, other: &Self) -> bool {
        (self.is_same)(&self.of, &other.of)
    }
}
