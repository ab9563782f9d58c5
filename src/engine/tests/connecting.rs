//! Connecting, backoff, heartbeat, and what ends the connection for good.

use super::*;
use crate::model::limits;
use crate::protocol::close;

fn pause(driven: &Driven) -> Millis {
    match driven.engine.link() {
        Link::Waiting { retry_at } => retry_at - driven.now,
        link => panic!("{link:?}"),
    }
}

#[test]
fn it_is_live_only_when_ready_has_come() {
    let mut driven = Driven::new(boot(vec![]));
    assert_eq!(driven.engine.link(), Link::Idle);
    assert_eq!(driven.engine.offline_since(), None);
    assert_eq!(driven.give(Input::Start)[0], Effect::Connect);
    let hello = ClientFrame::Hello {
        version: VERSION,
        resume: vec![],
    };
    assert_eq!(driven.give(Input::Opened), [Effect::Transmit(hello)]);
    assert_eq!(driven.engine.link(), Link::Connecting);
    assert_eq!(driven.engine.offline_since(), Some(driven.now));
    driven.hear(ready(vec![]));
    assert_eq!(driven.engine.link(), Link::Live);
    assert_eq!(driven.engine.offline_since(), None);
}

#[test]
fn pauses_grow_to_a_cap_and_begin_anew_after_ready() {
    let mut driven = Driven::live(vec![]);
    let mut longest = 0;
    for attempt in 0..40 {
        driven.give(Input::Closed { code: 1006 });
        let pause = pause(&driven);
        assert!((300..=30_000).contains(&pause), "{pause}");
        assert!(attempt > 0 || pause <= 600);
        longest = longest.max(pause);
        assert_eq!(driven.tick()[0], Effect::Connect);
    }
    assert!(longest > 15_000);
    driven.give(Input::Opened);
    driven.hear(ready(vec![]));
    driven.give(Input::Closed {
        code: close::RESYNC,
    });
    assert!(pause(&driven) <= 600);
}

#[test]
fn the_end_of_the_session_is_the_end_of_all() {
    let mut driven = Driven::looking_at(60);
    driven.give(Input::Closed {
        code: close::SESSION_ENDED,
    });
    assert_eq!(driven.engine.link(), Link::SessionEnded);
    assert_eq!(driven.engine.next_tick(), None);
    for input in [
        Input::Wake,
        Input::Tick,
        Input::Start,
        Input::Opened,
        Input::WantOlder(T),
    ] {
        let effects = driven.give(input);
        assert!(
            effects
                .iter()
                .all(|effect| matches!(effect, Effect::Changed(_))),
            "{effects:?}"
        );
    }
    assert_eq!(
        driven.send(T, 1),
        [Effect::SaveOutbox, Effect::Changed(Change::Timeline(T))]
    );
}

#[test]
fn another_version_makes_it_outdated() {
    let mut driven = Driven::live(vec![]);
    driven.give(Input::Closed {
        code: close::VERSION,
    });
    assert_eq!(driven.engine.link(), Link::Outdated);

    let mut driven = Driven::live(vec![]);
    driven.refuse(1, Refusal::Version);
    assert_eq!(driven.engine.link(), Link::Outdated);
}

#[test]
fn a_ready_for_somebody_else_ends_the_session() {
    let mut driven = Driven::new(boot(vec![]));
    driven.give(Input::Start);
    driven.give(Input::Opened);
    let ServerFrame::Ready {
        version,
        threads,
        more_threads,
        missed,
        online,
        ..
    } = ready(vec![])
    else {
        unreachable!()
    };
    let effects = driven.hear(ServerFrame::Ready {
        version,
        me: BOB,
        threads,
        more_threads,
        missed,
        online,
        receipts: Vec::new(),
        privacy: Privacy::default(),
        blocked: Vec::new(),
    });
    assert_eq!(effects[0], Effect::Disconnect);
    assert_eq!(driven.engine.link(), Link::SessionEnded);
}

#[test]
fn a_fetch_that_is_refused_for_want_of_a_session_ends_it() {
    let mut driven = Driven::looking_at(60);
    driven.give(Input::WantOlder(T));
    let (thread, position) = (T, Position::Before(11));
    driven.give(Input::Page {
        thread,
        position,
        result: Err(Refusal::NotLoggedIn),
    });
    assert_eq!(driven.engine.link(), Link::SessionEnded);
}

#[test]
fn waking_connects_at_once() {
    let mut driven = Driven::live(vec![]);
    driven.give(Input::Closed { code: 1006 });
    assert_eq!(driven.give(Input::Wake)[0], Effect::Connect);
    assert_eq!(driven.give(Input::Wake), []);
}

#[test]
fn waking_takes_a_silent_connection_for_dead_soon() {
    let mut driven = Driven::live(vec![]);
    assert_eq!(
        driven.give(Input::Wake),
        [Effect::Transmit(ClientFrame::Ping)]
    );
    assert_eq!(driven.pass(3_999), []);
    assert_eq!(driven.pass(1)[..2], [Effect::Disconnect, Effect::Connect]);

    let mut driven = Driven::live(vec![]);
    driven.give(Input::Wake);
    driven.hear(ServerFrame::Pong);
    assert_eq!(driven.pass(4_000), []);
    assert_eq!(driven.engine.link(), Link::Live);
}

