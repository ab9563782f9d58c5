//! Keys of private rooms: a room is joined by name and key, and nothing else reveals whether it exists.

use std::net::{IpAddr, Ipv4Addr};
use std::time::{Duration, Instant};

use macro_rules_attribute::apply;

use super::allowed::add_user;
use crate::model::{ClientId, Field, Position, Refusal, ThreadId, UserId, limits};
use crate::server::state::AppState;
use crate::server::store::tests::database::{Database, on_both_engines};

const KEY: &str = "wine-and-cheese";
const OTHER_KEY: &str = "beer-and-crisps";

pub(super) async fn open(database: &Database) -> AppState {
    AppState::start(database.config()).await.unwrap()
}

fn from(host: u32) -> IpAddr {
    Ipv4Addr::from(host).into()
}

async fn private(app: &AppState, maker: UserId, name: &str, key: &str) -> ThreadId {
    let made = app.chat.make_room(maker, name, "", Some(key.into())).await;
    made.unwrap().id
}

async fn join(app: &AppState, who: UserId, name: &str, key: &str) -> Result<ThreadId, Refusal> {
    let from = from(u32::try_from(who.0).unwrap());
    let joined = app.chat.join_private(who, name, key.into(), from).await;
    joined.map(|head| head.id)
}

#[apply(on_both_engines)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_joining_reveals_whether_a_key_is_in_use(database: Database) {
    let app = open(&database).await;
    let (ana, eve) = (add_user(&app, "ana").await, add_user(&app, "eve").await);
    let cellar = private(&app, ana, "Cellar", KEY).await;
    // The right key and a wrong one get the same answer, wherever a key can be set.
    for key in [KEY, OTHER_KEY] {
        let eves = private(&app, eve, "Cellar", key).await;
        assert_eq!(app.chat.set_key(eve, eves, KEY.into()).await, Ok(()));
        assert_eq!(app.chat.set_key(eve, eves, OTHER_KEY.into()).await, Ok(()));
        assert_eq!(app.chat.rename(eve, eves, "Cellar").await, Ok(()));
        app.chat.delete_room(eve, eves, "Cellar").await.unwrap();
        let public = app.chat.make_room(eve, "Attic", "", None).await.unwrap().id;
        app.chat.set_key(eve, public, key.into()).await.unwrap();
        assert_eq!(app.chat.rename(eve, public, "Cellar").await, Ok(()));
        app.chat.delete_room(eve, public, "Cellar").await.unwrap();
    }
    assert_eq!(join(&app, eve, "Cellar", KEY).await, Ok(cellar));
    app.store.close().await;
}

#[apply(on_both_engines)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rooms_of_one_name_are_distinguished_by_key_and_cannot_be_crowded_out(database: Database) {
    let app = open(&database).await;
    let (ana, bob) = (add_user(&app, "ana").await, add_user(&app, "bob").await);
    let eve = add_user(&app, "eve").await;
    // Eve has rooms with lower ids, and renames them to the name that Ana's will have.
    let mut old = Vec::new();
    for number in 0..limits::KEY_CANDIDATES {
        old.push(private(&app, eve, &format!("Old {number}"), OTHER_KEY).await);
    }
    for _ in 0..limits::KEY_CANDIDATES {
        private(&app, eve, "Cellar", OTHER_KEY).await;
    }
    let cellar = private(&app, ana, "Cellar", KEY).await;
    for thread in old {
        app.chat.rename(eve, thread, "cellar").await.unwrap();
    }
    let public = app
        .chat
        .make_room(eve, "CELLAR", "", None)
        .await
        .unwrap()
        .id;
    app.chat
        .set_key(eve, public, OTHER_KEY.into())
        .await
        .unwrap();
    assert_eq!(join(&app, bob, "Cellar", KEY).await, Ok(cellar));
    app.chat.leave(bob, cellar).await.unwrap();
    // A crowd of rooms that existed before: the room is joined by its number.
    let mut crowd = Vec::new();
    for number in 0..limits::KEY_CANDIDATES {
        let maker = add_user(&app, &format!("maker{number}")).await;
        crowd.push(private(&app, maker, "Attic", OTHER_KEY).await);
    }
    let attic = private(&app, ana, "Attic", KEY).await;
    assert_eq!(join(&app, bob, "Attic", KEY).await, Err(Refusal::WrongKey));
    assert_eq!(
        join(&app, bob, &format!("attic #{attic}"), KEY).await,
        Ok(attic)
    );
    assert_eq!(join(&app, bob, "Attic", OTHER_KEY).await, Ok(crowd[0]));
    // A number alone opens nothing, neither with another name nor with another room's number.
    for name in [
        format!("Cellar#{attic}"),
        format!("#{attic}"),
        format!("Attic#{cellar}"),
    ] {
        assert_eq!(
            join(&app, eve, &name, KEY).await,
            Err(Refusal::WrongKey),
            "{name}"
        );
    }
    app.store.close().await;
}

