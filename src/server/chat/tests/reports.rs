//! Reports: who sees them, and how they are decided.

use macro_rules_attribute::apply;

use super::allowed::{Caller, Place, Site};
use crate::model::report::{Decision, Reason, Report, Reported};
use crate::model::{EventBody, Refusal, ThreadId, UserId};
use crate::server::store::tests::database::{Database, on_both_engines};

/// The only report that a user sees.
async fn only(site: &Site, viewer: Caller, thread: Option<ThreadId>) -> Report {
    let reports = site.app.chat.reports(site.user(viewer), thread).await;
    let mut reports = reports.unwrap();
    assert_eq!(reports.len(), 1, "{reports:?}");
    reports.remove(0)
}

async fn report(site: &Site, by: UserId, what: Reported, details: &str) -> Result<(), Refusal> {
    site.app.chat.report(by, what, Reason::Rude, details).await
}

#[apply(on_both_engines)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_report_outlives_its_message_and_room(database: Database) {
    let mut site = Site::open(&database).await;
    let world = site.world(Place::Private).await;
    let (member, admin) = (site.user(Caller::Member), site.user(Caller::RoomAdmin));
    let (chat, thread, seq) = (&site.app.chat, world.thread, world.message);
    let after = site.post(world.victim, thread).await.unwrap();
    assert!(after > seq);
    let what = Reported::Message(thread, seq);
    report(&site, world.victim, what, "  look \n at it ")
        .await
        .unwrap();
    chat.edit_message(member, thread, seq, "harmless")
        .await
        .unwrap();
    chat.delete_message(member, thread, seq).await.unwrap();
    for (viewer, place) in [(Caller::RoomAdmin, Some(thread)), (Caller::SiteAdmin, None)] {
        let report = only(&site, viewer, place).await;
        assert_eq!((report.thread, report.seq), (Some(thread), Some(seq)));
        assert_eq!(report.subject.id, member);
        assert_eq!((&*report.room, report.decided), ("Room 1", None));
        let [note] = &report.notes[..] else {
            panic!("{:?}", report.notes);
        };
        assert_eq!((note.by.id, note.reason), (world.victim, Reason::Rude));
        assert_eq!(note.details, "look at it");
        let snapshot = note.snapshot.clone().unwrap();
        assert_eq!((&*snapshot.text, snapshot.before), ("hello", None));
        let after = snapshot.after.unwrap();
        assert_eq!((&*after.name, &*after.text), ("victim1", "hello"));
    }
    // The room's admin can't dispose of the report by deleting the room.
    chat.delete_room(admin, thread, "Room 1").await.unwrap();
    let report = only(&site, Caller::SiteAdmin, None).await;
    assert_eq!(report.room, "Room 1");
    let site_admin = site.user(Caller::SiteAdmin);
    let dismissed = chat.decide_report(site_admin, report.id, Decision::Dismiss);
    dismissed.await.unwrap();
    let decided = only(&site, Caller::SiteAdmin, None).await.decided.unwrap();
    assert_eq!(
        (decided.decision, decided.by.id),
        (Decision::Dismiss, site_admin)
    );
    // A dismissal can be taken back, once.
    let reopen = async || {
        chat.decide_report(site_admin, report.id, Decision::Reopen)
            .await
    };
    reopen().await.unwrap();
    assert_eq!(only(&site, Caller::SiteAdmin, None).await.decided, None);
    assert_eq!(reopen().await, Err(Refusal::NotFound));
    site.app.store.close().await;
}

#[apply(on_both_engines)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_repeated_report_changes_nothing_and_another_users_reopens_it(database: Database) {
    let mut site = Site::open(&database).await;
    let world = site.world(Place::Public).await;
    let (chat, thread) = (&site.app.chat, world.thread);
    let admin = site.user(Caller::RoomAdmin);
    let what = Reported::Message(thread, world.message);
    report(&site, world.victim, what, "once").await.unwrap();
    let first = only(&site, Caller::RoomAdmin, Some(thread)).await;
    let dismissed = chat.decide_report(admin, first.id, Decision::Dismiss);
    dismissed.await.unwrap();
    report(&site, world.victim, what, "twice").await.unwrap();
    let same = only(&site, Caller::RoomAdmin, Some(thread)).await;
    assert!(same.decided.is_some());
    assert_eq!(same.notes, first.notes);
    report(&site, admin, what, "too").await.unwrap();
    let again = only(&site, Caller::RoomAdmin, Some(thread)).await;
    assert_eq!((again.id, again.decided), (first.id, None));
    let details: Vec<_> = again.notes.iter().map(|note| &*note.details).collect();
    assert_eq!(details, ["once", "too"]);
    site.app.store.close().await;
}

