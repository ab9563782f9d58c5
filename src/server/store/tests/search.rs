//! Search: the index matches the log, and users find only messages in their own threads.

use std::time::Duration;

use tokio::time::{sleep, timeout};

use super::*;
use crate::model::search::Has;
use crate::model::{Departure, UserId};
use crate::server::store::search::token_runs;
use crate::server::store::search::token_runs::TokenRun;
use crate::server::store::search::{Scope, SearchQuery};

fn sought(user: UserId, rooms: &[ThreadId], text: &str) -> SearchQuery {
    SearchQuery {
        scope: Scope::Mine(user, rooms.to_vec()),
        rows: TokenRun::of(text, true).into_iter().collect(),
        author: None,
        has: Vec::new(),
        since: None,
        until: None,
    }
}

impl Opened {
    /// The messages a user finds in the index at this moment.
    async fn found(&self, sought: &SearchQuery, user: &Person) -> Vec<(ThreadId, Seq)> {
        let found = self.store.search(user.id, sought, None, 1_000).await;
        let found = found.unwrap().into_iter();
        found
            .map(|found| (found.event.thread, found.event.seq))
            .collect()
    }

    /// Waits until a user finds exactly these.
    async fn finds(
        &self,
        user: &Person,
        rooms: &[ThreadId],
        text: &str,
        expected: &[(ThreadId, Seq)],
    ) {
        let sought = sought(user.id, rooms, text);
        let mut found = Vec::new();
        let waiting = async {
            loop {
                found = self.found(&sought, user).await;
                if found == expected {
                    break;
                }
                sleep(Duration::from_millis(20)).await;
            }
        };
        let is_found = timeout(Duration::from_secs(20), waiting).await.is_ok();
        assert!(is_found, "{text:?} is {found:?}, not {expected:?}");
    }

    async fn room(&self, maker: &Person, name: &str) -> ThreadId {
        let room = NewRoom {
            name: name.into(),
            name_key: name.into(),
            topic: String::new(),
            key_hash: None,
        };
        self.store.make_room(maker.id, room).await.unwrap()
    }

    async fn act(&self, actor: &Person, thread: ThreadId, rule: Rule, act: Act) {
        self.store.act(actor.id, thread, rule, act).await.unwrap();
    }

    async fn amended(&self, actor: &Person, thread: ThreadId, seq: Seq, amend: Amend) {
        let done = self
            .store
            .amend(actor.id, thread, seq, policy::may_delete, amend);
        done.await.unwrap();
    }
}

#[apply(on_both_engines)]
#[tokio::test]
async fn a_message_is_found_by_its_current_text(database: Database) {
    let opened = database.open().await;
    let (ana, _, thread) = opened.two().await;
    let tea = opened.send(&ana, thread, "Crème brûlée & tea").await;
    let later = opened.send(&ana, thread, "no more tea").await;
    opened
        .finds(&ana, &[], "TEA", &[(thread, later), (thread, tea)])
        .await;
    opened.finds(&ana, &[], "creme bru", &[(thread, tea)]).await;
    let text = "coffee".into();
    opened
        .amended(
            &ana,
            thread,
            tea,
            Amend::Edit {
                text,
                candidates: None,
            },
        )
        .await;
    opened.finds(&ana, &[], "coffee", &[(thread, tea)]).await;
    opened.finds(&ana, &[], "tea", &[(thread, later)]).await;
    opened.amended(&ana, thread, later, Amend::Delete).await;
    opened.finds(&ana, &[], "tea", &[]).await;
    opened.store.close().await;
}