#[test]
fn an_attempt_that_leads_to_nothing_is_given_up() {
    let mut driven = Driven::new(boot(vec![]));
    driven.give(Input::Start);
    driven.pass(5_000);
    driven.give(Input::Opened);
    assert_eq!(driven.pass(5_000)[0], Effect::Disconnect);
    pause(&driven);
}

#[test]
fn a_ping_is_answered_and_silence_is_asked_into_and_then_taken_for_death() {
    let mut driven = Driven::live(vec![]);
    assert_eq!(
        driven.hear(ServerFrame::Ping),
        [Effect::Transmit(ClientFrame::Pong)]
    );
    assert_eq!(driven.pass(25_000), [Effect::Transmit(ClientFrame::Ping)]);
    assert_eq!(driven.pass(9_999), []);
    assert_eq!(driven.pass(1)[0], Effect::Disconnect);
    assert!(driven.engine.offline_since().is_some());
}

#[test]
fn a_clock_that_is_set_back_stops_nothing() {
    let mut driven = Driven::live(vec![]);
    driven.now -= 3_600_000;
    driven.give(Input::Closed { code: 1006 });
    assert!(pause(&driven) <= 600);
    assert!(driven.engine.next_tick().unwrap() <= driven.now + 600);
    assert_eq!(driven.tick()[0], Effect::Connect);
}

#[test]
fn an_event_of_an_unknown_thread_begins_anew() {
    let mut driven = Driven::live(vec![]);
    driven.now += 1_000;
    let effects = driven.hear(ServerFrame::Event(message(T, 1, BOB)));
    assert_eq!(effects[..2], [Effect::Disconnect, Effect::Connect]);
    driven.give(Input::Opened);
    driven.hear(ready(vec![]));
    // It didn't help: back off instead of looping.
    driven.hear(ServerFrame::Event(message(T, 1, BOB)));
    pause(&driven);
}

#[test]
fn what_comes_on_a_connection_that_was_given_up_is_not_listened_to() {
    let mut driven = Driven::looking_at(60);
    driven.give(Input::Closed { code: 1006 });
    assert_eq!(driven.hear(ServerFrame::Event(message(T, 61, BOB))), []);
}

#[test]
fn hello_resumes_the_threads_that_are_held_to_their_end() {
    let mut driven = Driven::looking_at(60);
    driven.give(Input::Thread(head(U, 500, 100)));
    driven.give(Input::Open(Some(U)));
    driven.give_page(Position::Around(100), page(U, 75, 125, 500));
    driven.give(Input::Closed {
        code: close::RESTART,
    });
    driven.give(Input::Wake);
    let effects = driven.give(Input::Opened);
    assert_eq!(resumed(&effects), [Resume { thread: T, seq: 60 }]);
}

#[test]
fn hello_resumes_no_more_threads_than_the_server_takes() {
    let last = limits::RESUME_MAX as i64 + 5;
    let heads: Vec<_> = (1..=last).map(|id| head(ThreadId(id), 1, 1)).collect();
    let mut driven = Driven::live(heads);
    for id in (1..=last).map(ThreadId) {
        driven.give(Input::Open(Some(id)));
        driven.give_page(Position::Latest, page(id, 1, 1, 1));
    }
    driven.give(Input::Closed {
        code: close::RESTART,
    });
    driven.give(Input::Wake);
    let resumed = resumed(&driven.give(Input::Opened));
    assert!(resumed.len() <= limits::RESUME_MAX, "{}", resumed.len());
    // Those that are kept: the ones that were opened last.
    let kept = (1..=last).map(ThreadId).rev();
    let kept = kept.filter(|&id| driven.engine.timeline(id).is_some());
    let expected: Vec<_> = kept.map(|thread| Resume { thread, seq: 1 }).collect();
    assert_eq!((resumed.len(), &resumed), (20, &expected));
}

#[test]
fn a_tab_whose_place_newer_ones_took_waits_until_it_is_used() {
    let uses: [fn(&mut Driven); 4] = [
        |driven| drop(driven.give(Input::Wake)),
        |driven| drop(driven.give(Input::Typed(T))),
        |driven| drop(driven.send(T, 9)),
        |driven| drop(driven.give(Input::Open(Some(T)))),
    ];
    for used in uses {
        let mut driven = Driven::looking_at(60);
        driven.give(Input::Closed {
            code: close::REPLACED,
        });
        assert_eq!(driven.engine.link(), Link::Replaced);
        assert!(driven.engine.offline_since().is_some());
        for _ in 0..10 {
            let effects = driven.pass(60 * 60 * 1_000);
            assert!(!effects.contains(&Effect::Connect), "by itself");
        }
        used(&mut driven);
        assert_eq!(driven.engine.link(), Link::Connecting);
        driven.give(Input::Opened);
        driven.hear(ready(vec![head(T, 60, 60)]));
        assert_eq!(driven.engine.link(), Link::Live);
    }
}

#[test]
fn who_said_too_much_stays_away_for_long() {
    let mut driven = Driven::live(vec![]);
    driven.give(Input::Closed {
        code: close::FLOODED,
    });
    assert_eq!(pause(&driven), 30_000);
    assert_eq!(driven.tick()[0], Effect::Connect);
}
