//! Notices: the events of a room other than messages, shown as quiet lines in the list. Similar ones in a row are
//! merged.

use crate::model::names::isolated;
use crate::model::refusal::human;
use crate::model::{Event, EventBody, Inviting, Millis, Posting, Role, Seq, UserId};

/// The number of names in a merged notice.
const NAMED: usize = 2;

/// An event, or several similar ones in a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    pub first: Seq,
    pub last: Seq,
    pub at: Millis,
    /// The users who acted, in order and without duplicates.
    actors: Vec<UserId>,
    body: EventBody,
}

impl Notice {
    /// The notice of an event. `None` for a message, and for an event that amends one. An event that this build
    /// can't read has a notice that says so.
    #[must_use]
    pub fn of(event: &Event) -> Option<Self> {
        let is_shown = !event.body.is_message() && event.body.amends().is_none();
        is_shown.then(|| Self {
            first: event.seq,
            last: event.seq,
            at: event.at,
            actors: vec![event.actor],
            body: event.body.clone(),
        })
    }

    /// Whether the next notice is merged into this one: further joins or leaves, and the creator's join after the
    /// creation.
    #[must_use]
    pub fn merges_with(&self, next: &Self) -> bool {
        match (&self.body, &next.body) {
            (EventBody::Joined { .. }, EventBody::Joined { .. })
            | (EventBody::Left { .. }, EventBody::Left { .. }) => true,
            // The creator of a room joins it at once.
            (EventBody::Created, EventBody::Joined { .. }) => self.actors == next.actors,
            _ => false,
        }
    }

    /// Merges the next notice into this one.
    pub fn merge(&mut self, next: Self) {
        self.last = next.last;
        for actor in next.actors {
            if !self.actors.contains(&actor) {
                self.actors.push(actor);
            }
        }
    }

    /// The text of the notice. `name` gives a user's name.
    pub fn text(&self, name: impl Fn(UserId) -> String) -> String {
        let name = |user| isolated(&name(user));
        let actors = names(&self.actors, name);
        let of = |user: &UserId| name(*user);
        match &self.body {
            EventBody::Created => format!("{actors} created this chat"),
            EventBody::Joined { .. } => format!("{actors} joined"),
            EventBody::Left { .. } => format!("{actors} left"),
            EventBody::Removed { user, .. } => format!("{actors} removed {}", of(user)),
            EventBody::Banned { user, .. } => format!("{actors} banned {}", of(user)),
            EventBody::BanLifted { user } => format!("{actors} unbanned {}", of(user)),
            EventBody::RoleSet {
                user,
                role: Role::Admin,
            } => format!("{actors} made {} an admin", of(user)),
            EventBody::RoleSet { user, .. } => format!("{actors} removed {} as admin", of(user)),
            EventBody::Renamed { name } => {
                format!("{actors} renamed the room to {}", isolated(name))
            }
            EventBody::TopicSet { topic } if topic.is_empty() => {
                format!("{actors} removed the topic")
            }
            EventBody::TopicSet { topic } => {
                format!("{actors} set the topic: {}", isolated(topic))
            }
            EventBody::MadePrivate => format!("{actors} set a key, so the room is private"),
            EventBody::MadePublic => format!("{actors} made the room public"),
            EventBody::PostingSet { posting } => match posting {
                Posting::Everyone => format!("{actors} let everyone post"),
                Posting::Replies => {
                    format!("{actors} let only admins post, and everyone reply")
                }
                Posting::Admins => format!("{actors} let only admins post"),
            },
            EventBody::SlowModeSet { seconds: 0 } => format!("{actors} turned slow mode off"),
            EventBody::SlowModeSet { seconds } => {
                let pause = human(u64::from(*seconds) * 1_000);
                format!("{actors} turned slow mode on: {pause} between messages")
            }
            EventBody::InvitingSet { inviting } => match inviting {
                Inviting::Members => format!("{actors} let all members invite people"),
                Inviting::Admins => format!("{actors} let only admins invite people"),
            },
            // An event of a newer version, or a damaged one. The rest of the timeline is unaffected.
            EventBody::Unknown => {
                format!("{actors} did something this page can't show. Reload it to try again.")
            }
            _ => String::new(),
        }
    }
}

/// "Ana", "Ana and Bob", "Ana, Bob and 3 others".
fn names(users: &[UserId], name: impl Fn(UserId) -> String) -> String {
    let named: Vec<String> = users.iter().take(NAMED).map(|user| name(*user)).collect();
    match (users.len() - named.len(), users.len()) {
        (0, _) => named.join(" and "),
        // A single further user is named rather than counted.
        (1, 3) => format!("{} and {}", named.join(", "), name(users[2])),
        (others, _) => format!("{} and {others} others", named.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ThreadId;

    fn event(seq: Seq, actor: i64, body: EventBody) -> Event {
        Event {
            thread: ThreadId(1),
            seq,
            count: 0,
            at: 0,
            actor: UserId(actor),
            client_id: None,
            body,
        }
    }

    fn name(user: UserId) -> String {
        ["", "Ana", "Bob", "Cy", "Di", "Eve"][user.0 as usize].to_owned()
    }

    fn joined(actors: &[i64]) -> String {
        let mut notices = actors
            .iter()
            .map(|actor| Notice::of(&event(*actor, *actor, EventBody::Joined { members: 1 })));
        let mut all = notices.next().flatten().expect("one");
        for notice in notices.flatten() {
            assert!(all.merges_with(&notice));
            all.merge(notice);
        }
        all.text(name)
    }

    #[test]
    fn many_joins_are_one_notice() {
        assert_eq!(joined(&[1]), "Ana joined");
        assert_eq!(joined(&[1, 2]), "Ana and Bob joined");
        assert_eq!(joined(&[1, 2, 3]), "Ana, Bob and Cy joined");
        assert_eq!(joined(&[1, 2, 3, 4, 5]), "Ana, Bob and 3 others joined");
        assert_eq!(joined(&[1, 2, 1]), "Ana and Bob joined");
    }

    #[test]
    fn the_creators_join_is_merged_into_the_creation() {
        let mut made = Notice::of(&event(1, 1, EventBody::Created)).expect("shown");
        let joined = |actor| Notice::of(&event(2, actor, EventBody::Joined { members: 1 }));
        assert!(!made.merges_with(&joined(2).expect("shown")));
        let maker = joined(1).expect("shown");
        assert!(made.merges_with(&maker));
        made.merge(maker);
        assert_eq!(made.text(name), "Ana created this chat");
    }

    #[test]
    fn a_notice_names_actor_action_and_target() {
        let banned = EventBody::Banned {
            user: UserId(2),
            members: 1,
        };
        let notice = Notice::of(&event(1, 1, banned)).expect("shown");
        assert_eq!(notice.text(name), "Ana banned Bob");
        assert_eq!(
            notice.text(|user| ["", "דנה", "Bob"][user.0 as usize].to_owned()),
            "\u{200E}\u{2068}דנה\u{2069} banned Bob"
        );
        let notice = Notice::of(&event(1, 1, EventBody::Unknown)).expect("shown");
        assert!(notice.text(name).contains("can't show"));
        let deleted = EventBody::MessageDeleted { seq: 1 };
        assert_eq!(Notice::of(&event(1, 1, deleted)), None);
    }
}
