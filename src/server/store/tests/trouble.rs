//! Database failures: typed refusals, no partial writes, and recovery when the cause is gone.
//!
//! The failures are caused from outside, by a connection of the test's own.

use std::time::Duration;

use sqlx::{AssertSqlSafe, Connection};

use super::*;

#[apply(on_both_engines)]
#[tokio::test]
async fn while_another_holds_the_lock_writes_are_refused_reads_go_on_and_then_all_goes_on(
    database: Database,
) {
    let opened = database.open().await;
    let (ana, bob, thread) = opened.two().await;
    opened.send(&ana, thread, "before").await;
    let mut outsider = database.outsider().await;
    outsider.execute(database.stop_writes()).await.unwrap();
    let id = ClientId::now();
    // Both wait in one transaction until the store's timeout.
    let (sent, marked) = tokio::join!(
        opened.send_as(&ana, thread, id, "meanwhile"),
        opened.store.mark_read(bob.id, thread, 1, 0)
    );
    assert_eq!(sent, Err(Refusal::Unavailable));
    assert_eq!(marked.map_err(Refusal::from), Err(Refusal::Unavailable));
    assert_eq!(opened.texts(thread).await, ["before"]);
    outsider.execute("ROLLBACK").await.unwrap();
    let sent = opened.send_as(&ana, thread, id, "meanwhile").await;
    assert_eq!(sent.unwrap().seq, 2, "no gap where it was refused");
    assert_eq!(opened.head(&bob, thread).await.unread(), 2);
}

#[apply(on_both_engines)]
#[tokio::test]
async fn when_the_log_cannot_be_written_all_of_the_transaction_is_refused_and_nothing_done(
    database: Database,
) {
    let opened = database.open().await;
    let (ana, bob, thread) = opened.two().await;
    opened.send(&ana, thread, "before").await;
    let recorded = opened.recorded.all().len();
    let mut outsider = database.outsider().await;
    let [begin, end] = database.no_room_for_events();
    outsider.execute(begin).await.unwrap();
    let first = opened.begin(&ana, thread, ClientId::now(), "one");
    let second = opened.begin(&bob, thread, ClientId::now(), "two");
    let marked = opened.store.mark_read(bob.id, thread, 1, 0).await;
    for answer in [first.await, second.await] {
        assert_eq!(answer.unwrap(), Err(Refusal::Unavailable));
    }
    let head = opened.head(&bob, thread).await;
    match marked.map_err(Refusal::from) {
        // In the same transaction, which failed as a whole.
        Err(refusal) => {
            assert_eq!(refusal, Refusal::Unavailable);
            assert_eq!(opened.recorded.all().len(), recorded, "nothing is reported");
            assert_eq!((head.last_seq, head.unread()), (1, 1));
        }
        // The writer had begun without it, and the next transaction needs no room for events.
        Ok(_) => assert_eq!((head.last_seq, head.unread()), (1, 0)),
    }
    outsider.execute(end).await.unwrap();
    assert_eq!(opened.send(&ana, thread, "after").await, 2);
}

#[apply(on_both_engines)]
#[tokio::test]
async fn what_breaks_a_rule_of_the_database_fails_alone(database: Database) {
    let opened = database.open().await;
    let (ana, _, thread) = opened.two().await;
    opened.store.add_session(ana.id, [1; 32]).await.unwrap();
    let sent = opened.begin(&ana, thread, ClientId::now(), "one");
    let (again, nobodys, other) = tokio::join!(
        opened.store.add_session(ana.id, [1; 32]),
        opened.store.add_session(UserId(404), [2; 32]),
        opened.store.add_session(ana.id, [3; 32])
    );
    assert!(again.is_err() && nobodys.is_err());
    other.unwrap();
    sent.await.unwrap().unwrap();
    assert!(opened.store.session([3; 32]).await.unwrap().is_some());
    assert!(opened.store.session([2; 32]).await.unwrap().is_none());
}

#[apply(on_both_engines)]
#[tokio::test]
async fn an_unknown_body_leaves_the_rest_of_the_log_readable(database: Database) {
    let opened = database.open().await;
    let (ana, _, thread) = opened.two().await;
    for text in ["one", "two", "three"] {
        opened.send(&ana, thread, text).await;
    }
    let mut outsider = database.outsider().await;
    let bodies = [
        r#"'{"kind":"poll","question":"?"}'"#,
        // Not from any version.
        "'no JSON'",
        "''",
    ];
    for body in bodies {
        let change = format!("UPDATE events SET body = {body} WHERE seq = 2");
        outsider.execute(AssertSqlSafe(change)).await.unwrap();
        assert_eq!(opened.texts(thread).await, ["one", "", "three"]);
        assert_eq!(opened.log(thread).await[1].body, EventBody::Unknown);
    }
    assert_eq!(opened.send(&ana, thread, "four").await, 4);
}

