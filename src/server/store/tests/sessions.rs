//! Sessions: starting, using and ending them.

use super::*;
use crate::model::{Millis, SessionId, limits};
use crate::server::clock;

const TOKEN: [u8; 32] = [1; 32];
const OTHER: [u8; 32] = [2; 32];

impl Opened {
    async fn session(&self, token: [u8; 32]) -> Option<Session> {
        self.store.session(token).await.unwrap()
    }

    /// The sessions whose end was reported.
    fn told_ended(&self) -> Vec<SessionId> {
        let ended = self
            .recorded
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
    // A session ended twice is reported once.
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
async fn using_a_session_prolongs_it(database: Database) {
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
async fn rehashing_ends_no_session(database: Database) {
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

#[apply(on_both_engines)]
#[tokio::test]
async fn the_least_recently_used_session_ends_beyond_a_hundred(database: Database) {
    let opened = database.open().await;
    let (ana, bob) = (opened.add("ana").await, opened.add("bob").await);
    opened.store.add_session(bob.id, OTHER).await.unwrap();
    let mut begun = Vec::new();
    for number in 0..=limits::SESSIONS_MAX {
        let mut token = [0; 32];
        token[..8].copy_from_slice(&number.to_le_bytes());
        let browser = format!("Browser {number}");
        let session = opened.store.start_session(ana.id, token, browser).await;
        begun.push(session.unwrap());
    }
    let sessions = opened.store.sessions_of(ana.id).await.unwrap();
    assert_eq!(sessions.len(), limits::SESSIONS_MAX);
    assert_eq!(sessions[0].browser, "Browser 100", "the last one first");
    assert_eq!(opened.told_ended(), begun[..1]);
    assert!(opened.session(OTHER).await.is_some());
}

#[apply(on_both_engines)]
#[tokio::test]
async fn a_session_is_ended_by_its_own_user_only(database: Database) {
    let opened = database.open().await;
    let (ana, bob) = (opened.add("ana").await, opened.add("bob").await);
    let session = opened
        .store
        .start_session(ana.id, TOKEN, String::new())
        .await
        .unwrap();
    let end = |user| opened.store.end_session_of(user, session);
    assert!(!end(bob.id).await.unwrap());
    assert!(opened.session(TOKEN).await.is_some());
    assert!(end(ana.id).await.unwrap());
    assert!(!end(ana.id).await.unwrap(), "it has ended");
    assert_eq!(opened.told_ended(), [session]);
}

#[apply(on_both_engines)]
#[tokio::test]
async fn a_password_is_changed_by_a_session_that_lasts_and_from_the_hash_that_was_checked(
    database: Database,
) {
    let opened = database.open().await;
    let ana = opened.add("ana").await;
    let begin = |token| opened.store.start_session(ana.id, token, String::new());
    let (here, other) = (begin(TOKEN).await.unwrap(), begin(OTHER).await.unwrap());
    let hash = async || {
        let login = opened.store.login("ana").await.unwrap().unwrap();
        login.password_hash
    };
    let change = |session, old: &str| {
        let (old, new) = (old.to_owned(), "new".to_owned());
        opened.store.change_password(ana.id, session, old, new)
    };
    let before = opened.store.revocations().await.unwrap();
    let old = hash().await;
    assert!(!change(here, "another").await.unwrap());
    assert!(opened.session(OTHER).await.is_some());
    assert!(change(here, &old).await.unwrap());
    assert_eq!(hash().await, "new");
    assert_eq!(opened.told_ended(), [other]);
    assert!(opened.session(TOKEN).await.is_some());
    let refused = change(other, "new").await.err().map(Refusal::from);
    assert_eq!(refused, Some(Refusal::NotLoggedIn));
    assert_eq!(opened.store.revocations().await.unwrap(), before + 1);
    let suspended = opened
        .store
        .suspend(Authority::Operator, ana.id, true)
        .await;
    // The only admin can't be suspended; the attempt revoked nothing.
    assert!(suspended.is_err());
    assert_eq!(opened.store.revocations().await.unwrap(), before + 1);
}
