//! Appending: positions, repeated ids, refusals.

use futures_util::future::join_all;

use super::*;

#[apply(on_both_engines)]
#[tokio::test]
async fn positions_start_at_one_without_gaps(database: Database) {
    let opened = database.open().await;
    let (ana, bob, thread) = opened.two().await;
    for expected in 1..=3 {
        assert_eq!(
            opened.send(&ana, thread, "from ana").await,
            expected * 2 - 1
        );
        assert_eq!(opened.send(&bob, thread, "from bob").await, expected * 2);
    }
    let log = opened.log(thread).await;
    assert_eq!(
        log,
        opened.recorded.events(),
        "the reported events are those of the log"
    );
    let head = opened.head(&bob, thread).await;
    assert_eq!((head.last_seq, head.count), (6, 6));
    let last = head.last.expect("a message");
    assert_eq!(
        (last.seq, last.author, &*last.text),
        (6, bob.id, "from bob")
    );
}

#[apply(on_both_engines)]
#[tokio::test]
async fn an_event_records_actor_body_and_client_id(database: Database) {
    let opened = database.open().await;
    let (ana, _, thread) = opened.two().await;
    let id = ClientId::now();
    let text = "line\n\"quotes\" \u{1F600} \\ \u{0} end";
    let sent = opened.send_as(&ana, thread, id, text).await.unwrap();
    let log = opened.log(thread).await;
    assert_eq!(log.len(), 1);
    assert_eq!((log[0].actor, log[0].client_id), (ana.id, Some(id)));
    assert_eq!(log[0].body.text(), Some(text));
    assert_eq!((log[0].seq, log[0].count), (sent.seq, sent.count));
    assert_eq!((log[0].thread, log[0].at), (sent.thread, sent.at));
}

#[apply(on_both_engines)]
#[tokio::test]
async fn a_repeated_id_gets_the_first_result(database: Database) {
    let opened = database.open().await;
    let (ana, _, thread) = opened.two().await;
    let eve = opened.add("eve").await;
    let elsewhere = opened.store.open_direct(ana.id, eve.id).await.unwrap();
    let id = ClientId::now();
    let first = opened.send_as(&ana, thread, id, "once").await;
    opened.send(&ana, thread, "another").await;
    assert_eq!(opened.send_as(&ana, thread, id, "once").await, first);
    assert_eq!(opened.send_as(&ana, thread, id, "changed").await, first);
    assert_eq!(opened.send_as(&ana, elsewhere, id, "once").await, first);
    assert_eq!(opened.texts(thread).await, ["once", "another"]);
    assert!(opened.texts(elsewhere).await.is_empty());
    assert_eq!(
        opened.recorded.events().len(),
        2,
        "and it is not reported again"
    );
}

#[apply(on_both_engines)]
#[tokio::test]
async fn the_same_id_gets_the_first_result_when_the_store_was_opened_again(database: Database) {
    let id = ClientId::now();
    let opened = database.open().await;
    let (ana, _, thread) = opened.two().await;
    let first = opened.send_as(&ana, thread, id, "once").await;
    opened.store.close().await;
    let opened = database.open().await;
    assert_eq!(opened.send_as(&ana, thread, id, "once").await, first);
    assert_eq!(opened.texts(thread).await, ["once"]);
}

#[apply(on_both_engines)]
#[tokio::test]
async fn an_id_repeated_in_one_transaction_is_written_once(database: Database) {
    let opened = database.open().await;
    let (ana, _, thread) = opened.two().await;
    let id = ClientId::now();
    let racing: Vec<_> = (0..20)
        .map(|_| opened.begin(&ana, thread, id, "once"))
        .collect();
    let answers = join_all(racing).await;
    let first = answers[0].clone().unwrap().unwrap();
    assert_eq!(first.seq, 1);
    assert!(answers.iter().all(|answer| answer == &Ok(Ok(first))));
    assert_eq!(opened.texts(thread).await, ["once"]);
    assert_eq!(opened.recorded.events().len(), 1);
}

