//! Delivery and read receipts, and the user's privacy settings.

use super::*;
use crate::model::{Reader, Receipts};

fn receipts(thread: ThreadId, user: UserId, seq: Seq) -> Receipts {
    Receipts {
        thread,
        read: vec![Reader { user, seq }],
        delivered: 0,
    }
}

fn reads(driven: &mut Driven, user: UserId, seq: Seq) -> Vec<Effect> {
    driven.receive(ServerFrame::Receipts(receipts(T, user, seq)))
}

fn moves(driven: &mut Driven, online: &[UserId], offline: &[UserId]) -> Vec<Effect> {
    driven.receive(ServerFrame::Presence {
        online: online.to_vec(),
        offline: offline.to_vec(),
    })
}

fn delivered(driven: &Driven) -> Seq {
    driven.engine.reached(T).expect("a direct thread").delivered
}

fn read(driven: &Driven) -> Option<Seq> {
    driven.engine.reached(T).expect("a direct thread").read
}

fn shows(driven: &mut Driven, reading: bool, online: bool) -> Vec<Effect> {
    driven.receive(ServerFrame::Privacy(Privacy { reading, online }))
}

#[test]
fn marks_only_move_up_in_whatever_order_they_come() {
    let mut driven = Driven::looking_at(5);
    assert_eq!(read(&driven), None);
    assert!(reads(&mut driven, BOB, 3).contains(&Effect::Changed(ViewChange::Receipts)));
    assert_eq!(reads(&mut driven, BOB, 2), []);
    let page = Page {
        receipts: Some(receipts(T, BOB, 1)),
        ..page(T, 1, 5, 5)
    };
    driven.give_page(Position::Latest, page);
    assert_eq!(read(&driven), Some(3));
    reads(&mut driven, ME, 5);
    assert_eq!(
        driven.engine.readers(T),
        [(BOB, 3)],
        "the user's own reads don't count"
    );
}

#[test]
fn sender_has_read_everything_above_if_they_share_it() {
    let mut driven = Driven::looking_at(5);
    driven.receive(ServerFrame::Event(message(T, 6, BOB)));
    assert_eq!(read(&driven), None, "bob shows nothing");
    reads(&mut driven, BOB, 3);
    driven.receive(ServerFrame::Event(message(T, 7, BOB)));
    assert_eq!(read(&driven), Some(7));
}

#[test]
fn messages_stored_while_the_peer_is_online_stay_delivered() {
    let mut driven = Driven::looking_at(5);
    assert_eq!(delivered(&driven), 0);
    moves(&mut driven, &[BOB], &[]);
    assert_eq!(delivered(&driven), 5);
    driven.receive(ServerFrame::Event(message(T, 6, ME)));
    assert_eq!(delivered(&driven), 6);
    moves(&mut driven, &[], &[BOB]);
    driven.receive(ServerFrame::Event(message(T, 7, ME)));
    assert_eq!(delivered(&driven), 6);
    moves(&mut driven, &[BOB], &[]);
    assert_eq!(delivered(&driven), 7);
}

#[test]
fn hidden_readers_are_dropped_and_their_messages_reveal_nothing() {
    let mut driven = Driven::looking_at(5);
    reads(&mut driven, BOB, 3);
    let users = vec![BOB];
    let effects = driven.receive(ServerFrame::ReadingHidden { users });
    assert!(effects.contains(&Effect::Changed(ViewChange::Receipts)));
    driven.receive(ServerFrame::Event(message(T, 6, BOB)));
    assert_eq!(read(&driven), None);
}

#[test]
fn ready_replaces_receipts_after_a_reconnect() {
    let mut driven = Driven::looking_at(5);
    reads(&mut driven, BOB, 3);
    moves(&mut driven, &[BOB], &[]);
    driven.give(Input::Closed { code: 1006 });
    driven.give(Input::Wake);
    driven.give(Input::Opened);
    let mut frame = ready(vec![head(T, 5, 5)]);
    if let ServerFrame::Ready { receipts, .. } = &mut frame {
        receipts.push(Receipts {
            thread: T,
            read: Vec::new(),
            delivered: 4,
        });
    }
    driven.receive(frame);
    assert_eq!(
        (delivered(&driven), read(&driven)),
        (4, None),
        "bob hides it now"
    );
}

#[test]
fn hiding_receipts_hides_those_of_others_and_sharing_again_resyncs() {
    let mut driven = Driven::looking_at(5);
    reads(&mut driven, BOB, 3);
    moves(&mut driven, &[BOB], &[]);
    driven.receive(ServerFrame::Typing {
        thread: T,
        user: BOB,
    });
    shows(&mut driven, false, true);
    assert_eq!((delivered(&driven), read(&driven)), (5, None));
    assert_eq!(driven.engine.typing(T), []);
    shows(&mut driven, false, false);
    assert_eq!(delivered(&driven), 0);
    assert!(!driven.engine.is_online(BOB));
    moves(&mut driven, &[BOB], &[]);
    assert!(!driven.engine.is_online(BOB));
    driven.pass(10_000);
    let effects = shows(&mut driven, true, true);
    assert!(effects.contains(&Effect::Connect), "{effects:?}");
}

#[test]
fn readers_of_a_thread_opened_before_ready_are_fetched_again() {
    let mut driven = Driven::new(boot(vec![head(T, 5, 5)]));
    driven.give(Input::Start);
    driven.give(Input::Opened);
    driven.give(Input::Open(Some(T)));
    let page = Page {
        receipts: Some(receipts(T, BOB, 3)),
        ..page(T, 1, 5, 5)
    };
    driven.give_page(Position::Latest, page.clone());
    // `hello` didn't name the thread, so `ready` says nothing about it.
    let effects = driven.receive(ready(vec![head(T, 5, 5)]));
    assert_eq!(fetches(&effects), [Position::After(0)]);
    driven.give_page(Position::After(0), page);
    assert_eq!(read(&driven), Some(3));
}

#[test]
fn readers_of_a_page_requested_before_ready_are_fetched_again() {
    let mut driven = Driven::new(boot(vec![head(T, 5, 5)]));
    driven.give(Input::Start);
    driven.give(Input::Opened);
    driven.give(Input::Open(Some(T)));
    driven.receive(ready(vec![head(T, 5, 5)]));
    // Bob read on after the page was made, and before this connection.
    let old = Page {
        receipts: Some(receipts(T, BOB, 3)),
        ..page(T, 1, 5, 5)
    };
    let effects = driven.give_page(Position::Latest, old.clone());
    assert_eq!(fetches(&effects), [Position::After(0)]);
    let new = Page {
        receipts: Some(receipts(T, BOB, 5)),
        ..old
    };
    let effects = driven.give_page(Position::After(0), new);
    assert_eq!(fetches(&effects), []);
    assert_eq!(read(&driven), Some(5));
}
