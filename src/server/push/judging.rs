//! Which of a thread's new messages a recipient is notified of, and what the notification says.

use super::content::PushContent;
use crate::model::notify::{Cause, MessageFacts, NotifiedMember, body, judge, title};
use crate::model::{Event, EventBody, Message, Person, UserId};
use crate::server::clock;
use crate::server::store::Recipient;

/// What the notifications of a thread say.
pub struct About {
    /// The authors.
    pub people: Vec<Person>,
    /// The name of the room, which is empty for a group; `None`: a direct chat.
    pub room: Option<String>,
}

/// What a recipient is notified of.
pub struct Notified {
    pub content: PushContent,
    pub is_urgent: bool,
}

/// The latest message that a recipient is to be notified of.
#[must_use]
pub fn latest(
    events: &[Event],
    recipient: &Recipient,
    blocked: &[UserId],
    about: &About,
) -> Option<Notified> {
    let now = clock::now();
    let is_direct = about.room.as_deref().is_none_or(str::is_empty);
    let mut messages = events.iter().rev().filter_map(|event| match &event.body {
        EventBody::Message(message) => Some((event, message)),
        _ => None,
    });
    let member = NotifiedMember {
        user: recipient.user,
        blocked,
        read: recipient.read,
        choice: recipient.choice,
        is_direct,
    };
    messages.find_map(|(event, message)| {
        let cause = judge(&MessageFacts::of(event, message, member, now)).ok()?;
        Some(Notified {
            content: content(event, message, recipient.subscription.shows_text, about),
            is_urgent: is_direct || cause != Cause::Level,
        })
    })
}

fn content(event: &Event, message: &Message, shows_text: bool, about: &About) -> PushContent {
    let author = about.people.iter().find(|person| person.id == event.actor);
    let author = author.map_or("", |person| &person.display_name);
    let room = about.room.as_deref();
    let room = room.map(|name| if name.is_empty() { "group" } else { name });
    PushContent {
        title: title(author, room),
        body: body(message, shows_text),
        message: Some((event.thread, event.seq)),
    }
}
