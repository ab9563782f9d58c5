//! Which of a thread's new messages a recipient is notified of, and what the notification says.

use super::content::PushContent;
use crate::model::notify::{
    Cause, JudgedMessage, Keywords, MessageFacts, Moment, NotifiedMember, NotifyDecision,
    NotifySettings, Silence, body, judge, title,
};
use crate::model::{Person, UserId};
use crate::server::clock;
use crate::server::local_time::minute_in;
use crate::server::store::Recipient;

/// What the notifications of a thread say.
pub struct About {
    /// The authors.
    pub people: Vec<Person>,
    /// The name of the room, which is empty for a group; `None`: a direct chat.
    pub room: Option<String>,
}

/// What else is known of a recipient.
#[derive(Clone, Copy, Debug)]
pub struct Known<'a> {
    /// The people they block.
    pub blocked: &'a [UserId],
    /// Whether they look at a page, on any device.
    pub is_looking: bool,
}

/// What a browser of a recipient is sent.
pub struct Notified {
    pub content: PushContent,
    pub is_urgent: bool,
}

/// The message that a recipient is notified of, in all of their browsers.
pub struct DueMessage<'a> {
    message: &'a JudgedMessage<'a>,
    about: &'a About,
    is_urgent: bool,
}

impl DueMessage<'_> {
    /// For a browser that is sent the text of messages, or not.
    #[must_use]
    pub fn notified(&self, shows_text: bool) -> Notified {
        Notified {
            content: content(self.message, shows_text, self.about),
            is_urgent: self.is_urgent,
        }
    }
}

/// Judges messages of a thread for a recipient, the latest first, until there is one that they are to be notified of: a
/// notification shows only one. Adds the decisions, except of what they wrote themselves.
#[must_use]
pub fn latest<'a>(
    messages: &'a [JudgedMessage<'a>],
    recipient: &Recipient,
    known: Known<'_>,
    about: &'a About,
    decisions: &mut Vec<NotifyDecision>,
) -> Option<DueMessage<'a>> {
    let at = moment(&recipient.settings);
    let is_direct = about.room.as_deref().is_none_or(str::is_empty);
    let member = NotifiedMember {
        user: recipient.user,
        blocked: known.blocked,
        read: recipient.read,
        choice: recipient.choice,
        settings: &recipient.settings,
        keywords: &Keywords::new(&recipient.settings.keywords),
        is_direct,
    };
    messages.iter().rev().find_map(|message| {
        let facts = MessageFacts {
            is_looking: known.is_looking,
            ..MessageFacts::of(message, member, at)
        };
        let judged = judge(&facts);
        if judged != Err(Silence::Own) {
            decisions.push(NotifyDecision {
                thread: message.event.thread,
                seq: message.event.seq,
                at: at.now,
                verdict: judged.into(),
            });
        }
        let cause = judged.ok()?;
        Some(DueMessage {
            message,
            about,
            is_urgent: is_direct || cause != Cause::Level,
        })
    })
}

/// Now, for a person with these settings.
fn moment(settings: &NotifySettings) -> Moment {
    let now = clock::now();
    let hours = settings.quiet.as_ref();
    let minute = hours.and_then(|hours| minute_in(&hours.zone, now));
    Moment {
        now,
        minute: minute.unwrap_or(0),
    }
}

fn content(judged: &JudgedMessage<'_>, shows_text: bool, about: &About) -> PushContent {
    let event = judged.event;
    let author = about.people.iter().find(|person| person.id == event.actor);
    let author = author.map_or("", |person| &person.display_name);
    let room = about.room.as_deref();
    let room = room.map(|name| if name.is_empty() { "group" } else { name });
    PushContent {
        title: title(author, room),
        body: body(judged.message, shows_text),
        message: Some((event.thread, event.seq)),
    }
}
