//! Direct threads, and the list of them.

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use sqlx::{AssertSqlSafe, Row};

use super::*;
use crate::model::ThreadKind;
use crate::server::store::rooms::Act;
use crate::server::store::threads::list;

#[apply(on_both_engines)]
#[tokio::test]
async fn concurrent_openers_get_the_same_thread(database: Database) {
    let opened = database.open().await;
    let (ana, bob) = (opened.add("ana").await, opened.add("bob").await);
    let open = |one: &Person, other: &Person| {
        let (store, one, other) = (opened.store.clone(), one.id, other.id);
        async move { store.open_direct(one, other).await.unwrap() }
    };
    // Polled one after the other without a pause: usually both are in one transaction.
    let (of_ana, of_bob, again) =
        tokio::join!(open(&ana, &bob), open(&bob, &ana), open(&ana, &bob));
    assert_eq!((of_ana, of_ana), (of_bob, again));
    assert_eq!(open(&bob, &ana).await, of_ana, "and later too");
    let joined = opened
        .recorded
        .changes()
        .into_iter()
        .filter_map(|change| match change {
            Change::Joined { user, head } => Some((user, head.id)),
            _ => None,
        });
    let joined: Vec<_> = joined.collect();
    assert_eq!(joined, [(ana.id, of_ana), (bob.id, of_ana)]);
}

#[apply(on_both_engines)]
#[tokio::test]
async fn each_two_people_have_a_thread_of_their_own(database: Database) {
    let opened = database.open().await;
    let (ana, bob, thread) = opened.two().await;
    let eve = opened.add("eve").await;
    let with_eve = opened.store.open_direct(ana.id, eve.id).await.unwrap();
    assert_ne!(with_eve, thread);
    let mut ids = opened.store.thread_ids(ana.id).await.unwrap();
    ids.sort();
    assert_eq!(ids, [thread, with_eve]);
    assert_eq!(opened.store.thread_ids(bob.id).await.unwrap(), [thread]);
    let heads = opened
        .store
        .heads(eve.id, &[thread, with_eve])
        .await
        .unwrap();
    assert_eq!(heads.len(), 1, "nothing of others' threads is visible");
    assert!(
        opened
            .store
            .standing(bob.id, thread)
            .await
            .unwrap()
            .role
            .is_some()
    );
    assert!(
        opened
            .store
            .standing(eve.id, thread)
            .await
            .unwrap()
            .role
            .is_none()
    );
}

#[apply(on_both_engines)]
#[tokio::test]
async fn a_direct_thread_needs_an_existing_user(database: Database) {
    let opened = database.open().await;
    let ana = opened.add("ana").await;
    for other in [UserId(404), UserId(-1)] {
        let refused = opened.store.open_direct(ana.id, other).await;
        let refusal = refused.map_err(Refusal::from);
        assert_eq!(refusal, Err(Refusal::NotFound), "{other}");
    }
    assert!(opened.store.thread_ids(ana.id).await.unwrap().is_empty());
}

#[apply(on_both_engines)]
#[tokio::test]
async fn a_user_has_one_thread_of_notes_that_nobody_else_is_in(database: Database) {
    let opened = database.open().await;
    let (ana, bob, _) = opened.two().await;
    let open = || opened.store.open_direct(ana.id, ana.id);
    let (one, again) = tokio::join!(open(), open());
    let notes = one.unwrap();
    assert_eq!(notes, again.unwrap());
    assert_eq!(
        opened.store.direct(ana.id, ana.id).await.unwrap(),
        Some(notes)
    );
    opened.send(&ana, notes, "milk").await;
    let listed = opened.store.threads(ana.id, None, 10).await.unwrap();
    let ids: Vec<_> = listed.threads.iter().map(|head| head.id).collect();
    assert_eq!(ids.iter().filter(|id| **id == notes).count(), 1, "{ids:?}");
    let head = opened.head(&ana, notes).await;
    assert!(matches!(&head.kind, ThreadKind::Direct { other } if other.id == ana.id));
    assert_eq!(head.unread(), 0);
    assert!(
        opened
            .store
            .receipts(ana.id, &[notes])
            .await
            .unwrap()
            .is_empty()
    );
    assert!(
        opened
            .store
            .heads(bob.id, &[notes])
            .await
            .unwrap()
            .is_empty()
    );
    let of_bob = opened.store.open_direct(bob.id, bob.id).await.unwrap();
    assert_ne!(of_bob, notes);
}

