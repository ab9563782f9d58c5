//! Accounts: names that are unique, and look unique.

use super::*;
use crate::model::Field;

fn taken() -> Result<Person, Refusal> {
    let field = Field::Username;
    Err(Refusal::Taken { field })
}

#[apply(on_both_engines)]
#[tokio::test]
async fn a_name_is_given_once_and_so_is_what_it_looks_like(database: Database) {
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
async fn of_two_who_take_a_name_at_once_one_gets_it(database: Database) {
    let opened = database.open().await;
    let (one, other) = tokio::join!(opened.try_add("ana", "ana"), opened.try_add("aпa", "ana"));
    assert!(one.is_ok());
    assert_eq!(other, taken());
}

#[apply(on_both_engines)]
#[tokio::test]
async fn everybody_hears_of_who_is_new_and_only_of_them(database: Database) {
    let opened = database.open().await;
    let ana = opened.add("ana").await;
    let _ = opened.try_add("ana", "ana").await;
    let changes = opened.heard.changes();
    assert_eq!(changes.len(), 1, "{changes:?}");
    assert!(matches!(&changes[0], Change::Person(person) if *person == ana));
}

#[apply(on_both_engines)]
#[tokio::test]
async fn the_pages_of_all_people_are_everybody_by_name(database: Database) {
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
async fn nobody_gets_a_password_or_rights_who_is_not_there(database: Database) {
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
