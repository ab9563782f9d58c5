//! Reading the log: pages are contiguous, ascending, bounded, and correct at the edges.

use super::*;

/// The positions a page must have, by the definition of [`Position`].
fn expected(position: Position, limit: Seq, last: Seq) -> Vec<Seq> {
    let (from, to) = match position {
        Position::Latest => (last - limit + 1, last),
        Position::Before(seq) => {
            let to = (seq - 1).min(last);
            (to - limit + 1, to)
        }
        Position::After(seq) => (seq + 1, seq + limit),
        Position::Around(seq) => {
            let upper = seq.clamp(0, last);
            let below = upper.min(limit / 2);
            (upper - below + 1, upper + limit - below)
        }
    };
    (from.max(1)..=to.min(last)).collect()
}

#[apply(on_both_engines)]
#[tokio::test]
async fn every_page_is_the_piece_of_the_log_at_its_position(database: Database) {
    let opened = database.open().await;
    let (ana, _, thread) = opened.two().await;
    for last in 0..=8 {
        let mut positions = vec![Position::Latest];
        for seq in 0..=last + 2 {
            positions.extend([
                Position::Before(seq),
                Position::After(seq),
                Position::Around(seq),
            ]);
        }
        for position in positions {
            for limit in 2..=10 {
                let page = opened.store.page(thread, position, limit).await.unwrap();
                let seqs: Vec<Seq> = page.events.iter().map(|event| event.seq).collect();
                let wanted = expected(position, limit as Seq, last);
                assert_eq!(seqs, wanted, "{position:?}, {limit} of {last}");
                let more = seqs.first().is_some_and(|first| *first > 1);
                assert_eq!((page.more_before, page.last_seq), (more, last));
            }
        }
        opened.send(&ana, thread, "one more").await;
    }
}

#[apply(on_both_engines)]
#[tokio::test]
async fn a_page_includes_its_authors_and_no_others(database: Database) {
    let opened = database.open().await;
    let (ana, bob, thread) = opened.two().await;
    opened.send(&ana, thread, "one").await;
    opened.send(&ana, thread, "two").await;
    let page = opened.store.page(thread, Position::Latest, 10).await;
    assert_eq!(page.unwrap().people, std::slice::from_ref(&ana));
    opened.send(&bob, thread, "three").await;
    let page = opened.store.page(thread, Position::Latest, 10).await;
    let mut people = page.unwrap().people;
    people.sort_by_key(|person| person.id);
    assert_eq!(people, [ana, bob.clone()]);
    let page = opened.store.page(thread, Position::After(2), 10).await;
    assert_eq!(page.unwrap().people, [bob]);
}

#[apply(on_both_engines)]
#[tokio::test]
async fn what_was_missed_is_read_in_order_and_bounded(database: Database) {
    let opened = database.open().await;
    let (ana, _, thread) = opened.two().await;
    for number in 0..5 {
        opened.send(&ana, thread, &number.to_string()).await;
    }
    let after = async |seq, limit| {
        let events = opened.store.events_after(thread, seq, limit).await.unwrap();
        events.iter().map(|event| event.seq).collect::<Vec<_>>()
    };
    assert_eq!(after(0, 3).await, [1, 2, 3]);
    assert_eq!(after(3, 3).await, [4, 5]);
    assert!(after(5, 3).await.is_empty());
    assert!(after(Seq::MAX, 3).await.is_empty());
    assert_eq!(after(-1, 1).await, [1]);
}

#[apply(on_both_engines)]
#[tokio::test]
async fn positions_that_no_log_reaches_give_an_empty_or_the_nearest_page(database: Database) {
    let opened = database.open().await;
    let (ana, _, thread) = opened.two().await;
    opened.send(&ana, thread, "alone").await;
    for (position, found) in [
        (Position::Before(Seq::MAX), 1),
        (Position::Around(Seq::MAX), 1),
        (Position::After(Seq::MAX), 0),
        (Position::Before(Seq::MIN), 0),
        (Position::Around(Seq::MIN), 1),
        (Position::After(Seq::MIN), 1),
    ] {
        let page = opened.store.page(thread, position, 10).await.unwrap();
        assert_eq!(page.events.len(), found, "{position:?}");
    }
    let nowhere = opened.store.page(ThreadId(404), Position::Latest, 10).await;
    let nowhere = nowhere.unwrap();
    assert!(nowhere.events.is_empty() && nowhere.last_seq == 0);
}
