//! Opening threads, scrolling, gaps, catching up, and read marks.

use super::*;
use crate::model::limits;

fn event(seq: Seq) -> ServerFrame {
    ServerFrame::Event(message(T, seq, BOB))
}

/// A head of the thread whose end is at `last_seq`.
fn is_at(last_seq: Seq) -> ServerFrame {
    ServerFrame::Thread(head(T, last_seq, 60))
}

fn fail(driven: &mut Driven, position: Position, why: Refusal) -> Vec<Effect> {
    driven.give(Input::Page {
        thread: T,
        position,
        result: Err(why),
    })
}

#[test]
fn live_events_are_added_once() {
    let mut driven = Driven::looking_at(60);
    driven.receive(event(61));
    driven.receive(event(61));
    driven.receive(event(30));
    assert_eq!(driven.seqs(), (11..=61).collect::<Vec<_>>());
    assert_eq!(driven.engine.thread(T).unwrap().unread(), 1);
}

#[test]
fn nothing_is_shown_beyond_a_gap() {
    let mut driven = Driven::looking_at(60);
    assert_eq!(fetches(&driven.receive(is_at(62))), [Position::After(60)]);
    driven.receive(event(63));
    assert_eq!(fetches(&driven.receive(event(64))), []);
    assert_eq!(driven.seqs().last(), Some(&60));
    assert!(driven.timeline().loading);
    driven.give_page(Position::After(60), page(T, 61, 62, 64));
    assert_eq!(driven.seqs().last(), Some(&64));
    assert!(!driven.timeline().loading);
}

#[test]
fn live_event_older_than_a_page_in_flight_is_not_lost() {
    let mut driven = Driven::live(vec![head(T, 1, 1)]);
    driven.give(Input::Open(Some(T)));
    driven.give_page(Position::Latest, page(T, 11, 60, 60));
    driven.receive(ServerFrame::Event(Event {
        body: EventBody::Pinned { seq: 1 },
        count: 1,
        ..message(T, 2, BOB)
    }));
    for seq in 3..=60 {
        driven.receive(event(seq));
    }
    let head = driven.engine.thread(T).expect("the thread");
    assert_eq!((&*head.pins, head.last_seq), (&[1][..], 60));
    assert_eq!(driven.seqs(), (11..=60).collect::<Vec<_>>());
}

#[test]
fn a_thread_opens_at_its_first_unread_message_or_at_its_end() {
    let mut driven = Driven::live(vec![head(T, 500, 100), head(U, 70, 70)]);
    assert_eq!(
        fetches(&driven.give(Input::Open(Some(T)))),
        [Position::Around(100)]
    );
    assert_eq!(fetches(&driven.give(Input::Open(Some(T)))), []);
    driven.give_page(Position::Around(100), page(T, 75, 125, 500));
    assert_eq!(driven.timeline().first_unread, Some(101));
    assert!(!driven.timeline().at_end);
    assert_eq!(
        fetches(&driven.give(Input::Open(Some(U)))),
        [Position::Latest]
    );
}

#[test]
fn the_first_unread_stays_until_the_thread_is_opened_again() {
    let mut driven = Driven::live(vec![head(T, 60, 50), head(U, 0, 0)]);
    driven.give(Input::Open(Some(T)));
    driven.give_page(Position::Around(50), page(T, 26, 60, 60));
    driven.give(Input::Seen { thread: T, seq: 60 });
    assert_eq!(driven.timeline().first_unread, Some(51));
    driven.give(Input::Open(Some(U)));
    driven.give(Input::Open(Some(T)));
    assert_eq!(driven.timeline().first_unread, None);
}

#[test]
fn the_boot_page_is_shown_without_a_fetch() {
    let boot = Boot {
        open: Some(page(T, 75, 125, 500)),
        ..boot(vec![head(T, 500, 100)])
    };
    let mut driven = Driven::new(boot);
    assert_eq!(driven.timeline().first_unread, Some(101));
    assert_eq!(fetches(&driven.give(Input::Open(Some(T)))), []);
    assert_eq!(driven.timeline().first_unread, Some(101));
    assert_eq!(driven.seqs().len(), 51);
}

#[test]
fn thread_loaded_to_its_end_is_shown_at_once() {
    let mut driven = Driven::looking_at(60);
    driven.give(Input::Open(None));
    driven.receive(event(61));
    assert_eq!(fetches(&driven.give(Input::Open(Some(T)))), []);
    assert_eq!(driven.timeline().first_unread, Some(61));
}

