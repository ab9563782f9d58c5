//! Several tabs of one user, which share a stored outbox.

use super::*;

fn stored(id: u128, at: Millis) -> Pending {
    Pending {
        client_id: client_id(id),
        thread: T,
        text: format!("text {id}"),
        reply: None,
        files: Vec::new(),
        at,
        state: PendingState::Sending,
    }
}

#[test]
fn messages_stored_by_another_tab_are_sent_here_in_order() {
    let mut driven = Driven::looking_at(60);
    driven.give(Input::Closed { code: 1006 });
    driven.send(T, 2);
    driven.now += 10;
    driven.send(T, 4);
    let first = driven.engine.outbox()[0].at;
    driven.give(Input::Stored(stored(3, first + 5)));
    driven.give(Input::Stored(stored(1, first - 5)));
    driven.give(Input::Stored(stored(5, first + 50)));
    // The same message again.
    driven.give(Input::Stored(stored(3, first + 5)));
    assert_eq!(driven.pending(), [1, 2, 3, 4, 5]);
    driven.give(Input::Wake);
    driven.give(Input::Opened);
    assert_eq!(sends(&driven.receive(ready(vec![head(T, 60, 60)]))), [1]);
    assert_eq!(sends(&driven.sent(1, 61)), [2]);
}

#[test]
fn messages_removed_by_another_tab_while_offline_are_not_sent() {
    let mut driven = Driven::looking_at(60);
    driven.give(Input::Closed { code: 1006 });
    driven.send(T, 1);
    driven.give(Input::Removed(client_id(1)));
    assert_eq!(driven.pending(), [] as [u128; 0]);
}

#[test]
fn a_message_in_flight_stays_until_it_is_answered() {
    let mut driven = Driven::looking_at(60);
    driven.send(T, 1);
    driven.give(Input::Removed(client_id(1)));
    assert_eq!(driven.pending(), [1]);
    driven.refuse(1, Refusal::Forbidden);
    driven.give(Input::Removed(client_id(1)));
    assert_eq!(driven.pending(), [] as [u128; 0]);
    // An unknown message.
    driven.give(Input::Removed(client_id(9)));
}

#[test]
fn failed_message_retried_in_another_tab_is_retried_here() {
    let mut driven = Driven::looking_at(60);
    driven.send(T, 1);
    driven.refuse(1, Refusal::Forbidden);
    let effects = driven.give(Input::Stored(stored(1, driven.now)));
    assert_eq!(sends(&effects), [1]);
}

#[test]
fn stored_message_already_in_the_log_is_ignored() {
    let mut driven = Driven::looking_at(60);
    driven.receive(ServerFrame::Event(own(T, 61, 1)));
    driven.give(Input::Stored(stored(1, driven.now)));
    assert_eq!(driven.pending(), [] as [u128; 0]);
}

#[test]
fn the_order_of_writing_survives_a_reload_even_when_the_clock_goes_back() {
    let mut driven = Driven::looking_at(60);
    driven.give(Input::Closed { code: 1006 });
    driven.send(T, 9);
    driven.now -= 5_000;
    driven.send(T, 3);
    driven.send(T, 1);
    let mut kept = driven.engine.outbox().to_vec();
    // The store returns them in the order of its keys.
    kept.sort_by_key(|pending| pending.client_id);
    let again = Driven::with_outbox(boot(vec![head(T, 60, 60)]), kept);
    let ids: Vec<_> = again
        .engine
        .outbox()
        .iter()
        .map(|it| it.client_id.0.as_u128())
        .collect();
    assert_eq!(ids, [9, 3, 1]);
}
