//! A user's list of chats: groups, which are chats of several people without a name, favourites, and what one is notified of.

use macro_rules_attribute::apply;

use super::allowed::add_user;
use super::keys::open;
use crate::model::notify::{Level, NotifyChoice};
use crate::model::{Millis, Refusal, Role, ThreadHead, ThreadId, UserId, limits};
use crate::server::clock;
use crate::server::state::AppState;
use crate::server::store::tests::database::{Database, on_both_engines};

async fn people(app: &AppState, names: &[&str]) -> Vec<UserId> {
    let mut all = Vec::new();
    for name in names {
        all.push(add_user(app, name).await);
    }
    all
}

async fn seen_by(app: &AppState, user: UserId, thread: ThreadId) -> (String, bool) {
    let head: ThreadHead = app.chat.head(user, thread).await.unwrap();
    let is_group = head.room().is_some_and(|room| room.is_group);
    (head.title().to_owned(), is_group)
}

#[apply(on_both_engines)]
#[tokio::test]
async fn a_group_is_titled_by_its_other_members_until_it_has_a_name(database: Database) {
    let app = open(&database).await;
    let [ana, bob, cleo] = people(&app, &["ana", "bob", "cleo"]).await[..] else {
        panic!("three");
    };
    let group = app.chat.start_chat(ana, vec![cleo, bob, ana, bob]).await;
    let group = group.unwrap();
    let room = group.room().unwrap();
    assert_eq!(
        (room.role, room.members, room.is_private),
        (Role::Admin, 3, true)
    );
    let title = async |user| seen_by(&app, user, group.id).await;
    assert_eq!(title(ana).await, ("bob, cleo".to_owned(), true));
    assert_eq!(title(bob).await, ("ana, cleo".to_owned(), true));
    let list = app.chat.threads(cleo, None).await.unwrap();
    assert_eq!(list.threads[0].title(), "ana, bob");
    assert_eq!(list.threads[0].room().unwrap().role, Role::Member);

    app.chat.leave(bob, group.id).await.unwrap();
    assert_eq!(title(ana).await, ("cleo".to_owned(), true));
    app.chat.leave(cleo, group.id).await.unwrap();
    assert_eq!(title(ana).await, ("Just you".to_owned(), true));
    app.chat.rename(ana, group.id, "Allotment").await.unwrap();
    assert_eq!(title(ana).await, ("Allotment".to_owned(), false));
    app.store.close().await;
}

#[apply(on_both_engines)]
#[tokio::test]
async fn who_starts_a_chat_with_one_person_gets_the_direct_thread(database: Database) {
    let app = open(&database).await;
    let [ana, bob] = people(&app, &["ana", "bob"]).await[..] else {
        panic!("two");
    };
    let direct = app.chat.start_chat(ana, vec![bob, ana]).await.unwrap();
    assert_eq!(direct.room(), None);
    let again = app.chat.start_chat(bob, vec![ana]).await.unwrap();
    assert_eq!(again.id, direct.id);
    let notes = app.chat.start_chat(ana, vec![ana]).await.unwrap();
    assert_ne!(notes.id, direct.id);
    app.store.close().await;
}

#[apply(on_both_engines)]
#[tokio::test]
async fn a_group_of_nobody_of_too_many_or_with_a_blocker_is_refused(database: Database) {
    let app = open(&database).await;
    let names: Vec<String> = (0..=limits::GROUP_OTHERS)
        .map(|n| format!("user{n}"))
        .collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let others = people(&app, &names).await;
    let ana = add_user(&app, "ana").await;
    let start = async |with| app.chat.start_chat(ana, with).await.map(drop);
    let code = |refused: Result<(), Refusal>| refused.map_err(|refusal| refusal.to_string());
    assert!(code(start(vec![]).await).is_err_and(|text| text.contains("at least one")));
    assert!(code(start(others.clone()).await).is_err_and(|text| text.contains("up to 10")));
    assert_eq!(
        start(vec![others[0], UserId(i64::MAX)]).await,
        Err(Refusal::NotFound)
    );
    app.chat.block(others[1], ana, true).await.unwrap();
    assert_eq!(start(others[..2].to_vec()).await, Err(Refusal::CantMessage));
    assert_eq!(app.chat.threads(others[0], None).await.unwrap().threads, []);
    assert_eq!(start(others[2..].to_vec()).await, Ok(()));
    app.store.close().await;
}

