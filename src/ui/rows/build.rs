//! Builds the rows that show a timeline.

use super::notice::Notice;
use super::row::{MessageRow, Row, State};
use crate::engine::{PendingState, Timeline};
use crate::model::thread::DELETED;
use crate::model::{Event, EventBody, Mentions, Message, Millis, Seq, UserId, limits};

/// The rows of a timeline, as `me` sees it. `day_of` uses the viewer's time zone.
#[must_use]
pub fn rows(timeline: &Timeline, me: UserId, day_of: impl Fn(Millis) -> i64) -> Vec<Row> {
    let pending = timeline.pending.iter().filter(|_| timeline.at_end);
    let pending = pending.map(|pending| MessageRow {
        own: Some(pending.client_id),
        seq: 0,
        author: me,
        at: pending.at,
        text: pending.text.clone(),
        mentions: Mentions::default(),
        reply: pending.reply.clone(),
        files: pending.files.clone(),
        edited_at: None,
        reactions: Vec::new(),
        pinned_by: None,
        opens: false,
        receipt: None,
        state: match &pending.state {
            PendingState::Sending => {
                let held = timeline.held.filter(|(id, _)| *id == pending.client_id);
                State::Sending(held.map(|(_, why)| why))
            }
            PendingState::Failed(refusal) => State::Failed(refusal.clone()),
        },
    });
    let mut rows = Rows {
        me,
        first_unread: timeline.first_unread,
        ..Rows::default()
    };
    for event in &timeline.events {
        let day = day_of(event.at);
        match message(event, me) {
            Some(message) => rows.push(message, day),
            None => rows.notice(event, day),
        }
    }
    for message in pending {
        let day = day_of(message.at);
        rows.push(message, day);
    }
    rows.rows
}

/// The row of an event, if it is a message.
fn message(event: &Event, me: UserId) -> Option<MessageRow> {
    let (message, state) = match &event.body {
        EventBody::Message(message) => (message.clone(), State::Sent),
        EventBody::Deleted => (Message::new(DELETED), State::Deleted),
        _ => return None,
    };
    Some(MessageRow {
        own: event.client_id.filter(|_| event.actor == me),
        seq: event.seq,
        author: event.actor,
        at: event.at,
        text: message.text,
        mentions: message.mentions,
        reply: message.reply,
        files: message.files,
        edited_at: message.edited_at,
        reactions: message.reactions,
        pinned_by: message.pinned_by,
        opens: false,
        receipt: None,
        state,
    })
}

#[derive(Default)]
struct Rows {
    rows: Vec<Row>,
    me: UserId,
    /// `None` once the divider has been placed.
    first_unread: Option<Seq>,
    day: Option<i64>,
    /// Author and time of the last message, if it is the last row.
    last: Option<(UserId, Millis)>,
}

impl Rows {
    fn begin_day(&mut self, day: i64) {
        // A clock that was set back must not show a day twice.
        if self.day.is_none_or(|before| day > before) {
            self.day = Some(day);
            self.last = None;
            self.rows.push(Row::Day(day));
        }
    }

    /// Adds the notice of an event that is no message, merged with the row before it if that is of the same kind.
    fn notice(&mut self, event: &Event, day: i64) {
        let Some(notice) = Notice::of(event) else {
            return;
        };
        self.begin_day(day);
        self.last = None;
        match self.rows.last_mut() {
            Some(Row::Notice(before)) if before.merges_with(&notice) => before.merge(notice),
            _ => self.rows.push(Row::Notice(notice)),
        }
    }

