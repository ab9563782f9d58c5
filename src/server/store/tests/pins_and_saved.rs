//! Pinned messages, and messages saved for later.

use super::*;
use crate::model::{Excerpts, limits};

fn seqs(found: &Excerpts) -> Vec<Seq> {
    found.events.iter().map(|event| event.seq).collect()
}

impl Opened {
    async fn pin(&self, actor: &Person, thread: ThreadId, seq: Seq, on: bool) {
        let pinned = self.amend(actor, thread, seq, Amend::Pin { on }).await;
        pinned.unwrap();
    }

    async fn save(
        &self,
        user: &Person,
        thread: ThreadId,
        seq: Seq,
        on: bool,
    ) -> Result<(), Refusal> {
        let rule = policy::may_read;
        Ok(self.store.save(user.id, thread, seq, rule, on).await?)
    }
}

#[apply(on_both_engines)]
#[tokio::test]
async fn what_is_pinned_is_in_the_message_in_the_head_and_in_the_list_until_it_is_deleted(
    database: Database,
) {
    let opened = database.open().await;
    let (ana, bob, thread) = opened.two().await;
    let mut head = opened.head(&bob, thread).await;
    let mut seen = vec![];
    for text in ["one", "two", "three"] {
        seen.push(opened.send(&ana, thread, text).await);
    }
    let [one, two, three] = seen[..] else {
        panic!("{seen:?}");
    };
    for (who, seq, on) in [
        (&bob, two, true),
        (&ana, one, true),
        (&ana, one, true),
        (&bob, three, true),
        (&ana, three, false),
    ] {
        opened.pin(who, thread, seq, on).await;
    }
    assert_eq!(opened.log(thread).await.len(), 7, "once is enough");
    assert_eq!(opened.head(&bob, thread).await.pins, [two, one]);
    let found = opened.store.pins(bob.id, thread).await.unwrap();
    assert_eq!(seqs(&found), [one, two], "the latest pinned first");
    let EventBody::Message(message) = &found.events[1].body else {
        panic!("{found:?}");
    };
    assert_eq!(message.pinned_by, Some(bob.id));

    opened
        .amend(&ana, thread, two, Amend::Delete)
        .await
        .unwrap();
    for event in opened.recorded.events() {
        head.apply(&event, bob.id);
    }
    let fresh = opened.head(&bob, thread).await;
    assert_eq!(fresh.pins, [one]);
    assert_eq!(head.pins, fresh.pins, "a client derives the same");
}

#[apply(on_both_engines)]
#[tokio::test]
async fn so_many_are_pinned_in_a_thread_at_the_most(database: Database) {
    let opened = database.open().await;
    let (ana, _, thread) = opened.two().await;
    let max = limits::PINS_MAX;
    for n in 0..max {
        let seq = opened.send(&ana, thread, &format!("message {n}")).await;
        opened.pin(&ana, thread, seq, true).await;
    }
    let seq = opened.send(&ana, thread, "one more").await;
    let length = opened.log(thread).await.len();
    let tried = opened
        .amend(&ana, thread, seq, Amend::Pin { on: true })
        .await;
    assert_eq!(tried, Err(Refusal::TooMany { max }));
    assert_eq!(
        opened.log(thread).await.len(),
        length,
        "nothing is half done"
    );
}

#[apply(on_both_engines)]
#[tokio::test]
async fn saved_messages_are_private(database: Database) {
    let opened = database.open().await;
    let (ana, bob, thread) = opened.two().await;
    let eve = opened.add("eve").await;
    let other = opened.store.open_direct(ana.id, eve.id).await.unwrap();
    let tea = opened.send(&bob, thread, "tea").await;
    let cake = opened.send(&eve, other, "cake").await;
    let soup = opened.send(&ana, thread, "soup").await;
    for (place, seq) in [(thread, soup), (thread, tea), (other, cake), (thread, soup)] {
        opened.save(&ana, place, seq, true).await.unwrap();
    }
    assert_eq!(opened.head(&ana, thread).await.saved, [soup, tea]);
    assert_eq!(opened.head(&bob, thread).await.saved, [0; 0]);
    let reported = opened
        .recorded
        .changes()
        .into_iter()
        .filter_map(|it| match it {
            Change::Saved { user, saved, .. } => Some((user, saved)),
            _ => None,
        });
    let me = ana.id;
    assert_eq!(
        reported.collect::<Vec<_>>(),
        [(me, vec![soup]), (me, vec![soup, tea]), (me, vec![cake])]
    );

    let found = opened.store.saved(ana.id).await.unwrap();
    let places = found.events.iter().map(|event| (event.thread, event.seq));
    let latest_first = [(thread, soup), (other, cake), (thread, tea)];
    let sorted = |mut all: Vec<_>| {
        all.sort_unstable();
        all
    };
    assert_eq!(sorted(places.collect()), sorted(latest_first.to_vec()));
    assert!(found.events.is_sorted_by_key(|event| -event.at));
    assert_eq!((found.threads.len(), found.people.len()), (2, 3));
    assert_eq!(opened.store.saved(bob.id).await.unwrap().events, []);

    opened.save(&ana, thread, soup, false).await.unwrap();
    opened
        .amend(&bob, thread, tea, Amend::Delete)
        .await
        .unwrap();
    let found = opened.store.saved(ana.id).await.unwrap();
    let bodies = found.events.iter().map(|event| event.body.text());
    assert_eq!(bodies.flatten().collect::<Vec<_>>(), ["cake"]);
    assert_eq!(found.events.len(), 2, "its deletion stays visible");
    opened.save(&ana, thread, tea, false).await.unwrap();
    assert_eq!(opened.head(&ana, thread).await.saved, [0; 0]);
}

#[apply(on_both_engines)]
#[tokio::test]
async fn only_messages_of_own_threads_are_saved(database: Database) {
    let opened = database.open().await;
    let (ana, bob, thread) = opened.two().await;
    let eve = opened.add("eve").await;
    let seq = opened.send(&ana, thread, "tea").await;
    let refused = Err(Refusal::NotFound);
    assert_eq!(opened.save(&eve, thread, seq, true).await, refused);
    assert_eq!(opened.save(&bob, thread, seq + 1, true).await, refused);
    opened.pin(&ana, thread, seq, true).await;
    assert_eq!(opened.save(&bob, thread, seq + 1, true).await, refused);
    opened
        .amend(&ana, thread, seq, Amend::Delete)
        .await
        .unwrap();
    assert_eq!(opened.save(&bob, thread, seq, true).await, refused);
    opened.save(&bob, thread, seq, false).await.unwrap();
}

#[apply(on_both_engines)]
#[tokio::test]
async fn the_place_of_a_moment_is_found_in_a_log_of_any_length(database: Database) {
    let opened = database.open().await;
    let (ana, _, thread) = opened.two().await;
    let mut outsider = database.outsider().await;
    let at = |moment| opened.store.seq_at(thread, moment);
    assert_eq!(at(0).await.unwrap(), 0, "an empty log");
    for n in 1..=13 {
        opened.send(&ana, thread, &format!("message {n}")).await;
        // As if a minute passed between consecutive events.
        let text = "UPDATE events SET at = seq * 60000";
        outsider.execute(text).await.unwrap();
        assert_eq!(at(0).await.unwrap(), 1);
        assert_eq!(at(i64::MAX).await.unwrap(), n);
        for seq in 1..=n {
            assert_eq!(at(seq * 60_000).await.unwrap(), seq);
            assert_eq!(at(seq * 60_000 - 1).await.unwrap(), seq);
        }
    }
}
