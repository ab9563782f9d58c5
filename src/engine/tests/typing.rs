//! Typing indicators.

use super::*;
use crate::model::limits;

const EVE: UserId = UserId(3);
const FOR: Millis = limits::TYPING_FOR.as_millis() as Millis;
const EVERY: Millis = limits::TYPING_EVERY.as_millis() as Millis;

fn types(driven: &mut Driven, user: UserId) -> Vec<Effect> {
    driven.hear(ServerFrame::Typing { thread: T, user })
}

/// The threads in which typing is announced.
fn told(effects: &[Effect]) -> Vec<ThreadId> {
    let thread = |effect: &Effect| match effect {
        Effect::Transmit(ClientFrame::Typing { thread }) => Some(*thread),
        _ => None,
    };
    effects.iter().filter_map(thread).collect()
}

#[test]
fn it_is_told_that_one_types_at_most_every_three_seconds() {
    let mut driven = Driven::looking_at(3);
    assert_eq!(told(&driven.give(Input::Typed(T))), [T]);
    driven.pass(EVERY - 1);
    assert_eq!(told(&driven.give(Input::Typed(T))), []);
    driven.pass(1);
    assert_eq!(told(&driven.give(Input::Typed(T))), [T]);
    assert_eq!(told(&driven.pass(EVERY)), [], "who stops says nothing");
}

#[test]
fn what_is_typed_after_a_message_is_told_at_once() {
    let mut driven = Driven::looking_at(3);
    driven.give(Input::Typed(T));
    driven.send(T, 1);
    assert_eq!(told(&driven.give(Input::Typed(T))), [T]);
}

#[test]
fn who_goes_to_another_thread_types_there_at_once() {
    let mut driven = Driven::live(vec![head(T, 1, 1), head(U, 1, 1)]);
    assert_eq!(told(&driven.give(Input::Typed(T))), [T]);
    assert_eq!(told(&driven.give(Input::Typed(U))), [U]);
}

#[test]
fn without_a_connection_nothing_is_told_of_typing_then_or_later() {
    let mut driven = Driven::looking_at(3);
    driven.give(Input::Closed { code: 1006 });
    assert_eq!(told(&driven.give(Input::Typed(T))), []);
    let effects = driven.reconnect(vec![head(T, 3, 3)], Vec::new());
    assert_eq!(told(&effects), []);
}

#[test]
fn who_types_is_shown_for_five_seconds_after_they_were_last_heard_of() {
    let mut driven = Driven::looking_at(3);
    let effects = types(&mut driven, BOB);
    assert!(effects.contains(&Effect::Changed(Change::Typing)));
    driven.pass(1_000);
    types(&mut driven, EVE);
    driven.pass(2_000);
    assert_eq!(types(&mut driven, BOB), [], "nothing new to be drawn");
    assert_eq!(driven.engine.typing(T), [BOB, EVE]);
    assert_eq!(driven.engine.typing(U), []);
    driven.pass(FOR - 2_000 - 1);
    assert_eq!(driven.engine.typing(T), [BOB, EVE]);
    assert!(driven.tick().contains(&Effect::Changed(Change::Typing)));
    assert_eq!(driven.engine.typing(T), [BOB]);
    driven.tick();
    assert_eq!(driven.engine.typing(T), []);
}

#[test]
fn who_types_is_shown_no_more_when_their_message_comes() {
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
    driven.hear(ServerFrame::Event(reacted));
    assert_eq!(driven.engine.typing(T), [BOB, EVE], "that is no message");
    let effects = driven.hear(ServerFrame::Event(message(T, 5, BOB)));
    assert!(effects.contains(&Effect::Changed(Change::Typing)));
    assert_eq!(driven.engine.typing(T), [EVE]);
}

#[test]
fn one_never_sees_oneself_typing_nor_somebody_in_a_thread_that_is_not_ones_own() {
    let mut driven = Driven::looking_at(3);
    types(&mut driven, ME);
    driven.hear(ServerFrame::Typing {
        thread: U,
        user: BOB,
    });
    assert_eq!(
        (driven.engine.typing(T), driven.engine.typing(U)),
        (vec![], vec![])
    );
}

#[test]
fn a_clock_that_is_set_back_keeps_nobody_typing() {
    let mut driven = Driven::looking_at(3);
    types(&mut driven, BOB);
    driven.now -= 3_600_000;
    driven.give(Input::Tick);
    assert_eq!(driven.engine.typing(T), [BOB]);
    driven.pass(FOR);
    assert_eq!(driven.engine.typing(T), []);
}
