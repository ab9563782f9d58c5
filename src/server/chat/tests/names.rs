//! Impersonation: no name can pass for another user's or another public room's.

use macro_rules_attribute::apply;

use super::allowed::add_user;
use super::keys::open;
use crate::model::report::{Reason, Reported};
use crate::model::{Field, Refusal, limits};
use crate::server::auth::accounts::{By, Client};
use crate::server::store::tests::database::{Database, on_both_engines};

#[apply(on_both_engines)]
#[tokio::test]
async fn a_public_room_can_t_look_like_another_one(database: Database) {
    let app = open(&database).await;
    let ana = add_user(&app, "ana").await;
    let key = || Some("wine-and-cheese".to_owned());
    let make = async |name: &str, key| {
        let made = app.chat.make_room(ana, name, "", key).await;
        made.map(|head| head.id)
    };
    let taken = Refusal::Taken { field: Field::Name };
    make("Modern Art", None).await.unwrap();
    let other = make("Gallery", None).await.unwrap();
    for name in [
        "modern art",
        "Modem Art",
        "M\u{43e}dern Art",
        "Моdеrn Art",
        "MODERN  ART",
    ] {
        assert_eq!(make(name, None).await, Err(taken.clone()), "{name}");
        assert_eq!(
            app.chat.rename(ana, other, name).await,
            Err(taken.clone()),
            "{name}"
        );
        // A private room is compared with no other, in either direction.
        let private = make(name, key()).await.unwrap();
        assert_eq!(
            app.chat.make_public(ana, private).await,
            Err(taken.clone()),
            "{name}"
        );
    }
    assert_eq!(
        app.chat.rename(ana, other, "GALLERY").await,
        Ok(()),
        "its own look"
    );
    assert_eq!(make("Ancient Art", None).await.map(drop), Ok(()));
    app.store.close().await;
}

#[apply(on_both_engines)]
#[tokio::test]
async fn invisible_text_is_refused_as_a_name_a_topic_and_a_reason(database: Database) {
    let app = open(&database).await;
    let (ana, bob) = (add_user(&app, "ana").await, add_user(&app, "bob").await);
    let room = app
        .chat
        .make_room(ana, "Garden", "", None)
        .await
        .unwrap()
        .id;
    for text in [
        "\u{202e}Garden",
        "\u{3164}",
        "\u{2800}",
        "\u{301}",
        "Gar\u{200b}den",
        "Gar\u{ad}den",
        "Gar\u{200d}den",
        "Garden\u{2066}",
        "Gar\u{7}den",
        "Gar\u{0}den",
        "Gar\u{9b}den",
        "Garden\u{fff9}",
        "Garden\u{e0041}",
    ] {
        let about = Reported::Person(bob);
        let answers = [
            (
                Field::Details,
                app.chat.report(ana, about, Reason::Rude, text).await,
            ),
            (
                Field::Name,
                app.chat.make_room(ana, text, "", None).await.map(drop),
            ),
            (
                Field::Topic,
                app.chat.make_room(ana, "Lawn", text, None).await.map(drop),
            ),
            (Field::Name, app.chat.rename(ana, room, text).await),
            (Field::Topic, app.chat.set_topic(ana, room, text).await),
            (
                Field::Reason,
                app.chat.ban(ana, room, bob, None, text).await,
            ),
        ];
        for (field, answer) in answers {
            let at = answer.as_ref().err().and_then(Refusal::field);
            assert_eq!(at, Some(field), "{text:?}: {answer:?}");
        }
        let added = app
            .accounts
            .add_user("eve", text, "violet-tram-sings-at-noon".into())
            .await;
        let at = added.as_ref().err().and_then(Refusal::field);
        assert_eq!(at, Some(Field::DisplayName), "{text:?}: {added:?}");
    }
    app.store.close().await;
}

#[apply(on_both_engines)]
#[tokio::test]
async fn a_reserved_name_is_the_operator_s_to_give(database: Database) {
    let app = open(&database).await;
    let password = || "violet-tram-sings-at-noon".to_owned();
    let client = Client {
        address: std::net::Ipv4Addr::LOCALHOST.into(),
        device: None,
        browser: String::new(),
    };
    for name in ["admin", "supp0rt", "s.y.s.t.e.m"] {
        let signed_up = app
            .accounts
            .sign_up(name, "", password(), By::default(), &client)
            .await;
        let field = signed_up.err().as_ref().and_then(Refusal::field);
        assert_eq!(field, Some(Field::Username), "{name}");
    }
    app.accounts
        .add_user("admin", "", password())
        .await
        .unwrap();
    let logged_in = app.accounts.log_in("admin", password(), &client).await;
    assert!(logged_in.is_ok(), "an existing account keeps its name");
    app.store.close().await;
}

/// The limits themselves are tested in `model/validate/edges.rs`; this tests that each function applies its own.
#[apply(on_both_engines)]
#[tokio::test]
async fn every_text_that_people_write_has_the_limit_of_its_kind(database: Database) {
    let app = open(&database).await;
    let (ana, bob) = (add_user(&app, "ana").await, add_user(&app, "bob").await);
    let room = app.chat.make_room(ana, "Hall", "", None).await.unwrap().id;
    let text = |length: usize| "é".repeat(length);
    for over in [0, 1] {
        let (name, topic) = (
            text(limits::ROOM_NAME_MAX + over),
            text(limits::TOPIC_MAX + over),
        );
        let (reason, details) = (
            text(limits::REASON_MAX + over),
            text(limits::DETAILS_MAX + over),
        );
        let about = Reported::Person(bob);
        let display_name = text(limits::DISPLAY_NAME_MAX + over);
        let password = "violet-tram-sings-at-noon".to_owned();
        let answers = [
            (Field::Name, app.chat.rename(ana, room, &name).await),
            (
                Field::Name,
                app.chat
                    .make_room(ana, &format!("ñ{}", &name[2..]), "", None)
                    .await
                    .map(drop),
            ),
            (
                Field::Topic,
                app.chat
                    .make_room(ana, &format!("Garden {over}"), &topic, None)
                    .await
                    .map(drop),
            ),
            (Field::Topic, app.chat.set_topic(ana, room, &topic).await),
            (
                Field::Reason,
                app.chat.ban(ana, room, bob, None, &reason).await,
            ),
            (
                Field::Details,
                app.chat.report(ana, about, Reason::Rude, &details).await,
            ),
            (
                Field::DisplayName,
                app.accounts
                    .add_user(&format!("eve{over}"), &display_name, password)
                    .await
                    .map(drop),
            ),
        ];
        for (number, (field, answer)) in answers.into_iter().enumerate() {
            match over {
                0 => assert_eq!(answer, Ok(()), "{field:?}, {number}"),
                _ => {
                    let at = answer.as_ref().err().and_then(Refusal::field);
                    assert_eq!(at, Some(field), "{number}: {answer:?}");
                }
            }
        }
    }
    app.store.close().await;
}
