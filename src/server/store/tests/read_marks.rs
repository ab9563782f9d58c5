//! Read marks, and unread counts.

use super::*;
use crate::model::ReadMark;

fn mark(seq: Seq) -> ReadMark {
    ReadMark {
        seq,
        count: seq,
        ..ReadMark::default()
    }
}

#[apply(on_both_engines)]
#[tokio::test]
async fn a_read_mark_only_moves_up_and_never_beyond_the_end(database: Database) {
    let opened = database.open().await;
    let (ana, bob, thread) = opened.two().await;
    for text in ["one", "two", "three"] {
        opened.send(&ana, thread, text).await;
    }
    for (seq, expected) in [(2, 2), (1, 2), (0, 2), (-5, 2), (2, 2), (99, 3), (1, 3)] {
        opened
            .store
            .mark_read(bob.id, thread, seq, 0)
            .await
            .unwrap();
        let read = opened.head(&bob, thread).await.read;
        assert_eq!(read, mark(expected), "after a mark at {seq}");
    }
    let marks: Vec<_> = opened
        .recorded
        .changes()
        .into_iter()
        .filter_map(|change| match change {
            Change::Read {
                user,
                thread,
                mark,
                shown: true,
            } => Some((user, thread, mark)),
            _ => None,
        })
        .collect();
    let expected = [(bob.id, thread, mark(2)), (bob.id, thread, mark(3))];
    assert_eq!(marks, expected, "only a mark that moved is reported");
}

#[apply(on_both_engines)]
#[tokio::test]
async fn marks_set_at_once_end_at_the_highest(database: Database) {
    let opened = database.open().await;
    let (ana, bob, thread) = opened.two().await;
    for number in 0..20 {
        opened.send(&ana, thread, &number.to_string()).await;
    }
    let marks = [7, 19, 3, 12, 18, 1].map(|seq| opened.store.mark_read(bob.id, thread, seq, 0));
    for result in futures_util::future::join_all(marks).await {
        result.unwrap();
    }
    assert_eq!(opened.head(&bob, thread).await.read, mark(19));
}

#[apply(on_both_engines)]
#[tokio::test]
async fn unread_counts_start_at_the_mark_and_exclude_own_messages(database: Database) {
    let opened = database.open().await;
    let (ana, bob, thread) = opened.two().await;
    let unread = async || {
        let (of_ana, of_bob) = (opened.head(&ana, thread), opened.head(&bob, thread));
        (of_ana.await.unread(), of_bob.await.unread())
    };
    assert_eq!(unread().await, (0, 0));
    opened.send(&ana, thread, "one").await;
    opened.send(&ana, thread, "two").await;
    assert_eq!(unread().await, (0, 2));
    opened.store.mark_read(bob.id, thread, 1, 0).await.unwrap();
    assert_eq!(unread().await, (0, 1));
    // A user who replies has read what is above.
    opened.send(&bob, thread, "three").await;
    assert_eq!(unread().await, (1, 0));
}

#[apply(on_both_engines)]
#[tokio::test]
async fn who_is_no_member_has_no_mark_and_changes_none(database: Database) {
    let opened = database.open().await;
    let (ana, bob, thread) = opened.two().await;
    let eve = opened.add("eve").await;
    opened.send(&ana, thread, "for bob").await;
    opened.store.mark_read(eve.id, thread, 1, 0).await.unwrap();
    opened
        .store
        .mark_read(bob.id, ThreadId(404), 1, 0)
        .await
        .unwrap();
    assert!(
        opened
            .store
            .heads(eve.id, &[thread])
            .await
            .unwrap()
            .is_empty()
    );
    assert_eq!(opened.head(&bob, thread).await.unread(), 1);
    let changes = opened.recorded.changes();
    assert!(
        !changes
            .iter()
            .any(|change| matches!(change, Change::Read { .. }))
    );
}