#[test]
fn gap_in_a_closed_thread_is_filled_when_it_is_opened() {
    let mut driven = Driven::looking_at(60);
    driven.give(Input::Open(None));
    assert_eq!(fetches(&driven.receive(is_at(62))), []);
    assert_eq!(fetches(&driven.receive(event(63))), []);
    assert_eq!(driven.engine.timeline(T), None);
    assert_eq!(
        fetches(&driven.give(Input::Open(Some(T)))),
        [Position::Around(60)]
    );
}

#[test]
fn scrolling_fetches_one_page_per_direction() {
    let mut driven = Driven::live(vec![head(T, 500, 100)]);
    driven.give(Input::Open(Some(T)));
    driven.give_page(Position::Around(100), page(T, 75, 125, 500));
    assert_eq!(
        fetches(&driven.give(Input::WantOlder(T))),
        [Position::Before(75)]
    );
    assert_eq!(fetches(&driven.give(Input::WantOlder(T))), []);
    assert_eq!(
        fetches(&driven.give(Input::WantNewer(T))),
        [Position::After(125)]
    );
    driven.give_page(Position::Before(75), page(T, 25, 74, 500));
    driven.give_page(Position::After(125), page(T, 126, 175, 500));
    assert_eq!(driven.seqs(), (25..=175).collect::<Vec<_>>());
    driven.give(Input::WantOlder(T));
    driven.give_page(Position::Before(25), page(T, 1, 24, 500));
    assert!(!driven.timeline().more_before);
    assert_eq!(fetches(&driven.give(Input::WantOlder(T))), []);
}

#[test]
fn window_is_trimmed_at_its_far_end() {
    let mut driven = Driven::live(vec![head(T, 1_000, 1_000)]);
    driven.give(Input::Open(Some(T)));
    driven.give_page(Position::Latest, page(T, 801, 1_000, 1_000));
    driven.give(Input::WantOlder(T));
    driven.give_page(Position::Before(801), page(T, 601, 800, 1_000));
    assert_eq!(driven.seqs(), (601..=900).collect::<Vec<_>>());
    assert!(!driven.timeline().at_end);
    // Live events are not added where they don't belong.
    driven.receive(event(1_001));
    assert_eq!(driven.seqs().last(), Some(&900));
    driven.give(Input::WantNewer(T));
    driven.give_page(Position::After(900), page(T, 901, 1_001, 1_001));
    assert_eq!(driven.seqs(), (702..=1_001).collect::<Vec<_>>());
    assert!(driven.timeline().at_end && driven.timeline().more_before);
    assert_eq!(driven.seqs().len(), limits::WINDOW);
}

#[test]
fn the_end_is_reached_only_when_nothing_is_missing() {
    let mut driven = Driven::live(vec![head(T, 130, 100)]);
    driven.give(Input::Open(Some(T)));
    driven.give_page(Position::Around(100), page(T, 75, 125, 130));
    driven.give(Input::WantNewer(T));
    // The page is read, then an event happens, then the page arrives.
    driven.receive(event(131));
    let effects = driven.give_page(Position::After(125), page(T, 126, 130, 130));
    assert_eq!(fetches(&effects), [Position::After(130)]);
    assert!(!driven.timeline().at_end);
    driven.give_page(Position::After(130), page(T, 131, 131, 131));
    assert!(driven.timeline().at_end);
}

#[test]
fn latest_page_replaces_the_window_and_stale_answers_are_ignored() {
    let mut driven = Driven::live(vec![head(T, 500, 100)]);
    driven.give(Input::Open(Some(T)));
    driven.give_page(Position::Around(100), page(T, 75, 125, 500));
    driven.give(Input::WantNewer(T));
    assert_eq!(
        fetches(&driven.give(Input::WantLatest(T))),
        [Position::Latest]
    );
    driven.receive(event(501));
    driven.give_page(Position::Latest, page(T, 451, 500, 500));
    assert_eq!(driven.seqs(), (451..=501).collect::<Vec<_>>());
    assert!(driven.timeline().at_end);
    driven.give_page(Position::After(125), page(T, 126, 175, 500));
    driven.give_page(Position::Latest, page(T, 1, 2, 2));
    assert_eq!(driven.seqs(), (451..=501).collect::<Vec<_>>());
    assert_eq!(fetches(&driven.give(Input::WantLatest(T))), []);
}