#[apply(on_both_engines)]
#[tokio::test]
async fn an_empty_thread_is_listed_for_its_opener_only(database: Database) {
    let opened = database.open().await;
    let (ana, bob, thread) = opened.two().await;
    let listed = async |person: &Person| {
        let page = opened.store.threads(person.id, None, 10).await.unwrap();
        page.threads.iter().map(|head| head.id).collect::<Vec<_>>()
    };
    assert_eq!(listed(&ana).await, [thread]);
    assert!(listed(&bob).await.is_empty());
    opened.send(&ana, thread, "hello").await;
    assert_eq!(listed(&bob).await, [thread]);
}

#[apply(on_both_engines)]
#[tokio::test]
async fn the_list_is_latest_first_and_its_pages_are_the_list(database: Database) {
    const OTHERS: usize = 23;
    let opened = database.open().await;
    let ana = opened.add("ana").await;
    let mut threads = Vec::new();
    for number in 0..OTHERS {
        let other = opened.add(&format!("other{number:02}")).await;
        let thread = opened.store.open_direct(ana.id, other.id).await.unwrap();
        opened.send(&ana, thread, "hello").await;
        threads.push(thread);
    }
    // All within a few milliseconds: the order must hold between equal times.
    let whole = opened.store.threads(ana.id, None, 100).await.unwrap();
    let whole: Vec<ThreadId> = whole.threads.iter().map(|head| head.id).collect();
    threads.reverse();
    assert_eq!(whole, threads);
    let mut paged = Vec::new();
    loop {
        let page = opened.store.threads(ana.id, paged.last().copied(), 5).await;
        let page = page.unwrap();
        assert!(page.threads.len() <= 5);
        paged.extend(page.threads.iter().map(|head| head.id));
        if !page.more {
            break;
        }
    }
    assert_eq!(paged, whole);
}

#[apply(on_both_engines)]
#[tokio::test]
async fn members_join_a_thread_before_its_first_event(database: Database) {
    let opened = database.open().await;
    let (ana, _, thread) = opened.two().await;
    opened.send(&ana, thread, "hello").await;
    let changes = opened.recorded.changes();
    let event = changes.iter().position(|c| matches!(c, Change::Event(_)));
    let joined = changes
        .iter()
        .rposition(|c| matches!(c, Change::Joined { .. }));
    assert!(joined.is_some() && joined < event, "{changes:?}");
}

/// Several people with direct threads opened by either, some of them empty, and rooms. Their times are few, so that
/// many are equal.
async fn many_threads(database: &Database, opened: &Opened, chance: &mut StdRng) -> Vec<Person> {
    let mut people = Vec::new();
    for number in 0..9 {
        people.push(opened.add(&format!("person{number}")).await);
    }
    for (number, one) in people.iter().enumerate() {
        for other in &people[..number] {
            let (opener, with) = if chance.random() {
                (one, other)
            } else {
                (other, one)
            };
            let thread = opened.store.open_direct(opener.id, with.id).await.unwrap();
            if chance.random_ratio(2, 3) {
                opened.send(with, thread, "hello").await;
            }
        }
        let name = format!("room{number}");
        let room = NewRoom {
            name: name.clone(),
            name_key: name,
            topic: String::new(),
            key_hash: None,
        };
        let room = opened.store.make_room(one.id, room).await.unwrap();
        for other in &people[..number] {
            if chance.random() {
                let join = opened
                    .store
                    .act(other.id, room, policy::may_join, Act::Join);
                join.await.unwrap();
            }
        }
    }
    let mut outsider = database.outsider().await;
    let times = "UPDATE threads SET active_at = id * $1 % 13";
    let factor: i64 = chance.random_range(1..1_000_000);
    sqlx::query(times)
        .bind(factor)
        .execute(&mut outsider)
        .await
        .unwrap();
    people
}

