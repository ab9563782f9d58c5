//! Search by typed queries: messages by punctuation, rooms by name.

use std::time::Duration;

use macro_rules_attribute::apply;
use tokio::time::{sleep, timeout};

use crate::model::search::DaysBegin;
use crate::model::{ClientId, Hit, ThreadId, UserId, limits};
use crate::server::app::App;
use crate::server::config::Config;
use crate::server::store::tests::database::{Database, on_both_engines};
use crate::server::store::{Admission, NewUser};

async fn started(database: &Database) -> (App, UserId) {
    let mut config = Config::read("", []).unwrap();
    config.store.url = database.url();
    config.rooms.lobby = String::new();
    let app = App::start(config).await.unwrap();
    let user = NewUser {
        username: "ana".into(),
        skeleton: "ana".into(),
        display_name: "Ana".into(),
        password_hash: String::new(),
    };
    let ana = app.store.add_user(user, Admission::default()).await;
    (app, ana.unwrap().id)
}

async fn post(app: &App, user: UserId, thread: ThreadId, text: &str) {
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

impl App {
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
