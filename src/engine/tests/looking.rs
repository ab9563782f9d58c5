//! What the server is told of whether the user looks at the page.

use super::*;
use crate::model::limits;

/// What of this the effects tell the server.
fn looking(effects: &[Effect]) -> Vec<bool> {
    let frames = effects.iter().filter_map(|effect| match effect {
        Effect::Transmit(ClientFrame::Looking { on }) => Some(*on),
        _ => None,
    });
    frames.collect()
}

#[test]
fn the_server_learns_when_it_changes_and_again_while_the_user_looks() {
    let mut driven = Driven::live(vec![head(T, 5, 5)]);
    assert_eq!(looking(&driven.give(Input::Looking(false))), [true; 0]);
    assert_eq!(looking(&driven.give(Input::Looking(true))), [true]);
    assert_eq!(looking(&driven.give(Input::Looking(true))), [true; 0]);
    let every = i64::try_from(limits::LOOKING_EVERY.as_millis()).unwrap();
    let next = driven.engine.next_tick().expect("something to do");
    assert!(next <= driven.now + every);
    driven.now += every;
    assert_eq!(looking(&driven.give(Input::Tick)), [true]);
    assert_eq!(looking(&driven.give(Input::Looking(false))), [false]);
    driven.now += every;
    assert_eq!(looking(&driven.give(Input::Tick)), [true; 0]);
}

#[test]
fn a_new_connection_learns_it_anew() {
    let mut driven = Driven::live(vec![head(T, 5, 5)]);
    driven.give(Input::Looking(true));
    driven.give(Input::Closed { code: 1006 });
    assert_eq!(looking(&driven.give(Input::Looking(false))), [true; 0]);
    assert_eq!(looking(&driven.give(Input::Looking(true))), [true; 0]);
    let effects = driven.reconnect(vec![head(T, 5, 5)], Vec::new());
    assert_eq!(looking(&effects), [true]);
}
