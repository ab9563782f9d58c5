//! The user's own messages, from the composer into the log.

use super::*;

fn event(id: u128, seq: Seq) -> ServerFrame {
    ServerFrame::Event(own(T, seq, id))
}

#[test]
fn message_is_saved_sent_and_shown_at_once() {
    let mut driven = Driven::looking_at(60);
    let effects = driven.send(T, 1);
    assert_eq!(effects[0], Effect::SaveOutbox);
    assert_eq!(sends(&effects), [1]);
    assert_eq!(effects[2], Effect::Changed(ViewChange::Timeline(T)));
    assert_eq!(driven.pending(), [1]);
    assert_eq!(driven.engine.outbox().len(), 1);
    // A second click.
    assert_eq!(driven.send(T, 1), []);
}

#[test]
fn message_neither_flickers_nor_doubles_whichever_of_ack_and_event_comes_first() {
    let mut driven = Driven::looking_at(60);
    driven.send(T, 1);
    driven.sent(1, 61);
    assert_eq!(
        (driven.pending(), driven.engine.outbox().len()),
        (vec![1], 0)
    );
    driven.receive(event(1, 61));
    assert_eq!(
        (driven.pending(), driven.seqs().last()),
        (vec![], Some(&61))
    );

    driven.send(T, 2);
    driven.receive(event(2, 62));
    assert_eq!(
        (driven.pending(), driven.engine.outbox().len()),
        (vec![], 0)
    );
    driven.sent(2, 62);
    assert_eq!(
        (driven.pending(), driven.seqs().last()),
        (vec![], Some(&62))
    );
    // Sent once more by a double-clicked form.
    assert_eq!(driven.send(T, 2), []);
}

#[test]
fn own_event_beyond_a_gap_stays_pending_until_the_gap_is_filled() {
    let mut driven = Driven::looking_at(60);
    driven.send(T, 1);
    let is_at_61 = ServerFrame::Thread(head(T, 61, 60));
    assert_eq!(fetches(&driven.receive(is_at_61)), [Position::After(60)]);
    driven.receive(event(1, 62));
    assert_eq!(
        (driven.pending(), driven.engine.outbox().len()),
        (vec![1], 0)
    );
    driven.give_page(Position::After(60), page(T, 61, 61, 62));
    assert_eq!(
        (driven.pending(), driven.seqs().last()),
        (vec![], Some(&62))
    );
}

#[test]
fn overdue_event_is_fetched() {
    let mut driven = Driven::looking_at(60);
    driven.send(T, 1);
    driven.sent(1, 61);
    assert_eq!(fetches(&driven.tick()), [Position::After(60)]);
    let events = vec![own(T, 61, 1)];
    let page = Page {
        events,
        ..page(T, 61, 61, 61)
    };
    driven.give_page(Position::After(60), page);
    assert_eq!(driven.pending(), [] as [u128; 0]);
}

#[test]
fn acknowledged_message_updates_the_list_before_its_event_arrives() {
    let mut driven = Driven::live(vec![head(T, 60, 50)]);
    driven.send(T, 1);
    driven.sent(1, 61);
    let head = driven.engine.thread(T).unwrap();
    assert_eq!((head.last_seq, head.unread()), (61, 0));
    assert_eq!(head.last.as_ref().unwrap().text, "text 1");
}

#[test]
fn one_message_per_thread_is_in_flight() {
    let mut driven = Driven::looking_at(60);
    driven.give(Input::Thread(head(U, 0, 0)));
    assert_eq!(sends(&driven.send(T, 1)), [1]);
    assert_eq!(sends(&driven.send(T, 2)), [] as [u128; 0]);
    assert_eq!(sends(&driven.send(U, 3)), [3]);
    assert_eq!(sends(&driven.sent(1, 61)), [2]);
}

#[test]
fn busy_server_is_retried_in_order() {
    let mut driven = Driven::looking_at(60);
    driven.send(T, 1);
    driven.send(T, 2);
    let none = sends(&driven.refuse(
        1,
        Refusal::Busy {
            retry_after_ms: 1_500,
        },
    ));
    assert_eq!(none, [] as [u128; 0]);
    assert_eq!(sends(&driven.pass(1_499)), [] as [u128; 0]);
    assert_eq!(sends(&driven.pass(1)), [1]);
    driven.refuse(1, Refusal::Throttled { retry_after_ms: 0 });
    driven.refuse(1, Refusal::Unavailable);
    assert_eq!(driven.timeline().pending[0].state, PendingState::Sending);
    assert_eq!(sends(&driven.pass(2_000)), [1]);
    assert_eq!(sends(&driven.sent(1, 61)), [2]);
}

