//! What the user does with their own messages, and why the server takes none for now.

use super::Outbox;
use crate::engine::{Engine, Pending, PendingState, Trouble, ViewChange};
use crate::model::{ClientId, Millis, Refusal};

impl Outbox {
    /// Why messages wait, although there is a connection.
    pub(in crate::engine) fn trouble(&self) -> Option<Trouble> {
        self.trouble.filter(|_| self.is_waiting())
    }
}

impl Engine {
    /// Sends a failed message again, as if it were written now: after those that already wait.
    pub(in crate::engine) fn retry(&mut self, client_id: ClientId, at: Millis) {
        if self.is_failed(client_id)
            && let Some(pending) = self.outbox.take(client_id)
        {
            self.touch(ViewChange::Timeline(pending.thread));
            self.outbox.push(Pending {
                state: PendingState::Sending,
                at,
                ..pending
            });
        }
    }

    pub(in crate::engine) fn discard(&mut self, client_id: ClientId) {
        if self.is_failed(client_id)
            && let Some(pending) = self.outbox.take(client_id)
        {
            self.touch(ViewChange::Timeline(pending.thread));
        }
    }

    /// Takes a discarded message back.
    pub(in crate::engine) fn restore(&mut self, pending: Pending) {
        self.stored_elsewhere(pending);
        self.outbox.unsaved = true;
    }

    pub(super) fn is_failed(&self, client_id: ClientId) -> bool {
        let found = self
            .outbox
            .position(client_id)
            .map(|index| &self.outbox.queue[index].state);
        matches!(found, Some(PendingState::Failed(_)))
    }

    /// Notes why the server refused a message for now, or that it took one.
    pub(super) fn note_trouble(&mut self, refusal: Option<&Refusal>) {
        let trouble = match refusal {
            Some(Refusal::ReadOnly) => Some(Trouble::DiskFull),
            Some(Refusal::Busy { .. }) => Some(Trouble::Busy),
            _ => None,
        };
        if self.outbox.trouble != trouble {
            self.outbox.trouble = trouble;
            self.touch(ViewChange::Link);
        }
    }
}