#[test]
fn failed_fetch_is_retried_with_backoff() {
    let mut driven = Driven::looking_at(60);
    driven.give(Input::WantOlder(T));
    let mut before = 0;
    for _ in 0..4 {
        fail(&mut driven, Position::Before(11), Refusal::Unreachable);
        assert_eq!(driven.timeline().failed, Some(Refusal::Unreachable));
        driven.receive(ServerFrame::Pong);
        let at = driven.engine.next_tick().unwrap();
        assert!(at - driven.now > before);
        before = at - driven.now;
        assert_eq!(fetches(&driven.tick()), [Position::Before(11)]);
    }
    driven.give_page(Position::Before(11), page(T, 1, 10, 60));
    assert_eq!((driven.timeline().failed, driven.seqs().len()), (None, 60));
}

#[test]
fn failed_fetch_is_cleared_when_the_events_arrive_live() {
    let mut driven = Driven::looking_at(60);
    driven.receive(event(62));
    driven.reconnect(
        vec![head(T, 62, 60)],
        vec![missed(T, messages(T, 61, 62), true)],
    );
    fail(&mut driven, Position::After(60), Refusal::Unreachable);
    assert_eq!(
        (driven.timeline().failed, driven.seqs().last()),
        (None, Some(&62))
    );
}

#[test]
fn user_retries_do_not_cause_a_storm_of_fetches() {
    let mut driven = Driven::looking_at(60);
    driven.give(Input::WantOlder(T));
    fail(&mut driven, Position::Before(11), Refusal::NotFound);
    assert_eq!(driven.timeline().failed, Some(Refusal::NotFound));
    assert_eq!(fetches(&driven.pass(900)), []);
    assert_eq!(fetches(&driven.give(Input::WantOlder(T))), []);
    assert_eq!(fetches(&driven.pass(100)), [Position::Before(11)]);
}

#[test]
fn user_retry_ends_a_long_pause() {
    let mut driven = Driven::looking_at(60);
    driven.give(Input::WantOlder(T));
    fail(
        &mut driven,
        Position::Before(11),
        Refusal::Throttled {
            retry_after_ms: 20_000,
        },
    );
    assert_eq!(fetches(&driven.pass(5_000)), []);
    assert_eq!(
        fetches(&driven.give(Input::WantOlder(T))),
        [Position::Before(11)]
    );
}

#[test]
fn stale_page_still_extends_the_known_end() {
    let mut driven = Driven::looking_at(60);
    assert_eq!(
        fetches(&driven.give_page(Position::Around(3), page(T, 1, 20, 62))),
        [Position::After(60)]
    );
}

#[test]
fn waking_retries_at_once() {
    let mut driven = Driven::looking_at(60);
    driven.give(Input::WantOlder(T));
    fail(&mut driven, Position::Before(11), Refusal::Unreachable);
    assert_eq!(fetches(&driven.give(Input::Wake)), [Position::Before(11)]);
}

#[test]
fn missed_events_are_added_and_the_rest_is_fetched() {
    let mut driven = Driven::looking_at(60);
    let part = missed(T, messages(T, 61, 160), false);
    let effects = driven.reconnect(vec![head(T, 230, 60)], vec![part]);
    assert_eq!(fetches(&effects), [Position::After(160)]);
    assert_eq!(driven.seqs().last(), Some(&160));
    driven.receive(event(231));
    let effects = driven.give_page(Position::After(160), page(T, 161, 210, 231));
    assert_eq!(fetches(&effects), [Position::After(210)]);
    driven.give_page(Position::After(210), page(T, 211, 230, 230));
    assert_eq!(driven.seqs(), (11..=231).collect::<Vec<_>>());
}

#[test]
fn a_head_that_is_ahead_of_the_window_makes_it_catch_up() {
    let mut driven = Driven::looking_at(60);
    let effects = driven.reconnect(vec![head(T, 62, 60)], vec![]);
    assert_eq!(fetches(&effects), [Position::After(60)]);
}

#[test]
fn page_with_a_gap_is_rejected() {
    let mut driven = Driven::looking_at(60);
    driven.give(Input::WantOlder(T));
    let mut holey = page(T, 1, 10, 60);
    holey.events.remove(4);
    driven.give_page(Position::Before(11), holey);
    assert_eq!(driven.seqs(), (11..=60).collect::<Vec<_>>());
    assert_eq!(driven.timeline().failed, Some(Refusal::Internal));
}

