//! Which of a thread's new messages a recipient is notified of, and what the notification says.

use super::content::PushContent;
use crate::model::notify::{Cause, Level, MessageFacts, judge};
use crate::model::{Event, EventBody, Message, Person, Quote, UserId};
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
    messages.find_map(|(event, message)| {
        let level = recipient.choice.level;
        let is_replied = |quote: &Quote| quote.author == recipient.user;
        let cause = judge(&MessageFacts {
            is_own: event.actor == recipient.user,
            is_blocked: blocked.contains(&event.actor),
            is_read: recipient.read >= event.seq,
            is_mention: message.mentions.includes(recipient.user),
            is_reply: message.reply.as_ref().is_some_and(is_replied),
            level: level.unwrap_or_else(|| Level::of(is_direct)),
            is_muted: recipient.choice.is_muted(now),
            is_looking: false,
        });
        let cause = cause.ok()?;
        Some(Notified {
            content: content(event, message, recipient.subscription.shows_text, about),
            is_urgent: is_direct || cause != Cause::Level,
        })
    })
}

fn content(event: &Event, message: &Message, shows_text: bool, about: &About) -> PushContent {
    let author = about.people.iter().find(|person| person.id == event.actor);
    let author = author.map_or("", |person| &person.display_name);
    PushContent {
        title: match about.room.as_deref() {
            None => author.to_owned(),
            Some("") => format!("{author} (group)"),
            Some(room) => format!("{author} ({room})"),
        },
        body: match shows_text {
            true => message.preview(),
            false => "New message".to_owned(),
        },
        message: Some((event.thread, event.seq)),
    }
}