#[apply(on_both_engines)]
#[tokio::test]
async fn what_is_deleted_before_it_is_read_is_not_unread(database: Database) {
    let opened = database.open().await;
    let (ana, bob, direct) = opened.two().await;
    let room = NewRoom {
        name: "Hall".into(),
        name_key: "hall".into(),
        topic: String::new(),
        key_hash: None,
    };
    let room = opened.store.make_room(ana.id, room).await.unwrap();
    let join = opened
        .store
        .act(bob.id, room, policy::may_join, Act::Join)
        .await;
    join.unwrap();
    for thread in [direct, room] {
        let mut seqs = Vec::new();
        for text in ["one", "two", "three", "four"] {
            seqs.push(opened.send(&ana, thread, text).await);
        }
        let read = opened.store.mark_read(bob.id, thread, seqs[0], 0);
        read.await.unwrap();
        let delete = async |seq| {
            let rule = policy::may_delete;
            let amend = opened.store.amend(ana.id, thread, seq, rule, Amend::Delete);
            amend.await.unwrap();
        };
        let unread = async || {
            let head = opened.head(&bob, thread).await;
            let page = opened.store.threads(bob.id, None, 10).await.unwrap();
            let listed = page.threads.into_iter().find(|it| it.id == thread);
            assert_eq!(listed.unwrap(), head, "the list shows the same head");
            (head.unread(), head.deleted)
        };
        assert_eq!(unread().await, (3, vec![]));
        delete(seqs[0]).await;
        assert_eq!(unread().await, (3, vec![]), "it was already read");
        delete(seqs[2]).await;
        delete(seqs[1]).await;
        assert_eq!(unread().await, (1, vec![seqs[1], seqs[2]]));
        let read = opened.store.mark_read(bob.id, thread, seqs[1], 0);
        read.await.unwrap();
        assert_eq!(unread().await, (1, vec![seqs[2]]));
        delete(seqs[3]).await;
        assert_eq!(unread().await, (0, vec![seqs[2], seqs[3]]));
        opened.send(&ana, thread, "five").await;
        assert_eq!(unread().await.0, 1);
    }
}

#[apply(on_both_engines)]
#[tokio::test]
async fn messages_marked_as_unread_count_again_without_own_and_deleted_ones(database: Database) {
    let opened = database.open().await;
    let (ana, bob, thread) = opened.two().await;
    for text in ["one", "two", "three"] {
        opened.send(&ana, thread, text).await;
    }
    opened.send(&bob, thread, "mine").await;
    opened.send(&ana, thread, "four").await;
    opened.store.mark_read(bob.id, thread, 5, 0).await.unwrap();
    let by_all: Rule = |_, _| Ok(());
    let mark_unread = async |seq| opened.store.mark_unread(bob.id, thread, seq, by_all).await;
    for (seq, unread) in [(2, 3), (5, 1), (1, 4), (2, 3)] {
        mark_unread(seq).await.unwrap();
        let head = opened.head(&bob, thread).await;
        assert_eq!((head.read.seq, head.unread()), (seq - 1, unread), "{seq}");
    }
    // The others still see how far he had read.
    let receipts = opened.store.receipts(ana.id, &[thread]).await.unwrap();
    assert_eq!(receipts[0].read[0].seq, 5);
    // A mark that was sent before is too late; one of this turn moves it up again.
    opened.store.mark_read(bob.id, thread, 5, 3).await.unwrap();
    assert_eq!(opened.head(&bob, thread).await.unread(), 3);
    opened.store.mark_read(bob.id, thread, 5, 4).await.unwrap();
    assert_eq!(opened.head(&bob, thread).await.unread(), 0);
    for seq in [0, -1, i64::MIN, 6, i64::MAX] {
        let marked = mark_unread(seq).await;
        assert!(
            matches!(marked, Err(StoreError::Refused(Refusal::NotFound))),
            "{seq}"
        );
    }
}

#[apply(on_both_engines)]
#[tokio::test]
async fn other_connections_are_told_what_a_fresh_head_has(database: Database) {
    let opened = database.open().await;
    let (ana, bob, thread) = opened.two().await;
    for text in ["one", "two"] {
        opened.send(&ana, thread, text).await;
    }
    opened.store.mark_read(bob.id, thread, 2, 0).await.unwrap();
    opened.recorded.changes();
    let by_all: Rule = |_, _| Ok(());
    opened
        .store
        .mark_unread(bob.id, thread, 2, by_all)
        .await
        .unwrap();
    let told = opened
        .recorded
        .changes()
        .into_iter()
        .rev()
        .find_map(|change| match change {
            Change::Joined { user, head } if user == bob.id => Some(head),
            _ => None,
        });
    assert_eq!(told, Some(opened.head(&bob, thread).await));
}
