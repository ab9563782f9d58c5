//! Web Push: what a push service of the test's own receives, and what the browser can read of it.

use axum::http::header::{LOCATION, RETRY_AFTER};
use chapp::model::ThreadId;
use chapp::model::notify::{Cause, NotifySettings, Silence, minute_text};
use chapp::model::push::{PushOutcome, PushState};
use data_encoding::BASE64URL_NOPAD;
use reqwest::header::CONTENT_ENCODING;
use tokio::net::TcpListener;

use crate::support::{Browser, Keys, PushService, TestServer, code, decided, patiently, subscribe};
use crate::uploads::two;

async fn state(who: &Browser) -> PushState {
    who.read("/api/push").await
}

pub(crate) async fn post_to(who: &Browser, path: &str, fields: &[(&str, &str)]) {
    let answer = who.call(path, fields).send().await.expect("an answer");
    assert!(answer.status().is_success(), "{path}: {}", answer.status());
}

pub(crate) async fn room_of(maker: &Browser, name: &str, member: &Browser) -> ThreadId {
    let fields = [("name", name), ("topic", ""), ("key", "")];
    let made = maker.call("/api/make_room", &fields).send().await;
    let head: chapp::model::ThreadHead = made.expect("an answer").json().await.expect("a room");
    let id = head.id.to_string();
    post_to(member, "/api/join_room", &[("thread", &id)]).await;
    head.id
}

#[tokio::test]
async fn a_push_carries_a_message_to_a_browser_with_no_page_open_and_nobody_else_can_read_it() {
    let mut service = PushService::start().await;
    let server = service.server().await;
    let (ana, bob, thread) = two(&server).await;
    let key = state(&ana).await.key.expect("a key");
    assert_eq!(
        BASE64URL_NOPAD.decode(key.as_bytes()).map(|it| it.len()),
        Ok(65)
    );
    let keys = Keys::new();
    let endpoint = service.endpoint("ana");
    assert_eq!(subscribe(&ana, &endpoint, &keys, true).await.0, 200);
    assert_eq!(state(&ana).await.endpoint, Some(endpoint));

    let mut bobs = bob.tab().await;
    let seq = bobs.send(thread, "dinner at eight?").await;
    let push = service.next().await;
    assert_eq!(push.name, "ana");
    assert_eq!(push.headers[CONTENT_ENCODING], "aes128gcm");
    assert_eq!(push.headers["ttl"], "86400");
    assert_eq!(push.headers["urgency"], "high");
    assert_eq!(push.headers["topic"].len(), 32);
    let authorization = push.headers["authorization"].to_str().expect("ASCII");
    assert!(
        authorization.ends_with(&format!(", k={key}")),
        "{authorization}"
    );
    let contains = |part: &[u8]| push.body.windows(part.len()).any(|window| window == part);
    assert!(!contains(b"dinner") && !contains(b"bob"));
    let json = keys.decrypt(&push.body);
    assert_eq!(json["web_push"], 8_030);
    let shown = &json["notification"];
    assert_eq!(
        (&shown["title"], &shown["body"]),
        (&"bob".into(), &"dinner at eight?".into())
    );
    assert_eq!(shown["data"]["path"], format!("/t/{thread}/m/{seq}"));
}

#[tokio::test]
async fn without_the_text_a_push_says_only_who_wrote() {
    let mut service = PushService::start().await;
    let server = service.server().await;
    let (ana, bob) = (server.sign_up("ana").await, server.sign_up("bob").await);
    let room = room_of(&bob, "Kitchen", &ana).await;
    let keys = Keys::new();
    subscribe(&ana, &service.endpoint("ana"), &keys, false).await;
    let mut bobs = bob.tab().await;
    bobs.send(room, "not for anybody").await;
    bobs.send(room, "@ana the soup is ready").await;
    let push = service.next().await;
    let json = keys.decrypt(&push.body);
    let shown = &json["notification"];
    assert_eq!(
        (&shown["title"], &shown["body"]),
        (&"bob (Kitchen)".into(), &"New message".into())
    );
    assert!(!json.to_string().contains("soup"));
}

