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
fn what_comes_live_is_added_once() {
    let mut driven = Driven::looking_at(60);
    driven.hear(event(61));
    driven.hear(event(61));
    driven.hear(event(30));
    assert_eq!(driven.seqs(), (11..=61).collect::<Vec<_>>());
    assert_eq!(driven.engine.thread(T).unwrap().unread(), 1);
}

#[test]
fn nothing_is_shown_beyond_a_hole() {
    let mut driven = Driven::looking_at(60);
    assert_eq!(fetches(&driven.hear(is_at(62))), [Position::After(60)]);
    driven.hear(event(63));
    assert_eq!(fetches(&driven.hear(event(64))), []);
    assert_eq!(driven.seqs().last(), Some(&60));
    assert!(driven.timeline().loading);
    driven.give_page(Position::After(60), page(T, 61, 62, 64));
    assert_eq!(driven.seqs().last(), Some(&64));
    assert!(!driven.timeline().loading);
}

#[test]
fn what_a_page_is_ahead_of_is_not_lost_when_it_comes_live() {
    let mut driven = Driven::live(vec![head(T, 1, 1)]);
    driven.give(Input::Open(Some(T)));
    driven.give_page(Position::Latest, page(T, 11, 60, 60));
    driven.hear(ServerFrame::Event(Event {
        body: EventBody::Pinned { seq: 1 },
        count: 1,
        ..message(T, 2, BOB)
    }));
    for seq in 3..=60 {
        driven.hear(event(seq));
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
fn a_thread_that_is_held_to_its_end_is_shown_at_once() {
    let mut driven = Driven::looking_at(60);
    driven.give(Input::Open(None));
    driven.hear(event(61));
    assert_eq!(fetches(&driven.give(Input::Open(Some(T)))), []);
    assert_eq!(driven.timeline().first_unread, Some(61));
}

#[test]
fn a_hole_in_a_thread_that_is_not_open_is_left_for_the_next_opening() {
    let mut driven = Driven::looking_at(60);
    driven.give(Input::Open(None));
    assert_eq!(fetches(&driven.hear(is_at(62))), []);
    assert_eq!(fetches(&driven.hear(event(63))), []);
    assert_eq!(driven.engine.timeline(T), None);
    assert_eq!(
        fetches(&driven.give(Input::Open(Some(T)))),
        [Position::Around(60)]
    );
}

#[test]
fn scrolling_fetches_one_page_a_direction() {
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
fn the_window_lets_go_of_its_far_end() {
    let mut driven = Driven::live(vec![head(T, 1_000, 1_000)]);
    driven.give(Input::Open(Some(T)));
    driven.give_page(Position::Latest, page(T, 801, 1_000, 1_000));
    driven.give(Input::WantOlder(T));
    driven.give_page(Position::Before(801), page(T, 601, 800, 1_000));
    assert_eq!(driven.seqs(), (601..=900).collect::<Vec<_>>());
    assert!(!driven.timeline().at_end);
    // Live events are not added where they don't belong.
    driven.hear(event(1_001));
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
    driven.hear(event(131));
    let effects = driven.give_page(Position::After(125), page(T, 126, 130, 130));
    assert_eq!(fetches(&effects), [Position::After(130)]);
    assert!(!driven.timeline().at_end);
    driven.give_page(Position::After(130), page(T, 131, 131, 131));
    assert!(driven.timeline().at_end);
}

#[test]
fn the_latest_page_replaces_the_window_and_what_was_asked_before_is_ignored() {
    let mut driven = Driven::live(vec![head(T, 500, 100)]);
    driven.give(Input::Open(Some(T)));
    driven.give_page(Position::Around(100), page(T, 75, 125, 500));
    driven.give(Input::WantNewer(T));
    assert_eq!(
        fetches(&driven.give(Input::WantLatest(T))),
        [Position::Latest]
    );
    driven.hear(event(501));
    driven.give_page(Position::Latest, page(T, 451, 500, 500));
    assert_eq!(driven.seqs(), (451..=501).collect::<Vec<_>>());
    assert!(driven.timeline().at_end);
    driven.give_page(Position::After(125), page(T, 126, 175, 500));
    driven.give_page(Position::Latest, page(T, 1, 2, 2));
    assert_eq!(driven.seqs(), (451..=501).collect::<Vec<_>>());
    assert_eq!(fetches(&driven.give(Input::WantLatest(T))), []);
}

#[test]
fn a_failed_fetch_is_tried_again_with_growing_pauses() {
    let mut driven = Driven::looking_at(60);
    driven.give(Input::WantOlder(T));
    let mut before = 0;
    for _ in 0..4 {
        fail(&mut driven, Position::Before(11), Refusal::Unreachable);
        assert_eq!(driven.timeline().failed, Some(Refusal::Unreachable));
        driven.hear(ServerFrame::Pong);
        let at = driven.engine.next_tick().unwrap();
        assert!(at - driven.now > before);
        before = at - driven.now;
        assert_eq!(fetches(&driven.tick()), [Position::Before(11)]);
    }
    driven.give_page(Position::Before(11), page(T, 1, 10, 60));
    assert_eq!((driven.timeline().failed, driven.seqs().len()), (None, 60));
}

#[test]
fn a_failure_to_fetch_what_came_another_way_is_forgotten() {
    let mut driven = Driven::looking_at(60);
    driven.hear(event(62));
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
fn a_wish_does_not_make_a_storm_of_failing_fetches() {
    let mut driven = Driven::looking_at(60);
    driven.give(Input::WantOlder(T));
    fail(&mut driven, Position::Before(11), Refusal::NotFound);
    assert_eq!(driven.timeline().failed, Some(Refusal::NotFound));
    assert_eq!(fetches(&driven.pass(900)), []);
    assert_eq!(fetches(&driven.give(Input::WantOlder(T))), []);
    assert_eq!(fetches(&driven.pass(100)), [Position::Before(11)]);
}

#[test]
fn a_wish_ends_a_long_pause() {
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
fn an_older_answer_still_tells_how_far_the_thread_goes() {
    let mut driven = Driven::looking_at(60);
    assert_eq!(
        fetches(&driven.give_page(Position::Around(3), page(T, 1, 20, 62))),
        [Position::After(60)]
    );
}

#[test]
fn waking_tries_again_at_once() {
    let mut driven = Driven::looking_at(60);
    driven.give(Input::WantOlder(T));
    fail(&mut driven, Position::Before(11), Refusal::Unreachable);
    assert_eq!(fetches(&driven.give(Input::Wake)), [Position::Before(11)]);
}

#[test]
fn what_was_missed_is_added_and_the_rest_is_fetched_until_nothing_is_missing() {
    let mut driven = Driven::looking_at(60);
    let part = missed(T, messages(T, 61, 160), false);
    let effects = driven.reconnect(vec![head(T, 230, 60)], vec![part]);
    assert_eq!(fetches(&effects), [Position::After(160)]);
    assert_eq!(driven.seqs().last(), Some(&160));
    driven.hear(event(231));
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
fn a_page_with_a_hole_in_it_is_not_shown() {
    let mut driven = Driven::looking_at(60);
    driven.give(Input::WantOlder(T));
    let mut holey = page(T, 1, 10, 60);
    holey.events.remove(4);
    driven.give_page(Position::Before(11), holey);
    assert_eq!(driven.seqs(), (11..=60).collect::<Vec<_>>());
    assert_eq!(driven.timeline().failed, Some(Refusal::Internal));
}

#[test]
fn a_page_that_was_not_asked_for_is_not_shown_and_does_not_make_a_storm() {
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
fn only_so_many_threads_are_kept() {
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
fn what_was_seen_is_read_here_at_once_and_told_now_and_then() {
    let mut driven = Driven::looking_at(60);
    (61..=65).for_each(|seq| drop(driven.hear(event(seq))));
    let seen = |seq| Input::Seen { thread: T, seq };
    let effects = driven.give(seen(61));
    assert!(effects.contains(&Effect::Changed(Change::Threads)));
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
fn a_mark_that_may_not_have_arrived_is_told_again_and_never_moves_down() {
    let mut driven = Driven::looking_at(60);
    driven.hear(event(61));
    driven.give(Input::Seen { thread: T, seq: 61 });
    driven.now += 1_000;
    assert_eq!(
        reads(&driven.reconnect(vec![head(T, 61, 60)], vec![])),
        [(T, 61)]
    );
    assert_eq!(driven.engine.thread(T).unwrap().unread(), 0);
    let mark = |seq| ServerFrame::Read {
        thread: T,
        mark: ReadMark { seq, count: seq },
    };
    driven.hear(mark(61));
    driven.now += 1_000;
    assert_eq!(reads(&driven.reconnect(vec![head(T, 61, 61)], vec![])), []);
    driven.hear(mark(20));
    assert_eq!(driven.engine.thread(T).unwrap().read.seq, 61);
}

#[test]
fn a_mark_moved_in_another_tab_moves_here() {
    let mut driven = Driven::live(vec![head(T, 60, 10)]);
    driven.hear(ServerFrame::Read {
        thread: T,
        mark: ReadMark { seq: 40, count: 40 },
    });
    assert_eq!(driven.engine.thread(T).unwrap().unread(), 20);
}

#[test]
fn a_page_that_was_read_before_an_outage_is_read_again_after_it() {
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
fn what_came_live_before_an_outage_is_read_anew_after_it() {
    let mut driven = Driven::live(vec![head(T, 10, 0)]);
    driven.give(Input::Open(Some(T)));
    for seq in 11..=14 {
        driven.hear(event(seq));
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
    driven.hear(deleted(61, 51, 60));
    driven.hear(deleted(62, 53, 60));
    assert_eq!(unread(&driven, T), 8);
    assert_eq!(unread(&driven, U), 10, "of another thread");
    // What had been read was not unread before either.
    driven.hear(deleted(63, 7, 60));
    assert_eq!(unread(&driven, T), 8);
    // Heard of once more, as after an outage, it counts once.
    driven.hear(deleted(62, 53, 60));
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
    driven.hear(ServerFrame::Read {
        thread: T,
        mark: ReadMark { seq: 52, count: 52 },
    });
    assert_eq!(unread(&driven), 6);
    // A head that is older than the mark here.
    let mut older = head(T, 60, 50);
    older.deleted = vec![52, 53, 60];
    driven.reconnect(vec![older], vec![]);
    assert_eq!(unread(&driven), 6);
}