fn too_fast(retry_after_ms: u64) -> Refusal {
    Refusal::TooFast { retry_after_ms }
}

#[test]
fn too_fast_holds_all_threads_with_a_countdown() {
    let mut driven = Driven::looking_at(60);
    driven.give(Input::Thread(head(U, 0, 0)));
    driven.send(T, 1);
    driven.send(T, 2);
    let effects = driven.refuse(1, too_fast(2_500));
    assert!(effects.contains(&Effect::Changed(ViewChange::Timeline(T))));
    assert_eq!(
        driven.timeline().held,
        Some((client_id(1), Held::Seconds(3)))
    );
    assert_eq!(sends(&driven.send(U, 3)), [] as [u128; 0]);
    // It counts down by itself.
    driven.tick();
    assert_eq!(
        driven.timeline().held,
        Some((client_id(1), Held::Seconds(2)))
    );
    driven.tick();
    assert_eq!(
        driven.timeline().held,
        Some((client_id(1), Held::Seconds(1)))
    );
    assert_eq!(sends(&driven.pass(999)), [] as [u128; 0]);
    // One at a time from here on, in the order in which they were sent.
    let effects = driven.pass(1);
    assert_eq!(sends(&effects), [1]);
    assert_eq!(driven.now, 1_002_500);
    assert_eq!(driven.timeline().held, None);
    assert!(effects.contains(&Effect::Changed(ViewChange::Timeline(T))));
    assert_eq!(sends(&driven.sent(1, 61)), [2]);
    assert_eq!(sends(&driven.sent(2, 62)), [3]);
    driven.sent(3, 1);
    assert_eq!(driven.engine.outbox(), []);
    // Later messages go out as usual.
    assert_eq!(sends(&driven.send(T, 4)), [4]);
    assert_eq!(sends(&driven.send(U, 5)), [5]);
}

#[test]
fn too_fast_twice_is_the_longer_wait() {
    let mut driven = Driven::looking_at(60);
    driven.give(Input::Thread(head(U, 0, 0)));
    driven.send(T, 1);
    driven.send(U, 2);
    driven.refuse(1, too_fast(5_000));
    driven.refuse(2, too_fast(10));
    assert_eq!(sends(&driven.pass(4_999)), [] as [u128; 0]);
    assert_eq!(sends(&driven.pass(1)), [1]);
    driven.refuse(1, too_fast(10));
    // Messages that become possible within a second go out together.
    assert_eq!(sends(&driven.pass(999)), [] as [u128; 0]);
    assert_eq!(sends(&driven.pass(1)), [1]);
}

#[test]
fn too_fast_holds_on_the_next_connection_too_and_while_there_is_none() {
    let mut driven = Driven::looking_at(60);
    driven.send(T, 1);
    driven.refuse(1, too_fast(20_000));
    driven.give(Input::Closed { code: 1006 });
    assert_eq!(driven.timeline().held, None, "it waits for a connection");
    driven.send(T, 2);
    driven.give(Input::Wake);
    driven.give(Input::Opened);
    let heads = vec![head(T, 60, 60)];
    assert_eq!(sends(&driven.receive(ready(heads))), [] as [u128; 0]);
    assert_eq!(
        driven.timeline().held,
        Some((client_id(1), Held::Seconds(20)))
    );
    assert_eq!(sends(&driven.pass(20_000)), [1]);
    assert_eq!(sends(&driven.sent(1, 61)), [2]);
    driven.sent(2, 62);
    // Over by the time there is a connection again.
    driven.send(T, 3);
    driven.refuse(3, too_fast(3_000));
    driven.give(Input::Closed { code: 1006 });
    driven.now += 60_000;
    driven.give(Input::Wake);
    driven.give(Input::Opened);
    assert_eq!(sends(&driven.receive(ready(vec![head(T, 62, 62)]))), [3]);
}

#[test]
fn too_fast_for_a_message_that_has_arrived_changes_nothing() {
    let mut driven = Driven::looking_at(60);
    driven.send(T, 1);
    // It was sent twice, and the second one was too fast.
    driven.sent(1, 61);
    assert_eq!(driven.refuse(1, too_fast(60_000)), []);
    assert_eq!(driven.pending(), [1]);
    driven.receive(event(1, 61));
    driven.refuse(1, too_fast(60_000));
    assert_eq!(driven.pending(), [] as [u128; 0]);
    assert_eq!(sends(&driven.send(T, 2)), [2]);
    // The other way round: the first one is answered after the second was refused.
    driven.refuse(2, too_fast(60_000));
    driven.sent(2, 62);
    driven.receive(event(2, 62));
    assert_eq!(
        (driven.pending(), driven.engine.outbox()),
        (vec![], &[][..])
    );
}