#[apply(on_both_engines)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_reported_of_a_direct_thread_is_for_the_sites_admins_and_no_more_than_the_message(
    database: Database,
) {
    let mut site = Site::open(&database).await;
    let world = site.world(Place::Direct).await;
    let (chat, thread) = (&site.app.chat, world.thread);
    let (one, other) = (site.user(Caller::RoomAdmin), site.user(Caller::Member));
    site.post(one, thread).await.unwrap();
    let what = Reported::Message(thread, world.message);
    report(&site, one, what, "").await.unwrap();
    for user in [one, other] {
        let refused = chat.reports(user, Some(thread)).await;
        assert_eq!(refused, Err(Refusal::Forbidden));
    }
    let found = only(&site, Caller::SiteAdmin, None).await;
    let snapshot = found.notes[0].snapshot.clone().unwrap();
    assert_eq!((snapshot.before, snapshot.after), (None, None));
    assert_eq!(found.room, "");
    // A message of another user in a direct thread can't be deleted; the report stays open.
    let site_admin = site.user(Caller::SiteAdmin);
    let refused = chat.decide_report(site_admin, found.id, Decision::DeleteMessage);
    assert!(refused.await.is_err());
    assert_eq!(only(&site, Caller::SiteAdmin, None).await.decided, None);
    site.app.store.close().await;
}

#[apply(on_both_engines)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn unreadable_deleted_and_own_messages_cannot_be_reported(database: Database) {
    let mut site = Site::open(&database).await;
    let world = site.world(Place::Public).await;
    let (thread, seq) = (world.thread, world.message);
    let (member, stranger) = (site.user(Caller::Member), site.user(Caller::Stranger));
    let victim = world.victim;
    let unread = [
        (stranger, Reported::Message(thread, seq)),
        (site.user(Caller::Banned), Reported::Message(thread, seq)),
        (stranger, Reported::Member(thread, member)),
        (member, Reported::Message(thread, seq)),
        (member, Reported::Member(thread, member)),
        (member, Reported::Person(member)),
        (member, Reported::Member(thread, stranger)),
        (victim, Reported::Message(thread, seq + 100)),
        (victim, Reported::Message(thread, 1)),
        (victim, Reported::Message(ThreadId(0), 1)),
        (victim, Reported::Message(ThreadId(i64::MAX), i64::MIN)),
        (victim, Reported::Person(UserId(i64::MAX))),
        (victim, Reported::Person(UserId(0))),
    ];
    for (by, what) in unread {
        let refused = report(&site, by, what, "").await;
        assert_eq!(refused, Err(Refusal::NotFound), "{by} {what:?}");
    }
    let deleted = site.app.chat.delete_message(member, thread, seq);
    deleted.await.unwrap();
    let what = Reported::Message(thread, seq);
    let refused = report(&site, victim, what, "").await;
    assert_eq!(refused, Err(Refusal::NotFound));
    let long = report(&site, victim, Reported::Person(member), &"x".repeat(501)).await;
    assert!(matches!(long, Err(Refusal::Invalid { .. })), "{long:?}");
    let site_admin = site.user(Caller::SiteAdmin);
    let all = site.app.chat.reports(site_admin, None).await.unwrap();
    assert_eq!(all, []);
    site.app.store.close().await;
}