#[apply(on_both_engines)]
#[tokio::test]
async fn a_wrong_row_refuses_the_sends_to_its_thread_overwrites_nothing_and_then_all_goes_on(
    database: Database,
) {
    let opened = database.open().await;
    let (ana, _, thread) = opened.two().await;
    let eve = opened.add("eve").await;
    let elsewhere = opened.store.open_direct(ana.id, eve.id).await.unwrap();
    opened.send(&ana, thread, "one").await;
    opened.send(&ana, thread, "two").await;
    let mut outsider = database.outsider().await;
    // As if the thread were empty: the next position is in use.
    let wrong = format!("UPDATE threads SET last_seq = 0 WHERE id = {thread}");
    outsider.execute(AssertSqlSafe(wrong)).await.unwrap();
    let id = ClientId::now();
    let begun = std::time::Instant::now();
    let sent = opened.send_as(&ana, thread, id, "three").await;
    assert_eq!(sent, Err(Refusal::Unavailable));
    assert!(
        begun.elapsed() < Duration::from_secs(3),
        "a retry would fail again while all others wait"
    );
    assert_eq!(opened.texts(thread).await, ["one", "two"]);
    assert_eq!(opened.send(&ana, elsewhere, "hello").await, 1);
    let right = format!("UPDATE threads SET last_seq = 2 WHERE id = {thread}");
    outsider.execute(AssertSqlSafe(right)).await.unwrap();
    let sent = opened.send_as(&ana, thread, id, "three").await;
    assert_eq!(sent.unwrap().seq, 3);
}

#[tokio::test]
async fn a_corrupt_page_refuses_only_what_needs_it() {
    let database = Database::sqlite();
    let opened = database.open().await;
    let (ana, bob, thread) = opened.two().await;
    opened.send(&ana, thread, "before").await;
    let root = "SELECT rootpage FROM sqlite_schema WHERE name = 'events'";
    let mut outsider = database.outsider().await;
    let root: i64 = sqlx::query_scalar(root)
        .fetch_one(&mut outsider)
        .await
        .unwrap();
    let size: i64 = sqlx::query_scalar("PRAGMA page_size")
        .fetch_one(&mut outsider)
        .await
        .unwrap();
    outsider.close().await.unwrap();
    // Closing the last connection writes everything into the file.
    opened.store.close().await;
    let file = database.file();
    let good = std::fs::read(&file).unwrap();
    let (root, size) = (
        usize::try_from(root).unwrap(),
        usize::try_from(size).unwrap(),
    );
    let mut bad = good.clone();
    bad[(root - 1) * size..root * size].fill(0xA5);
    std::fs::write(&file, &bad).unwrap();

    let opened = database.open().await;
    let id = ClientId::now();
    let sent = opened.send_as(&ana, thread, id, "meanwhile").await;
    assert_eq!(sent, Err(Refusal::Unavailable));
    let page = opened.store.page(thread, Position::Latest, 10).await;
    assert_eq!(page.map_err(Refusal::from), Err(Refusal::Unavailable));
    let people = opened.store.people(None, 10).await.unwrap();
    assert_eq!(people.people.len(), 2, "other content is intact");
    std::fs::write(&file, &good).unwrap();
    let sent = opened.send_as(&ana, thread, id, "meanwhile").await;
    assert_eq!(sent.unwrap().seq, 2);
    assert_eq!(opened.texts(thread).await, ["before", "meanwhile"]);
    assert_eq!(opened.head(&bob, thread).await.unread(), 2);
}

#[tokio::test]
async fn a_read_only_file_refuses_writes_and_serves_reads() {
    let database = Database::sqlite();
    let opened = database.open().await;
    let (ana, bob, thread) = opened.two().await;
    opened.send(&ana, thread, "before").await;
    // Not by the file's mode: root could write regardless.
    let url = format!("{}?mode=ro", database.url());
    let recorded = Arc::new(RecordingListener::default());
    let store = Store::open(&url, QUEUE, Arc::<RecordingListener>::clone(&recorded))
        .await
        .unwrap();
    let read_only = Opened { store, recorded };
    let id = ClientId::now();
    let sent = read_only.send_as(&ana, thread, id, "meanwhile").await;
    assert_eq!(sent, Err(Refusal::Unavailable));
    let marked = read_only.store.mark_read(bob.id, thread, 1, 0).await;
    assert_eq!(marked.map_err(Refusal::from), Err(Refusal::Unavailable));
    assert_eq!(read_only.texts(thread).await, ["before"]);
    assert!(read_only.recorded.all().is_empty(), "nothing is reported");
    // Over a connection that can write.
    let sent = opened.send_as(&ana, thread, id, "meanwhile").await;
    assert_eq!(sent.unwrap().seq, 2);
    assert_eq!(read_only.texts(thread).await, ["before", "meanwhile"]);
}

