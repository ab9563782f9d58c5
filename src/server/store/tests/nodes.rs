//! Several nodes on one database, each with its own store; and a database that restarts.
//!
//! PostgreSQL only: with SQLite there is one node, and no connection to its file that could break.

use std::collections::BTreeSet;
use std::time::Duration;

use futures_util::future::{join, join_all};
use sqlx::AssertSqlSafe;

use super::*;
use crate::model::{InviteTarget, Role, SignUp};

const MANAGE: InviteRules = InviteRules {
    may: policy::may_manage,
    all: policy::may_manage,
};

/// Whichever nodes post: positions run from 1 without a gap, and each node delivers them in order.
async fn assert_dense(nodes: [&Opened; 2], thread: ThreadId, length: usize) {
    let log = nodes[0].log(thread).await;
    let seqs: Vec<Seq> = log.iter().map(|event| event.seq).collect();
    assert_eq!(seqs, (1..=length as Seq).collect::<Vec<_>>());
    let counted: Vec<i64> = log.iter().map(|event| event.count).collect();
    assert!(counted.is_sorted(), "{counted:?}");
    let mut reported = 0;
    for node in nodes {
        let mut events = node.recorded.events();
        events.retain(|event| event.thread == thread);
        assert!(events.is_sorted_by_key(|event| event.seq));
        assert!(events.iter().all(|event| log.contains(event)));
        reported += events.len();
    }
    assert_eq!(
        reported, length,
        "each event was reported once, by its own node"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_nodes_posting_to_the_same_threads_keep_their_order_dense() {
    const EACH: usize = 150;
    let database = Database::postgres().await;
    let (one, other) = (database.open().await, database.open().await);
    let (ana, bob, first) = one.two().await;
    let eve = one.add("eve").await;
    let second = one.store.open_direct(ana.id, eve.id).await.unwrap();
    let third = one.store.open_direct(eve.id, bob.id).await.unwrap();
    let mut sending = Vec::new();
    for number in 0..EACH {
        // The two nodes use opposite orders: locks taken in order of arrival would deadlock.
        for (actor, thread) in [(&ana, first), (&ana, second), (&bob, third)] {
            sending.push(one.begin(actor, thread, ClientId::now(), "one"));
        }
        for (actor, thread) in [(&eve, third), (&eve, second), (&bob, first)] {
            sending.push(other.begin(actor, thread, ClientId::now(), "other"));
        }
        if number % 5 == 0 {
            tokio::task::yield_now().await;
        }
    }
    for sent in join_all(sending).await {
        sent.unwrap().unwrap();
    }
    for thread in [first, second, third] {
        assert_dense([&one, &other], thread, 2 * EACH).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_id_that_races_on_two_nodes_is_written_once_and_both_get_its_position() {
    let database = Database::postgres().await;
    let (one, other) = (database.open().await, database.open().await);
    let (ana, bob, thread) = one.two().await;
    let elsewhere = one.store.open_direct(ana.id, one.add("eve").await.id).await;
    let elsewhere = elsewhere.unwrap();
    for round in 1..=50 {
        let id = ClientId::now();
        let here = one.begin(&ana, thread, id, "once");
        let there = other.begin(&ana, thread, id, "once");
        let (here, there) = join(here, there).await;
        assert_eq!(here.unwrap().unwrap().seq, round);
        assert_eq!(there.unwrap().unwrap().seq, round);
    }
    assert_dense([&one, &other], thread, 50).await;
    // No client does that, but no lock of a single thread prevents it.
    for _ in 0..20 {
        let id = ClientId::now();
        let here = one.begin(&ana, thread, id, "here");
        let beside = one.begin(&bob, thread, ClientId::now(), "beside it");
        let there = other.begin(&ana, elsewhere, id, "there");
        let (here, there) = join(here, there).await;
        assert_eq!(here.unwrap().unwrap(), there.unwrap().unwrap());
        beside.await.unwrap().unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn unique_rows_are_created_once_by_concurrent_nodes() {
    let database = Database::postgres().await;
    let (one, other) = (database.open().await, database.open().await);
    let (ana, bob) = (one.add("ana").await, one.add("bob").await);
    let (here, there) = join(
        one.store.ensure_lobby(new_lobby()),
        other.store.ensure_lobby(new_lobby()),
    )
    .await;
    here.unwrap();
    there.unwrap();
    let rooms = one.store.public_rooms(ana.id, "", None, 10).await.unwrap();
    assert_eq!(rooms.rooms.len(), 1);
    for round in 0..10 {
        let name: &str = &format!("person{round}");
        let (here, there) = join(one.try_add(name, name), other.try_add(name, name)).await;
        assert!(here.is_ok() != there.is_ok(), "{here:?} {there:?}");
        let person = here.or(there).unwrap();
        let (here, there) = join(
            one.store.open_direct(ana.id, person.id),
            other.store.open_direct(person.id, ana.id),
        )
        .await;
        assert_eq!(here.unwrap(), there.unwrap());
    }
    let (here, there) = join(
        one.store.setting_or("salt", "one".into()),
        other.store.setting_or("salt", "other".into()),
    )
    .await;
    assert_eq!(here.unwrap(), there.unwrap());
    // Ana is a site admin already, as there is always one.
    let by = Authority::Operator;
    one.store.set_site_admin(by, bob.id, true).await.unwrap();
    let (here, there) = join(
        one.store.set_site_admin(by, ana.id, false),
        other.store.set_site_admin(by, bob.id, false),
    )
    .await;
    assert!(here.is_ok() != there.is_ok(), "{here:?} {there:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_ban_on_one_node_stops_posts_on_the_other() {
    let database = Database::postgres().await;
    let (one, other) = (database.open().await, database.open().await);
    let (ana, bob) = (one.add("ana").await, one.add("bob").await);
    for round in 0..10 {
        let room = NewRoom {
            name: format!("Room {round}"),
            name_key: format!("room {round}"),
            topic: String::new(),
            key_hash: None,
        };
        let thread = one.store.make_room(ana.id, room).await.unwrap();
        let join = one.store.act(bob.id, thread, policy::may_join, Act::Join);
        join.await.unwrap();
        let ban = Act::Ban {
            user: bob.id,
            until: None,
            note: String::new(),
        };
        // Several at a time, so that one is always in flight; bounded in case the ban fails.
        let post = async || {
            let mut posted = 0;
            while posted < 2_000 {
                let sent = other.send_as(&bob, thread, ClientId::now(), "x").await;
                match sent {
                    Ok(_) => posted += 1,
                    Err(_) => break,
                }
            }
            posted
        };
        let posts = join_all((0..4).map(|_| post()));
        let banning = one.store.act(ana.id, thread, policy::may_remove, ban);
        let (banned, posted) = futures_util::join!(banning, posts);
        banned.unwrap();
        let log = one.log(thread).await;
        let last = log.last().unwrap();
        assert!(matches!(last.body, EventBody::Banned { .. }), "{last:?}");
        let messages = log.iter().filter(|event| event.body.is_message()).count();
        assert_eq!(messages, posted.into_iter().sum::<usize>());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_last_use_of_a_link_is_used_once_and_the_last_admin_stays() {
    let database = Database::postgres().await;
    let (one, other) = (database.open().await, database.open().await);
    let (ana, bob) = (one.add("ana").await, one.add("bob").await);
    let eve = one.add("eve").await;
    for round in 0..10_u8 {
        let room = NewRoom {
            name: format!("Room {round}"),
            name_key: format!("room {round}"),
            topic: String::new(),
            key_hash: Some("key".into()),
        };
        let thread = one.store.make_room(ana.id, room).await.unwrap();
        let invite = crate::server::store::NewInvite {
            target: InviteTarget::Room(thread),
            token_hash: [round; 32],
            expires_at: None,
            uses: Some(1),
        };
        let made = one.store.make_invite(ana.id, MANAGE, invite);
        made.await.unwrap();
        let rule = policy::may_join_invited;
        let (here, there) = join(
            one.store.join_by_invite(bob.id, [round; 32], rule),
            other.store.join_by_invite(eve.id, [round; 32], rule),
        )
        .await;
        assert!(here.is_ok() != there.is_ok(), "{here:?} {there:?}");
        let second = if here.is_ok() { &bob } else { &eve };
        let admin = Act::SetRole {
            user: second.id,
            role: Role::Admin,
        };
        let named = one.store.act(ana.id, thread, policy::may_manage, admin);
        named.await.unwrap();
        // Both are admins, and both try to leave.
        let (here, there) = join(
            one.store.act(ana.id, thread, policy::may_leave, Act::Leave),
            other
                .store
                .act(second.id, thread, policy::may_leave, Act::Leave),
        )
        .await;
        assert!(here.is_ok() != there.is_ok(), "{here:?} {there:?}");
    }
    let site = other.store.set_site(
        ana.id,
        policy::may_manage_site,
        SiteSetting::SignUp(SignUp::Nobody),
    );
    site.await.unwrap();
    assert_eq!(one.store.site().await.unwrap().sign_up, SignUp::Nobody);
}

#[tokio::test]
async fn a_transaction_that_another_was_in_the_way_of_is_run_again() {
    let database = Database::postgres().await;
    let opened = database.open().await;
    let (ana, bob, thread) = opened.two().await;
    let mut outsider = database.outsider().await;
    // A sequence advances whether or not the transaction commits.
    let conflicts = "CREATE SEQUENCE tries; \
         CREATE FUNCTION conflict() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
           CASE nextval('tries') WHEN 1 THEN RAISE deadlock_detected; \
             WHEN 2 THEN RAISE serialization_failure; ELSE RETURN NULL; END CASE; END $$; \
         CREATE TRIGGER conflict AFTER INSERT ON events EXECUTE FUNCTION conflict()";
    outsider.execute(conflicts).await.unwrap();
    let sent = opened.begin(&ana, thread, ClientId::now(), "one");
    let marked = opened.store.mark_read(bob.id, thread, 1, 0);
    let (sent, marked) = join(sent, marked).await;
    assert_eq!(sent.unwrap().unwrap().seq, 1);
    marked.unwrap();
    let tries: i64 = sqlx::query_scalar("SELECT last_value FROM tries")
        .fetch_one(&mut outsider)
        .await
        .unwrap();
    assert_eq!((tries, opened.log(thread).await.len()), (3, 1));
    assert_eq!(opened.recorded.events().len(), 1, "reported once");
}

/// Ends all connections to the test's database except this one, as a restart of the server does.
async fn cut(database: &Database, outsider: &mut AnyConnection) {
    let Database::Postgres(url) = database else {
        panic!("a file has no connections");
    };
    let (_, name) = url.rsplit_once('=').unwrap();
    let text = format!(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
         WHERE application_name = '{name}' AND pid <> pg_backend_pid()"
    );
    outsider.execute(AssertSqlSafe(text)).await.unwrap();
}

#[tokio::test]
async fn connections_that_break_between_two_writes_are_nothing_that_anybody_notices() {
    let database = Database::postgres().await;
    let opened = database.open().await;
    let (ana, bob, thread) = opened.two().await;
    let mut outsider = database.outsider().await;
    for round in 1..=5 {
        cut(&database, &mut outsider).await;
        assert_eq!(opened.send(&ana, thread, "still there").await, round);
        cut(&database, &mut outsider).await;
        opened
            .store
            .mark_read(bob.id, thread, round, 0)
            .await
            .unwrap();
        assert_eq!(opened.log(thread).await.len(), round as usize);
        assert_eq!(opened.head(&bob, thread).await.unread(), 0);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn while_connections_break_nothing_that_was_answered_is_lost_or_doubled() {
    const EACH: usize = 60;
    /// Cuts made without waiting for progress. Cutting on regardless would stall the test: on a busy machine, opening a
    /// connection takes longer than the pause between two cuts.
    const IN_A_ROW: usize = 3;
    let database = Database::postgres().await;
    let opened = Arc::new(database.open().await);
    let (ana, bob, thread) = opened.two().await;
    let answered = Arc::new(AtomicUsize::new(0));
    let senders = [ana, bob].map(|actor| {
        let (opened, answered) = (Arc::clone(&opened), Arc::clone(&answered));
        tokio::spawn(async move {
            let mut seqs = Vec::new();
            for _ in 0..EACH {
                let id = ClientId::now();
                // A COMMIT without an answer has an unknown outcome, and the refusal is "unavailable": a client retries
                // with the same id.
                let sent = loop {
                    match opened.send_as(&actor, thread, id, "x").await {
                        Err(Refusal::Unavailable) => {}
                        answer => break answer.unwrap(),
                    }
                };
                seqs.push(sent.seq);
                answered.fetch_add(1, Ordering::SeqCst);
            }
            seqs
        })
    });
    let mut outsider = database.outsider().await;
    let cutting = async {
        loop {
            let before = answered.load(Ordering::SeqCst);
            for _ in 0..IN_A_ROW {
                cut(&database, &mut outsider).await;
                tokio::time::sleep(Duration::from_millis(30)).await;
            }
            while answered.load(Ordering::SeqCst) == before {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        }
    };
    let sent = tokio::select! {
        sent = join_all(senders) => sent,
        () = cutting => unreachable!(),
    };
    let mut seqs = BTreeSet::new();
    for sender in sent {
        let of_one = sender.unwrap();
        assert!(of_one.is_sorted());
        seqs.extend(of_one);
    }
    assert_eq!(seqs.len(), 2 * EACH);
    // The last cut may have come after the last answer.
    let log = opened.store.page(thread, Position::Latest, 1_000).await;
    let log = match log {
        Ok(page) => page.events,
        Err(_) => opened.log(thread).await,
    };
    let logged: Vec<Seq> = log.iter().map(|event| event.seq).collect();
    assert_eq!(logged, seqs.into_iter().collect::<Vec<_>>());
}

#[tokio::test]
async fn writes_wait_while_the_database_restarts() {
    let database = Database::postgres().await;
    let opened = database.open().await;
    let (ana, _, thread) = opened.two().await;
    let mut outsider = database.outsider().await;
    // As at a restart: existing connections break, and new ones must wait.
    let lock = "BEGIN; LOCK TABLE threads IN ACCESS EXCLUSIVE MODE";
    outsider.execute(lock).await.unwrap();
    let mut sent = opened.begin(&ana, thread, ClientId::now(), "patience");
    cut(&database, &mut outsider).await;
    let early = tokio::time::timeout(Duration::from_millis(300), &mut sent).await;
    assert!(early.is_err(), "not before the lock is released");
    cut(&database, &mut outsider).await;
    outsider.execute("ROLLBACK").await.unwrap();
    assert_eq!(sent.await.unwrap().unwrap().seq, 1);
}

#[tokio::test]
async fn a_missing_database_is_reported_at_once_without_its_password() {
    let Ok(server) = std::env::var("CHAPP_TEST_POSTGRES") else {
        panic!("no PostgreSQL; see Database::postgres");
    };
    let url = server
        .replace("/postgres?", "/no-such-database?")
        .replace("postgres://chapp@", "postgres://chapp:secret@");
    let opening = Store::open(&url, QUEUE, Arc::new(RecordingListener::default()));
    let opened = tokio::time::timeout(Duration::from_secs(5), opening).await;
    let error = format!("{:#}", opened.unwrap().err().expect("not opened"));
    assert!(error.contains("no-such-database"), "{error}");
    assert!(!error.contains("secret"), "{error}");
}

#[test]
fn each_migration_is_there_for_both_engines() {
    let names = |engine| {
        let migrations = migrations(engine);
        let names = migrations
            .iter()
            .map(|one| (one.version, one.description.clone()));
        names.collect::<Vec<_>>()
    };
    assert_eq!(names(Dialect::Sqlite), names(Dialect::Postgres));
}
