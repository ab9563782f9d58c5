//! The members of a room: fetched by pages, then kept up by what is heard of the room.

use std::collections::HashMap;
use std::sync::Arc;

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::filtered_list::{Draw, FilteredList};
use super::member_row::MemberRow;
use crate::client::api;
use crate::client::state::{Chat, use_chat};
use crate::engine::Link;
use crate::model::{Event, EventBody, Member, Refusal, Role, ThreadId, UserId};

/// The members, as far as they are known.
#[derive(Clone, Copy)]
pub struct Members {
    chat: Chat,
    id: ThreadId,
    roles: RwSignal<HashMap<UserId, Role>>,
    loading: RwSignal<bool>,
    failed: RwSignal<Option<Refusal>>,
    /// What was heard since the fetch began: a page that was read before does not have it.
    meanwhile: StoredValue<Vec<Event>>,
}

impl Members {
    fn new(chat: Chat, id: ThreadId) -> Self {
        Self {
            chat,
            id,
            roles: RwSignal::new(HashMap::new()),
            loading: RwSignal::new(true),
            failed: RwSignal::new(None),
            meanwhile: StoredValue::new(Vec::new()),
        }
    }

    /// What a member is; `None` of who is none.
    #[must_use]
    pub fn role(self, user: UserId) -> Option<Role> {
        self.roles.with(|roles| roles.get(&user).copied())
    }

    /// Fetches them all, page after page, over what is known.
    fn fetch(self) {
        self.loading.set(true);
        self.meanwhile.set_value(Vec::new());
        spawn_local(async move {
            let mut all = HashMap::new();
            let mut after = None::<String>;
            loop {
                let page = match api::members(self.id, after.as_deref()).await {
                    Ok(page) => page,
                    Err(refusal) => {
                        let _ = self.failed.try_set(Some(refusal));
                        let _ = self.loading.try_set(false);
                        return;
                    }
                };
                if self.roles.is_disposed() {
                    return;
                }
                let last = page.members.last();
                // Only onwards, so that it comes to an end whatever the server says.
                let onwards = last.map(|member| member.person.username.clone());
                let more = page.more && onwards > after;
                after = onwards;
                for Member { person, role } in page.members {
                    all.insert(person.id, role);
                }
                self.meanwhile.with_value(|events| {
                    events.iter().for_each(|event| take_in(&mut all, event));
                });
                // The first ones show at once; the rest takes the place of what was known when it is there.
                if !more {
                    self.roles.set(all);
                    break;
                }
                if self.roles.with_untracked(HashMap::len) < all.len() {
                    self.roles.set(all.clone());
                }
            }
            self.failed.set(None);
            self.loading.set(false);
        });
    }

    /// Takes in what was heard.
    fn hear(self, events: Vec<Event>) {
        if events.is_empty() {
            return;
        }
        self.roles.update(|roles| {
            events.iter().for_each(|event| take_in(roles, event));
        });
        self.meanwhile.update_value(|kept| kept.extend(events));
    }

    /// Those that the filter finds: admins first, then by name.
    fn found(self, filter: &str) -> Vec<UserId> {
        self.roles.with(|roles| {
            let mut found: Vec<_> = self.chat.people_with(|person| {
                let role = *roles.get(&person.id)?;
                person
                    .matches(filter)
                    .then_some((std::cmp::Reverse(role), person.id))
            });
            // They come by name, which stays.
            found.sort_by_key(|(role, _)| *role);
            found.into_iter().map(|(_, id)| id).collect()
        })
    }
}

/// The next of the room's events.
fn take_in(roles: &mut HashMap<UserId, Role>, event: &Event) {
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

/// The list of members.
#[component]
pub fn MemberList(id: ThreadId) -> impl IntoView {
    let chat = use_chat();
    let members = Members::new(chat, id);
    chat.listen(Some(id));
    on_cleanup(move || chat.listen(None));
    Effect::new(move |_| members.hear(chat.heard()));
    // At first, and whenever something may have been missed.
    Effect::new(move |_| {
        if chat.link() == Link::Live {
            members.fetch();
        }
    });
    let filter = RwSignal::new(String::new());
    let found = Memo::new(move |_| filter.with(|filter| members.found(filter)));
    let nobody = Signal::derive(move || {
        if members.loading.get() {
            "Loading…"
        } else {
            "Nobody is here."
        }
    });
    let notice = Signal::derive(move || members.failed.get().map(|refusal| refusal.to_string()));
    let draw: Draw = Arc::new(move |user| view! { <MemberRow id user members found /> }.into_any());
    view! {
        <FilteredList
            label="Filter members"
            placeholder="Find a member"
            filter
            found
            draw
            nobody
            notice
        />
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANA: UserId = UserId(1);
    const BO: UserId = UserId(2);

    fn event(actor: UserId, body: EventBody) -> Event {
        Event {
            thread: ThreadId(1),
            seq: 1,
            count: 0,
            at: 0,
            actor,
            client_id: None,
            body,
        }
    }

    #[test]
    fn members_come_and_go_as_is_heard() {
        let mut roles = HashMap::from([(ANA, Role::Admin)]);
        take_in(&mut roles, &event(BO, EventBody::Joined { members: 2 }));
        assert_eq!(roles.get(&BO), Some(&Role::Member));
        let role = EventBody::RoleSet {
            user: BO,
            role: Role::Admin,
        };
        take_in(&mut roles, &event(ANA, role));
        assert_eq!(roles.get(&BO), Some(&Role::Admin));
        let ban = EventBody::Banned {
            user: BO,
            members: 1,
        };
        take_in(&mut roles, &event(ANA, ban));
        assert_eq!(roles.len(), 1);
        take_in(&mut roles, &event(ANA, EventBody::Left { members: 0 }));
        assert!(roles.is_empty());
    }

    #[test]
    fn hearing_the_same_again_changes_nothing() {
        let mut roles = HashMap::from([(ANA, Role::Admin)]);
        take_in(&mut roles, &event(ANA, EventBody::Joined { members: 1 }));
        assert_eq!(roles.get(&ANA), Some(&Role::Admin));
    }
}
