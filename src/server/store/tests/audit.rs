//! The audit logs: which actions each of them has.

use super::*;
use crate::model::{Role, UserId};

async fn actions(store: &Store, thread: Option<ThreadId>) -> Vec<String> {
    let page = store.audit(thread, None, 100).await.unwrap();
    page.entries.into_iter().map(|entry| entry.action).collect()
}

async fn act(store: &Store, by: UserId, thread: ThreadId, act: Act) {
    let rule = policy::may_remove;
    store.act(by, thread, rule, act).await.unwrap();
}

async fn set_topic(store: &Store, by: UserId, thread: ThreadId) {
    let topic = "Soup".to_owned();
    act(store, by, thread, Act::SetTopic { topic }).await;
}

async fn make_room(store: &Store, by: UserId, name: &str) -> ThreadId {
    let room = NewRoom {
        name_key: name.to_lowercase(),
        name: name.into(),
        topic: String::new(),
        key_hash: None,
    };
    store.make_room(by, room).await.unwrap()
}

#[apply(on_both_engines)]
#[tokio::test]
async fn what_an_ordinary_account_does_in_its_room_is_not_in_the_sites_log(database: Database) {
    let opened = database.open().await;
    let store = &opened.store;
    // The first account is the site's admin.
    let admin = opened.add("admin").await.id;
    let (ana, bob) = (opened.add("ana").await.id, opened.add("bob").await.id);
    let before = actions(store, None).await;
    let room = make_room(store, ana, "Garden").await;
    for _ in 0..20 {
        let (user, until, note) = (bob, None, "spam".to_owned());
        act(store, ana, room, Act::Ban { user, until, note }).await;
        act(store, ana, room, Act::LiftBan { user }).await;
    }
    let rule = policy::may_join;
    store.act(bob, room, rule, Act::Join).await.unwrap();
    let (user, role) = (bob, Role::Admin);
    act(store, ana, room, Act::SetRole { user, role }).await;
    assert_eq!(actions(store, None).await, before);
    assert_eq!(actions(store, Some(room)).await.len(), 41);
    // A site admin's actions in a room are in both logs.
    set_topic(store, admin, room).await;
    assert_eq!(actions(store, None).await[0], "set_topic");
    assert_eq!(actions(store, Some(room)).await[0], "set_topic");
    store.close().await;
}

#[apply(on_both_engines)]
#[tokio::test]
async fn site_admin_actions_stay_in_the_sites_log(database: Database) {
    let opened = database.open().await;
    let store = &opened.store;
    let (admin, next) = (opened.add("admin").await.id, opened.add("next").await.id);
    let room = make_room(store, admin, "Garden").await;
    set_topic(store, admin, room).await;
    let by = || Authority::Operator;
    store.set_site_admin(by(), next, true).await.unwrap();
    store.set_site_admin(by(), admin, false).await.unwrap();
    let site = actions(store, None).await;
    assert_eq!(
        site[..3],
        ["take_site_admin", "make_site_admin", "set_topic"]
    );
    // From then on they are only in the room's log.
    set_topic(store, admin, room).await;
    assert_eq!(actions(store, None).await, site);
    assert_eq!(actions(store, Some(room)).await, ["set_topic", "set_topic"]);
    store.close().await;
}

#[apply(on_both_engines)]
#[tokio::test]
async fn an_admins_deletion_of_anothers_message_is_in_the_log_and_ones_own_is_not(
    database: Database,
) {
    let opened = database.open().await;
    let store = &opened.store;
    let admin = opened.add("admin").await;
    let (ana, bob) = (opened.add("ana").await, opened.add("bob").await);
    let room = make_room(store, ana.id, "Garden").await;
    for who in [&admin, &bob] {
        let rule = policy::may_join;
        store.act(who.id, room, rule, Act::Join).await.unwrap();
    }
    let delete = async |by: &Person, seq| {
        let rule = policy::may_delete;
        store.amend(by.id, room, seq, rule, Amend::Delete).await
    };
    let said = opened.send(&bob, room, "mine").await;
    delete(&bob, said).await.unwrap();
    let own = opened.send(&ana, room, "an admin's own").await;
    delete(&ana, own).await.unwrap();
    assert_eq!(actions(store, Some(room)).await, [] as [&str; 0]);
    let (first, second) = (
        opened.send(&bob, room, "one").await,
        opened.send(&bob, room, "two").await,
    );
    delete(&ana, first).await.unwrap();
    delete(&admin, second).await.unwrap();
    // Deleted again, it is one deletion.
    delete(&admin, second).await.unwrap();
    // A refused deletion is not logged.
    let third = opened.send(&ana, room, "three").await;
    assert!(delete(&bob, third).await.is_err());
    let log = store.audit(Some(room), None, 10).await.unwrap().entries;
    let entries = log.into_iter().map(|it| {
        let by = it.actor.map(|actor| actor.id);
        (it.action, by, it.room, it.detail)
    });
    let entry = |by: &Person, seq: Seq| {
        let (action, room) = ("delete_message".to_owned(), "Garden".to_owned());
        (action, Some(by.id), room, seq.to_string())
    };
    let expected = [entry(&admin, second), entry(&ana, first)];
    assert_eq!(entries.collect::<Vec<_>>(), expected);
    assert_eq!(actions(store, None).await[0], "delete_message");
    assert_eq!(
        actions(store, None).await.len(),
        1,
        "the room admin's is the room's"
    );
    store.close().await;
}
