//! Whom those who are connected block, so that what another node has changed is found by comparing.

use super::{Hub, State, encode};
use crate::model::UserId;
use crate::protocol::ServerFrame;
use crate::server::store::Change;

impl State {
    /// Somebody blocks these from now on: their tabs are told.
    pub(super) fn change_blocked(&mut self, user: UserId, blocked: Vec<UserId>) {
        if self.registry.is_connected(user) {
            self.blocked.insert(user, blocked.clone());
        }
        self.tell(user, &encode(&ServerFrame::Blocked { users: blocked }));
    }
}

impl Hub {
    /// Whom somebody who is connected blocks, as it was read; what was heard of it since stands. Returns what holds.
    pub fn introduce_blocked(&self, user: UserId, blocked: Vec<UserId>) -> Vec<UserId> {
        let mut state = self.lock();
        match state.registry.is_connected(user) {
            true => state.blocked.entry(user).or_insert(blocked).clone(),
            false => blocked,
        }
    }

    /// Compares whom people block with the database.
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
