//! The writer: the order of notifications and answers, overload, and shutdown.

use futures_util::FutureExt;
use futures_util::future::join_all;
use sqlx::Executor;

use super::*;

#[apply(on_both_engines)]
#[tokio::test]
async fn changes_are_reported_in_log_order_before_the_answers(database: Database) {
    let opened = database.open().await;
    let (ana, bob, thread) = opened.two().await;
    let mut sending = Vec::new();
    for number in 0..60 {
        let actor = if number % 2 == 0 { &ana } else { &bob };
        sending.push(opened.begin(actor, thread, ClientId::now(), "x"));
        if number % 7 == 0 {
            // Several transactions, with several messages in each.
            tokio::task::yield_now().await;
        }
    }
    join_all(sending).await;
    let (mut reported, mut answered) = (0, 0);
    for seen in opened.recorded.all() {
        match seen {
            Seen::Change(change) => {
                if let Change::Event(event) = *change {
                    assert_eq!(event.seq, reported + 1);
                    reported = event.seq;
                }
            }
            Seen::Answer(seq) => {
                assert!(seq <= reported, "{seq} was answered before it was reported");
                answered += 1;
            }
        }
    }
    assert_eq!((reported, answered), (60, 60));
}

#[apply(on_both_engines)]
#[tokio::test]
async fn what_is_answered_can_be_read_at_once(database: Database) {
    let opened = database.open().await;
    let (ana, _, thread) = opened.two().await;
    for expected in 1..=50 {
        let seq = opened.send(&ana, thread, "x").await;
        let page = opened.store.page(thread, Position::Latest, 1).await;
        assert_eq!((seq, page.unwrap().last_seq), (expected, expected));
    }
}

#[apply(on_both_engines)]
#[tokio::test]
async fn a_full_queue_refuses_at_once_and_loses_nothing(database: Database) {
    const ROOM: usize = 8;
    let opened = database.open_with(ROOM).await;
    let (ana, _, thread) = opened.two().await;
    // The writer takes some and then waits for the lock, so that later ones remain in the queue.
    let mut outsider = database.outsider().await;
    outsider.execute(database.stop_writes()).await.unwrap();
    let mut sending = Vec::new();
    let late = loop {
        let mut sent = opened.begin(&ana, thread, ClientId::now(), "in time");
        match (&mut sent).now_or_never() {
            None => sending.push(sent),
            Some(answer) => break answer.unwrap(),
        }
    };
    assert!(matches!(late, Err(Refusal::Busy { retry_after_ms }) if retry_after_ms > 0));
    assert!(sending.len() >= ROOM);
    let marked = loop {
        if let Some(answer) = opened.store.mark_read(ana.id, thread, 1, 0).now_or_never() {
            break answer.map_err(Refusal::from);
        }
    };
    assert!(matches!(marked, Err(Refusal::Busy { .. })));
    outsider.execute("ROLLBACK").await.unwrap();
    let taken = sending.len();
    for sent in join_all(sending).await {
        sent.unwrap().unwrap();
    }
    // The marks may still be queued.
    let seq = loop {
        let id = ClientId::now();
        match opened
            .send_as(&ana, thread, id, "there is room again")
            .await
        {
            Err(Refusal::Busy { .. }) => tokio::task::yield_now().await,
            answer => break answer.unwrap().seq,
        }
    };
    assert_eq!(seq, taken as Seq + 1);
    assert_eq!(opened.log(thread).await.len(), taken + 1);
}

#[apply(on_both_engines)]
#[tokio::test]
async fn one_users_flood_leaves_room_for_others_and_for_moderation(database: Database) {
    const ROOM: usize = 1_024;
    let opened = database.open_with(ROOM).await;
    let (ana, bob, thread) = opened.two().await;
    opened.store.add_session(bob.id, [7; 32]).await.unwrap();
    let session = opened.store.session([7; 32]).await.unwrap().unwrap();
    let mut outsider = database.outsider().await;
    outsider.execute(database.stop_writes()).await.unwrap();
    let mut flood = Vec::new();
    let late = loop {
        let mut sent = opened.begin(&ana, thread, ClientId::now(), "flood");
        match (&mut sent).now_or_never() {
            None => flood.push(sent),
            Some(answer) => break answer.unwrap(),
        }
    };
    assert!(matches!(late, Err(Refusal::Busy { .. })), "{late:?}");
    assert!(
        opened.store.queued() < ROOM / 4,
        "{}",
        opened.store.queued()
    );
    let mut bobs = opened.begin(&bob, thread, ClientId::now(), "hello");
    assert!((&mut bobs).now_or_never().is_none(), "queued");
    let mut ending = Box::pin(opened.store.end_session(session.id));
    assert!((&mut ending).now_or_never().is_none(), "queued");
    outsider.execute("ROLLBACK").await.unwrap();
    ending.await.unwrap();
    bobs.await.unwrap().unwrap();
    for sent in join_all(flood).await {
        sent.unwrap().unwrap();
    }
}