#[apply(on_both_engines)]
#[tokio::test]
async fn an_id_that_races_with_itself_in_several_transactions_is_written_once(database: Database) {
    let opened = database.open().await;
    let (ana, _, thread) = opened.two().await;
    for round in 1..=20 {
        let id = ClientId::now();
        let mut racing = Vec::new();
        for _ in 0..4 {
            racing.push(opened.begin(&ana, thread, id, "once"));
            // Lets the writer start: the next one arrives during that transaction.
            tokio::task::yield_now().await;
        }
        for answer in join_all(racing).await {
            assert_eq!(answer.unwrap().unwrap().seq, round);
        }
    }
    assert_eq!(opened.log(thread).await.len(), 20);
}

#[apply(on_both_engines)]
#[tokio::test]
async fn an_id_belongs_to_its_sender(database: Database) {
    let opened = database.open().await;
    let (ana, bob, thread) = opened.two().await;
    let id = ClientId::now();
    let of_ana = opened.begin(&ana, thread, id, "ana's");
    let of_bob = opened.begin(&bob, thread, id, "bob's");
    assert_eq!(of_ana.await.unwrap().unwrap().seq, 1);
    assert_eq!(of_bob.await.unwrap().unwrap().seq, 2);
}

#[apply(on_both_engines)]
#[tokio::test]
async fn what_is_refused_fails_alone_and_leaves_no_hole(database: Database) {
    let opened = database.open().await;
    let (ana, bob, thread) = opened.two().await;
    let eve = opened.add("eve").await;
    let id = ClientId::now;
    let refused_id = id();
    let answers = join_all([
        opened.begin(&ana, thread, id(), "one"),
        opened.begin(&eve, thread, refused_id, "let me in"),
        opened.begin(&bob, thread, id(), "two"),
        opened.begin(&bob, ThreadId(404), id(), "nowhere"),
        opened.begin(&eve, thread, refused_id, "let me in"),
        opened.begin(&ana, thread, id(), "three"),
    ])
    .await;
    let seqs: Vec<Result<Seq, Refusal>> = answers
        .into_iter()
        .map(|answer| answer.unwrap().map(|at| at.seq))
        .collect();
    let refused = || Err(Refusal::NotFound);
    let expected = [Ok(1), refused(), Ok(2), refused(), refused(), Ok(3)];
    assert_eq!(seqs, expected);
    assert_eq!(opened.texts(thread).await, ["one", "two", "three"]);
    // The refused id was not used: its sender can still use it where they may write.
    let own = opened.store.open_direct(eve.id, ana.id).await.unwrap();
    let sent = opened.send_as(&eve, own, refused_id, "hello").await;
    assert_eq!(sent.unwrap().seq, 1);
}

#[apply(on_both_engines)]
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_senders_in_many_threads_leave_no_hole_in_any(database: Database) {
    const PEOPLE: usize = 5;
    const EACH: usize = 30;
    let opened = Arc::new(database.open().await);
    let mut people = Vec::new();
    for number in 0..PEOPLE {
        people.push(opened.add(&format!("person{number}")).await);
    }
    let mut senders = Vec::new();
    let mut threads = Vec::new();
    for (number, one) in people.iter().enumerate() {
        for other in &people[..number] {
            let thread = opened.store.open_direct(one.id, other.id).await.unwrap();
            threads.push(thread);
            senders.extend([(one.clone(), thread), (other.clone(), thread)]);
        }
    }
    let sending = senders.into_iter().map(|(actor, thread)| {
        let opened = Arc::clone(&opened);
        tokio::spawn(async move {
            let mut last = 0;
            for number in 0..EACH {
                let seq = opened.send(&actor, thread, &number.to_string()).await;
                assert!(seq > last, "one after the other, by one sender");
                last = seq;
            }
        })
    });
    for sender in join_all(sending).await {
        sender.unwrap();
    }
    for thread in threads {
        let log = opened.log(thread).await;
        let seqs: Vec<Seq> = log.iter().map(|event| event.seq).collect();
        assert_eq!(seqs, (1..=2 * EACH as Seq).collect::<Vec<_>>());
        assert!(log.iter().all(|event| event.count == event.seq));
        let recorded = opened.recorded.events();
        let recorded: Vec<Event> = recorded
            .into_iter()
            .filter(|e| e.thread == thread)
            .collect();
        assert_eq!(recorded, log, "reported in the order of the log");
    }
}