#[apply(on_both_engines)]
#[tokio::test]
async fn no_query_finds_messages_of_other_peoples_threads(database: Database) {
    let opened = database.open().await;
    let (ana, bob, direct) = opened.two().await;
    let eve = opened.add("eve").await;
    let room = opened.room(&ana, "hall").await;
    opened.act(&eve, room, policy::may_join, Act::Join).await;
    let said = opened.send(&ana, direct, "the secret").await;
    let recorded = opened.send(&ana, room, "no secret").await;
    opened.finds(&bob, &[], "secret", &[(direct, said)]).await;
    opened
        .finds(&eve, &[room], "secret", &[(room, recorded)])
        .await;
    // Also where the scope includes more than the user may read.
    for scope in [
        Scope::Threads(vec![direct, room]),
        Scope::Mine(ana.id, vec![direct, room]),
        Scope::Anywhere,
    ] {
        let sought = SearchQuery {
            scope,
            ..sought(eve.id, &[], "secret")
        };
        assert_eq!(opened.found(&sought, &eve).await, [(room, recorded)]);
    }
    // Typed text never becomes a term of another kind.
    for text in ["&1 secret", "#1 secret", "@1"] {
        opened.finds(&eve, &[], text, &[]).await;
    }
    let banned = Act::Ban {
        user: eve.id,
        until: None,
        note: String::new(),
    };
    opened.act(&ana, room, policy::may_manage, banned).await;
    assert_eq!(
        opened.found(&sought(eve.id, &[room], "secret"), &eve).await,
        []
    );
    opened
        .act(&ana, room, policy::may_manage, Act::Delete)
        .await;
    assert_eq!(
        opened.found(&sought(ana.id, &[room], "secret"), &ana).await,
        [(direct, said)]
    );
    assert!(opened.recorded.changes().iter().any(|change| matches!(
        change,
        Change::Left {
            why: Departure::Banned { .. },
            ..
        }
    )));
    opened.store.close().await;
}

#[apply(on_both_engines)]
#[tokio::test]
async fn the_index_resumes_and_is_rebuilt_if_missing(database: Database) {
    let opened = database.open().await;
    let (ana, _, thread) = opened.two().await;
    let first = opened.send(&ana, thread, "tea one").await;
    opened.finds(&ana, &[], "tea", &[(thread, first)]).await;
    // Closed before it is indexed.
    let second = opened.send(&ana, thread, "tea two").await;
    opened.store.close().await;
    let opened = database.open().await;
    opened
        .finds(&ana, &[], "tea", &[(thread, second), (thread, first)])
        .await;
    opened.store.close().await;
    // As in a copy, or after an upgrade.
    let mut outsider = database.outsider().await;
    for text in ["DELETE FROM search_docs", "DELETE FROM search_marks"] {
        outsider.execute(text).await.unwrap();
    }
    let opened = database.open().await;
    opened
        .finds(&ana, &[], "tea", &[(thread, second), (thread, first)])
        .await;
    opened.store.close().await;
}

#[apply(on_both_engines)]
#[tokio::test]
async fn filters_pages_and_times_leave_out_the_rest(database: Database) {
    let opened = database.open().await;
    let (ana, bob, thread) = opened.two().await;
    let mut seqs = Vec::new();
    for number in 0..25 {
        let who = if number % 2 == 0 { &ana } else { &bob };
        let text = format!(
            "tea {number} {}",
            if number % 5 == 0 { "https://a.org" } else { "" }
        );
        seqs.push(opened.send(who, thread, &text).await);
    }
    seqs.reverse();
    let all: Vec<_> = seqs.iter().map(|&seq| (thread, seq)).collect();
    opened.finds(&bob, &[], "tea", &all).await;
    let plain = sought(bob.id, &[], "tea");
    let mut paged = Vec::new();
    let mut after = None;
    loop {
        let page = opened
            .store
            .search(bob.id, &plain, after, 10)
            .await
            .unwrap();
        let Some(last) = page.last() else { break };
        after = Some(last.place);
        paged.extend(page.into_iter().map(|found| found.event.seq));
    }
    assert_eq!(paged, seqs);
    let by_bob = SearchQuery {
        author: Some(bob.id),
        ..plain.clone()
    };
    assert_eq!(opened.found(&by_bob, &bob).await.len(), 12);
    let linked = SearchQuery {
        has: vec![Has::Link],
        rows: Vec::new(),
        ..plain.clone()
    };
    assert_eq!(opened.found(&linked, &bob).await.len(), 5);
    let log = opened.log(thread).await;
    let (begun, ended) = (log[0].at, log[log.len() - 1].at);
    let since = |since, until| SearchQuery {
        since: Some(since),
        until: Some(until),
        ..plain.clone()
    };
    assert_eq!(opened.found(&since(begun, ended + 1), &bob).await.len(), 25);
    assert_eq!(opened.found(&since(ended + 1, i64::MAX), &bob).await, []);
    assert_eq!(opened.found(&since(0, begun), &bob).await, []);
    opened.store.close().await;
}

