//! All known people, and which of them are online.

use std::collections::HashMap;

use litemap::LiteMap;

use super::clock::Backoff;
use super::{Effect, Engine, ViewChange};
use crate::model::page::next_after;
use crate::model::{PeoplePage, Person, Refusal, UserId, names};

/// All known people. Entries are never removed.
#[derive(Debug)]
pub(super) struct People {
    known: HashMap<UserId, Person>,
    /// By display name, then by user name. Sorted after changes, not on read.
    order: Vec<UserId>,
    unsorted: bool,
    online: LiteMap<UserId, ()>,
    /// The cursor after which to fetch the rest; `Some(None)`: from the beginning.
    wanted: Option<Option<String>>,
    /// The cursor at the end of the boot's list, from which fetching continues after the start.
    rest: Option<String>,
    fetching: bool,
    /// Whether to fetch everything again once the request in flight is answered.
    again: bool,
    pub(super) pause: Backoff,
}

impl People {
    /// Replaces the people who are online.
    pub(super) fn set_online(&mut self, online: Vec<UserId>) {
        self.online = online.into_iter().map(|id| (id, ())).collect();
    }

    pub(super) fn is_online(&self, id: UserId) -> bool {
        self.online.contains_key(&id)
    }

    pub(super) fn new(me: Person, page: PeoplePage, online: Vec<UserId>) -> Self {
        let last = page.people.last().map(|person| person.username.clone());
        let mut people = Self {
            known: HashMap::new(),
            order: Vec::new(),
            unsorted: false,
            online: LiteMap::new(),
            wanted: None,
            rest: last.filter(|_| page.more),
            fetching: false,
            again: false,
            pause: Backoff::default(),
        };
        people.set_online(online);
        people.merge(std::iter::once(me).chain(page.people));
        people
    }

    /// Merges people. Returns whether anything is new.
    pub(super) fn merge(&mut self, people: impl IntoIterator<Item = Person>) -> bool {
        let mut changed = false;
        for person in people {
            if self.known.get(&person.id) != Some(&person) {
                self.known.insert(person.id, person);
                changed = true;
            }
        }
        self.unsorted |= changed;
        changed
    }

    pub(super) fn sort(&mut self) {
        if std::mem::take(&mut self.unsorted) {
            let all: Vec<&Person> = self.known.values().collect();
            let all = names::sorted(all, |person| person.names());
            self.order = all.into_iter().map(|person| person.id).collect();
        }
    }

    pub(super) fn get(&self, id: UserId) -> Option<&Person> {
        self.known.get(&id)
    }

    pub(super) fn sorted(&self) -> Vec<&Person> {
        self.order
            .iter()
            .filter_map(|id| self.known.get(id))
            .collect()
    }

    /// The engine starts: fetch what the boot data left out.
    pub(super) fn start(&mut self) {
        // From here on, sort by the locale of the reader.
        self.unsorted = true;
        if let Some(rest) = self.rest.take() {
            self.wanted = Some(Some(rest));
        }
    }

    /// Users may have signed up during an outage: fetch all.
    pub(super) fn refetch(&mut self) {
        if self.fetching {
            self.again = true;
        } else {
            self.wanted = Some(None);
        }
    }
}

impl Engine {
    /// Handles the answer to a request for a page of people.
    pub(super) fn people_page(&mut self, result: Result<PeoplePage, Refusal>) {
        if !std::mem::take(&mut self.people.fetching) {
            return;
        }
        let again = std::mem::take(&mut self.people.again);
        match result {
            Err(Refusal::NotLoggedIn) => return self.session_ended(),
            Err(why) => self.people.pause.begin(&why, self.now),
            Ok(page) => {
                self.people.pause.reset();
                let last = page.people.last().map(|person| person.username.clone());
                let wanted = self.people.wanted.take();
                let next = wanted.and_then(|after| next_after(page.more, last, after.as_deref()));
                self.people.wanted = next.map(Some);
                if self.people.merge(page.people) {
                    self.touch(ViewChange::People);
                }
            }
        }
        if again {
            self.people.wanted = Some(None);
        }
    }

    pub(super) fn apply_person(&mut self, person: Person) {
        if person.id == self.me.id {
            self.me = person.clone();
        }
        if self.people.merge([person]) {
            self.touch(ViewChange::People);
        }
    }

    pub(super) fn apply_presence(&mut self, online: Vec<UserId>, offline: &[UserId]) {
        if !self.marks.privacy.online {
            return;
        }
        self.note_delivered(offline);
        self.people
            .online
            .extend(online.into_iter().map(|id| (id, ())));
        self.people.online.retain(|id, ()| !offline.contains(id));
        self.touch(ViewChange::Presence);
    }

    /// The people who have a tab open anywhere, as far as they show it.
    #[must_use]
    pub fn online(&self) -> Vec<UserId> {
        self.people.online.keys().copied().collect()
    }

    pub(super) fn pump_people(&mut self) {
        if self.people.fetching || !self.people.pause.is_over(self.now) {
            return;
        }
        if let Some(after) = self.people.wanted.clone() {
            self.people.fetching = true;
            self.effects.push(Effect::FetchPeople { after });
        }
    }
}
