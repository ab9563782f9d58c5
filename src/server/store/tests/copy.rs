//! Copying an installation from one engine into the other.

use tokio::sync::Notify;

use super::*;
use crate::model::report::{Reason, Reported};
use crate::model::{InviteTarget, Posting, Role};

/// Fills every table. Returns a user who appears in all of them, and a deleted thread.
async fn fill(opened: &Opened) -> (Person, ThreadId) {
    let (ana, bob, thread) = opened.two().await;
    let texts = ["\u{0}\u{1F600} \"quotes\" \\ 'apostrophes'", "two", "three"];
    for text in texts {
        opened.send(&ana, thread, text).await;
    }
    opened.store.mark_read(bob.id, thread, 2, 0).await.unwrap();
    opened.store.add_session(ana.id, [200; 32]).await.unwrap();
    let setting = opened.store.setting_or("salt", "a grain".into()).await;
    setting.unwrap();
    let room = |name: &str, key: Option<&str>| NewRoom {
        name: name.to_uppercase(),
        name_key: name.into(),
        topic: "what it is about".into(),
        key_hash: key.map(Into::into),
    };
    let public = opened.store.make_room(ana.id, room("hall", None)).await;
    let (public, rule) = (public.unwrap(), policy::may_manage);
    let act = async |actor: &Person, thread, rule, act| {
        let done = opened.store.act(actor.id, thread, rule, act).await;
        done.unwrap();
    };
    act(&bob, public, policy::may_join, Act::Join).await;
    let ban = Act::Ban {
        user: bob.id,
        until: None,
        note: "spam".into(),
    };
    act(&ana, public, rule, ban).await;
    let seq = opened.send(&ana, public, "a mistake").await;
    for (thread, seq, amend) in [
        (public, seq, Amend::Delete),
        (
            thread,
            2,
            Amend::Edit {
                text: "2".into(),
                candidates: None,
            },
        ),
    ] {
        let done = opened
            .store
            .amend(ana.id, thread, seq, policy::may_delete, amend);
        done.await.unwrap();
    }
    act(
        &ana,
        public,
        rule,
        Act::SetPosting {
            posting: Posting::Replies,
        },
    )
    .await;
    act(&ana, public, rule, Act::SetSlowMode { seconds: 30 }).await;
    let report = NewReport {
        what: Reported::Message(thread, 1),
        reason: Reason::Spam,
        details: "why".into(),
    };
    let reported = opened.store.report(bob.id, policy::may_read, report);
    reported.await.unwrap();
    opened.store.block(ana.id, bob.id, true).await.unwrap();
    let private = opened
        .store
        .make_room(ana.id, room("cave", Some("key")))
        .await;
    let invite = NewInvite {
        target: InviteTarget::Room(private.unwrap()),
        token_hash: [7; 32],
        expires_at: None,
        uses: Some(3),
    };
    let rules = InviteRules {
        may: rule,
        all: rule,
    };
    opened
        .store
        .make_invite(ana.id, rules, invite)
        .await
        .unwrap();
    let gone = opened
        .store
        .make_room(ana.id, room("gone", None))
        .await
        .unwrap();
    act(&ana, gone, rule, Act::Delete).await;
    (ana, gone)
}

/// Everything a user sees, as text for comparison.
async fn seen(opened: &Opened, person: &Person) -> String {
    let store = &opened.store;
    let threads = store.threads(person.id, None, 100).await.unwrap();
    let mut seen = format!("{threads:?}");
    for head in threads.threads {
        seen += &format!("{:?}", opened.log(head.id).await);
        seen += &format!("{:?}", store.members(head.id, "", 100).await.unwrap());
        seen += &format!("{:?}", store.bans(head.id, 100).await.unwrap());
        let target = InviteTarget::Room(head.id);
        seen += &format!("{:?}", store.invites(target, None).await.unwrap());
    }
    seen += &format!("{:?}", store.audit(None, None, 100).await.unwrap());
    seen += &format!("{:?}", store.accounts("", 100).await.unwrap());
    seen += &format!("{:?}", store.reports(UserId(0), None).await.unwrap());
    seen += &format!("{:?}", store.blocked(person.id).await.unwrap());
    seen += &format!("{:?}", store.session([200; 32]).await.unwrap());
    seen += &format!("{:?}", store.login("ana").await.unwrap());
    seen + &store.setting_or("salt", "another".into()).await.unwrap()
}

async fn copy(from: &Database, to: &Database) -> Compared {
    let mut copy = Copy::begin(&from.url(), &to.url()).await.unwrap();
    copy.run(|_| {}).await.unwrap();
    let compared = copy.compare(|_| {}).await.unwrap();
    copy.finish().await.unwrap();
    compared
}

