//! Receipts in the message list: how far the other members have received and read the thread. A direct thread shows
//! it at the last of the user's own messages; a room shows at its last message who has read it.

use super::row::{MessageRow, Receipt, Row, State};
use crate::engine::Reached;
use crate::model::{Seq, UserId};

fn messages(rows: &mut [Row]) -> impl DoubleEndedIterator<Item = &mut MessageRow> {
    rows.iter_mut().filter_map(|row| match row {
        Row::Message(message) => Some(message),
        _ => None,
    })
}

/// In a direct thread: at the last of the user's own messages, unless one is still being sent. A message that was
/// answered shows a receipt only if it was read: that it has arrived is plain.
pub fn of_direct(rows: &mut [Row], me: UserId, reached: Reached) {
    let mut is_answered = false;
    for message in messages(rows).rev() {
        if message.state == State::Deleted {
            continue;
        }
        if message.author != me {
            is_answered = true;
            continue;
        }
        message.receipt = match message.state {
            State::Sent if reached.read.is_some_and(|seq| seq >= message.seq) => {
                Some(Receipt::Read)
            }
            State::Sent if is_answered => None,
            State::Sent if reached.delivered >= message.seq => Some(Receipt::Delivered),
            State::Sent => Some(Receipt::Sent),
            _ => None,
        };
        return;
    }
}

/// In a room: at the last message, those of these users who have read it; not its author.
pub fn of_room(rows: &mut [Row], readers: &[(UserId, Seq)]) {
    let last = messages(rows).rfind(|message| message.seq > 0);
    let Some(last) = last.filter(|last| last.state == State::Sent) else {
        return;
    };
    let by: Vec<_> = readers
        .iter()
        .filter(|(user, seq)| *seq >= last.seq && *user != last.author)
        .map(|(user, _)| *user)
        .collect();
    if !by.is_empty() {
        last.receipt = Some(Receipt::By(by));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::{Pending, PendingState, Timeline};
    use crate::model::{ClientId, Event, EventBody, ThreadId};
    use crate::ui::rows::rows;

    const ME: UserId = UserId(1);
    const BOB: UserId = UserId(2);
    const EVE: UserId = UserId(3);

    /// A thread with one message by each of these users, in order.
    fn timeline(authors: &[UserId]) -> Timeline {
        let event = |(at, actor): (usize, &UserId)| Event {
            thread: ThreadId(1),
            seq: at as Seq + 1,
            count: at as Seq + 1,
            at: 0,
            actor: *actor,
            client_id: None,
            body: EventBody::message("text"),
        };
        Timeline {
            events: authors.iter().enumerate().map(event).collect(),
            at_end: true,
            ..Timeline::default()
        }
    }

    fn reached(delivered: Seq, read: impl Into<Option<Seq>>) -> Reached {
        let read = read.into();
        Reached { delivered, read }
    }

    /// The receipts by message.
    fn placed(rows: &[Row]) -> Vec<(Seq, Receipt)> {
        let at = |row: &Row| match row {
            Row::Message(message) => Some((message.seq, message.receipt.clone()?)),
            _ => None,
        };
        rows.iter().filter_map(at).collect()
    }

    fn direct(timeline: &Timeline, reached: Reached) -> Vec<(Seq, Receipt)> {
        let mut rows = rows(timeline, ME, |_| 0);
        of_direct(&mut rows, ME, reached);
        placed(&rows)
    }

    #[test]
    fn the_last_own_message_is_sent_then_delivered_then_read() {
        let timeline = timeline(&[ME, BOB, ME]);
        let at = |reached| direct(&timeline, reached);
        assert_eq!(at(reached(2, 2)), [(3, Receipt::Sent)]);
        assert_eq!(at(reached(3, 2)), [(3, Receipt::Delivered)]);
        assert_eq!(at(reached(3, 3)), [(3, Receipt::Read)]);
        assert_eq!(at(reached(0, 3)), [(3, Receipt::Read)]);
    }

    #[test]
    fn an_answered_message_shows_read_or_nothing() {
        let answered = timeline(&[ME, BOB]);
        assert_eq!(direct(&answered, reached(2, 2)), [(1, Receipt::Read)]);
        assert_eq!(direct(&answered, reached(2, None)), []);
        assert_eq!(direct(&timeline(&[BOB]), reached(1, 1)), []);
    }

    #[test]
    fn a_pending_message_hides_the_receipt_of_the_one_before() {
        let mut timeline = timeline(&[ME]);
        timeline.pending.push(Pending {
            client_id: ClientId::now(),
            thread: ThreadId(1),
            text: "more".into(),
            reply: None,
            files: Vec::new(),
            at: 0,
            state: PendingState::Sending,
        });
        assert_eq!(direct(&timeline, reached(1, 1)), []);
    }

    #[test]
    fn the_last_message_of_a_room_shows_who_has_read_it() {
        let mut timeline = timeline(&[ME, BOB, ME, ME]);
        // Only messages can show a reader.
        timeline.events[3].body = EventBody::Joined { members: 3 };
        let read_by = |readers: &[(UserId, Seq)]| {
            let mut rows = rows(&timeline, ME, |_| 0);
            of_room(&mut rows, readers);
            placed(&rows)
        };
        let readers = [(BOB, 3), (EVE, 2), (UserId(4), 4), (ME, 4)];
        let by = Receipt::By(vec![BOB, UserId(4)]);
        assert_eq!(read_by(&readers), [(3, by)]);
        assert_eq!(read_by(&[(EVE, 2)]), []);
    }
}