/// Compared with a model that scans all texts.
#[apply(on_both_engines)]
#[tokio::test]
async fn the_index_finds_what_a_scan_of_the_log_finds(database: Database) {
    let opened = database.open().await;
    let (ana, bob, thread) = opened.two().await;
    let pieces = [
        "tea",
        "Tée",
        "teapot",
        "東京",
        "京都",
        "서울",
        "don't",
        "ﬁne",
        "a.b",
        "🎉",
        "\u{0}'\\\"",
        ":*&|!()",
    ];
    let mut random = 7_u64;
    let mut pick = || {
        random = random
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        pieces[(random >> 33) as usize % pieces.len()]
    };
    for number in 0..120 {
        let text = [pick(), pick(), pick()].join(if number % 3 == 0 { "" } else { " " });
        opened.send(&ana, thread, &text).await;
    }
    let last = opened.send(&bob, thread, "the end").await;
    opened.finds(&ana, &[], "the end", &[(thread, last)]).await;
    let log = opened.log(thread).await;
    for _ in 0..150 {
        let text = [pick(), pick()].join(" ");
        for is_open in [true, false] {
            let Some(row) = TokenRun::of(&text, is_open) else {
                continue;
            };
            let rows = vec![row];
            let is_there = |event: &&Event| {
                let text = event.body.text().unwrap_or_default();
                token_runs::find(&rows, text).is_some()
            };
            let mut expected: Vec<_> = log
                .iter()
                .filter(is_there)
                .map(|it| (thread, it.seq))
                .collect();
            expected.reverse();
            let sought = SearchQuery {
                rows: rows.clone(),
                ..sought(ana.id, &[], "")
            };
            assert_eq!(
                opened.found(&sought, &ana).await,
                expected,
                "{text:?} {is_open}"
            );
        }
    }
    opened.store.close().await;
}

/// Simulates a COMMIT that was carried out although its answer was lost.
#[apply(on_both_engines)]
#[tokio::test]
async fn after_a_commit_in_doubt_the_index_looks_at_all_threads(database: Database) {
    let opened = database.open().await;
    let (ana, bob, thread) = opened.two().await;
    let first = opened.send(&ana, thread, "tea one").await;
    opened.finds(&ana, &[], "tea", &[(thread, first)]).await;
    let mut outsider = database.outsider().await;
    for text in [
        "INSERT INTO events (thread_id, seq, count, at, actor, client_id, body) \
         SELECT thread_id, 2, 2, at + 1, actor, NULL, REPLACE(body, 'one', 'two') \
         FROM events WHERE seq = 1",
        "UPDATE threads SET last_seq = 2, count = 2, last_message = 2",
        database.break_commit()[0],
    ] {
        outsider.execute(text).await.unwrap();
    }
    let sent = opened
        .send_as(&bob, thread, ClientId::now(), "coffee")
        .await;
    assert_eq!(sent, Err(Refusal::Unavailable));
    let begun = std::time::Instant::now();
    opened
        .finds(&ana, &[], "tea", &[(thread, 2), (thread, first)])
        .await;
    assert!(
        begun.elapsed() < Duration::from_secs(10),
        "before its own periodic check"
    );
    opened.store.close().await;
}

/// Searches use at most half of the read connections.
#[tokio::test]
async fn searches_that_take_long_leave_others_their_connections() {
    let database = Database::postgres().await;
    let opened = database.open().await;
    let (ana, _, thread) = opened.two().await;
    let seq = opened.send(&ana, thread, "tea").await;
    opened.finds(&ana, &[], "tea", &[(thread, seq)]).await;
    let mut outsider = database.outsider().await;
    let lock = "BEGIN; LOCK TABLE search_docs IN ACCESS EXCLUSIVE MODE";
    outsider.execute(lock).await.unwrap();
    let searches = (0..20).map(|_| {
        let (store, sought) = (opened.store.clone(), sought(ana.id, &[], "tea"));
        tokio::spawn(async move { store.search(ana.id, &sought, None, 10).await })
    });
    let searches: Vec<_> = searches.collect();
    // Waits until as many searches as permitted wait for the lock.
    let waiting = "SELECT COUNT(*) FROM pg_locks WHERE NOT granted \
                   AND relation = 'search_docs'::regclass";
    let reads = async {
        loop {
            let count: i64 = sqlx::query_scalar(waiting)
                .fetch_one(&mut outsider)
                .await
                .unwrap();
            if count >= 4 {
                break;
            }
            sleep(Duration::from_millis(10)).await;
        }
        for _ in 0..20 {
            assert_eq!(opened.texts(thread).await, ["tea"]);
        }
    };
    let reads = timeout(Duration::from_secs(8), reads).await;
    assert!(reads.is_ok(), "other reads don't wait for searches");
    outsider.execute("ROLLBACK").await.unwrap();
    for search in searches {
        assert_eq!(search.await.unwrap().unwrap().len(), 1);
    }
    opened.store.close().await;
}