#[tokio::test]
async fn only_those_who_want_to_know_are_notified_and_of_nothing_they_have_read() {
    let mut service = PushService::start().await;
    let server = service.server().await;
    let (ana, bob) = (server.sign_up("ana").await, server.sign_up("bob").await);
    let (cleo, dora) = (server.sign_up("cleo").await, server.sign_up("dora").await);
    for (who, name) in [
        (&ana, "ana"),
        (&bob, "bob"),
        (&cleo, "cleo"),
        (&dora, "dora"),
    ] {
        let subscribed = subscribe(who, &service.endpoint(name), &Keys::new(), true).await;
        assert_eq!(subscribed.0, 200, "{name}");
    }
    let with_ana = bob.open_direct(&ana).await;
    let with_cleo = bob.open_direct(&cleo).await;
    let with_dora = bob.open_direct(&dora).await;
    let quiet = room_of(&bob, "Quiet", &ana).await;
    let last = room_of(&bob, "Last", &ana).await;
    let (quiet_id, ana_id) = (quiet.to_string(), with_ana.to_string());
    post_to(
        &ana,
        "/api/set_level",
        &[("thread", &quiet_id), ("level", "nothing")],
    )
    .await;
    post_to(
        &cleo,
        "/api/block",
        &[("user", &bob.me().id.to_string()), ("on", "true")],
    )
    .await;
    post_to(&ana, "/api/mute", &[("thread", &ana_id), ("muted", "true")]).await;
    let mut bobs = bob.tab().await;
    let mut doras = dora.tab().await;
    bobs.send(quiet, "@ana look").await;
    bobs.send(with_ana, "muted").await;
    // A blocked person can't write; what was sent before is not notified of either.
    bobs.post(with_cleo, "blocked").await;
    let seq = bobs.send(with_dora, "read at once").await;
    doras.event().await;
    doras.read_up_to(with_dora, seq).await;
    // In the same round as the others.
    bobs.send(last, "@ana this").await;
    let push = service.next().await;
    assert_eq!(push.name, "ana");
    // All others are judged by the time of a second round.
    bobs.send(last, "@ana and this").await;
    assert_eq!(service.next().await.name, "ana");
}

#[tokio::test]
async fn what_a_person_chose_for_all_chats_decides_where_they_chose_nothing_else() {
    let mut service = PushService::start().await;
    let server = service.server().await;
    let (ana, bob, direct) = two(&server).await;
    let room = room_of(&bob, "Kitchen", &ana).await;
    let (cleo, dora) = (server.sign_up("cleo").await, server.sign_up("dora").await);
    let (with_cleo, with_dora) = (bob.open_direct(&cleo).await, bob.open_direct(&dora).await);
    for (who, name) in [(&ana, "ana"), (&cleo, "cleo"), (&dora, "dora")] {
        subscribe(who, &service.endpoint(name), &Keys::new(), true).await;
    }
    let levels = [("direct", "nothing"), ("rooms", "mentions")];
    let words = [("keywords", "soup, on call")];
    post_to(
        &ana,
        "/api/set_notify_settings",
        &[&levels[..], &words].concat(),
    )
    .await;
    // Half past five ahead of the server's clock.
    let now = chapp::client::clock::now();
    let minute = u16::try_from((now / 60_000 + 330) % 1_440).expect("a minute of the day");
    let (from, to) = (
        minute_text((minute + 1_430) % 1_440),
        minute_text((minute + 60) % 1_440),
    );
    let defaults = [("direct", "everything"), ("rooms", "mentions")];
    let quiet = [
        ("quiet_from", &*from),
        ("quiet_to", &to),
        ("zone", "Asia/Kolkata"),
    ];
    post_to(
        &cleo,
        "/api/set_notify_settings",
        &[&defaults[..], &quiet].concat(),
    )
    .await;
    let later = (now + 3_600_000).to_string();
    let paused = [("paused_until", &*later)];
    post_to(
        &dora,
        "/api/set_notify_settings",
        &[&defaults[..], &paused].concat(),
    )
    .await;

    let mut bobs = bob.tab().await;
    bobs.send(direct, "not this").await;
    bobs.send(with_cleo, "nor this").await;
    bobs.send(with_dora, "nor this").await;
    bobs.send(room, "nor the soups").await;
    bobs.send(room, "who is ON CALL?").await;
    let push = service.next().await;
    assert_eq!(push.name, "ana");
    // All others are judged by the time of a second round.
    bobs.send(room, "Soup!").await;
    assert_eq!(service.next().await.name, "ana");

    let settings: NotifySettings = ana.read("/api/notify_settings").await;
    assert_eq!(settings.keywords, ["soup", "on call"]);
    let mut refused = vec![
        ("quiet_from", "22:00"),
        ("quiet_to", "07:00"),
        ("zone", "Moon"),
    ];
    refused.extend(levels);
    let answer = ana.call("/api/set_notify_settings", &refused).send().await;
    let (status, refusal) = code(answer.expect("an answer")).await;
    assert_eq!((status, &*refusal), (422, "invalid"));
}

