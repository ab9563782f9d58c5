//! Search by typed queries: messages by punctuation, rooms by name.

use std::time::Duration;

use macro_rules_attribute::apply;
use sqlx::Executor;
use tokio::time::{sleep, timeout};

use crate::model::search::DaysBegin;
use crate::model::{ClientId, Hit, ThreadId, UserId, limits};
use crate::server::state::AppState;
use crate::server::store::tests::database::{Database, on_both_engines};
use crate::server::store::{Admission, NewUser};

async fn started(database: &Database) -> (AppState, UserId) {
    let app = AppState::start(database.config()).await.unwrap();
    let user = NewUser {
        username: "ana".into(),
        skeleton: "ana".into(),
        display_name: "Ana".into(),
        password_hash: String::new(),
    };
    let ana = app.store.add_user(user, Admission::default()).await;
    (app, ana.unwrap().id)
}

async fn post(app: &AppState, user: UserId, thread: ThreadId, text: &str) {
    let (sender, receiver) = tokio::sync::oneshot::channel();
    app.chat
        .post(user, thread, ClientId::now(), text, None, |posted| {
            drop(sender.send(posted));
        });
    receiver.await.unwrap().unwrap();
}

fn said(hits: &[Hit]) -> Vec<String> {
    let text = |hit: &Hit| hit.excerpt.iter().map(|piece| &*piece.text).collect();
    hits.iter().map(text).collect()
}

impl AppState {
    /// All hits, page by page.
    async fn finds(&self, me: UserId, q: &str) -> Vec<String> {
        let mut all = Vec::new();
        let mut after = None;
        loop {
            let page = self
                .chat
                .search(me, q, after.as_deref(), DaysBegin::default())
                .await
                .unwrap();
            all.extend(said(&page.hits));
            after = page.more;
            if after.is_none() {
                return all;
            }
        }
    }

    /// Waits until the index has this.
    async fn has_indexed(&self, me: UserId, q: &str) {
        let waiting = async {
            while self.finds(me, q).await.is_empty() {
                sleep(Duration::from_millis(20)).await;
            }
        };
        assert!(timeout(Duration::from_secs(20), waiting).await.is_ok());
    }
}

#[apply(on_both_engines)]
#[tokio::test]
async fn signs_are_found_where_they_stand(database: Database) {
    let (app, ana) = started(&database).await;
    let room = app.chat.make_room(ana, "Hall", "", None).await.unwrap().id;
    for text in [
        "I know C++",
        "vitamin c",
        "C# too",
        "on .NET",
        "the net",
        "foo_bar",
        "foo bar",
        "write to ana@example.org",
        "ana example org",
        "the end",
    ] {
        post(&app, ana, room, text).await;
    }
    app.has_indexed(ana, "\"the end\"").await;
    for (q, found) in [
        ("C++", &["I know C++"][..]),
        ("c", &["C# too", "vitamin c", "I know C++"]),
        ("c#", &["C# too"]),
        (".net", &["on .NET"]),
        ("foo_bar", &["foo_bar"]),
        ("\"foo bar\"", &["foo bar", "foo_bar"]),
        ("ana@example.org", &["write to ana@example.org"]),
        ("know ++", &["I know C++"]),
        ("c --", &[]),
    ] {
        assert_eq!(app.finds(ana, q).await, found, "{q}");
    }
    assert!(
        app.chat
            .search(ana, "++", None, DaysBegin::default())
            .await
            .is_err()
    );
    app.store.close().await;
}

#[apply(on_both_engines)]
#[tokio::test]
async fn what_has_the_signs_is_found_among_many_that_have_the_word(database: Database) {
    let (app, ana) = started(&database).await;
    let room = app.chat.make_room(ana, "Hall", "", None).await.unwrap().id;
    let sought = limits::HITS_PAGE + 5;
    for nth in 0..sought {
        post(&app, ana, room, &format!("c++ {nth}")).await;
    }
    for nth in 0..250 {
        post(&app, ana, room, &format!("c {nth}")).await;
    }
    post(&app, ana, room, "the end").await;
    app.has_indexed(ana, "\"the end\"").await;
    let page = app
        .chat
        .search(ana, "c++", None, DaysBegin::default())
        .await
        .unwrap();
    assert_eq!(page.hits.len(), limits::HITS_PAGE);
    assert!(page.more.is_some());
    let expected: Vec<_> = (0..sought).rev().map(|nth| format!("c++ {nth}")).collect();
    assert_eq!(app.finds(ana, "c++").await, expected);
    app.store.close().await;
}

