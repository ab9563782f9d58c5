//! Rooms: what their events change, and leaving them.

use super::*;
use crate::model::{Departure, Inviting, Posting, Refusal, Role, Room};

fn room(id: ThreadId, last_seq: Seq) -> ThreadHead {
    ThreadHead {
        kind: ThreadKind::Room(Room {
            name: "Kitchen".into(),
            topic: String::new(),
            is_private: false,
            members: 2,
            role: Role::Member,
            ..Room::default()
        }),
        ..head(id, last_seq, last_seq)
    }
}

fn event(seq: Seq, body: EventBody) -> ServerFrame {
    // Not a message: the count stays the same.
    ServerFrame::Event(Event {
        count: 1,
        body,
        ..message(T, seq, BOB)
    })
}

fn in_room(driven: &Driven) -> Room {
    let head = driven.engine.thread(T).expect("the room is there");
    head.room().expect("a room").clone()
}

fn gone(why: Departure) -> ServerFrame {
    ServerFrame::Gone { thread: T, why }
}

#[test]
fn room_attributes_follow_its_events() {
    let mut driven = Driven::live(vec![room(T, 1)]);
    driven.receive(event(
        2,
        EventBody::Renamed {
            name: "Hall".into(),
        },
    ));
    driven.receive(event(
        3,
        EventBody::TopicSet {
            topic: "Soup".into(),
        },
    ));
    driven.receive(event(4, EventBody::MadePrivate));
    driven.receive(event(5, EventBody::Joined { members: 3 }));
    let (user, role) = (ME, Role::Admin);
    driven.receive(event(6, EventBody::RoleSet { user, role }));
    let posting = Posting::Replies;
    driven.receive(event(7, EventBody::PostingSet { posting }));
    driven.receive(event(8, EventBody::SlowModeSet { seconds: 30 }));
    let inviting = Inviting::Members;
    driven.receive(event(9, EventBody::InvitingSet { inviting }));
    driven.receive(ServerFrame::Event(Event {
        at: 777,
        ..message(T, 10, ME)
    }));
    let expected = Room {
        is_group: false,
        name: "Hall".into(),
        topic: "Soup".into(),
        is_private: true,
        members: 3,
        role: Role::Admin,
        muted: false,
        posting,
        slow_seconds: 30,
        inviting,
        posted_at: 777,
    };
    assert_eq!(in_room(&driven), expected);
}

#[test]
fn event_after_a_gap_causes_a_resync() {
    for of in [room(T, 1), head(T, 1, 1)] {
        let mut driven = Driven::live(vec![of]);
        driven.pass(10_000);
        let effects = driven.receive(event(3, EventBody::message("hello")));
        assert!(effects.contains(&Effect::Connect), "{effects:?}");
    }
}

#[test]
fn removed_member_loses_the_room() {
    let mut driven = Driven::live(vec![room(T, 1), head(U, 1, 1)]);
    driven.give(Input::Open(Some(T)));
    driven.give_page(Position::Latest, page(T, 1, 1, 1));
    driven.send(T, 1);
    let why = Departure::Banned {
        until: None,
        note: "Spam.".into(),
    };
    driven.receive(gone(why.clone()));
    assert_eq!(driven.engine.thread(T), None);
    assert_eq!(driven.engine.timeline(T), None);
    assert_eq!(driven.engine.departure(T), Some(&("Kitchen".into(), why)));
    let left = &driven.engine.outbox()[0];
    assert_eq!(left.state, PendingState::Failed(Refusal::NotFound));
    let again = driven.receive(gone(Departure::Deleted));
    assert_eq!(again, [], "a repetition has no effect");
}

#[test]
fn returning_member_gets_the_current_room() {
    let mut driven = Driven::live(vec![room(T, 1)]);
    driven.receive(gone(Departure::Left));
    driven.receive(ServerFrame::Thread(room(T, 9)));
    assert_eq!(driven.engine.departure(T), None);
    assert_eq!(driven.engine.thread(T).map(|head| head.last_seq), Some(9));
}