#[apply(on_both_engines)]
#[tokio::test]
async fn a_group_can_t_become_public_nor_be_joined_by_a_key_before_it_has_a_name(
    database: Database,
) {
    let app = open(&database).await;
    let all = people(&app, &["ana", "bob", "cleo", "dan"]).await;
    let (ana, dan) = (all[0], all[3]);
    let group = app
        .chat
        .start_chat(ana, all[1..3].to_vec())
        .await
        .unwrap()
        .id;
    let public = app.chat.make_public(ana, group).await;
    assert!(public.is_err_and(|refusal| refusal.to_string().contains("name first")));
    let from = std::net::Ipv4Addr::LOCALHOST.into();
    for name in ["", "bob, cleo", &format!(" #{group}")] {
        let joined = app.chat.join_private(dan, name, String::new(), from).await;
        assert_eq!(joined.map(drop), Err(Refusal::WrongKey), "{name}");
    }
    app.chat.rename(ana, group, "Allotment").await.unwrap();
    app.chat.make_public(ana, group).await.unwrap();
    app.chat.join(dan, group).await.unwrap();
    app.store.close().await;
}

#[apply(on_both_engines)]
#[tokio::test]
async fn favourites_are_the_users_own_come_first_however_old_and_are_limited(database: Database) {
    let app = open(&database).await;
    let all = people(&app, &["ana", "bob"]).await;
    let (ana, bob) = (all[0], all[1]);
    let direct = app.chat.open_direct(ana, bob).await.unwrap().id;
    app.chat.set_favourite(ana, direct, true).await.unwrap();
    let is_favourite = async |user| app.chat.head(user, direct).await.unwrap().favourite;
    assert!(is_favourite(ana).await);
    assert!(!is_favourite(bob).await);

    // More rooms than the first page of the list holds, all of them later.
    let mut rooms = Vec::new();
    for number in 0..limits::THREADS_PAGE + 2 {
        let name = format!("Room {number}");
        let room = app.chat.make_room(ana, &name, "", None).await.unwrap();
        rooms.push(room.id);
    }
    let me = app.store.people_by_id(&[ana]).await.unwrap().remove(0);
    let boot = app.chat.boot(me, None, None).await.unwrap();
    let listed = |id| boot.threads.threads.iter().any(|head| head.id == id);
    assert!(listed(direct) && !listed(rooms[0]));

    for room in &rooms[1..limits::FAVOURITES_MAX] {
        app.chat.set_favourite(ana, *room, true).await.unwrap();
    }
    let max = limits::FAVOURITES_MAX;
    let one_more = app.chat.set_favourite(ana, rooms[0], true).await;
    assert_eq!(one_more, Err(Refusal::TooMany { max }));
    assert!(!app.chat.head(ana, rooms[0]).await.unwrap().favourite);
    app.chat.set_favourite(ana, direct, false).await.unwrap();
    app.chat.set_favourite(ana, rooms[0], true).await.unwrap();
    assert!(!is_favourite(ana).await);
    let foreign = app.chat.set_favourite(bob, rooms[0], true).await;
    assert_eq!(foreign, Err(Refusal::NotMember));
    app.store.close().await;
}

#[apply(on_both_engines)]
#[tokio::test]
async fn what_a_member_is_notified_of_is_their_own_and_a_mute_may_end(database: Database) {
    let app = open(&database).await;
    let all = people(&app, &["ana", "bob"]).await;
    let (ana, bob) = (all[0], all[1]);
    let direct = app.chat.open_direct(ana, bob).await.unwrap().id;
    let notify = async |user| app.chat.head(user, direct).await.unwrap().notify;
    for level in [
        Some(Level::Nothing),
        Some(Level::Mentions),
        Some(Level::Everything),
        None,
    ] {
        app.chat.set_level(ana, direct, level).await.unwrap();
        assert_eq!(notify(ana).await.level, level);
    }
    let before = clock::now();
    let hour = 60 * 60;
    app.chat.mute(ana, direct, true, hour).await.unwrap();
    let chosen = notify(ana).await;
    let after = clock::now();
    let length = Millis::from(hour) * 1_000;
    assert!((before + length..=after + length).contains(&chosen.muted_until));
    assert!(chosen.is_muted(after) && !chosen.is_muted(chosen.muted_until));
    assert_eq!(notify(bob).await, NotifyChoice::default());

    // For ever, then no longer; and never for longer than a year.
    app.chat.mute(ana, direct, true, 0).await.unwrap();
    assert!(notify(ana).await.is_muted(Millis::MAX));
    app.chat.mute(ana, direct, false, hour).await.unwrap();
    assert_eq!(notify(ana).await, NotifyChoice::default());
    app.chat.mute(ana, direct, true, u32::MAX).await.unwrap();
    let longest = limits::MUTE_MAX.as_millis() as Millis;
    assert!(notify(ana).await.muted_until <= clock::now() + longest);

    let room = app.chat.make_room(ana, "Kitchen", "", None).await.unwrap();
    app.chat.mute(ana, room.id, true, hour).await.unwrap();
    let head = app.chat.head(ana, room.id).await.unwrap();
    assert!(
        head.room().is_some_and(|room| room.muted),
        "for older clients"
    );
    let foreign = app.chat.set_level(bob, room.id, Some(Level::Nothing)).await;
    assert_eq!(foreign, Err(Refusal::NotMember));
    app.store.close().await;
}