#[apply(on_both_engines)]
#[tokio::test]
async fn the_list_equals_all_threads_sorted(database: Database) {
    let seed = rand::random();
    println!("seed {seed}");
    let mut chance = StdRng::seed_from_u64(seed);
    let opened = database.open().await;
    let people = many_threads(&database, &opened, &mut chance).await;
    let mut outsider = database.outsider().await;
    let mut in_all = 0;
    for person in &people {
        let all = "SELECT t.id FROM threads t JOIN members m ON m.thread_id = t.id AND m.user_id = $1 \
                   WHERE t.count > 0 OR t.creator = $1 OR t.kind = 'room' \
                   ORDER BY t.active_at DESC, t.id DESC";
        let sorted = sqlx::query_scalar::<_, i64>(all).bind(person.id.0);
        let sorted = sorted.fetch_all(&mut outsider).await.unwrap();
        let sorted: Vec<_> = sorted.into_iter().map(ThreadId).collect();
        in_all += sorted.len();
        for limit in [1, 2, 5, 100] {
            let mut listed: Vec<ThreadId> = Vec::new();
            loop {
                let after = listed.last().copied();
                let page = opened.store.threads(person.id, after, limit).await.unwrap();
                listed.extend(page.threads.iter().map(|head| head.id));
                if !page.more {
                    break;
                }
            }
            assert_eq!(listed, sorted, "{person:?}, {limit} at once");
        }
    }
    assert!(in_all >= 36 + 9, "each is in one list at least");
}

#[apply(on_both_engines)]
#[tokio::test]
async fn the_list_is_read_from_indexes_that_are_in_its_order(database: Database) {
    let opened = database.open().await;
    let (ana, _, thread) = opened.two().await;
    let mut outsider = database.outsider().await;
    let (explain, column) = database.explain(&mut outsider).await;
    for is_continued in [false, true] {
        let text = format!("{explain} {}", list(is_continued));
        let mut query = sqlx::query(AssertSqlSafe(text)).bind(ana.id.0).bind(51_i64);
        if is_continued {
            query = query.bind(thread.0);
        }
        let steps = query.fetch_all(&mut outsider).await.unwrap();
        let steps = steps.iter().map(|step| step.get::<String, _>(column));
        let plan = steps.collect::<Vec<_>>().join("\n");
        for index in [
            "threads_opened",
            "threads_answered",
            "members_rooms",
            "events_deleted",
        ] {
            assert!(plan.contains(index), "{index}: {plan}");
        }
    }
}

#[apply(on_both_engines)]
#[tokio::test]
async fn of_messages_that_commit_together_the_list_shows_the_last(database: Database) {
    let opened = database.open().await;
    let (ana, bob, thread) = opened.two().await;
    let eve = opened.add("eve").await;
    let other = opened.store.open_direct(ana.id, eve.id).await.unwrap();
    // The writer waits for the lock in one transaction; everything sent meanwhile goes into the next.
    let mut outsider = database.outsider().await;
    outsider.execute(database.stop_writes()).await.unwrap();
    let send = |who: &Person, thread, text| opened.begin(who, thread, ClientId::now(), text);
    let first = send(&ana, thread, "first");
    while opened.store.queued() > 0 {
        tokio::task::yield_now().await;
    }
    let together = [
        send(&ana, thread, "one"),
        send(&ana, other, "to eve"),
        send(&bob, thread, "two"),
        send(&ana, thread, "three"),
        send(&eve, other, "to ana"),
    ];
    outsider.execute("ROLLBACK").await.unwrap();
    first.await.unwrap().unwrap();
    let mut times = Vec::new();
    for sent in together {
        times.push(sent.await.unwrap().unwrap().at);
    }
    assert!(times.iter().all(|at| *at == times[0]), "one transaction");
    for (thread, who, seq, text) in [(thread, &ana, 4, "three"), (other, &eve, 2, "to ana")] {
        let head = opened.head(&ana, thread).await;
        assert_eq!((head.last_seq, head.count), (seq, seq));
        let last = head.last.unwrap();
        assert_eq!((last.seq, last.author, &*last.text), (seq, who.id, text));
    }
    // Posting moves the author's read mark to their message, and no further.
    assert_eq!(opened.head(&ana, thread).await.unread(), 0);
    assert_eq!(opened.head(&bob, thread).await.unread(), 1);
    assert_eq!(opened.head(&ana, other).await.unread(), 1);
    opened.store.close().await;
}

