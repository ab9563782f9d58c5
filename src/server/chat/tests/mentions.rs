//! Mentions in what users write.

use macro_rules_attribute::apply;

use crate::model::{ClientId, EventBody, Mentions, Position, Role, Seq, ThreadId, UserId};
use crate::server::chat::policy;
use crate::server::state::AppState;
use crate::server::store::tests::database::{Database, on_both_engines};
use crate::server::store::{Act, Admission, NewRoom, NewUser};

async fn add(app: &AppState, name: &str) -> UserId {
    let user = NewUser {
        username: name.into(),
        skeleton: name.into(),
        display_name: name.into(),
        password_hash: String::new(),
    };
    let added = app.store.add_user(user, Admission::default()).await;
    added.unwrap().id
}

async fn post(app: &AppState, user: UserId, thread: ThreadId, text: &str) -> Seq {
    let (sender, receiver) = tokio::sync::oneshot::channel();
    app.chat
        .post(user, thread, ClientId::now(), text, None, |posted| {
            drop(sender.send(posted));
        });
    receiver.await.unwrap().unwrap().seq
}

async fn mentions_of(app: &AppState, user: UserId, thread: ThreadId, seq: Seq) -> Mentions {
    let page = app.chat.history(user, thread, Position::Around(seq)).await;
    let found = page.unwrap().events.into_iter().find(|it| it.seq == seq);
    match found.map(|event| event.body) {
        Some(EventBody::Message(message)) => message.mentions,
        other => panic!("{other:?}"),
    }
}

#[apply(on_both_engines)]
#[tokio::test]
async fn names_are_found_as_people_write_them_and_the_room_by_its_admins(database: Database) {
    let app = AppState::start(database.config()).await.unwrap();
    // The first account is the site's admin.
    let (site, admin) = (add(&app, "site").await, add(&app, "admin").await);
    let (member, dotted) = (add(&app, "bob").await, add(&app, "bob.smith").await);
    let room = NewRoom {
        name: "Hall".into(),
        name_key: "hall".into(),
        topic: String::new(),
        key_hash: None,
    };
    let thread = app.store.make_room(admin, room).await.unwrap();
    for user in [site, member] {
        let joined = app.store.act(user, thread, policy::may_join, Act::Join);
        joined.await.unwrap();
    }
    let seq = post(
        &app,
        member,
        thread,
        "@Bob, @bob.smith. @bob.x `@admin` @room",
    )
    .await;
    let mentions = mentions_of(&app, member, thread, seq).await;
    let people: Vec<_> = mentions
        .people
        .iter()
        .map(|it| (it.user, &*it.name))
        .collect();
    assert_eq!(
        people,
        [(member, "Bob"), (dotted, "bob.smith"), (member, "bob")]
    );

    let calls_room = async |user: UserId, thread: ThreadId| {
        let seq = post(&app, user, thread, "@room: soup").await;
        mentions_of(&app, user, thread, seq).await.room
    };
    assert!(!calls_room(member, thread).await);
    assert!(calls_room(admin, thread).await);
    assert!(calls_room(site, thread).await);
    let direct = app.store.open_direct(admin, member).await.unwrap();
    assert!(!calls_room(admin, direct).await);

    let mine = post(&app, member, thread, "soup").await;
    let edited = app
        .chat
        .edit_message(member, thread, mine, "@room, @admin: soup");
    edited.await.unwrap();
    let mentions = mentions_of(&app, member, thread, mine).await;
    assert!(!mentions.room && mentions.includes(admin));
    let role = app.chat.set_role(admin, thread, member, Role::Admin);
    role.await.unwrap();
    let edited = app.chat.edit_message(member, thread, mine, "@room: soup");
    edited.await.unwrap();
    assert!(mentions_of(&app, member, thread, mine).await.room);
    app.store.close().await;
}

#[apply(on_both_engines)]
#[tokio::test]
async fn names_are_found_beside_letters_of_scripts_without_spaces_and_not_in_quotes(
    database: Database,
) {
    let app = AppState::start(database.config()).await.unwrap();
    let admin = add(&app, "admin").await;
    let (ben, tanaka) = (add(&app, "ben").await, add(&app, "田中").await);
    let room = NewRoom {
        name: "Hall".into(),
        name_key: "hall".into(),
        topic: String::new(),
        key_hash: None,
    };
    let thread = app.store.make_room(admin, room).await.unwrap();
    for (text, people, is_room) in [
        ("请@ben看", vec![(ben, "ben")], false),
        ("、@benさん", vec![(ben, "ben")], false),
        ("＠ben", vec![(ben, "ben")], false),
        ("＠ｂｅｎ", vec![(ben, "ｂｅｎ")], false),
        ("請@田中さん", vec![(tanaka, "田中")], false),
        ("大家@room看", vec![], true),
        ("> @ben\n> @room\n\nno", vec![], false),
        ("> @ben\n@田中", vec![(tanaka, "田中")], false),
    ] {
        let seq = post(&app, admin, thread, text).await;
        let mentions = mentions_of(&app, admin, thread, seq).await;
        let mentions_of = mentions.people.iter().map(|it| (it.user, &*it.name));
        assert_eq!(mentions_of.collect::<Vec<_>>(), people, "{text}");
        assert_eq!(mentions.room, is_room, "{text}");
    }
    app.store.close().await;
}
