//! Receipts of other members, as far as they share them.

use super::*;
use crate::model::{Privacy, Reader, Receipts};

const OPEN: Privacy = Privacy {
    reading: true,
    online: true,
};

async fn receipts(opened: &Opened, viewer: &Person, thread: ThreadId) -> Option<Receipts> {
    let all = opened.store.receipts(viewer.id, &[thread]).await;
    all.unwrap().pop()
}

#[apply(on_both_engines)]
#[tokio::test]
async fn receipts_show_read_marks_and_delivery(database: Database) {
    let opened = database.open().await;
    let (ana, bob, thread) = opened.two().await;
    opened.send(&ana, thread, "one").await;
    let one = opened.store.events_after(thread, 0, 9).await.unwrap()[0].at;
    let user = bob.id;
    let expected = |seq, delivered| {
        Some(Receipts {
            thread,
            read: vec![Reader { user, seq }],
            delivered,
        })
    };
    assert_eq!(receipts(&opened, &ana, thread).await, expected(0, 0));
    let store = &opened.store;
    store
        .record_online(vec![bob.id, ana.id], one - 1)
        .await
        .unwrap();
    assert_eq!(receipts(&opened, &ana, thread).await, expected(0, 0));
    store.record_online(vec![bob.id], one).await.unwrap();
    store.record_online(vec![bob.id], one - 5).await.unwrap();
    assert_eq!(receipts(&opened, &ana, thread).await, expected(0, 1));
    store.mark_read(bob.id, thread, 1, 0).await.unwrap();
    assert_eq!(receipts(&opened, &ana, thread).await, expected(1, 1));
}

#[apply(on_both_engines)]
#[tokio::test]
async fn hidden_receipts_are_neither_sent_nor_received(database: Database) {
    let opened = database.open().await;
    let (ana, bob, thread) = opened.two().await;
    opened.send(&ana, thread, "one").await;
    let store = &opened.store;
    store
        .record_online(vec![ana.id, bob.id], i64::MAX)
        .await
        .unwrap();
    let hide = async |user, reading, online| {
        let privacy = Privacy { reading, online };
        store.set_privacy(user, privacy).await.unwrap();
        let marked = store.mark_read(bob.id, thread, 1, 0).await;
        marked.unwrap();
        receipts(&opened, &ana, thread).await
    };
    let of = |receipts: Option<Receipts>| receipts.map(|it| (it.read.len(), it.delivered));
    assert_eq!(of(hide(bob.id, false, true).await), Some((0, 1)));
    let reported = opened.recorded.changes();
    let is_shown = |change: &Change| matches!(change, Change::Read { shown: true, .. });
    assert!(!reported.iter().any(is_shown), "{reported:?}");
    assert_eq!(of(hide(bob.id, true, false).await), Some((1, 0)));
    // Online times from before they hid them do not reappear.
    assert_eq!(of(hide(bob.id, true, true).await), Some((1, 0)));
    assert_eq!(of(hide(ana.id, false, true).await), Some((0, 0)));
    assert_eq!(of(hide(ana.id, false, false).await), None);
    assert_eq!(of(hide(ana.id, true, true).await), Some((1, 0)));
    assert_eq!(store.privacy(ana.id).await.unwrap(), OPEN);
}