#[apply(on_both_engines)]
#[tokio::test]
async fn what_is_no_message_does_not_stand_in_the_list(database: Database) {
    let opened = database.open().await;
    let (ana, bob, thread) = opened.two().await;
    let seq = opened.send(&ana, thread, "hello").await;
    opened.send(&bob, thread, "bye").await;
    let react = Amend::React {
        emoji: "🎉".into(),
        on: true,
    };
    let done = opened
        .store
        .amend(bob.id, thread, seq, policy::may_react, react);
    done.await.unwrap();
    let head = opened.head(&ana, thread).await;
    let last = head.last.unwrap();
    assert_eq!((head.last_seq, last.seq, &*last.text), (3, 2, "bye"));
    opened.store.close().await;
}

#[apply(on_both_engines)]
#[tokio::test]
async fn the_members_of_a_group_are_sent_its_title_once_whenever_one_comes_or_goes(
    database: Database,
) {
    let opened = database.open().await;
    let mut people = Vec::new();
    for name in ["ana", "bob", "cem", "dan"] {
        people.push(opened.add(name).await.id);
    }
    let titles = |user| {
        let changes = opened.recorded.changes().into_iter();
        let titles = changes.filter_map(|change| match change {
            Change::Joined { user: to, head } if to == user => Some(head.title().to_owned()),
            _ => None,
        });
        titles.collect::<Vec<_>>()
    };
    let (ana, others) = (people[0], people[1..].to_vec());
    let group = opened.store.create_group_if(ana, others, |_, _, _| Ok(()));
    let group = group.await.unwrap();
    for (user, title) in [
        (people[0], "BOB, CEM, DAN"),
        (people[1], "ANA, CEM, DAN"),
        (people[3], "ANA, BOB, CEM"),
    ] {
        let titles = titles(user);
        // The first is that of entering, when others were still to come.
        assert_eq!(titles.len(), 2, "{titles:?}");
        assert_eq!(titles[1], title);
    }
    let leave = |user| opened.store.act(user, group, |_, _| Ok(()), Act::Leave);
    leave(people[3]).await.unwrap();
    assert_eq!(titles(ana)[2..], ["BOB, CEM"]);
    assert_eq!(titles(people[3]).len(), 2, "nothing is sent to who left");
    leave(people[2]).await.unwrap();
    assert_eq!(titles(ana)[3..], ["BOB"]);
    opened.store.close().await;
}

#[apply(on_both_engines)]
#[tokio::test]
async fn the_rooms_that_two_share_are_those_that_both_are_in_by_name_without_groups(
    database: Database,
) {
    let opened = database.open().await;
    let mut people = Vec::new();
    for name in ["ana", "bob", "cem"] {
        people.push(opened.add(name).await.id);
    }
    let [ana, bob, cem] = people[..] else {
        unreachable!("three were added")
    };
    for (name, key, members) in [
        ("Tools", Some("hash"), [ana, bob].as_slice()),
        ("Kitchen", None, &[ana, bob, cem]),
        ("Only Ana", None, &[ana]),
        ("Bob and Cem", None, &[bob, cem]),
    ] {
        let room = NewRoom {
            name: name.into(),
            name_key: name.to_lowercase(),
            topic: String::new(),
            key_hash: key.map(str::to_owned),
        };
        let thread = opened.store.make_room(members[0], room).await.unwrap();
        for user in &members[1..] {
            let joined = opened.store.act(*user, thread, |_, _| Ok(()), Act::Join);
            joined.await.unwrap();
        }
    }
    let group = opened
        .store
        .create_group_if(ana, vec![bob, cem], |_, _, _| Ok(()));
    group.await.unwrap();
    let shared = async |limit| {
        let page = opened.store.shared_rooms(ana, bob, limit).await.unwrap();
        let names = page.rooms.into_iter().map(|room| room.name);
        (names.collect::<Vec<_>>(), page.more)
    };
    let named = |names: &[&str]| {
        names
            .iter()
            .map(|name| (*name).to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(shared(2).await, (named(&["Kitchen", "Tools"]), false));
    assert_eq!(shared(1).await, (named(&["Kitchen"]), true));
    opened.store.close().await;
}