#[tokio::test]
async fn nothing_is_sent_while_the_person_looks_at_another_of_their_devices() {
    let mut service = PushService::start().await;
    let server = service.server().await;
    let (ana, bob, thread) = two(&server).await;
    subscribe(&ana, &service.endpoint("phone"), &Keys::new(), true).await;
    let mut laptop = server.browser();
    laptop.log_in("ana").await;
    let mut page = laptop.tab().await;
    page.look(true).await;
    let mut bobs = bob.tab().await;
    bobs.send(thread, "seen on the laptop").await;
    assert_eq!(decided(&ana, 1).await, [Err(Silence::Looking).into()]);
    page.look(false).await;
    bobs.send(thread, "on the phone").await;
    assert_eq!(service.next().await.name, "phone");
    assert_eq!(decided(&ana, 2).await[0], Ok(Cause::Level).into());
}

#[tokio::test]
async fn a_subscription_ends_with_its_session_and_when_its_service_says_so() {
    let mut service = PushService::start().await;
    let server = service.server().await;
    let (ana, bob) = (server.sign_up("ana").await, server.sign_up("bob").await);
    let mut second = server.browser();
    second.log_in("ana").await;
    let mut third = server.browser();
    third.log_in("ana").await;
    let thread = ana.open_direct(&bob).await;
    for (who, name) in [(&ana, "gone"), (&second, "out"), (&third, "there")] {
        subscribe(who, &service.endpoint(name), &Keys::new(), true).await;
    }
    second.log_out().await;
    service.answers(&[(410, None), (410, None)]);
    let mut bobs = bob.tab().await;
    bobs.send(thread, "one").await;
    let mut names = [service.next().await.name, service.next().await.name];
    names.sort();
    assert_eq!(names, ["gone", "there"]);
    let removed = async {
        while state(&ana).await.endpoint.is_some() || state(&third).await.endpoint.is_some() {
            tokio::task::yield_now().await;
        }
    };
    patiently("the end of both", removed).await;
    assert_eq!(
        subscribe(&third, &service.endpoint("anew"), &Keys::new(), true)
            .await
            .0,
        200
    );
    bobs.send(thread, "two").await;
    assert_eq!(service.next().await.name, "anew");

    // A new password ends the other sessions, and with them their subscriptions.
    subscribe(&ana, &service.endpoint("mine"), &Keys::new(), true).await;
    let new = "another battery staple horse";
    let passwords = [("current", crate::support::PASSWORD), ("new", new)];
    post_to(&ana, "/api/change_password", &passwords).await;
    bobs.send(thread, "three").await;
    assert_eq!(service.next().await.name, "mine");
}

#[tokio::test]
async fn a_browser_has_one_subscription_whoever_is_logged_in() {
    let mut service = PushService::start().await;
    let server = service.server().await;
    let (ana, bob) = (server.sign_up("ana").await, server.sign_up("bob").await);
    let cleo = server.sign_up("cleo").await;
    let endpoint = service.endpoint("shared");
    subscribe(&ana, &endpoint, &Keys::new(), true).await;
    subscribe(&cleo, &endpoint, &Keys::new(), true).await;
    assert_eq!(state(&ana).await.endpoint, None);
    let (with_ana, with_cleo) = (bob.open_direct(&ana).await, bob.open_direct(&cleo).await);
    let mut bobs = bob.tab().await;
    bobs.send(with_ana, "for ana").await;
    bobs.send(with_cleo, "for cleo").await;
    assert_eq!(service.next().await.name, "shared");
    // Another endpoint replaces the first one of the session.
    subscribe(&cleo, &service.endpoint("new"), &Keys::new(), true).await;
    bobs.send(with_cleo, "again").await;
    assert_eq!(service.next().await.name, "new");
    post_to(&cleo, "/api/unsubscribe_push", &[]).await;
    assert_eq!(state(&cleo).await.endpoint, None);
}

#[tokio::test]
async fn a_service_that_is_busy_is_asked_again() {
    let mut service = PushService::start().await;
    let server = service.server().await;
    let (ana, bob, thread) = two(&server).await;
    subscribe(&ana, &service.endpoint("ana"), &Keys::new(), true).await;
    let at_once = Some((RETRY_AFTER, "0"));
    service.answers(&[(429, at_once.clone()), (503, at_once)]);
    bob.tab().await.send(thread, "hello").await;
    for _ in 0..3 {
        service.next().await;
    }
    assert!(state(&ana).await.endpoint.is_some());
}

