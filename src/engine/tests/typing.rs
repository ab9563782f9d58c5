//! Typing indicators.

use super::*;
use crate::model::limits;

const EVE: UserId = UserId(3);
const FOR: Millis = limits::TYPING_FOR.as_millis() as Millis;
const EVERY: Millis = limits::TYPING_EVERY.as_millis() as Millis;

fn types(driven: &mut Driven, user: UserId) -> Vec<Effect> {
    driven.receive(ServerFrame::Typing { thread: T, user })
}

/// The threads in which typing is announced.
fn announcements(effects: &[Effect]) -> Vec<ThreadId> {
    let thread = |effect: &Effect| match effect {
        Effect::Transmit(ClientFrame::Typing { thread }) => Some(*thread),
        _ => None,
    };
    effects.iter().filter_map(thread).collect()
}

#[test]
fn typing_is_announced_at_most_every_three_seconds() {
    let mut driven = Driven::looking_at(3);
    assert_eq!(announcements(&driven.give(Input::Typed(T))), [T]);
    driven.pass(EVERY - 1);
    assert_eq!(announcements(&driven.give(Input::Typed(T))), []);
    driven.pass(1);
    assert_eq!(announcements(&driven.give(Input::Typed(T))), [T]);
    assert_eq!(
        announcements(&driven.pass(EVERY)),
        [],
        "stopping sends nothing"
    );
}

#[test]
fn typing_after_a_message_is_announced_at_once() {
    let mut driven = Driven::looking_at(3);
    driven.give(Input::Typed(T));
    driven.send(T, 1);
    assert_eq!(announcements(&driven.give(Input::Typed(T))), [T]);
}

#[test]
fn typing_in_another_thread_is_announced_at_once() {
    let mut driven = Driven::live(vec![head(T, 1, 1), head(U, 1, 1)]);
    assert_eq!(announcements(&driven.give(Input::Typed(T))), [T]);
    assert_eq!(announcements(&driven.give(Input::Typed(U))), [U]);
}

#[test]
fn typing_while_offline_is_never_announced() {
    let mut driven = Driven::looking_at(3);
    driven.give(Input::Closed { code: 1006 });
    assert_eq!(announcements(&driven.give(Input::Typed(T))), []);
    let effects = driven.reconnect(vec![head(T, 3, 3)], Vec::new());
    assert_eq!(announcements(&effects), []);
}

#[test]
fn typing_is_shown_for_five_seconds_after_the_last_indicator() {
    let mut driven = Driven::looking_at(3);
    let effects = types(&mut driven, BOB);
    assert!(effects.contains(&Effect::Changed(ViewChange::Typing)));
    driven.pass(1_000);
    types(&mut driven, EVE);
    driven.pass(2_000);
    assert_eq!(types(&mut driven, BOB), [], "nothing to redraw");
    assert_eq!(driven.engine.typing(T), [BOB, EVE]);
    assert_eq!(driven.engine.typing(U), []);
    driven.pass(FOR - 2_000 - 1);
    assert_eq!(driven.engine.typing(T), [BOB, EVE]);
    assert!(driven.tick().contains(&Effect::Changed(ViewChange::Typing)));
    assert_eq!(driven.engine.typing(T), [BOB]);
    driven.tick();
    assert_eq!(driven.engine.typing(T), []);
}

#[test]
fn message_ends_its_senders_typing() {
    let mut driven = Driven::looking_at(3);
    types(&mut driven, BOB);
    types(&mut driven, EVE);
    let reacted = Event {
        body: EventBody::Reacted {
            seq: 1,
            emoji: "👍".into(),
        },
        ..message(T, 4, EVE)
    };
    driven.receive(ServerFrame::Event(reacted));
    assert_eq!(
        driven.engine.typing(T),
        [BOB, EVE],
        "an event that is not a message"
    );
    let effects = driven.receive(ServerFrame::Event(message(T, 5, BOB)));
    assert!(effects.contains(&Effect::Changed(ViewChange::Typing)));
    assert_eq!(driven.engine.typing(T), [EVE]);
}

#[test]
fn own_typing_and_typing_in_unknown_threads_is_not_shown() {
    let mut driven = Driven::looking_at(3);
    types(&mut driven, ME);
    driven.receive(ServerFrame::Typing {
        thread: U,
        user: BOB,
    });
    assert_eq!(
        (driven.engine.typing(T), driven.engine.typing(U)),
        (vec![], vec![])
    );
}

#[test]
fn clock_set_back_keeps_nobody_typing() {
    let mut driven = Driven::looking_at(3);
    types(&mut driven, BOB);
    driven.now -= 3_600_000;
    driven.give(Input::Tick);
    assert_eq!(driven.engine.typing(T), [BOB]);
    driven.pass(FOR);
    assert_eq!(driven.engine.typing(T), []);
}
