//! Resuming: missed events arrive exactly once.

use std::collections::BTreeMap;

use chapp::model::{Event, Seq, ThreadId, limits};
use chapp::protocol::{Missed, ServerFrame};

use crate::support::{ANY_PACE, TestServer, UNPACED};

fn missed(ready: ServerFrame) -> Vec<Missed> {
    match ready {
        ServerFrame::Ready { missed, .. } => missed,
        other => panic!("{other:?}"),
    }
}

fn seqs(events: &[Event]) -> Vec<Seq> {
    events.iter().map(|event| event.seq).collect()
}

#[tokio::test]
async fn resuming_delivers_exactly_the_missed_events() {
    let server = TestServer::start().await;
    let (ana, bob) = (server.sign_up("ana").await, server.sign_up("bob").await);
    let thread = ana.open_direct(&bob).await;
    let mut sender = ana.tab().await;
    for number in 1..=5 {
        sender.send(thread, &format!("message {number}")).await;
    }
    let mut tab = bob.silent_tab().await;
    let missed = missed(tab.hello(&[(thread, 3)]).await);
    assert_eq!(missed.len(), 1);
    assert!(missed[0].complete);
    assert_eq!(seqs(&missed[0].events), [4, 5]);
    assert!(tab.events_so_far().await.is_empty());
    sender.send(thread, "live again").await;
    assert_eq!(seqs(&tab.events_so_far().await), [6]);
}

#[tokio::test]
async fn resuming_without_a_gap_reports_nothing_missed() {
    let server = TestServer::start().await;
    let (ana, bob) = (server.sign_up("ana").await, server.sign_up("bob").await);
    let thread = ana.open_direct(&bob).await;
    ana.tab().await.send(thread, "hello").await;
    for seq in [1, 2, Seq::MAX] {
        let ready = bob.silent_tab().await.hello(&[(thread, seq)]).await;
        assert_eq!(missed(ready), [], "{seq}");
    }
}

#[tokio::test]
async fn resuming_after_a_large_gap_is_partial_and_says_so() {
    let server = TestServer::start_with(&[UNPACED]).await;
    let (ana, bob) = (server.sign_up("ana").await, server.sign_up("bob").await);
    let thread = ana.open_direct(&bob).await;
    let mut sender = ana.tab().await;
    let last = limits::MISSED_MAX as Seq + 20;
    for number in 1..=last {
        sender.send(thread, &format!("message {number}")).await;
    }
    let missed = missed(bob.silent_tab().await.hello(&[(thread, 0)]).await);
    assert!(!missed[0].complete);
    let got = seqs(&missed[0].events);
    assert_eq!(got, (1..=limits::MISSED_MAX as Seq).collect::<Vec<_>>());
    let rest = format!("/api/history?thread={thread}&after={}", got.len());
    let page: chapp::model::Page = bob.read(&rest).await;
    assert_eq!(
        seqs(&page.events),
        (got.len() as Seq + 1..=last).collect::<Vec<_>>()
    );
}

#[tokio::test]
async fn who_resumes_a_thread_of_others_learns_nothing_of_it() {
    let server = TestServer::start().await;
    let (ana, bob) = (server.sign_up("ana").await, server.sign_up("bob").await);
    let eve = server.sign_up("eve").await;
    let thread = ana.open_direct(&bob).await;
    let mut sender = ana.tab().await;
    sender.send(thread, "for bob").await;
    let mut tab = eve.silent_tab().await;
    let ready = tab.hello(&[(thread, 0)]).await;
    let ServerFrame::Ready {
        threads, missed, ..
    } = ready
    else {
        panic!("{ready:?}");
    };
    assert!(threads.is_empty() && missed.is_empty());
    sender.send(thread, "for bob too").await;
    assert!(tab.events_so_far().await.is_empty());
}

#[tokio::test]
async fn who_resumes_more_threads_than_may_be_gets_those_that_were_named_first() {
    let server = TestServer::start().await;
    let (ana, bob) = (server.sign_up("ana").await, server.sign_up("bob").await);
    let thread = ana.open_direct(&bob).await;
    ana.tab().await.send(thread, "hello").await;
    for (before, expected) in [
        (limits::RESUME_MAX - 2, 1),
        (limits::RESUME_MAX - 1, 1),
        (limits::RESUME_MAX, 0),
    ] {
        // Threads that are not his; and his own as the last.
        let others = (0..before as i64).map(|number| (ThreadId(1_000_000 + number), 0));
        let resume: Vec<_> = others.chain([(thread, 0)]).collect();
        let ready = bob.silent_tab().await.hello(&resume).await;
        assert_eq!(missed(ready).len(), expected, "after {before} others");
    }
}

#[tokio::test]
async fn coming_and_going_while_the_other_talks_loses_nothing_and_leaves_no_gap() {
    const MESSAGES: Seq = 400;
    let server = TestServer::start_with(&[ANY_PACE, UNPACED]).await;
    let (ana, bob) = (server.sign_up("ana").await, server.sign_up("bob").await);
    let thread = ana.open_direct(&bob).await;
    let mut sender = ana.tab().await;
    let talk = async {
        for number in 1..=MESSAGES {
            sender.send(thread, &format!("message {number}")).await;
        }
    };
    let listen = async {
        let mut have: BTreeMap<Seq, Event> = BTreeMap::new();
        while (have.len() as Seq) < MESSAGES {
            let mut tab = bob.silent_tab().await;
            let upto = have.len() as Seq;
            let parts = missed(tab.hello(&[(thread, upto)]).await);
            let mut events: Vec<Event> = parts.into_iter().flat_map(|part| part.events).collect();
            // A few live ones, and the connection breaks silently.
            events.extend(tab.events_so_far().await);
            for event in events {
                let known = have.insert(event.seq, event.clone());
                assert!(known.is_none_or(|known| known == event));
            }
            let first_gap = (1..).zip(have.keys()).find(|(want, got)| want != *got);
            assert_eq!(
                first_gap, None,
                "a gap between the missed and the live events"
            );
        }
        have
    };
    let ((), have) = tokio::join!(talk, listen);
    let texts: Vec<_> = have
        .values()
        .filter_map(|event| event.body.text())
        .collect();
    let expected: Vec<_> = (1..=MESSAGES).map(|n| format!("message {n}")).collect();
    assert_eq!(texts, expected);
}