#[test]
fn read_only_server_is_shown_and_retried() {
    let mut driven = Driven::looking_at(60);
    driven.send(T, 1);
    driven.send(T, 2);
    let effects = driven.refuse(1, Refusal::ReadOnly);
    assert!(effects.contains(&Effect::Changed(ViewChange::Timeline(T))));
    assert_eq!(driven.timeline().held, Some((client_id(1), Held::ReadOnly)));
    for _ in 0..3 {
        assert_eq!(sends(&driven.pass(2_000)), [1]);
        driven.refuse(1, Refusal::ReadOnly);
    }
    assert_eq!(sends(&driven.pass(2_000)), [1]);
    assert_eq!(sends(&driven.sent(1, 61)), [2]);
    assert_eq!(driven.timeline().held, None);
}

#[test]
fn extreme_retry_after_does_not_overflow() {
    let mut driven = Driven::looking_at(60);
    driven.send(T, 1);
    driven.refuse(1, too_fast(u64::MAX));
    assert_eq!(
        driven.timeline().held,
        Some((client_id(1), Held::Seconds(u32::MAX)))
    );
    assert_eq!(sends(&driven.pass(1_000_000)), [] as [u128; 0]);
}

#[test]
fn messages_in_flight_are_bounded() {
    let heads = |threads: i64| (100..100 + threads).map(|id| head(ThreadId(id), 0, 0));
    let mut driven = Driven::live(heads(100).collect());
    let sent: usize = (0..100)
        .map(|n| sends(&driven.send(ThreadId(100 + n), n as u128)).len())
        .sum();
    assert_eq!(sent, 32);
    assert_eq!(sends(&driven.sent(0, 1)), [32]);
    // They are resent when no answer comes, without all the others.
    assert_eq!(sends(&driven.pass(10_000)).len(), 32);
    driven.refuse(1, too_fast(1_000));
    for n in 2..33 {
        driven.refuse(n, too_fast(1_000));
    }
    assert_eq!(sends(&driven.pass(1_000)), [1]);
}

#[test]
fn hundreds_of_messages_drain_in_order_without_a_storm_of_attempts() {
    // The server's limit: 60 at once, and one more every 50 ms.
    let mut driven = Driven::looking_at(60);
    driven.give(Input::Closed { code: 1006 });
    for n in 1..=500 {
        driven.send(T, n);
    }
    driven.give(Input::Wake);
    driven.give(Input::Opened);
    let mut waiting = sends(&driven.receive(ready(vec![head(T, 60, 60)])));
    let (mut log, mut attempts, begun) = (Vec::new(), 0, driven.now);
    let mut until = 0;
    while log.len() < 500 {
        let Some(id) = waiting.pop() else {
            waiting = sends(&driven.tick());
            continue;
        };
        attempts += 1;
        let next = until.max(driven.now) + 50;
        waiting = if next - driven.now > 3_000 {
            let wait = (next - driven.now - 3_000) as u64;
            sends(&driven.refuse(id, too_fast(wait)))
        } else {
            until = next;
            log.push(id);
            sends(&driven.sent(id, 60 + log.len() as Seq))
        };
    }
    assert_eq!(log, (1..=500).collect::<Vec<u128>>());
    assert!(driven.now - begun < 30_000, "{} ms", driven.now - begun);
    // A connection may send 50 frames per second.
    assert!(attempts < 540, "{attempts} attempts");
}

#[test]
fn refused_message_fails_and_unblocks_the_next() {
    let mut driven = Driven::looking_at(60);
    driven.send(T, 1);
    driven.send(T, 2);
    let effects = driven.refuse(1, Refusal::NotFound);
    assert_eq!(sends(&effects), [2]);
    assert!(effects.contains(&Effect::SaveOutbox));
    assert_eq!(
        driven.timeline().pending[0].state,
        PendingState::Failed(Refusal::NotFound)
    );
    // When retried, it comes after those that already wait.
    assert_eq!(
        sends(&driven.give(Input::Retry(client_id(1)))),
        [] as [u128; 0]
    );
    assert_eq!(driven.pending(), [2, 1]);
    assert_eq!(sends(&driven.sent(2, 61)), [1]);
    driven.refuse(1, Refusal::NotFound);
    driven.give(Input::Discard(client_id(1)));
    assert_eq!(driven.engine.outbox(), []);
}

