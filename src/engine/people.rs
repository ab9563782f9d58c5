//! Everyone known, and who of them is online.

use std::collections::{BTreeSet, HashMap};

use super::time::Pause;
use super::{Change, Effect, Engine};
use crate::model::{PeoplePage, Person, Refusal, UserId, names};

/// Everyone known. Nobody is ever removed.
#[derive(Debug)]
pub(super) struct People {
    known: HashMap<UserId, Person>,
    /// By display name, then by user name. Sorted when something has changed, not when it is read.
    order: Vec<UserId>,
    unsorted: bool,
    pub(super) online: BTreeSet<UserId>,
    /// The place from which the rest is to be fetched.
    wanted: Option<Option<String>>,
    /// The rest of the list after the boot's, which is fetched once begun.
    rest: Option<String>,
    fetching: bool,
    /// Whether to begin again when the answer under way has come.
    again: bool,
    pub(super) pause: Pause,
}

impl People {
    pub(super) fn new(me: Person, page: PeoplePage, online: Vec<UserId>) -> Self {
        let last = page.people.last().map(|person| person.username.clone());
        let mut people = Self {
            known: HashMap::new(),
            order: Vec::new(),
            unsorted: false,
            online: online.into_iter().collect(),
            wanted: None,
            rest: last.filter(|_| page.more),
            fetching: false,
            again: false,
            pause: Pause::default(),
        };
        people.merge(std::iter::once(me).chain(page.people));
        people
    }

    /// Takes people in. Says whether anything is new.
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

    /// The engine begins: fetch what the boot left out.
    pub(super) fn start(&mut self) {
        // From here on in the order of the reader's language.
        self.unsorted = true;
        if let Some(rest) = self.rest.take() {
            self.wanted = Some(Some(rest));
        }
    }

    /// Somebody may have signed up unheard: fetch all.
    pub(super) fn refetch(&mut self) {
        if self.fetching {
            self.again = true;
        } else {
            self.wanted = Some(None);
        }
    }
}

impl Engine {
    /// A piece of the list came, or did not.
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
                // Only onwards, so that it comes to an end whatever the server says.
                let onwards = self.people.wanted.take().is_some_and(|after| last > after);
                self.people.wanted = (page.more && onwards).then_some(last);
                if self.people.merge(page.people) {
                    self.touch(Change::People);
                }
            }
        }
        if again {
            self.people.wanted = Some(None);
        }
    }

    pub(super) fn take_person(&mut self, person: Person) {
        if self.people.merge([person]) {
            self.touch(Change::People);
        }
    }

    pub(super) fn take_presence(&mut self, online: Vec<UserId>, offline: &[UserId]) {
        if !self.marks.privacy.online {
            return;
        }
        self.note_delivered(offline);
        self.people.online.extend(online);
        self.people.online.retain(|id| !offline.contains(id));
        self.touch(Change::Presence);
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
