//! Block lists of connected users, held so that a change made on another node is found by comparison.

use super::{Hub, State, encode};
use crate::model::UserId;
use crate::protocol::ServerFrame;
use crate::server::store::Change;

impl State {
    /// Sets a user's block list and notifies their tabs.
    pub(super) fn change_blocked(&mut self, user: UserId, blocked: Vec<UserId>) {
        if self.registry.is_connected(user) {
            self.blocked.insert(user, blocked.clone());
        }
        self.notify(user, &encode(&ServerFrame::Blocked { users: blocked }));
    }
}

impl Hub {
    /// Registers the block list of a connected user as read from the store. A change received since that read wins.
    /// Returns the list in force.
    pub fn introduce_blocked(&self, user: UserId, blocked: Vec<UserId>) -> Vec<UserId> {
        let mut state = self.lock();
        match state.registry.is_connected(user) {
            true => state.blocked.entry(user).or_insert(blocked).clone(),
            false => blocked,
        }
    }

    /// Compares block lists with the database and applies the differences.
    pub fn compare_blocked(&self, all: Vec<(UserId, Vec<UserId>)>) {
        let mut state = self.lock();
        for (user, blocked) in all {
            let known = state.blocked.get(&user);
            if known.is_some_and(|known| *known != blocked) {
                state.apply(Change::Blocked { user, blocked });
            }
        }
    }
}