#[apply(on_both_engines)]
#[tokio::test]
async fn a_room_is_found_by_its_name_without_accents_and_width(database: Database) {
    let (app, ana) = started(&database).await;
    for name in ["Café Pérez", "Kitchen_1", "Straße", "東京"] {
        app.chat.make_room(ana, name, "", None).await.unwrap();
    }
    for (part, found) in [
        ("cafe", &["Café Pérez"][..]),
        ("pe\u{301}rez", &["Café Pérez"]),
        ("PEREZ caf", &["Café Pérez"]),
        ("ｃａｆｅ", &["Café Pérez"]),
        ("strasse", &["Straße"]),
        ("n_1", &["Kitchen_1"]),
        ("%", &[]),
        ("京", &["東京"]),
    ] {
        let rooms = app.chat.rooms(ana, part, None).await.unwrap().rooms;
        let names: Vec<_> = rooms.iter().map(|room| &*room.name).collect();
        assert_eq!(names, found, "{part}");
    }
    let all = app.chat.rooms(ana, " ", None).await.unwrap();
    assert_eq!(all.rooms.len(), 4);
    app.store.close().await;
}

#[apply(on_both_engines)]
#[tokio::test]
async fn what_was_edited_or_deleted_since_it_was_indexed_is_not_found(database: Database) {
    let (app, ana) = started(&database).await;
    let room = app.chat.make_room(ana, "Hall", "", None).await.unwrap().id;
    for text in ["tea one", "tea two", "tea three", "tea four", "the end"] {
        post(&app, ana, room, text).await;
    }
    app.has_indexed(ana, "\"the end\"").await;
    assert_eq!(app.finds(ana, "tea").await.len(), 4);
    // Bypasses the store, so that the index does not follow.
    let mut outsider = database.outsider().await;
    for text in [
        "UPDATE events SET body = REPLACE(body, 'tea one', 'coffee one')",
        "UPDATE events SET body = REPLACE(body, 'tea two', 'tea, twice')",
        "UPDATE events SET body = '{\"kind\":\"deleted\"}' WHERE body LIKE '%tea three%'",
        "DELETE FROM events WHERE body LIKE '%tea four%'",
    ] {
        outsider.execute(text).await.unwrap();
    }
    assert_eq!(app.finds(ana, "tea").await, ["tea, twice"]);
    assert_eq!(
        app.finds(ana, "coffee").await,
        [] as [&str; 0],
        "not indexed yet"
    );
    app.store.close().await;
}

#[apply(on_both_engines)]
#[tokio::test]
async fn while_the_index_is_not_finished_an_answer_says_so(database: Database) {
    let (app, ana) = started(&database).await;
    let room = app.chat.make_room(ana, "Hall", "", None).await.unwrap().id;
    post(&app, ana, room, "tea one").await;
    app.has_indexed(ana, "tea").await;
    let search = async |app: &AppState| {
        let page = app
            .chat
            .search(ana, "tea", None, DaysBegin::default())
            .await;
        let page = page.unwrap();
        (said(&page.hits), page.is_partial)
    };
    assert_eq!(search(&app).await, (vec!["tea one".to_owned()], false));
    // The next message can't be indexed, not at the next start either.
    let mut outsider = database.outsider().await;
    let [stop, go] = database.no_room_in_index();
    outsider.execute(stop).await.unwrap();
    post(&app, ana, room, "tea two").await;
    app.store.close().await;
    let app = AppState::start(database.config()).await.unwrap();
    assert_eq!(search(&app).await, (vec!["tea one".to_owned()], true));
    outsider.execute(go).await.unwrap();
    let both = vec!["tea two".to_owned(), "tea one".to_owned()];
    let waiting = async {
        while search(&app).await != (both.clone(), false) {
            sleep(Duration::from_millis(20)).await;
        }
    };
    assert!(timeout(Duration::from_secs(20), waiting).await.is_ok());
    app.store.close().await;
}

#[apply(on_both_engines)]
#[tokio::test]
async fn what_a_blocked_person_said_in_a_room_is_found_only_when_they_are_asked_for(
    database: Database,
) {
    let (app, ana) = started(&database).await;
    let user = NewUser {
        username: "bob".into(),
        skeleton: "bob".into(),
        display_name: "Bob".into(),
        password_hash: String::new(),
    };
    let bob = app
        .store
        .add_user(user, Admission::default())
        .await
        .unwrap()
        .id;
    let room = app.chat.make_room(ana, "Tea", "", None).await.unwrap().id;
    app.chat.join(bob, room).await.unwrap();
    let direct = app.chat.open_direct(bob, ana).await.unwrap().id;
    post(&app, ana, room, "green tea").await;
    post(&app, bob, direct, "white tea").await;
    post(&app, bob, room, "black tea").await;
    app.has_indexed(ana, "black").await;
    assert_eq!(
        app.finds(ana, "tea").await,
        ["black tea", "white tea", "green tea"]
    );
    app.chat.block(ana, bob, true).await.unwrap();
    assert_eq!(app.finds(ana, "tea").await, ["white tea", "green tea"]);
    assert_eq!(app.finds(ana, "black").await, [] as [&str; 0]);
    assert_eq!(
        app.finds(ana, "tea from:bob").await,
        ["black tea", "white tea"]
    );
    assert_eq!(
        app.finds(bob, "black").await,
        ["black tea"],
        "only Ana's results change"
    );
    app.chat.block(ana, bob, false).await.unwrap();
    assert_eq!(app.finds(ana, "black").await, ["black tea"]);
    app.store.close().await;
}