#[tokio::test]
async fn a_file_that_is_no_database_is_not_opened_and_not_touched() {
    let database = Database::sqlite();
    let path = database.file();
    std::fs::create_dir(path.parent().unwrap()).unwrap();
    let letter = "Dear Bob, this is a letter and not a database. ".repeat(40);
    std::fs::write(&path, &letter).unwrap();
    let url = database.url();
    let opening = Store::open(&url, QUEUE, Arc::new(RecordingListener::default()));
    // At once: an operator is waiting for it.
    let opened = tokio::time::timeout(Duration::from_secs(5), opening)
        .await
        .unwrap();
    let error = opened.err().expect("not opened").to_string();
    assert!(error.contains("not a database"), "{error}");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), letter);
}

impl Opened {
    /// Waits until this many commits with an unknown outcome were reported. The writer reports them after the answers.
    async fn outcome_unknown(&self, times: usize) {
        let waiting = async {
            while self.recorded.due_reads() < times {
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        };
        let reported = tokio::time::timeout(Duration::from_secs(10), waiting).await;
        assert!(reported.is_ok(), "the unknown outcome was not reported");
    }
}

#[apply(on_both_engines)]
#[tokio::test]
async fn a_commit_in_doubt_is_refused_told_once_and_not_run_again(database: Database) {
    let opened = database.open().await;
    let (ana, bob, thread) = opened.two().await;
    opened.send(&ana, thread, "before").await;
    let recorded = opened.recorded.all().len();
    let mut outsider = database.outsider().await;
    let [begin, end] = database.break_commit();
    outsider.execute(begin).await.unwrap();
    let id = ClientId::now();
    let sent = opened.send_as(&ana, thread, id, "perhaps").await;
    assert_eq!(sent, Err(Refusal::Unavailable));
    opened.outcome_unknown(1).await;
    assert_eq!(
        opened.recorded.all().len(),
        recorded,
        "nothing else is reported"
    );
    assert_eq!(opened.texts(thread).await, ["before"]);
    // A transaction that fails before COMMIT has a known outcome.
    let [stop, go] = database.no_room_for_events();
    outsider.execute(stop).await.unwrap();
    let refused = opened.send_as(&bob, thread, ClientId::now(), "no").await;
    assert_eq!(refused, Err(Refusal::Unavailable));
    outsider.execute(go).await.unwrap();
    outsider.execute(end).await.unwrap();
    let sent = opened.send_as(&ana, thread, id, "perhaps").await;
    assert_eq!(sent.unwrap().seq, 2);
    assert_eq!(opened.recorded.due_reads(), 1);
    opened.store.close().await;
}

/// PostgreSQL: some errors of COMMIT prove that nothing was written; a lost connection does not.
#[tokio::test]
async fn only_a_commit_that_was_certainly_not_carried_out_is_run_again() {
    let database = Database::postgres().await;
    let opened = database.open().await;
    let (ana, _, thread) = opened.two().await;
    let mut outsider = database.outsider().await;
    // A sequence advances even if the transaction is rolled back.
    let failures = "CREATE SEQUENCE tries; \
         CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
           CASE nextval('tries') WHEN 1 THEN RAISE serialization_failure; \
             WHEN 2 THEN RAISE deadlock_detected; WHEN 4 THEN RAISE admin_shutdown; \
             WHEN 5 THEN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; \
             ELSE RETURN NULL; END CASE; END $$; \
         CREATE CONSTRAINT TRIGGER fail AFTER INSERT ON events \
           DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION fail()";
    outsider.execute(failures).await.unwrap();
    assert_eq!(opened.send(&ana, thread, "one").await, 1);
    assert_eq!(opened.recorded.due_reads(), 0, "retried twice");
    for due_reads in 1..=2 {
        let sent = opened
            .send_as(&ana, thread, ClientId::now(), "perhaps")
            .await;
        assert_eq!(sent, Err(Refusal::Unavailable));
        opened.outcome_unknown(due_reads).await;
    }
    let tries: i64 = sqlx::query_scalar("SELECT last_value FROM tries")
        .fetch_one(&mut outsider)
        .await
        .unwrap();
    assert_eq!((tries, opened.recorded.due_reads()), (5, 2));
    assert_eq!(opened.send(&ana, thread, "two").await, 2);
    opened.store.close().await;
}

#[apply(on_both_engines)]
#[tokio::test]
async fn what_a_server_has_to_know_at_its_start_is_there_while_nothing_can_be_written(
    database: Database,
) {
    let opened = database.open().await;
    opened.two().await;
    let store = &opened.store;
    store.ensure_lobby(new_lobby()).await.unwrap();
    let made = store.setting_or("salt", "a grain".into()).await;
    let mut outsider = database.outsider().await;
    outsider.execute(database.stop_writes()).await.unwrap();
    store.ensure_lobby(new_lobby()).await.unwrap();
    let read = store.setting_or("salt", "another".into()).await;
    assert_eq!(read.unwrap(), made.unwrap());
    assert!(!store.set_up(Some([7; 32]), false).await.unwrap());
    outsider.execute("ROLLBACK").await.unwrap();
}