#[apply(on_both_engines)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn guesses_are_counted_per_account_and_per_address_and_per_name(database: Database) {
    let app = open(&database).await;
    let ana = add_user(&app, "ana").await;
    let cellar = private(&app, ana, "Cellar", KEY).await;
    let guess = async |who: UserId, host: u32, name: &str, key: &str| {
        let joined = app
            .chat
            .join_private(who, name, key.into(), from(host))
            .await;
        joined.map(|head| head.id)
    };
    let is_throttled =
        |answer: Result<_, Refusal>| matches!(answer, Err(Refusal::Throttled { .. }));
    // One account, from many addresses, at any name.
    let eve = add_user(&app, "eve").await;
    for number in 0..limits::KEY_ATTEMPTS {
        let wrong = guess(eve, number, &format!("Room {number}"), "x").await;
        assert_eq!(wrong, Err(Refusal::WrongKey));
    }
    assert!(is_throttled(guess(eve, 77, "Cellar", KEY).await));
    // One address, with many accounts. Hashing slows this down, so some attempts are replenished meanwhile.
    let mut wrong = 0;
    let refusal = loop {
        let who = add_user(&app, &format!("puppet{wrong}")).await;
        match guess(who, 99, &format!("Room {wrong}"), "x").await {
            Err(Refusal::WrongKey) if wrong < 3 * limits::KEY_ADDRESS_ATTEMPTS => wrong += 1,
            other => break other,
        }
    };
    assert!(is_throttled(refusal) && wrong >= limits::KEY_ADDRESS_ATTEMPTS);
    let bob = add_user(&app, "bob").await;
    assert!(is_throttled(guess(bob, 99, "Cellar", KEY).await));
    // A right key uses up no attempt.
    for _ in 0..limits::KEY_ATTEMPTS + 2 {
        assert_eq!(guess(bob, 100, "Cellar", KEY).await, Ok(cellar));
        app.chat.leave(bob, cellar).await.unwrap();
    }
    // Invalid links are rate-limited too.
    let link = async |host| app.chat.invite(Some(bob), "x", from(host)).await;
    for host in 0..limits::LINK_ATTEMPTS {
        assert_eq!(link(host).await, Err(Refusal::InviteInvalid));
    }
    assert!(matches!(link(0).await, Err(Refusal::Throttled { .. })));
    app.store.close().await;
}

#[apply(on_both_engines)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_time_of_a_wrong_key_reveals_no_room(database: Database) {
    let app = open(&database).await;
    let ana = add_user(&app, "ana").await;
    private(&app, ana, "Attic", KEY).await;
    for _ in 0..limits::KEY_CANDIDATES {
        private(&app, ana, "Cellar", KEY).await;
    }
    // Compares the work instead of the time, which depends on the machine.
    let mut costs = Vec::new();
    for (number, name) in ["Cellar", "Attic", "Attic#1", "No such room", "\u{202E}", ""]
        .into_iter()
        .enumerate()
    {
        let who = add_user(&app, &format!("guesser{number}")).await;
        let before = app.chat.passwords.work();
        assert_eq!(join(&app, who, name, "x").await, Err(Refusal::WrongKey));
        costs.push(app.chat.passwords.work() - before);
    }
    assert!(
        costs[0] > 0 && costs.iter().all(|cost| *cost == costs[0]),
        "{costs:?}"
    );
    app.store.close().await;
}

#[apply(on_both_engines)]
#[tokio::test]
async fn an_easily_guessed_key_is_refused_everywhere(database: Database) {
    let app = open(&database).await;
    let ana = add_user(&app, "ana").await;
    let cellar = private(&app, ana, "Cellar", KEY).await;
    for key in [
        "123456",
        "      ",
        "12345678",
        "cellarcellar",
        "\u{3164}\u{3164}\u{3164}\u{3164}\u{3164}\u{3164}\u{3164}\u{3164}",
    ] {
        let made = app
            .chat
            .make_room(ana, "Cellar", "", Some(key.into()))
            .await;
        let set = app.chat.set_key(ana, cellar, key.into()).await;
        for refusal in [made.unwrap_err(), set.unwrap_err()] {
            assert_eq!(refusal.field(), Some(Field::Key), "{key:?}: {refusal:?}");
        }
    }
    app.store.close().await;
}

#[apply(on_both_engines)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_time_of_a_refusal_reveals_no_content(database: Database) {
    let app = open(&database).await;
    let (ana, eve) = (add_user(&app, "ana").await, add_user(&app, "eve").await);
    let cellar = private(&app, ana, "Cellar", KEY).await;
    let text = "x".repeat(limits::MESSAGE_MAX);
    for _ in 0..limits::PAGE {
        let (sender, receiver) = tokio::sync::oneshot::channel();
        app.chat
            .post(ana, cellar, ClientId::now(), &text, None, |posted| {
                let _ = sender.send(posted);
            });
        receiver.await.unwrap().unwrap();
    }
    let mut fastest = [Duration::MAX; 2];
    for _ in 0..20 {
        for (kind, thread) in [cellar, ThreadId(i64::MAX)].into_iter().enumerate() {
            let begun = Instant::now();
            let page = app.chat.history(eve, thread, Position::Latest).await;
            assert_eq!(page, Err(Refusal::NotFound));
            fastest[kind] = fastest[kind].min(begun.elapsed());
        }
    }
    let [private, absent] = fastest;
    // Reading half a megabyte takes several milliseconds.
    assert!(
        private < absent * 2 + Duration::from_micros(500),
        "{fastest:?}"
    );
    app.store.close().await;
}
