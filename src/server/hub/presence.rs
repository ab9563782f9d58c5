//! Presence: which users are online. Pure and synchronous: the time is passed in.

use std::collections::{HashMap, HashSet};
use std::time::Instant;

use serde::{Deserialize, Serialize};

use crate::model::{UserId, limits};

/// Identifies a node for the lifetime of its process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct NodeId(pub u32);

/// Users who came online, and users who went offline.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Moves {
    pub online: Vec<UserId>,
    pub offline: Vec<UserId>,
}

impl Moves {
    fn or_none(self) -> Option<Self> {
        (!self.online.is_empty() || !self.offline.is_empty()).then_some(self)
    }
}

/// Who is online, and which changes have not been broadcast yet. A user is online while any tab is open and for
/// [`limits::OFFLINE_AFTER`] beyond, so that a reload is invisible.
#[derive(Debug, Default)]
pub(super) struct Presence {
    here: HashSet<UserId>,
    /// Users whose last tab here has closed, and when.
    leaving: HashMap<UserId, Instant>,
    /// Users who have hidden their presence here since the last [`Presence::take_changes`].
    hidden: HashSet<UserId>,
    /// Users online on other nodes.
    elsewhere: HashMap<NodeId, HashSet<UserId>>,
    /// Users online on any node.
    online: HashSet<UserId>,
    /// Users who came online or went offline on any node since the last [`Presence::take_changes`].
    came: HashSet<UserId>,
    went: HashSet<UserId>,
    /// Users who came online here since the last [`Presence::take_changes`].
    came_here: HashSet<UserId>,
}

/// The result of [`Presence::take_changes`]; `None` where there was no change.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Changes {
    /// For the connections of this node.
    pub anywhere: Option<Moves>,
    /// For the other nodes.
    pub here: Option<Moves>,
}

impl Presence {
    /// Marks a user as present on this node.
    pub(super) fn came(&mut self, user: UserId) {
        self.leaving.remove(&user);
        self.hidden.remove(&user);
        if self.here.insert(user) {
            self.came_here.insert(user);
            self.appear(user);
        }
    }

    /// A user's last tab here has closed.
    pub(super) fn went(&mut self, user: UserId, now: Instant) {
        if self.here.contains(&user) {
            self.leaving.insert(user, now);
        }
    }

    /// Hides a user who may be present here.
    pub(super) fn hide(&mut self, user: UserId) {
        if self.here.remove(&user) {
            self.leaving.remove(&user);
            self.came_here.remove(&user);
            self.hidden.insert(user);
            self.vanish(user);
        }
    }

    fn appear(&mut self, user: UserId) {
        if self.online.insert(user) {
            self.went.remove(&user);
            self.came.insert(user);
        }
    }

    fn vanish(&mut self, user: UserId) {
        let is_elsewhere = || self.elsewhere.values().any(|users| users.contains(&user));
        if self.here.contains(&user) || is_elsewhere() {
            return;
        }
        // Also when their arrival was never broadcast: a client that connected in between has read it.
        if self.online.remove(&user) {
            self.came.remove(&user);
            self.went.insert(user);
        }
    }

    /// Applies the presence changes of another node.
    pub(super) fn moved(&mut self, node: NodeId, moves: &Moves) {
        for &user in &moves.online {
            self.elsewhere.entry(node).or_default().insert(user);
            self.appear(user);
        }
        for &user in &moves.offline {
            if let Some(users) = self.elsewhere.get_mut(&node) {
                users.remove(&user);
            }
            self.vanish(user);
        }
    }

    /// Replaces the set of users online on another node. Empty when the node is gone.
    pub(super) fn replace(&mut self, node: NodeId, users: Vec<UserId>) {
        let before = self.elsewhere.remove(&node).unwrap_or_default();
        if !users.is_empty() {
            for &user in &users {
                self.appear(user);
            }
            self.elsewhere.insert(node, users.into_iter().collect());
        }
        for user in before {
            self.vanish(user);
        }
    }

    /// The users online on this node.
    pub(super) fn here(&self) -> Vec<UserId> {
        self.here.iter().copied().collect()
    }

    /// The online users, including those within the grace period: first those of `first`, then others,
    /// [`limits::ONLINE_MAX`] in all.
    pub(super) fn online(&self, first: &[UserId]) -> Vec<UserId> {
        if self.online.len() <= limits::ONLINE_MAX {
            return self.online.iter().copied().collect();
        }
        let first: HashSet<UserId> = first.iter().copied().collect();
        let known = first.intersection(&self.online);
        let others = self.online.difference(&first);
        known
            .chain(others)
            .take(limits::ONLINE_MAX)
            .copied()
            .collect()
    }