#[apply(on_both_engines)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn admins_see_no_report_about_themselves_and_do_no_more_than_they_may_anyway(
    database: Database,
) {
    let mut site = Site::open(&database).await;
    let world = site.world(Place::Public).await;
    let (chat, thread) = (&site.app.chat, world.thread);
    let (admin, member) = (site.user(Caller::RoomAdmin), site.user(Caller::Member));
    let site_admin = site.user(Caller::SiteAdmin);
    report(&site, world.victim, Reported::Member(thread, admin), "")
        .await
        .unwrap();
    let own = only(&site, Caller::SiteAdmin, None).await.id;
    assert_eq!(chat.reports(admin, Some(thread)).await.unwrap(), []);
    let decided = chat.decide_report(admin, own, Decision::Dismiss).await;
    assert_eq!(decided, Err(Refusal::NotFound));

    let what = Reported::Message(thread, world.message);
    report(&site, world.victim, what, "").await.unwrap();
    let id = only(&site, Caller::RoomAdmin, Some(thread)).await.id;
    let suspended = chat.decide_report(admin, id, Decision::Suspend).await;
    assert_eq!(suspended, Err(Refusal::Forbidden));
    assert_eq!(
        only(&site, Caller::RoomAdmin, Some(thread)).await.decided,
        None
    );
    let deleted = chat.decide_report(admin, id, Decision::DeleteMessage);
    deleted.await.unwrap();
    let events = site
        .app
        .store
        .events_after(thread, world.message - 1, 1)
        .await;
    assert_eq!(events.unwrap()[0].body, EventBody::Deleted);
    let decided = only(&site, Caller::RoomAdmin, Some(thread))
        .await
        .decided
        .unwrap();
    assert_eq!(
        (decided.decision, decided.by.id),
        (Decision::DeleteMessage, admin)
    );

    chat.decide_report(admin, id, Decision::Ban).await.unwrap();
    let refused = site.post(member, thread).await;
    assert_eq!(refused, Err(Refusal::Banned { until: None }));
    chat.decide_report(site_admin, id, Decision::Suspend)
        .await
        .unwrap();
    assert!(
        site.app
            .store
            .standing(member, thread)
            .await
            .unwrap()
            .is_suspended
    );
    // The decisions of the room's admin are in the room's log; the site's log has those of its own admins.
    for (target, expected) in [(Some(thread), 3), (None, 1)] {
        let audit = chat.audit(site_admin, target, None).await.unwrap();
        let settled = audit
            .entries
            .iter()
            .filter(|it| it.action == "decide_report");
        assert_eq!(settled.count(), expected, "{target:?}");
    }
    site.app.store.close().await;
}

#[apply(on_both_engines)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_person_fills_no_queue(database: Database) {
    let mut site = Site::open(&database).await;
    let world = site.world(Place::Public).await;
    let mut what = Vec::new();
    for _ in 0..21 {
        let seq = site.post(site.user(Caller::Member), world.thread).await;
        what.push(Reported::Message(world.thread, seq.unwrap()));
    }
    for what in &what[..20] {
        report(&site, world.victim, *what, "").await.unwrap();
    }
    let more = report(&site, world.victim, what[20], "").await;
    assert_eq!(more, Err(Refusal::TooMany { max: 20 }));
    // Repeating an existing report does not count; and other users can still report.
    assert_eq!(report(&site, world.victim, what[0], "").await, Ok(()));
    let admin = site.user(Caller::RoomAdmin);
    assert_eq!(report(&site, admin, what[20], "").await, Ok(()));
    site.app.store.close().await;
}

#[apply(on_both_engines)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_waits_for_a_decision_is_counted_for_those_who_can_decide(database: Database) {
    let mut site = Site::open(&database).await;
    let world = site.world(Place::Public).await;
    let (chat, thread) = (&site.app.chat, world.thread);
    let (admin, member) = (site.user(Caller::RoomAdmin), site.user(Caller::Member));
    let site_admin = site.user(Caller::SiteAdmin);
    let open = async |user, thread| chat.open_reports(user, thread).await;
    let boots = async |user| {
        let me = chat.people(None).await.unwrap().people;
        let me = me.into_iter().find(|person| person.id == user).unwrap();
        chat.boot(me, None, None).await.unwrap().open_reports
    };
    let message = Reported::Message(thread, world.message);
    report(&site, world.victim, message, "").await.unwrap();
    report(&site, member, Reported::Member(thread, admin), "")
        .await
        .unwrap();
    let elsewhere = Reported::Person(world.victim);
    report(&site, member, elsewhere, "").await.unwrap();
    assert_eq!(
        open(admin, Some(thread)).await,
        Ok(1),
        "not the report about themselves"
    );
    assert_eq!(open(site_admin, Some(thread)).await, Ok(2));
    assert_eq!(open(site_admin, None).await, Ok(3));
    assert_eq!((boots(site_admin).await, boots(member).await), (3, 0));
    let first = only(&site, Caller::RoomAdmin, Some(thread)).await;
    let dismissed = chat.decide_report(admin, first.id, Decision::Dismiss);
    dismissed.await.unwrap();
    assert_eq!(open(admin, Some(thread)).await, Ok(0));
    assert_eq!(open(site_admin, None).await, Ok(2));
    assert_eq!(boots(site_admin).await, 2);
    site.app.store.close().await;
}