#[apply(on_both_engines)]
#[tokio::test]
async fn a_full_queue_still_accepts_moderation(database: Database) {
    const ROOM: usize = 16;
    let opened = database.open_with(ROOM).await;
    let (ana, bob, thread) = opened.two().await;
    opened.store.add_session(bob.id, [7; 32]).await.unwrap();
    let session = opened.store.session([7; 32]).await.unwrap().unwrap();
    let mut outsider = database.outsider().await;
    outsider.execute(database.stop_writes()).await.unwrap();
    let mut flood = Vec::new();
    loop {
        let mut sent = opened.begin(&ana, thread, ClientId::now(), "flood");
        match (&mut sent).now_or_never() {
            None => flood.push(sent),
            Some(_) => break,
        }
    }
    let hidden = Privacy {
        reading: false,
        online: false,
    };
    let act = Act::Leave;
    let leaving = opened.store.act(bob.id, thread, |_, _| Ok(()), act);
    let mut order: Vec<futures_util::future::BoxFuture<'_, Result<(), StoreError>>> = vec![
        Box::pin(opened.store.end_session(session.id)),
        Box::pin(opened.store.end_expired_sessions(0, 0)),
        Box::pin(opened.store.set_password(bob.id, "none".into())),
        Box::pin(opened.store.suspend(Authority::Operator, bob.id, true)),
        Box::pin(opened.store.set_privacy(bob.id, hidden)),
        Box::pin(leaving),
    ];
    for (number, act) in order.iter_mut().enumerate() {
        assert!(act.now_or_never().is_none(), "{number} was refused");
    }
    outsider.execute("ROLLBACK").await.unwrap();
    for done in join_all(order).await {
        // A direct thread can't be left. That refusal comes from the job itself, so it has run.
        let is_refused = matches!(&done, Err(StoreError::Refused(Refusal::Busy { .. })));
        assert!(!is_refused, "{done:?}");
    }
    // Messages queued before it may be evaluated after it.
    for sent in join_all(flood).await {
        assert!(!matches!(sent.unwrap(), Err(Refusal::Busy { .. })));
    }
}

#[apply(on_both_engines)]
#[tokio::test]
async fn closing_commits_accepted_writes_and_refuses_later_ones(database: Database) {
    let opened = database.open().await;
    let (ana, _, thread) = opened.two().await;
    let early: Vec<_> = (0..700)
        .map(|_| opened.begin(&ana, thread, ClientId::now(), "in time"))
        .collect();
    opened.store.close().await;
    let late = opened
        .send_as(&ana, thread, ClientId::now(), "too late")
        .await;
    assert_eq!(late, Err(Refusal::Stopping));
    let job = opened.store.mark_read(ana.id, thread, 1, 0).await;
    assert_eq!(job.map_err(Refusal::from), Err(Refusal::Stopping));
    for sent in join_all(early).await {
        sent.unwrap().unwrap();
    }
    let opened = database.open().await;
    assert_eq!(opened.log(thread).await.len(), 700);
}

#[apply(on_both_engines)]
#[tokio::test]
async fn what_comes_while_it_closes_is_either_written_or_refused(database: Database) {
    let opened = database.open().await;
    let (ana, _, thread) = opened.two().await;
    let close = opened.store.close();
    let send = async {
        let mut sent = 0;
        loop {
            match opened.send_as(&ana, thread, ClientId::now(), "x").await {
                Ok(_) => sent += 1,
                Err(refusal) => return (sent, refusal),
            }
        }
    };
    let ((sent, refusal), ()) = tokio::join!(send, close);
    assert_eq!(refusal, Refusal::Stopping);
    let opened = database.open().await;
    assert_eq!(opened.log(thread).await.len(), sent);
}

#[apply(on_both_engines)]
#[tokio::test]
async fn reading_from_a_closed_store_is_refused_and_does_not_hang(database: Database) {
    let opened = database.open().await;
    let (_, _, thread) = opened.two().await;
    opened.store.close().await;
    let page = opened.store.page(thread, Position::Latest, 1).await;
    assert_eq!(page.map_err(Refusal::from), Err(Refusal::Unavailable));
}

#[apply(on_both_engines)]
#[tokio::test]
async fn a_write_completes_after_its_caller_has_gone(database: Database) {
    let opened = database.open().await;
    let (ana, bob, thread) = opened.two().await;
    opened.send(&ana, thread, "hello").await;
    let gone = opened.store.mark_read(bob.id, thread, 1, 0).now_or_never();
    assert!(gone.is_none(), "dropped before its answer");
    drop(opened.begin(&ana, thread, ClientId::now(), "bye"));
    opened.send(&ana, thread, "still there").await;
    assert_eq!(opened.head(&bob, thread).await.unread(), 2);
}