    /// Users who came online or went offline since the last call.
    pub(super) fn take_changes(&mut self, now: Instant) -> Changes {
        let mut gone: Vec<UserId> = self
            .leaving
            .extract_if(|_, since| now.duration_since(*since) >= limits::OFFLINE_AFTER)
            .map(|(user, _)| user)
            .collect();
        for user in &gone {
            self.here.remove(user);
            self.came_here.remove(user);
            self.vanish(*user);
        }
        gone.extend(self.hidden.drain());
        let anywhere = Moves {
            online: self.came.drain().collect(),
            offline: self.went.drain().collect(),
        };
        let here = Moves {
            online: self.came_here.drain().collect(),
            offline: gone,
        };
        Changes {
            anywhere: anywhere.or_none(),
            here: here.or_none(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANA: UserId = UserId(1);
    const NODE: NodeId = NodeId(7);

    type Sent = Option<(Vec<UserId>, Vec<UserId>)>;

    fn broadcast(presence: &mut Presence, now: Instant) -> Sent {
        let moves = presence.take_changes(now).anywhere;
        moves.map(|moves| (moves.online, moves.offline))
    }

    fn online(user: UserId) -> Moves {
        Moves {
            online: vec![user],
            offline: vec![],
        }
    }

    #[test]
    fn a_user_on_two_nodes_goes_offline_with_the_last() {
        let mut presence = Presence::default();
        let start = Instant::now();
        presence.moved(NODE, &online(ANA));
        assert_eq!(broadcast(&mut presence, start), Some((vec![ANA], vec![])));
        presence.came(ANA);
        let changes = presence.take_changes(start);
        assert_eq!((changes.anywhere, changes.here), (None, Some(online(ANA))));
        presence.went(ANA, start);
        let later = start + limits::OFFLINE_AFTER;
        let changes = presence.take_changes(later);
        assert_eq!(changes.anywhere, None);
        assert_eq!(changes.here.map(|moves| moves.offline), Some(vec![ANA]));
        presence.replace(NODE, vec![]);
        assert_eq!(broadcast(&mut presence, later), Some((vec![], vec![ANA])));
    }

    #[test]
    fn a_nodes_full_list_replaces_its_previous_one() {
        let mut presence = Presence::default();
        let start = Instant::now();
        let bob = UserId(2);
        presence.replace(NODE, vec![ANA]);
        presence.take_changes(start);
        presence.replace(NODE, vec![bob]);
        assert_eq!(
            broadcast(&mut presence, start),
            Some((vec![bob], vec![ANA]))
        );
        presence.replace(NODE, vec![bob]);
        assert_eq!(broadcast(&mut presence, start), None);
    }

    #[test]
    fn a_user_goes_offline_only_after_the_grace_period() {
        let mut presence = Presence::default();
        let start = Instant::now();
        presence.came(ANA);
        assert_eq!(broadcast(&mut presence, start), Some((vec![ANA], vec![])));
        presence.went(ANA, start);
        assert_eq!(broadcast(&mut presence, start), None);
        assert_eq!(presence.online(&[]), [ANA]);
        let later = start + limits::OFFLINE_AFTER;
        assert_eq!(broadcast(&mut presence, later), Some((vec![], vec![ANA])));
        assert!(presence.online(&[]).is_empty());
    }

    #[test]
    fn a_truncated_online_list_starts_with_the_requested_users() {
        let mut presence = Presence::default();
        let all = 2 * i64::try_from(limits::ONLINE_MAX).expect("a small number");
        (0..all).for_each(|id| presence.came(UserId(id)));
        let asked = [UserId(all - 1), UserId(all), UserId(7)];
        let broadcast = presence.online(&asked);
        assert_eq!(broadcast.len(), limits::ONLINE_MAX);
        assert!(broadcast.contains(&asked[0]) && broadcast.contains(&asked[2]));
        assert!(!broadcast.contains(&asked[1]), "not online");
    }

    #[test]
    fn hiding_presence_applies_at_once_and_showing_it_undoes_that() {
        let mut presence = Presence::default();
        let start = Instant::now();
        presence.hide(ANA);
        assert_eq!(broadcast(&mut presence, start), None, "she was not there");
        presence.came(ANA);
        presence.take_changes(start);
        presence.hide(ANA);
        assert_eq!(broadcast(&mut presence, start), Some((vec![], vec![ANA])));
        presence.went(ANA, start);
        let later = start + limits::OFFLINE_AFTER;
        assert_eq!(
            broadcast(&mut presence, later),
            None,
            "that a hidden tab closes"
        );
        presence.came(ANA);
        assert_eq!(broadcast(&mut presence, later), Some((vec![ANA], vec![])));
        presence.hide(ANA);
        presence.came(ANA);
        let moved = broadcast(&mut presence, later);
        assert_eq!(moved, Some((vec![ANA], vec![])), "a change of mind");
        let bob = UserId(2);
        presence.came(bob);
        presence.hide(bob);
        assert_eq!(broadcast(&mut presence, later), Some((vec![], vec![bob])));
    }

    #[test]
    fn a_reload_is_invisible() {
        let mut presence = Presence::default();
        let start = Instant::now();
        presence.came(ANA);
        presence.take_changes(start);
        presence.went(ANA, start);
        presence.came(ANA);
        assert_eq!(
            broadcast(&mut presence, start + 2 * limits::OFFLINE_AFTER),
            None
        );
    }
}
