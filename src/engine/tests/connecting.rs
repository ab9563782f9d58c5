//! Connecting, backoff, heartbeat, and what ends the connection for good.

use super::*;
use crate::model::limits;
use crate::protocol::close;

fn pause(driven: &Driven) -> Millis {
    match driven.engine.link() {
        ConnectionState::Waiting { retry_at } => retry_at - driven.now,
        link => panic!("{link:?}"),
    }
}

#[test]
fn is_live_only_after_ready() {
    let mut driven = Driven::new(boot(vec![]));
    assert_eq!(driven.engine.link(), ConnectionState::Idle);
    assert_eq!(driven.engine.offline_since(), None);
    assert_eq!(driven.give(Input::Start)[0], Effect::Connect);
    let hello = ClientFrame::Hello {
        version: VERSION,
        resume: vec![],
    };
    assert_eq!(driven.give(Input::Opened), [Effect::Transmit(hello)]);
    assert_eq!(driven.engine.link(), ConnectionState::Connecting);
    assert_eq!(driven.engine.offline_since(), Some(driven.now));
    driven.receive(ready(vec![]));
    assert_eq!(driven.engine.link(), ConnectionState::Live);
    assert_eq!(driven.engine.offline_since(), None);
}

#[test]
fn backoff_grows_to_a_cap_and_resets_after_ready() {
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
    driven.receive(ready(vec![]));
    driven.give(Input::Closed {
        code: close::RESYNC,
    });
    assert!(pause(&driven) <= 600);
}

#[test]
fn end_of_session_is_final() {
    let mut driven = Driven::looking_at(60);
    driven.give(Input::Closed {
        code: close::SESSION_ENDED,
    });
    assert_eq!(driven.engine.link(), ConnectionState::SessionEnded);
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
        [Effect::SaveOutbox, Effect::Changed(ViewChange::Timeline(T))]
    );
}

#[test]
fn version_mismatch_makes_it_outdated() {
    let mut driven = Driven::live(vec![]);
    driven.give(Input::Closed {
        code: close::VERSION,
    });
    assert_eq!(driven.engine.link(), ConnectionState::Outdated);

    let mut driven = Driven::live(vec![]);
    driven.refuse(1, Refusal::Version);
    assert_eq!(driven.engine.link(), ConnectionState::Outdated);
}

