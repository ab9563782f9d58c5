//! Who is online: pure and synchronous, the time is handed in.

use std::collections::{HashMap, HashSet};
use std::time::Instant;

use crate::model::{UserId, limits};

/// Who is online, and what of it has not been told yet. A person is online while any tab is, and for
/// [`limits::OFFLINE_AFTER`] beyond, so that nobody sees a reload.
#[derive(Debug, Default)]
pub(super) struct Presence {
    online: HashSet<UserId>,
    /// Those whose last tab has gone, and when.
    leaving: HashMap<UserId, Instant>,
    /// Came online since the last [`Presence::take_changes`].
    came: HashSet<UserId>,
}

impl Presence {
    /// A user's first tab is here.
    pub(super) fn came(&mut self, user: UserId) {
        self.leaving.remove(&user);
        if self.online.insert(user) {
            self.came.insert(user);
        }
    }

    /// A user's last tab has gone.
    pub(super) fn went(&mut self, user: UserId, now: Instant) {
        self.leaving.insert(user, now);
    }

    /// Who is online, those who are leaving too: those of `first`, then others, [`limits::ONLINE_MAX`] in all.
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

    /// Who came online and who went offline since the last call; `None` when nobody did.
    pub(super) fn take_changes(&mut self, now: Instant) -> Option<(Vec<UserId>, Vec<UserId>)> {
        let gone: Vec<UserId> = self
            .leaving
            .extract_if(|_, since| now.duration_since(*since) >= limits::OFFLINE_AFTER)
            .map(|(user, _)| user)
            .collect();
        for user in &gone {
            self.online.remove(user);
            self.came.remove(user);
        }
        let came: Vec<UserId> = self.came.drain().collect();
        (!came.is_empty() || !gone.is_empty()).then_some((came, gone))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANA: UserId = UserId(1);

    #[test]
    fn a_person_goes_offline_only_when_no_tab_has_come_back_in_time() {
        let mut presence = Presence::default();
        let start = Instant::now();
        presence.came(ANA);
        assert_eq!(presence.take_changes(start), Some((vec![ANA], vec![])));
        presence.went(ANA, start);
        assert_eq!(presence.take_changes(start), None);
        assert_eq!(presence.online(&[]), [ANA]);
        let later = start + limits::OFFLINE_AFTER;
        assert_eq!(presence.take_changes(later), Some((vec![], vec![ANA])));
        assert!(presence.online(&[]).is_empty());
    }

    #[test]
    fn of_very_many_who_are_online_those_asked_for_are_told_first() {
        let mut presence = Presence::default();
        let all = 2 * i64::try_from(limits::ONLINE_MAX).expect("a small number");
        (0..all).for_each(|id| presence.came(UserId(id)));
        let asked = [UserId(all - 1), UserId(all), UserId(7)];
        let told = presence.online(&asked);
        assert_eq!(told.len(), limits::ONLINE_MAX);
        assert!(told.contains(&asked[0]) && told.contains(&asked[2]));
        assert!(!told.contains(&asked[1]), "not online");
    }

    #[test]
    fn a_reload_is_not_seen() {
        let mut presence = Presence::default();
        let start = Instant::now();
        presence.came(ANA);
        presence.take_changes(start);
        presence.went(ANA, start);
        presence.came(ANA);
        assert_eq!(
            presence.take_changes(start + 2 * limits::OFFLINE_AFTER),
            None
        );
    }
}