#[test]
fn only_failed_messages_can_be_discarded() {
    let mut driven = Driven::looking_at(60);
    driven.send(T, 1);
    assert_eq!(driven.give(Input::Discard(client_id(1))), []);
    assert_eq!(driven.give(Input::Retry(client_id(1))), []);
    assert_eq!(driven.pending(), [1]);
}

#[test]
fn unanswered_message_is_resent() {
    let mut driven = Driven::looking_at(60);
    driven.send(T, 1);
    assert_eq!(sends(&driven.tick()), [1]);
    assert_eq!(driven.now, 1_010_000);
}

#[test]
fn everything_is_resent_in_order_after_ready() {
    let mut driven = Driven::looking_at(60);
    driven.give(Input::Thread(head(U, 0, 0)));
    driven.send(U, 1);
    driven.give(Input::Closed { code: 1006 });
    driven.send(T, 2);
    driven.send(T, 3);
    driven.give(Input::Wake);
    assert_eq!(sends(&driven.give(Input::Opened)), [] as [u128; 0]);
    assert_eq!(sends(&driven.receive(ready(vec![head(T, 60, 60)]))), [1, 2]);
}

#[test]
fn a_restored_message_that_is_in_the_log_already_is_dropped() {
    let kept = |n, thread| Pending {
        client_id: client_id(n),
        thread,
        text: "kept".into(),
        reply: None,
        files: Vec::new(),
        at: 0,
        state: PendingState::Sending,
    };
    let first = Page {
        events: vec![own(T, 1, 1)],
        ..page(T, 1, 1, 1)
    };
    let boot = Boot {
        open: Some(first),
        ..boot(vec![head(T, 1, 1)])
    };
    let mut driven = Driven::with_outbox(boot, vec![kept(1, T), kept(2, T), kept(2, T)]);
    assert_eq!(driven.pending(), [2]);
    assert_eq!(sends(&driven.go_live(vec![head(T, 1, 1)])), [2]);
}

#[test]
fn messages_to_a_thread_that_is_not_at_its_end_are_pending_too() {
    let mut driven = Driven::live(vec![head(T, 500, 100)]);
    driven.give(Input::Open(Some(T)));
    driven.give_page(Position::Around(100), page(T, 75, 125, 500));
    driven.send(T, 1);
    assert_eq!(driven.pending(), [1]);
    driven.sent(1, 501);
    assert_eq!(driven.pending(), [] as [u128; 0]);
}

#[test]
fn outbox_drains_within_the_frame_limit_of_the_server() {
    const MESSAGES: u128 = 400;
    let outbox = (1..=MESSAGES).map(|id| Pending {
        client_id: client_id(id),
        thread: T,
        text: "x".into(),
        reply: None,
        files: Vec::new(),
        at: 0,
        state: PendingState::Sending,
    });
    let mut driven = Driven::with_outbox(boot(vec![head(T, 0, 0)]), outbox.collect());
    let mut effects = driven.go_live(vec![head(T, 0, 0)]);
    let mut said: Vec<(Millis, u128)> = Vec::new();
    while (said.len() as u128) < MESSAGES {
        let now = driven.now;
        effects = match sends(&effects)[..] {
            [] => driven.tick(),
            [id] => {
                said.push((now, id));
                driven.sent(id, said.len() as Seq)
            }
            ref several => panic!("{several:?}"),
        };
    }
    let ids: Vec<u128> = said.iter().map(|(_, id)| *id).collect();
    assert_eq!(ids, (1..=MESSAGES).collect::<Vec<_>>());
    let rate = i64::from(crate::model::limits::FRAMES_PER_SECOND);
    let burst = rate * crate::model::limits::FRAMES_BURST_SECONDS as i64;
    for (first, &(start, _)) in said.iter().enumerate() {
        for (last, &(end, _)) in said.iter().enumerate().skip(first) {
            let count = (last - first) as i64;
            assert!(count < burst + rate * (end - start) / 1_000);
        }
    }
    let at_once = said.iter().filter(|(at, _)| *at == said[0].0).count();
    assert!(at_once > 64, "the burst passes at once");
}

#[test]
fn trouble_is_over_once_the_server_took_a_message_also_without_an_answer_to_it() {
    let mut driven = Driven::looking_at(60);
    driven.send(T, 1);
    driven.refuse(1, Refusal::ReadOnly);
    assert_eq!(driven.engine.trouble(), Some(Trouble::DiskFull));
    driven.receive(event(1, 61));
    driven.send(T, 2);
    assert_eq!(driven.engine.trouble(), None);
}
