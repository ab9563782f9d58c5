//! "Why did I (not) get this?": what was decided about pushes, as the person concerned sees it.

use std::time::Duration;

use chapp::model::notify::{Cause, NotifyVerdict, Silence};

use crate::push::{post_to, room_of};
use crate::support::{Keys, PushService, decided, decisions, patiently, subscribe};
use crate::uploads::two;

#[tokio::test]
async fn a_person_can_see_why_they_were_notified_or_not_and_nobody_else_can() {
    let mut service = PushService::start().await;
    let server = service.server().await;
    let (ana, bob) = (server.sign_up("ana").await, server.sign_up("bob").await);
    let room = room_of(&bob, "Kitchen", &ana).await;
    let direct = bob.open_direct(&ana).await;
    let mute = [("thread", &*direct.to_string()), ("muted", "true")];
    post_to(&ana, "/api/mute", &mute).await;
    subscribe(&ana, &service.endpoint("ana"), &Keys::new(), true).await;
    let mut phone = server.browser();
    phone.log_in("ana").await;
    subscribe(&phone, &service.endpoint("phone"), &Keys::new(), true).await;
    assert_eq!(decisions(&ana, 0).await, []);

    let mut bobs = bob.tab().await;
    let muted = bobs.send(direct, "muted").await;
    let mention = bobs.send(room, "@ana the soup is ready").await;
    let plain = bobs.send(room, "for all").await;
    let mut names = [service.next().await.name, service.next().await.name];
    names.sort();
    assert_eq!(names, ["ana", "phone"]);
    let known = decisions(&ana, 3).await;
    let mut known: Vec<_> = known
        .iter()
        .map(|it| (it.thread, it.seq, it.verdict))
        .collect();
    decisions(&phone, 3).await;
    known.sort_by_key(|(thread, seq, _)| (*thread, *seq));
    let mut expected = [
        (direct, muted, NotifyVerdict::Silent(Silence::Muted)),
        (room, mention, NotifyVerdict::Notified(Cause::Mention)),
        (room, plain, NotifyVerdict::Silent(Silence::NoMention)),
    ];
    expected.sort_by_key(|(thread, seq, _)| (*thread, *seq));
    assert_eq!(known, expected);
    decisions(&bob, 0).await;
}

#[tokio::test]
async fn a_push_that_a_service_does_not_take_is_listed_as_such() {
    let mut service = PushService::start().await;
    let server = service.server().await;
    let (ana, bob, thread) = two(&server).await;
    subscribe(&ana, &service.endpoint("ana"), &Keys::new(), true).await;
    service.answers(&[(410, None)]);
    let mut bobs = bob.tab().await;
    bobs.send(thread, "hello?").await;
    service.next().await;
    let all = decided(&ana, 1).await;
    // The answer of the service comes after the decision.
    let undelivered = async {
        let mut all = all;
        while all != [NotifyVerdict::Undelivered] {
            all = decided(&ana, 1).await;
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    patiently("what became of it", undelivered).await;
}