#[test]
fn unexpected_page_is_rejected_without_a_storm_of_fetches() {
    let mut driven = Driven::looking_at(60);
    driven.give(Input::WantOlder(T));
    assert_eq!(
        fetches(&driven.give_page(Position::Before(11), page(T, 1, 8, 60))),
        []
    );
    assert_eq!(driven.seqs(), (11..=60).collect::<Vec<_>>());
    assert_eq!(
        fetches(&driven.give_page(Position::After(60), page(T, 62, 63, 63))),
        []
    );
    assert_eq!(driven.seqs().last(), Some(&60));
    // That page revealed that there is something beyond the end, though.
    let due = [Position::Before(11), Position::After(60)];
    assert_eq!(fetches(&driven.tick()), due);
}

#[test]
fn number_of_cached_threads_is_bounded() {
    let heads: Vec<_> = (1..=30).map(|id| head(ThreadId(id), 1, 1)).collect();
    let mut driven = Driven::live(heads);
    for id in (1..=30).map(ThreadId) {
        driven.give(Input::Open(Some(id)));
        driven.give_page(Position::Latest, page(id, 1, 1, 1));
    }
    let kept = (1..=30).filter(|&id| driven.engine.timeline(ThreadId(id)).is_some());
    assert_eq!(kept.collect::<Vec<_>>(), (11..=30).collect::<Vec<_>>());
}

#[test]
fn seen_messages_are_read_at_once_and_sent_at_a_limited_rate() {
    let mut driven = Driven::looking_at(60);
    (61..=65).for_each(|seq| drop(driven.receive(event(seq))));
    let seen = |seq| Input::Seen { thread: T, seq };
    let effects = driven.give(seen(61));
    assert!(effects.contains(&Effect::Changed(ViewChange::Threads)));
    assert_eq!(
        (reads(&effects), driven.engine.thread(T).unwrap().unread()),
        (vec![(T, 61)], 4)
    );
    assert_eq!(reads(&driven.give(seen(62))), []);
    assert_eq!(reads(&driven.give(seen(64))), []);
    assert_eq!(reads(&driven.give(seen(63))), []);
    assert_eq!(driven.engine.thread(T).unwrap().unread(), 1);
    assert_eq!(reads(&driven.tick()), [(T, 64)]);
    assert_eq!(driven.give(seen(99)), []);
}

#[test]
fn unconfirmed_mark_is_resent_and_never_moves_down() {
    let mut driven = Driven::looking_at(60);
    driven.receive(event(61));
    driven.give(Input::Seen { thread: T, seq: 61 });
    driven.now += 1_000;
    assert_eq!(
        reads(&driven.reconnect(vec![head(T, 61, 60)], vec![])),
        [(T, 61)]
    );
    assert_eq!(driven.engine.thread(T).unwrap().unread(), 0);
    let mark = |seq| ServerFrame::Read {
        thread: T,
        mark: ReadMark {
            seq,
            count: seq,
            ..ReadMark::default()
        },
    };
    driven.receive(mark(61));
    driven.now += 1_000;
    assert_eq!(reads(&driven.reconnect(vec![head(T, 61, 61)], vec![])), []);
    driven.receive(mark(20));
    assert_eq!(driven.engine.thread(T).unwrap().read.seq, 61);
}

#[test]
fn a_mark_moved_in_another_tab_moves_here() {
    let mut driven = Driven::live(vec![head(T, 60, 10)]);
    driven.receive(ServerFrame::Read {
        thread: T,
        mark: ReadMark {
            turn: 0,
            seq: 40,
            count: 40,
        },
    });
    assert_eq!(driven.engine.thread(T).unwrap().unread(), 20);
}

#[test]
fn page_read_before_an_outage_is_reread_after_it() {
    let mut driven = Driven::live(vec![head(T, 500, 100)]);
    driven.give(Input::Open(Some(T)));
    driven.reconnect(vec![head(T, 501, 100)], vec![]);
    // Events in between may have amended one of these.
    driven.give_page(Position::Around(100), page(T, 76, 125, 500));
    assert_eq!(driven.seqs(), (76..=125).collect::<Vec<_>>());
    assert_eq!(fetches(&driven.tick()), [Position::After(75)]);
    // The same holds for a page that was requested again before another outage.
    driven.reconnect(vec![head(T, 502, 100)], vec![]);
    driven.give_page(Position::After(75), page(T, 76, 125, 501));
    assert_eq!(fetches(&driven.tick()), [Position::After(75)]);
    driven.give_page(Position::After(75), page(T, 76, 125, 502));
    driven.pass(10_000);
    assert_eq!(
        fetches(&driven.give(Input::WantOlder(T))),
        [Position::Before(76)]
    );
}