#[test]
fn ready_for_another_user_ends_the_session() {
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
    let effects = driven.receive(ServerFrame::Ready {
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
    assert_eq!(driven.engine.link(), ConnectionState::SessionEnded);
}

#[test]
fn fetch_refused_as_not_logged_in_ends_the_session() {
    let mut driven = Driven::looking_at(60);
    driven.give(Input::WantOlder(T));
    let (thread, position) = (T, Position::Before(11));
    driven.give(Input::Page {
        thread,
        position,
        result: Err(Refusal::NotLoggedIn),
    });
    assert_eq!(driven.engine.link(), ConnectionState::SessionEnded);
}

#[test]
fn waking_connects_at_once() {
    let mut driven = Driven::live(vec![]);
    driven.give(Input::Closed { code: 1006 });
    assert_eq!(driven.give(Input::Wake)[0], Effect::Connect);
    assert_eq!(driven.give(Input::Wake), []);
}

#[test]
fn waking_gives_a_silent_connection_a_short_deadline() {
    let mut driven = Driven::live(vec![]);
    assert_eq!(
        driven.give(Input::Wake),
        [Effect::Transmit(ClientFrame::Ping)]
    );
    assert_eq!(driven.pass(3_999), []);
    assert_eq!(driven.pass(1)[..2], [Effect::Disconnect, Effect::Connect]);

    let mut driven = Driven::live(vec![]);
    driven.give(Input::Wake);
    driven.receive(ServerFrame::Pong);
    assert_eq!(driven.pass(4_000), []);
    assert_eq!(driven.engine.link(), ConnectionState::Live);
}

#[test]
fn stalled_attempt_is_abandoned() {
    let mut driven = Driven::new(boot(vec![]));
    driven.give(Input::Start);
    driven.pass(5_000);
    driven.give(Input::Opened);
    assert_eq!(driven.pass(5_000)[0], Effect::Disconnect);
    pause(&driven);
}

#[test]
fn pings_are_answered_and_silence_is_probed_before_the_connection_is_dead() {
    let mut driven = Driven::live(vec![]);
    assert_eq!(
        driven.receive(ServerFrame::Ping),
        [Effect::Transmit(ClientFrame::Pong)]
    );
    assert_eq!(driven.pass(25_000), [Effect::Transmit(ClientFrame::Ping)]);
    assert_eq!(driven.pass(9_999), []);
    assert_eq!(driven.pass(1)[0], Effect::Disconnect);
    assert!(driven.engine.offline_since().is_some());
}

#[test]
fn clock_set_back_stops_nothing() {
    let mut driven = Driven::live(vec![]);
    driven.now -= 3_600_000;
    driven.give(Input::Closed { code: 1006 });
    assert!(pause(&driven) <= 600);
    assert!(driven.engine.next_tick().unwrap() <= driven.now + 600);
    assert_eq!(driven.tick()[0], Effect::Connect);
}

#[test]
fn event_of_an_unknown_thread_causes_a_resync() {
    let mut driven = Driven::live(vec![]);
    driven.now += 1_000;
    let effects = driven.receive(ServerFrame::Event(message(T, 1, BOB)));
    assert_eq!(effects[..2], [Effect::Disconnect, Effect::Connect]);
    driven.give(Input::Opened);
    driven.receive(ready(vec![]));
    // It didn't help: back off instead of looping.
    driven.receive(ServerFrame::Event(message(T, 1, BOB)));
    pause(&driven);
}

#[test]
fn frames_on_an_abandoned_connection_are_ignored() {
    let mut driven = Driven::looking_at(60);
    driven.give(Input::Closed { code: 1006 });
    assert_eq!(driven.receive(ServerFrame::Event(message(T, 61, BOB))), []);
}

#[test]
fn hello_resumes_threads_loaded_to_their_end() {
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
    // The cached ones are those opened last.
    let kept = (1..=last).map(ThreadId).rev();
    let kept = kept.filter(|&id| driven.engine.timeline(id).is_some());
    let expected: Vec<_> = kept.map(|thread| Resume { thread, seq: 1 }).collect();
    assert_eq!((resumed.len(), &resumed), (20, &expected));
}

#[test]
fn replaced_tab_reconnects_only_when_used() {
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
        assert_eq!(driven.engine.link(), ConnectionState::Replaced);
        assert!(driven.engine.offline_since().is_some());
        for _ in 0..10 {
            let effects = driven.pass(60 * 60 * 1_000);
            assert!(!effects.contains(&Effect::Connect), "by itself");
        }
        used(&mut driven);
        assert_eq!(driven.engine.link(), ConnectionState::Connecting);
        driven.give(Input::Opened);
        driven.receive(ready(vec![head(T, 60, 60)]));
        assert_eq!(driven.engine.link(), ConnectionState::Live);
    }
}

#[test]
fn flooding_client_backs_off_for_the_maximum() {
    let mut driven = Driven::live(vec![]);
    driven.give(Input::Closed {
        code: close::FLOODED,
    });
    assert_eq!(pause(&driven), 30_000);
    assert_eq!(driven.tick()[0], Effect::Connect);
}

#[test]
fn a_lost_network_ends_the_connection_at_once_and_is_shown_until_it_is_back() {
    let mut driven = Driven::live(vec![]);
    assert_eq!(driven.engine.trouble(), None);
    assert_eq!(driven.give(Input::NetworkLost)[0], Effect::Disconnect);
    assert_eq!(driven.engine.trouble(), Some(Trouble::NoNetwork));
    assert!(driven.engine.offline_since().is_some());
    assert_eq!(driven.give(Input::Wake)[0], Effect::Connect);
    assert_eq!(driven.engine.trouble(), Some(Trouble::NoNetwork));
    driven.give(Input::Opened);
    driven.receive(ready(vec![]));
    assert_eq!(driven.engine.trouble(), None);
}

#[test]
fn a_server_that_restarts_differs_from_one_that_is_gone() {
    let mut driven = Driven::live(vec![]);
    driven.give(Input::Closed { code: 1006 });
    assert_eq!(driven.engine.trouble(), None);
    driven.tick();
    driven.give(Input::Opened);
    driven.receive(ready(vec![]));
    driven.give(Input::Closed {
        code: close::RESTART,
    });
    assert_eq!(driven.engine.trouble(), Some(Trouble::Restarting));
}
