//! The members of the room whose member list is shown: fetched page by page, then kept current by the room's events.

use std::collections::HashMap;

use super::{Effect, Engine, ViewChange};
use crate::model::page::next_after;
use crate::model::{Event, EventBody, MembersPage, Refusal, Role, ThreadId, UserId};

/// The members of one room, as far as they are known.
#[derive(Debug)]
pub(super) struct Members {
    thread: ThreadId,
    roles: HashMap<UserId, Role>,
    /// The fetch in progress.
    fetch: Option<Fetch>,
    failed: Option<Refusal>,
}

/// A fetch of the whole list. Only its last page replaces what is known.
#[derive(Debug, Default)]
struct Fetch {
    roles: HashMap<UserId, Role>,
    /// The events since the fetch began: a page that was read before one of them does not reflect it.
    meanwhile: Vec<Event>,
    /// The user name after which the requested page starts.
    after: Option<String>,
}

impl Members {
    fn new(thread: ThreadId) -> Self {
        Self {
            thread,
            roles: HashMap::new(),
            fetch: None,
            failed: None,
        }
    }

    /// Adds a page. Returns the user name after which the next one starts, if there is one.
    fn add_page(&mut self, page: &MembersPage) -> Option<String> {
        let fetch = self.fetch.as_mut()?;
        let last = page.members.last();
        let last = last.map(|member| member.person.username.clone());
        let next = next_after(page.more, last, fetch.after.as_deref());
        let members = page.members.iter();
        let members = members.map(|member| (member.person.id, member.role));
        fetch.roles.extend(members);
        for event in &fetch.meanwhile {
            apply(&mut fetch.roles, event);
        }
        if let Some(next) = next {
            // The first pages show at once; a longer list is replaced only when the new one is complete.
            if self.roles.len() < fetch.roles.len() {
                self.roles = fetch.roles.clone();
            }
            fetch.after = Some(next.clone());
            return Some(next);
        }
        self.roles = std::mem::take(&mut fetch.roles);
        self.fetch = None;
        self.failed = None;
        None
    }
}

/// Applies a room's event to the roles of its members. Applying it again changes nothing.
fn apply(roles: &mut HashMap<UserId, Role>, event: &Event) {
    match &event.body {
        EventBody::Joined { .. } => {
            roles.entry(event.actor).or_insert(Role::Member);
        }
        EventBody::Left { .. } => {
            roles.remove(&event.actor);
        }
        EventBody::Removed { user, .. } | EventBody::Banned { user, .. } => {
            roles.remove(user);
        }
        EventBody::RoleSet { user, role } => {
            if let Some(now) = roles.get_mut(user) {
                *now = *role;
            }
        }
        _ => {}
    }
}

impl Engine {
    /// The user opens the member list of this room, or closes it (`None`).
    pub(super) fn watch_members(&mut self, thread: Option<ThreadId>) {
        self.members = thread.map(Members::new);
        self.fetch_members();
    }

    /// Fetches the whole list: when it is opened, and whenever events may have been missed.
    pub(super) fn fetch_members(&mut self) {
        let is_live = self.connection.is_live();
        if let Some(members) = self.members.as_mut().filter(|_| is_live) {
            members.fetch = Some(Fetch::default());
            let (thread, after) = (members.thread, None);
            self.effects.push(Effect::FetchMembers { thread, after });
            self.touch(ViewChange::Members);
        }
    }

    /// Handles a page of the list, or why it failed.
    pub(super) fn members_page(
        &mut self,
        thread: ThreadId,
        after: Option<&str>,
        result: Result<MembersPage, Refusal>,
    ) {
        if matches!(result, Err(Refusal::NotLoggedIn)) {
            return self.session_ended();
        }
        let members = self.members.as_mut().filter(|it| it.thread == thread);
        let Some(members) = members else { return };
        // Ignores the answer to an earlier fetch.
        let is_awaited = |fetch: &Fetch| fetch.after.as_deref() == after;
        if !members.fetch.as_ref().is_some_and(is_awaited) {
            return;
        }
        match result {
            Ok(page) => {
                if let Some(after) = members.add_page(&page) {
                    let after = Some(after);
                    self.effects.push(Effect::FetchMembers { thread, after });
                }
            }
            Err(refusal) => {
                members.fetch = None;
                members.failed = Some(refusal);
            }
        }
        self.touch(ViewChange::Members);
    }

    /// Applies an event to the list.
    pub(super) fn event_of_members(&mut self, event: &Event) {
        let members = self.members.as_mut();
        let Some(members) = members.filter(|it| it.thread == event.thread) else {
            return;
        };
        if event.body.is_message() {
            return;
        }
        apply(&mut members.roles, event);
        if let Some(fetch) = &mut members.fetch {
            fetch.meanwhile.push(event.clone());
        }
        self.touch(ViewChange::Members);
    }

    /// The known members of the watched room, with their roles.
    #[must_use]
    pub fn members(&self) -> Option<&HashMap<UserId, Role>> {
        self.members.as_ref().map(|members| &members.roles)
    }

    /// Whether the list of members is incomplete: it is being fetched, or will be once connected.
    #[must_use]
    pub fn is_loading_members(&self) -> bool {
        let members = self.members.as_ref();
        members.is_some_and(|it| it.fetch.is_some() || (it.roles.is_empty() && it.failed.is_none()))
    }

    /// Why fetching the list failed.
    #[must_use]
    pub fn members_failed(&self) -> Option<&Refusal> {
        self.members.as_ref()?.failed.as_ref()
    }
}
