//! Accounts: names that are unique, and look unique.

use super::*;
use crate::model::Field;

fn taken() -> Result<Person, Refusal> {
    let field = Field::Username;
    Err(Refusal::Taken { field })
}

#[apply(on_both_engines)]
#[tokio::test]
async fn names_and_look_alikes_are_unique(database: Database) {
    let opened = database.open().await;
    let person = opened.try_add("paypal", "paypal").await.unwrap();
    assert_eq!(opened.try_add("paypal", "other").await, taken());
    assert_eq!(opened.try_add("paypa1", "paypal").await, taken());
    assert!(opened.try_add("paymypal", "paymypal").await.is_ok());
    let login = opened.store.login("paypal").await.unwrap().unwrap();
    assert_eq!(
        (login.person, &*login.password_hash),
        (person, "hash of paypal")
    );
    assert!(opened.store.login("paypa1").await.unwrap().is_none());
}

#[apply(on_both_engines)]
#[tokio::test]
async fn of_two_concurrent_sign_ups_with_a_name_one_succeeds(database: Database) {
    let opened = database.open().await;
    let (one, other) = tokio::join!(opened.try_add("ana", "ana"), opened.try_add("aпa", "ana"));
    assert!(one.is_ok());
    assert_eq!(other, taken());
}

#[apply(on_both_engines)]
#[tokio::test]
async fn only_new_users_are_announced(database: Database) {
    let opened = database.open().await;
    let ana = opened.add("ana").await;
    let _ = opened.try_add("ana", "ana").await;
    let changes = opened.recorded.changes();
    assert_eq!(changes.len(), 1, "{changes:?}");
    assert!(matches!(&changes[0], Change::Person(person) if *person == ana));
}

#[apply(on_both_engines)]
#[tokio::test]
async fn the_pages_list_all_people_by_name(database: Database) {
    let opened = database.open().await;
    for number in [5, 3, 1, 4, 0, 2] {
        opened.add(&format!("person{number}")).await;
    }
    let mut names: Vec<String> = Vec::new();
    loop {
        let after = names.last().map(String::as_str);
        let page = opened.store.people(after, 4).await.unwrap();
        assert!(page.people.len() <= 4);
        names.extend(page.people.into_iter().map(|person| person.username));
        if !page.more {
            break;
        }
    }
    let expected: Vec<_> = (0..6).map(|number| format!("person{number}")).collect();
    assert_eq!(names, expected);
}

#[apply(on_both_engines)]
#[tokio::test]
async fn people_are_found_by_id_and_unknown_ids_are_left_out(database: Database) {
    let opened = database.open().await;
    let ana = opened.add("ana").await;
    let found = opened.store.people_by_id(&[UserId(404), ana.id]).await;
    assert_eq!(found.unwrap(), [ana]);
    assert!(opened.store.people_by_id(&[]).await.unwrap().is_empty());
}

#[apply(on_both_engines)]
#[tokio::test]
async fn an_unknown_user_gets_no_password_or_rights(database: Database) {
    let opened = database.open().await;
    let nobody = UserId(404);
    let password = opened.store.set_password(nobody, "new".into()).await;
    let admin = opened
        .store
        .set_site_admin(Authority::Operator, nobody, true)
        .await;
    for result in [password, admin] {
        assert_eq!(result.map_err(Refusal::from), Err(Refusal::NotFound));
    }
}

#[apply(on_both_engines)]
#[tokio::test]
async fn a_display_name_that_could_be_anothers_is_marked_at_once_and_wherever_it_is_read(
    database: Database,
) {
    let opened = database.open().await;
    let named = async |username: &str, display_name: &str| {
        let user = NewUser {
            username: username.into(),
            skeleton: username.into(),
            display_name: display_name.into(),
            password_hash: String::new(),
        };
        let admission = Admission::default();
        opened.store.add_user(user, admission).await.unwrap()
    };
    let ana = named("ana", "Ana Ruiz").await;
    let eve = named("eve", "Eve").await;
    assert!(!ana.is_ambiguous && !eve.is_ambiguous);
    // The second letter is Cyrillic and looks the same.
    let other = named("mallory", "А\u{43d}а Ruiz".replace('\u{43d}', "n").as_str()).await;
    assert!(other.is_ambiguous);
    let reported = opened
        .recorded
        .changes()
        .into_iter()
        .filter_map(|change| match change {
            Change::Person(person) => Some(person),
            _ => None,
        });
    let reported: Vec<_> = reported.filter(|person| person.id == ana.id).collect();
    assert!(
        reported.last().unwrap().is_ambiguous,
        "connected users are notified: {reported:?}"
    );
    // A display name that is another user's user name.
    assert!(named("trent", "EVE").await.is_ambiguous);
    named("paul", "Paul Bo").await;
    assert!(named("peggy", "pau1").await.is_ambiguous);
    assert!(!named("victor", "Ana Ruiz-Soler").await.is_ambiguous);
    let by_id = opened.store.people_by_id(&[ana.id]).await.unwrap();
    assert!(by_id[0].is_ambiguous);
    let thread = opened.store.open_direct(eve.id, ana.id).await.unwrap();
    let head = opened.head(&eve, thread).await;
    assert!(matches!(head.kind, crate::model::ThreadKind::Direct { other } if other.is_ambiguous));
    let login = opened.store.login("mallory").await.unwrap().unwrap();
    assert!(login.person.is_ambiguous);
    opened.store.close().await;
}

#[apply(on_both_engines)]
#[tokio::test]
async fn names_from_before_are_compared_at_the_next_start(database: Database) {
    let opened = database.open().await;
    let ana = opened.add("ana").await;
    let bob = opened.add("bob").await;
    let room = NewRoom {
        name: "Garden".into(),
        name_key: "garden".into(),
        topic: String::new(),
        key_hash: None,
    };
    opened.store.make_room(ana.id, room.clone()).await.unwrap();
    opened.store.close().await;
    let mut outsider = database.outsider().await;
    for text in [
        "UPDATE users SET look = '', display_name = 'Ana'",
        "UPDATE rooms SET look = ''",
    ] {
        sqlx::query(text).execute(&mut outsider).await.unwrap();
    }
    let opened = database.open().await;
    let people = opened.store.people_by_id(&[ana.id, bob.id]).await.unwrap();
    assert!(
        people.iter().all(|person| person.is_ambiguous),
        "{people:?}"
    );
    let like_it = NewRoom {
        name_key: "gаrden".into(),
        ..room
    };
    assert!(opened.store.make_room(bob.id, like_it).await.is_err());
    opened.store.close().await;
}
