//! Sessions: begun, used, ended.

use super::*;
use crate::model::Millis;
use crate::server::clock;

const TOKEN: [u8; 32] = [1; 32];
const OTHER: [u8; 32] = [2; 32];

impl Opened {
    async fn session(&self, token: [u8; 32]) -> Option<Session> {
        self.store.session(token).await.unwrap()
    }

    /// Those whose end was told.
    fn told_ended(&self) -> Vec<SessionId> {
        let ended = self
            .heard
            .changes()
            .into_iter()
            .filter_map(|change| match change {
                Change::SessionsEnded(ids) => Some(ids),
                _ => None,
            });
        let mut ended: Vec<SessionId> = ended.flatten().collect();
        ended.sort();
        ended
    }
}

#[apply(on_both_engines)]
#[tokio::test]
async fn a_session_is_found_by_its_token_until_it_is_ended(database: Database) {
    let opened = database.open().await;
    let ana = opened.add("ana").await;
    opened.store.add_session(ana.id, TOKEN).await.unwrap();
    opened.store.add_session(ana.id, OTHER).await.unwrap();
    let session = opened.session(TOKEN).await.expect("begun");
    assert_eq!(session.person, ana);
    assert!(opened.session([3; 32]).await.is_none());
    opened.store.end_session(session.id).await.unwrap();
    assert!(opened.session(TOKEN).await.is_none());
    let other = opened.session(OTHER).await.expect("not ended");
    let asked = [session.id, other.id];
    let live = opened.store.live_sessions(&asked).await.unwrap();
    assert_eq!(live, [other.id]);
    assert_eq!(opened.told_ended(), [session.id]);
    // Ended twice, it is told once.
    opened.store.end_session(session.id).await.unwrap();
    assert_eq!(opened.told_ended(), [session.id]);
}

#[apply(on_both_engines)]
#[tokio::test]
async fn a_session_outlives_the_process(database: Database) {
    let opened = database.open().await;
    let ana = opened.add("ana").await;
    opened.store.add_session(ana.id, TOKEN).await.unwrap();
    opened.store.close().await;
    let opened = database.open().await;
    assert_eq!(
        opened.session(TOKEN).await.map(|session| session.person),
        Some(ana)
    );
}

#[apply(on_both_engines)]
#[tokio::test]
async fn sessions_that_are_unused_or_old_are_ended_and_no_others(database: Database) {
    let opened = database.open().await;
    let ana = opened.add("ana").await;
    opened.store.add_session(ana.id, TOKEN).await.unwrap();
    let session = opened.session(TOKEN).await.unwrap();
    let (seen, created) = (session.seen_at, session.created_at);
    let end = async |unused_since: Millis, begun_before: Millis| {
        let ended = opened
            .store
            .end_expired_sessions(unused_since, begun_before);
        ended.await.unwrap();
        opened.session(TOKEN).await.is_none()
    };
    assert!(!end(seen, created).await, "just in time");
    assert!(end(seen + 1, 0).await, "unused");
    opened.store.add_session(ana.id, TOKEN).await.unwrap();
    let second = opened.session(TOKEN).await.unwrap();
    assert!(end(0, second.created_at + 1).await, "old");
    let mut expected = [session.id, second.id];
    expected.sort();
    assert_eq!(opened.told_ended(), expected);
}

#[apply(on_both_engines)]
#[tokio::test]
async fn using_a_session_keeps_it(database: Database) {
    let opened = database.open().await;
    let ana = opened.add("ana").await;
    opened.store.add_session(ana.id, TOKEN).await.unwrap();
    let before = opened.session(TOKEN).await.unwrap();
    while clock::now() <= before.seen_at {
        tokio::task::yield_now().await;
    }
    opened.store.touch_sessions(vec![before.id]).await.unwrap();
    let after = opened.session(TOKEN).await.unwrap();
    assert!(after.seen_at > before.seen_at);
    assert_eq!(after.created_at, before.created_at);
}

#[apply(on_both_engines)]
#[tokio::test]
async fn a_new_password_ends_all_sessions_of_that_person(database: Database) {
    let opened = database.open().await;
    let (ana, bob) = (opened.add("ana").await, opened.add("bob").await);
    for (person, token) in [(&ana, TOKEN), (&ana, OTHER), (&bob, [3; 32])] {
        opened.store.add_session(person.id, token).await.unwrap();
    }
    let (first, second) = tokio::join!(opened.session(TOKEN), opened.session(OTHER));
    let mut expected = [first.unwrap().id, second.unwrap().id];
    expected.sort();
    opened
        .store
        .set_password(ana.id, "new".into())
        .await
        .unwrap();
    assert!(opened.session(TOKEN).await.is_none());
    assert!(opened.session(OTHER).await.is_none());
    assert!(opened.session([3; 32]).await.is_some(), "bob's goes on");
    assert_eq!(opened.told_ended(), expected);
    let hash = opened
        .store
        .login("ana")
        .await
        .unwrap()
        .unwrap()
        .password_hash;
    assert_eq!(hash, "new");
}

#[apply(on_both_engines)]
#[tokio::test]
async fn a_hash_made_anew_ends_no_session(database: Database) {
    let opened = database.open().await;
    let ana = opened.add("ana").await;
    opened.store.add_session(ana.id, TOKEN).await.unwrap();
    opened
        .store
        .rehash_password(ana.id, "stronger".into())
        .await
        .unwrap();
    assert!(opened.session(TOKEN).await.is_some());
    let hash = opened
        .store
        .login("ana")
        .await
        .unwrap()
        .unwrap()
        .password_hash;
    assert_eq!(hash, "stronger");
}