#[test]
fn live_events_from_before_an_outage_are_reread_after_it() {
    let mut driven = Driven::live(vec![head(T, 10, 0)]);
    driven.give(Input::Open(Some(T)));
    for seq in 11..=14 {
        driven.receive(event(seq));
    }
    driven.reconnect(vec![head(T, 20, 0)], vec![]);
    driven.give_page(Position::Around(0), page(T, 1, 12, 20));
    assert_eq!(driven.seqs(), (1..=12).collect::<Vec<_>>());
}

#[test]
fn what_is_deleted_before_it_is_read_is_not_unread_and_the_divider_passes_it() {
    let mut driven = Driven::live(vec![head(T, 60, 50), head(U, 70, 60)]);
    let unread = |driven: &Driven, id| driven.engine.thread(id).unwrap().unread();
    let deleted = |seq, target, count| {
        ServerFrame::Event(Event {
            count,
            body: EventBody::MessageDeleted { seq: target },
            ..message(T, seq, BOB)
        })
    };
    driven.receive(deleted(61, 51, 60));
    driven.receive(deleted(62, 53, 60));
    assert_eq!(unread(&driven, T), 8);
    assert_eq!(unread(&driven, U), 10, "of another thread");
    // A message that was already read did not count as unread before either.
    driven.receive(deleted(63, 7, 60));
    assert_eq!(unread(&driven, T), 8);
    // Received again, as after an outage, it counts once.
    driven.receive(deleted(62, 53, 60));
    assert_eq!(unread(&driven, T), 8);

    driven.give(Input::Open(Some(T)));
    let mut around = page(T, 26, 60, 63);
    around.events[25].body = EventBody::Deleted;
    around.events[27].body = EventBody::Deleted;
    driven.give_page(Position::Around(50), around);
    assert_eq!(driven.timeline().first_unread, Some(52));
    driven.give(Input::Seen { thread: T, seq: 52 });
    assert_eq!(unread(&driven, T), 7);
    driven.give(Input::Seen { thread: T, seq: 60 });
    assert_eq!(unread(&driven, T), 0);
}

#[test]
fn what_a_head_says_of_deleted_messages_ends_with_the_mark() {
    let mut with_gaps = head(T, 60, 50);
    with_gaps.deleted = vec![52, 53, 60];
    let mut driven = Driven::live(vec![with_gaps]);
    let unread = |driven: &Driven| driven.engine.thread(T).unwrap().unread();
    assert_eq!(unread(&driven), 7);
    driven.receive(ServerFrame::Read {
        thread: T,
        mark: ReadMark {
            turn: 0,
            seq: 52,
            count: 52,
        },
    });
    assert_eq!(unread(&driven), 6);
    // A head that is older than the mark here.
    let mut older = head(T, 60, 50);
    older.deleted = vec![52, 53, 60];
    driven.reconnect(vec![older], vec![]);
    assert_eq!(unread(&driven), 6);
}

/// The head of T after messages from this one on were marked as unread.
fn marked_unread(from: Seq, last_seq: Seq) -> ServerFrame {
    let mut head = head(T, last_seq, from - 1);
    head.read.turn = 1;
    ServerFrame::Thread(head)
}

#[test]
fn messages_marked_as_unread_stay_so_on_the_screen_until_the_thread_is_opened_again() {
    let mut driven = Driven::looking_at(60);
    driven.receive(marked_unread(50, 60));
    let unread = |driven: &Driven| driven.engine.thread(T).unwrap().unread();
    assert_eq!(unread(&driven), 11);
    assert_eq!(driven.timeline().first_unread, Some(50));
    let seen = Input::Seen { thread: T, seq: 60 };
    assert_eq!(reads(&driven.give(seen.clone())), []);
    assert_eq!(unread(&driven), 11);
    // A mark of the turn before, sent by another tab, changes nothing.
    let mark = ReadMark {
        turn: 0,
        seq: 60,
        count: 60,
    };
    driven.receive(ServerFrame::Read { thread: T, mark });
    assert_eq!(unread(&driven), 11);
    driven.give(Input::Open(Some(T)));
    assert_eq!(reads(&driven.give(seen)), [(T, 60)]);
    assert_eq!(unread(&driven), 0);
}

#[test]
fn a_late_head_that_marks_as_unread_is_merged_with_what_came_after_it() {
    let mut driven = Driven::looking_at(60);
    driven.receive(event(61));
    driven.receive(marked_unread(50, 60));
    let head = driven.engine.thread(T).unwrap();
    assert_eq!((head.last_seq, head.read.turn, head.unread()), (61, 1, 12));
}