#[test]
fn room_missing_after_a_reconnect_is_removed() {
    let mut driven = Driven::live(vec![room(T, 1), head(U, 1, 1)]);
    driven.reconnect(vec![head(U, 1, 1)], vec![]);
    assert_eq!(driven.engine.thread(T), None);
    assert!(driven.engine.departure(T).is_some());
}

#[test]
fn deletion_applies_to_every_held_and_later_read_copy() {
    let mut driven = Driven::looking_at(60);
    driven.receive(event(61, EventBody::MessageDeleted { seq: 30 }));
    let body = |driven: &Driven, seq| {
        let events = driven.timeline().events;
        let found = events.into_iter().find(|event| event.seq == seq);
        found.expect("the event is in the timeline").body
    };
    assert_eq!(body(&driven, 30), EventBody::Deleted);
    // A page that was read before the deletion happened.
    driven.give(Input::WantOlder(T));
    driven.receive(event(62, EventBody::MessageDeleted { seq: 5 }));
    driven.give_page(Position::Before(11), page(T, 1, 10, 60));
    assert_eq!(body(&driven, 5), EventBody::Deleted);
}

#[test]
fn history_window_is_reread_after_an_outage() {
    let mut driven = Driven::live(vec![head(T, 500, 100)]);
    driven.give(Input::Open(Some(T)));
    driven.give_page(Position::Around(100), page(T, 76, 125, 500));
    let effects = driven.reconnect(vec![head(T, 501, 100)], vec![]);
    assert_eq!(fetches(&effects), [Position::After(75)]);
    let mut fresh = page(T, 76, 125, 501);
    fresh.events[4].body = EventBody::Deleted;
    driven.give_page(Position::After(75), fresh.clone());
    assert_eq!(driven.timeline().events, fresh.events);
}

#[test]
fn slow_mode_holds_members_back_but_never_admins() {
    let posting_refusal = |room: &Room, is_reply, now| room.posting_refusal(false, is_reply, now);
    let open = Room::default();
    assert_eq!(posting_refusal(&open, false, 0), None);
    let announcements = Room {
        posting: Posting::Admins,
        ..Room::default()
    };
    assert_eq!(
        posting_refusal(&announcements, true, 0),
        Some(Refusal::AdminsPost)
    );
    assert_eq!(announcements.posting_refusal(true, false, 0), None);
    let replies = Room {
        posting: Posting::Replies,
        ..Room::default()
    };
    assert_eq!(
        posting_refusal(&replies, false, 0),
        Some(Refusal::RepliesOnly)
    );
    assert_eq!(posting_refusal(&replies, true, 0), None);
    let slow = Room {
        slow_seconds: 30,
        posted_at: 1_000,
        ..Room::default()
    };
    let retry_after_ms = 10_000;
    assert_eq!(
        posting_refusal(&slow, true, 21_000),
        Some(Refusal::SlowMode { retry_after_ms })
    );
    assert_eq!(slow.posting_refusal(true, false, 21_000), None);
    assert_eq!(posting_refusal(&slow, false, 31_000), None);
}

#[test]
fn slow_mode_delays_one_thread_only() {
    const OTHER: ThreadId = ThreadId(99);
    let mut driven = Driven::live(vec![room(T, 1), room(OTHER, 1)]);
    assert_eq!(sends(&driven.send(T, 1)), [1]);
    assert_eq!(sends(&driven.send(T, 2)), []);
    let retry_after_ms = 5_000;
    let effects = driven.refuse(1, Refusal::SlowMode { retry_after_ms });
    assert_eq!(sends(&effects), []);
    assert_eq!(sends(&driven.send(OTHER, 3)), [3]);
    // Also while only one message may be in flight at a time.
    let retry_after_ms = 1_000;
    driven.refuse(3, Refusal::TooFast { retry_after_ms });
    assert_eq!(sends(&driven.pass(1_500)), [3]);
    assert_eq!(sends(&driven.pass(3_400)), []);
    assert_eq!(sends(&driven.pass(100)), []);
    let effects = driven.receive(ServerFrame::Sent {
        client_id: client_id(3),
        thread: OTHER,
        seq: 2,
        count: 2,
        at: 0,
    });
    assert_eq!(sends(&effects), [1]);
    assert_eq!(sends(&driven.sent(1, 2)), [2]);
}