    fn push(&mut self, mut message: MessageRow, day: i64) {
        self.begin_day(day);
        // The first unread message may have been deleted since.
        let may_be_new = message.state != State::Deleted && message.author != self.me;
        if may_be_new && self.first_unread.is_some_and(|seq| message.seq >= seq) {
            self.first_unread = None;
            self.last = None;
            self.rows.push(Row::Unread);
        }
        let within = limits::GROUP_WITHIN.as_millis() as Millis;
        message.opens = self
            .last
            .is_none_or(|(author, at)| author != message.author || message.at - at > within);
        self.last = Some((message.author, message.at));
        self.rows.push(Row::Message(message));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::{Held, Pending};
    use crate::model::{ClientId, ThreadId};
    use crate::ui::rows::row::Key;

    const ME: UserId = UserId(1);
    const MINUTE: Millis = 60_000;
    const DAY: Millis = 24 * 60 * MINUTE;

    fn event(seq: Seq, actor: i64, at: Millis) -> Event {
        Event {
            thread: ThreadId(1),
            seq,
            count: seq,
            at,
            actor: UserId(actor),
            client_id: None,
            body: EventBody::message(format!("message {seq}")),
        }
    }

    /// The rows as a sketch: `#` a day, `-` the divider, `.` a notice, `M` the message that opens a group, `m`
    /// another.
    fn sketch(timeline: &Timeline) -> String {
        rows(timeline, ME, |at| at.div_euclid(DAY))
            .iter()
            .map(|row| match row {
                Row::Day(_) => '#',
                Row::Unread => '-',
                Row::Message(message) if message.opens => 'M',
                Row::Message(_) => 'm',
                Row::Notice(_) => '.',
            })
            .collect()
    }

    fn timeline(events: Vec<Event>) -> Timeline {
        Timeline {
            events,
            at_end: true,
            ..Timeline::default()
        }
    }

    #[test]
    fn messages_of_one_author_within_minutes_are_grouped() {
        let events = vec![
            event(1, 1, 0),
            event(2, 1, 5 * MINUTE),
            event(3, 2, 5 * MINUTE),
            event(4, 2, 11 * MINUTE),
        ];
        assert_eq!(sketch(&timeline(events)), "#MmMM");
    }

    #[test]
    fn a_new_day_and_the_divider_open_a_group() {
        let events = vec![
            event(1, 2, DAY - 2),
            event(2, 2, DAY - 1),
            event(3, 2, DAY),
            event(4, 2, DAY + 1),
        ];
        let mut timeline = timeline(events);
        assert_eq!(sketch(&timeline), "#Mm#Mm");
        timeline.first_unread = Some(4);
        assert_eq!(sketch(&timeline), "#Mm#M-M");
        timeline.first_unread = Some(1);
        assert_eq!(sketch(&timeline), "#-Mm#Mm");
    }

    #[test]
    fn the_divider_precedes_the_first_unread_message_that_is_not_deleted() {
        let deleted = |seq| Event {
            body: EventBody::Deleted,
            ..event(seq, 2, 0)
        };
        let mut timeline = timeline(vec![event(1, 2, 0), deleted(2), event(3, 2, 0)]);
        timeline.first_unread = Some(2);
        assert_eq!(sketch(&timeline), "#Mm-M");
        timeline.events = vec![event(1, 2, 0), deleted(2), event(3, 1, 0)];
        assert_eq!(
            sketch(&timeline),
            "#MmM",
            "the user's own message is not new"
        );
        timeline.events = vec![event(1, 2, 0), deleted(2)];
        assert_eq!(sketch(&timeline), "#Mm");
    }

    #[test]
    fn consecutive_joins_are_merged() {
        let joined = |seq, actor| Event {
            body: EventBody::Joined { members: seq },
            ..event(seq, actor, 0)
        };
        let mut timeline = timeline(vec![
            joined(1, 2),
            joined(2, 3),
            event(3, 2, 0),
            event(4, 2, 0),
            joined(5, 4),
            event(6, 2, 0),
        ]);
        assert_eq!(sketch(&timeline), "#.Mm.M");
        timeline.events[0].body = EventBody::Left { members: 1 };
        assert_eq!(sketch(&timeline), "#..Mm.M");
    }

    #[test]
    fn a_deleted_message_stays_without_its_text() {
        let mut timeline = timeline(vec![event(1, 2, 0), event(2, 2, 0)]);
        timeline.events[0].body = EventBody::Deleted;
        timeline.events.push(Event {
            body: EventBody::MessageDeleted { seq: 1 },
            ..event(3, 1, 0)
        });
        let rows = rows(&timeline, ME, |_| 0);
        assert_eq!(rows.len(), 3, "{rows:?}");
        assert_eq!(rows[1].key(), Key::Deleted(1));
    }

    #[test]
    fn the_row_of_a_day_is_independent_of_the_time_zone() {
        let events = || timeline(vec![event(1, 2, DAY + MINUTE), event(2, 2, 2 * DAY)]);
        let days = |hours: i64| {
            let rows = rows(&events(), ME, |at| {
                (at + hours * 60 * MINUTE).div_euclid(DAY)
            });
            let days = rows.into_iter().filter(|row| matches!(row, Row::Day(_)));
            days.collect::<Vec<_>>()
        };
        assert_eq!(days(0), [Row::Day(1), Row::Day(2)]);
        assert_eq!(days(-8), [Row::Day(0), Row::Day(1)]);
        assert_eq!(days(9), [Row::Day(1), Row::Day(2)]);
    }

    #[test]
    fn a_clock_set_back_shows_no_day_twice() {
        let events = vec![event(1, 2, DAY), event(2, 2, DAY - 1), event(3, 2, DAY)];
        let rows = rows(&timeline(events), ME, |at| at.div_euclid(DAY));
        let days = rows.iter().filter(|row| matches!(row, Row::Day(_)));
        assert_eq!(days.count(), 1);
    }

    #[test]
    fn a_pending_message_is_last_and_its_key_survives_its_arrival() {
        let id = ClientId::now();
        let mut timeline = timeline(vec![event(1, 2, 0)]);
        timeline.pending.push(Pending {
            client_id: id,
            thread: ThreadId(1),
            text: "mine".into(),
            reply: None,
            files: Vec::new(),
            at: MINUTE,
            state: PendingState::Sending,
        });
        let before = rows(&timeline, ME, |_| 0);
        timeline.pending.clear();
        timeline.events.push(Event {
            client_id: Some(id),
            ..event(2, 1, 2 * MINUTE)
        });
        let after = rows(&timeline, ME, |_| 0);
        let keys = |rows: &[Row]| rows.iter().map(Row::key).collect::<Vec<_>>();
        assert_eq!(keys(&before), keys(&after));
        assert_ne!(before, after);
    }

    #[test]
    fn only_the_first_waiting_message_shows_the_reason() {
        let mut timeline = timeline(vec![event(1, 2, 0)]);
        for _ in 0..2 {
            timeline.pending.push(Pending {
                client_id: ClientId::now(),
                thread: ThreadId(1),
                text: "mine".into(),
                reply: None,
                files: Vec::new(),
                at: MINUTE,
                state: PendingState::Sending,
            });
        }
        let why = Held::Seconds(3);
        timeline.held = Some((timeline.pending[0].client_id, why));
        let rows = rows(&timeline, ME, |_| 0);
        let states = rows.iter().filter_map(|row| match row {
            Row::Message(message) if message.seq == 0 => Some(message.state.clone()),
            _ => None,
        });
        let states: Vec<_> = states.collect();
        assert_eq!(states, [State::Sending(Some(why)), State::Sending(None)]);
    }

    #[test]
    fn pending_messages_are_hidden_away_from_the_end() {
        let mut timeline = timeline(vec![event(1, 2, 0)]);
        timeline.at_end = false;
        timeline.pending.push(Pending {
            client_id: ClientId::now(),
            thread: ThreadId(1),
            text: "mine".into(),
            reply: None,
            files: Vec::new(),
            at: MINUTE,
            state: PendingState::Sending,
        });
        assert_eq!(sketch(&timeline), "#M");
    }
}