#[apply(on_both_engines)]
#[tokio::test]
async fn a_copy_is_the_same_installation_on_the_other_engine_and_so_is_the_way_back(
    database: Database,
) {
    let opened = database.open().await;
    let (ana, gone) = fill(&opened).await;
    let before = seen(&opened, &ana).await;
    opened.store.close().await;
    let other = database.other().await;
    let compared = copy(&database, &other).await;
    assert!(compared.differing.is_empty(), "{compared:?}");
    assert_eq!(compared.threads, 3);
    let opened = other.open().await;
    assert_eq!(seen(&opened, &ana).await, before);
    opened.store.close().await;
    let back = other.other().await;
    assert!(copy(&other, &back).await.differing.is_empty());
    let opened = back.open().await;
    assert_eq!(seen(&opened, &ana).await, before);
    // Ids are never reused: the audit log still refers to them.
    let eve = opened.add("eve").await;
    let thread = opened.store.open_direct(eve.id, ana.id).await.unwrap();
    assert!(thread > gone, "{thread} {gone}");
    assert_eq!(opened.send(&eve, thread, "on it goes").await, 1);
    let admin = opened.store.standing(ana.id, thread).await.unwrap();
    assert_eq!(admin.role, Some(Role::Member));
}

#[apply(on_both_engines)]
#[tokio::test]
async fn a_copy_that_was_interrupted_goes_on_where_it_was_and_is_not_used_before(
    database: Database,
) {
    let opened = database.open().await;
    fill(&opened).await;
    opened.store.close().await;
    let other = database.other().await;
    let mut begun = Copy::begin(&database.url(), &other.url()).await.unwrap();
    let page = Notify::new();
    tokio::select! {
        _ = begun.run(|_| page.notify_one()) => panic!("there are several pages"),
        () = page.notified() => {}
    }
    drop(begun);
    let early = Store::open(&other.url(), QUEUE, Arc::new(RecordingListener::default())).await;
    let error = early.err().expect("not finished").to_string();
    assert!(error.contains("chapp migrate"), "{error}");
    let mut again = Copy::begin(&database.url(), &other.url()).await.unwrap();
    let (all, there) = again.size().await.unwrap();
    assert!(0 < there && there < all, "{there} of {all}");
    let mut copied = there;
    again.run(|rows| copied += rows).await.unwrap();
    let compared = again.compare(|_| {}).await.unwrap();
    assert_eq!((compared.rows, compared.differing.len()), (all, 0));
    again.finish().await.unwrap();
    other.open().await;
}

#[apply(on_both_engines)]
#[tokio::test]
async fn what_is_not_the_same_in_the_end_is_named(database: Database) {
    let opened = database.open().await;
    let (_, _, thread) = opened.two().await;
    let ana = opened.store.login("ana").await.unwrap().unwrap().person;
    for text in ["one", "two"] {
        opened.send(&ana, thread, text).await;
    }
    opened.store.close().await;
    let other = database.other().await;
    let mut copy = Copy::begin(&database.url(), &other.url()).await.unwrap();
    copy.run(|_| {}).await.unwrap();
    let mut outsider = other.outsider().await;
    for (change, named) in [
        (
            "UPDATE events SET at = at + 1 WHERE seq = 2",
            vec![format!("thread {thread}")],
        ),
        ("UPDATE events SET at = at - 1 WHERE seq = 2", vec![]),
        ("UPDATE members SET muted = 1", vec!["members".into()]),
    ] {
        outsider.execute(change).await.unwrap();
        let compared = copy.compare(|_| {}).await.unwrap();
        assert_eq!(compared.differing, named, "{change}");
    }
}

#[apply(on_both_engines)]
#[tokio::test]
async fn nobody_writes_to_the_source_meanwhile(database: Database) {
    let opened = database.open().await;
    let (ana, _, thread) = opened.two().await;
    let other = database.other().await;
    let copy = Copy::begin(&database.url(), &other.url()).await.unwrap();
    let sent = opened
        .send_as(&ana, thread, ClientId::now(), "too late")
        .await;
    assert_eq!(sent, Err(Refusal::Unavailable));
    drop(copy);
    opened.send(&ana, thread, "again").await;
}

#[apply(on_both_engines)]
#[tokio::test]
async fn nothing_is_copied_over_an_installation_or_from_nowhere(database: Database) {
    let (opened, other) = (database.open().await, database.other().await);
    opened.add("ana").await;
    let second = other.open().await;
    second.add("bob").await;
    let refused = async |from: &str, to: &str| {
        let begun = Copy::begin(from, to).await;
        format!("{:#}", begun.err().expect("refused"))
    };
    let error = refused(&database.url(), &other.url()).await;
    assert!(error.contains("installation"), "{error}");
    let error = refused(&database.url(), &database.url()).await;
    assert!(error.contains("same"), "{error}");
    let nowhere = Database::sqlite();
    let error = refused(&nowhere.url(), &other.url()).await;
    assert!(error.contains("copy from"), "{error}");
    assert_eq!(second.store.login("ana").await.unwrap().map(|_| ()), None);
}

#[apply(on_both_engines)]
#[tokio::test]
async fn no_table_is_forgotten(database: Database) {
    database.open().await;
    let mut outsider = database.outsider().await;
    let tables = sqlx::query_scalar::<_, String>(database.tables());
    let mut tables = tables.fetch_all(&mut outsider).await.unwrap();
    // The search index is not copied but rebuilt from the log.
    let is_made = |name: &str| {
        name.starts_with('_') || name.starts_with("sqlite_") || name.starts_with("search_")
    };
    tables.retain(|name| !is_made(name));
    let mut copied: Vec<_> = crate::server::store::copy::TABLES
        .iter()
        .map(|(name, _)| *name)
        .collect();
    tables.sort();
    copied.sort_unstable();
    assert_eq!(tables, copied);
}