#[test]
fn turning_slow_mode_off_sends_at_once() {
    let mut driven = Driven::live(vec![room(T, 1)]);
    driven.send(T, 1);
    let retry_after_ms = 3_600_000;
    driven.refuse(1, Refusal::SlowMode { retry_after_ms });
    let effects = driven.receive(event(2, EventBody::SlowModeSet { seconds: 0 }));
    assert_eq!(sends(&effects), [1]);
}

#[test]
fn blocked_users_neither_mention_nor_count() {
    let calling = |seq| {
        let mut event = message(T, seq, BOB);
        if let EventBody::Message(message) = &mut event.body {
            message.mentions.room = true;
        }
        ServerFrame::Event(event)
    };
    let mentions_of = |driven: &Driven| driven.engine.thread(T).expect("a room").mentions.clone();
    let mut driven = Driven::live(vec![room(T, 1)]);
    driven.receive(calling(2));
    assert_eq!(mentions_of(&driven), [2]);
    driven.pass(10_000);
    let effects = driven.receive(ServerFrame::Blocked { users: vec![BOB] });
    assert!(effects.contains(&Effect::Connect), "{effects:?}");
    assert_eq!(driven.engine.blocked(), [BOB]);
    driven.give(Input::Opened);
    driven.receive(ready_blocking(vec![room(T, 2)], vec![BOB]));
    assert!(mentions_of(&driven).is_empty());
    driven.receive(calling(3));
    assert!(mentions_of(&driven).is_empty());
    // The client's copy of the list follows the server.
    driven.reconnect(vec![room(T, 3)], vec![]);
    assert_eq!(driven.engine.blocked(), []);
    driven.receive(calling(4));
    assert_eq!(mentions_of(&driven), [4]);
}

#[test]
fn direct_thread_with_a_blocked_user_has_no_badge() {
    let mut driven = Driven::live(vec![ThreadHead {
        favourite: false,
        read: ReadMark::default(),
        ..head(T, 3, 3)
    }]);
    let unread = |driven: &Driven| {
        let head = driven.engine.thread(T).expect("the thread");
        driven.engine.unread(head)
    };
    assert_eq!(unread(&driven), 3);
    driven.receive(ServerFrame::Blocked { users: vec![BOB] });
    assert_eq!(unread(&driven), 0);
}

#[test]
fn what_a_blocked_person_writes_in_a_room_is_folded_and_has_no_badge() {
    let cyd = UserId(3);
    let said = |seq, actor| ServerFrame::Event(message(T, seq, actor));
    let mut driven = Driven::live(vec![room(T, 1)]);
    driven.pass(10_000);
    driven.receive(ServerFrame::Blocked { users: vec![BOB] });
    driven.give(Input::Opened);
    driven.receive(ready_blocking(vec![room(T, 1)], vec![BOB]));
    let unread = |driven: &Driven| {
        let head = driven.engine.thread(T).expect("the room");
        driven.engine.unread(head)
    };
    let before = unread(&driven);
    driven.receive(said(2, BOB));
    assert_eq!(unread(&driven), before);
    driven.receive(said(3, cyd));
    assert_eq!(unread(&driven), before + 1);
    assert!(driven.engine.is_folded(T, BOB) && !driven.engine.is_folded(T, cyd));
    // Nothing is collapsed in a direct thread: there is nobody else in it.
    driven.give(Input::Closed { code: 1006 });
    driven.give(Input::Wake);
    driven.give(Input::Opened);
    driven.receive(ready_blocking(vec![head(U, 1, 1)], vec![BOB]));
    assert!(!driven.engine.is_folded(U, BOB));
}

fn ready_blocking(threads: Vec<ThreadHead>, users: Vec<UserId>) -> ServerFrame {
    let mut frame = ready(threads);
    if let ServerFrame::Ready { blocked, .. } = &mut frame {
        *blocked = users;
    }
    frame
}