#[tokio::test]
async fn a_service_that_is_away_keeps_nobody_elses_pushes_waiting() {
    let mut service = PushService::start().await;
    let away = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let gone = away.local_addr().expect("an address");
    drop(away);
    let services = format!("http://{} http://{gone}", service.address);
    let server = TestServer::start_with(&[("CHAPP_PUSH__SERVICES", &services)]).await;
    let (ana, bob, thread) = two(&server).await;
    let cleo = server.sign_up("cleo").await;
    for number in 0..40 {
        let mut other = server.browser();
        other.log_in("ana").await;
        let endpoint = format!("http://{gone}/push/{number}");
        let subscribed = subscribe(&other, &endpoint, &Keys::new(), true).await;
        assert_eq!(subscribed.0, 200);
    }
    subscribe(&ana, &service.endpoint("ana"), &Keys::new(), true).await;
    subscribe(&cleo, &service.endpoint("cleo"), &Keys::new(), true).await;
    let with_cleo = bob.open_direct(&cleo).await;
    let mut bobs = bob.tab().await;
    bobs.send(thread, "to forty browsers that can't be reached")
        .await;
    assert_eq!(service.next().await.name, "ana");
    bobs.send(with_cleo, "to one that can").await;
    assert_eq!(service.next().await.name, "cleo");
}

#[tokio::test]
async fn a_test_says_which_link_of_the_chain_fails() {
    let mut service = PushService::start().await;
    let server = service.server().await;
    let ana = server.sign_up("ana").await;
    let test = async || {
        let answer = ana.call("/api/test_push", &[]).send().await;
        let outcome: PushOutcome = answer.expect("an answer").json().await.expect("an outcome");
        outcome
    };
    assert_eq!(test().await, PushOutcome::NotSubscribed);
    let keys = Keys::new();
    subscribe(&ana, &service.endpoint("ana"), &keys, true).await;
    assert_eq!(test().await, PushOutcome::Accepted);
    let push = service.next().await;
    assert_eq!(keys.decrypt(&push.body)["notification"]["tag"], "test");
    // Where a push service redirects to may be any address.
    service.answers(&[(307, Some((LOCATION, "/push/elsewhere")))]);
    assert_eq!(test().await, PushOutcome::Refused { status: 307 });
    assert_eq!(service.next().await.name, "ana");
    assert_eq!(test().await, PushOutcome::Accepted);
    assert_eq!(service.next().await.name, "ana");
    service.answers(&[(403, None), (404, None)]);
    assert_eq!(test().await, PushOutcome::Refused { status: 403 });
    assert_eq!(test().await, PushOutcome::Expired);
    assert_eq!(test().await, PushOutcome::NotSubscribed);
}

#[tokio::test]
async fn the_server_sends_to_no_address_that_is_not_a_push_service() {
    let service = PushService::start().await;
    let server = service.server().await;
    let ana = server.sign_up("ana").await;
    let itself = server.url("/api/log_out");
    for endpoint in [
        "",
        "x",
        &*itself,
        "http://169.254.169.254/latest/meta-data",
        "https://127.0.0.1/",
        "https://localhost/",
        "http://fcm.googleapis.com/fcm/send/x",
        "https://fcm.googleapis.com.evil.example/x",
        &*format!("http://{}@evil.example/", service.address),
    ] {
        let refused = subscribe(&ana, endpoint, &Keys::new(), true).await;
        assert_eq!(refused, (422, "invalid".into()), "{endpoint}");
    }
    let mut keys = Keys::new();
    keys.public[40] ^= 1;
    let endpoint = service.endpoint("ana");
    let refused = subscribe(&ana, &endpoint, &keys, true).await;
    assert_eq!(refused, (400, "malformed".into()), "not on the curve");
    assert_eq!(state(&ana).await.endpoint, None);
    let stranger = server.browser();
    let refused = subscribe(&stranger, &endpoint, &Keys::new(), true).await;
    assert_eq!(refused, (401, "not_logged_in".into()));
}

#[tokio::test]
async fn a_site_that_sends_no_pushes_takes_no_subscriptions() {
    let server = TestServer::start_with(&[("CHAPP_PUSH__ENABLED", "false")]).await;
    let ana = server.sign_up("ana").await;
    assert_eq!(state(&ana).await, PushState::default());
    let refused = subscribe(&ana, "https://fcm.googleapis.com/x", &Keys::new(), true).await;
    assert_eq!(refused, (404, "not_found".into()));
}
