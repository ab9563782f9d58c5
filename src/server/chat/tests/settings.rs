//! The effect of settings on the matrix of [`allowed`](super::allowed): exactly these answers change, and no others
//! about writing, sharing, viewing or inviting.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use macro_rules_attribute::apply;

use super::allowed::{CALLERS, Caller, LOG_IN, Place, Site, World, endpoints};
use crate::model::{
    ClientId, EventBody, InviteTarget, Inviting, Position, Posting, Refusal, RoomMaking, Seq,
    SignUp, ThreadId, UserId, WritingFirst,
};
use crate::server::auth::tokens::token_hash;
use crate::server::chat::policy;
use crate::server::store::tests::database::{Database, on_both_engines};
use crate::server::store::{Act, Admission, NewUser, SiteSetting};

/// The answers to each caller, in the order of [`CALLERS`].
type Answers = [&'static str; 7];

/// The endpoints that an overly broad rule could open or close. (Comparing all of them would take minutes.)
const COMPARED: [&str; 18] = [
    "post_message",
    "edit_message",
    "delete_message",
    "react",
    "pin",
    "save",
    "history",
    "members",
    "report",
    "rename_room",
    "join_room",
    "leave_room",
    "make_room",
    "make_invite",
    "invites",
    "revoke_invite",
    "open_direct",
    "start_chat",
];

/// Compares these server functions in a place, after `set` has changed a setting, with their rows and these `changes`.
async fn compare(
    site: &mut Site,
    place: Place,
    set: impl AsyncFn(&Site, &World),
    changes: &[(&'static str, Answers)],
) {
    let mut wrong = Vec::new();
    // Some names occur twice; the second is about the site.
    let mut changes: BTreeMap<_, _> = changes.iter().copied().collect();
    let at = match place {
        Place::Direct => 0,
        Place::Public => 1,
        Place::Private => 2,
    };
    for endpoint in endpoints() {
        if !COMPARED.contains(&endpoint.name) {
            continue;
        }
        let answers = changes.remove(endpoint.name);
        let answers = answers.unwrap_or(endpoint.row[at]);
        for (caller, expected) in CALLERS.into_iter().zip(answers) {
            let world = site.world_for(&endpoint, place).await;
            set(site, &world).await;
            let actual = site.ask(&endpoint, &world, caller).await;
            // Both stay, and write in the next world.
            let (member, admin) = (site.user(Caller::Member), site.user(Caller::RoomAdmin));
            site.app.chat.block(member, admin, false).await.unwrap();
            if actual != expected {
                let name = endpoint.name;
                wrong.push(format!("{name}, {caller:?}: {actual}, not {expected}"));
            }
        }
    }
    assert!(changes.is_empty(), "no such server function: {changes:?}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// An admin of the room sets who may post.
async fn post_by(site: &Site, world: &World, posting: Posting) {
    let admin = site.user(Caller::RoomAdmin);
    let set = site.app.chat.set_posting(admin, world.thread, posting);
    set.await.unwrap();
}

#[apply(on_both_engines)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_only_admins_post_members_still_read_and_react_and_change_no_words(
    database: Database,
) {
    let mut site = Site::open(&database).await;
    let refused = "admins_post";
    let row = |admin| {
        let site_admin = "not_member";
        [
            LOG_IN,
            "not_member",
            refused,
            "banned",
            admin,
            site_admin,
            LOG_IN,
        ]
    };
    let changes = [
        ("post_message", row("ok")),
        ("edit_message", row("not_author")),
    ];
    let set = async |site: &Site, world: &World| post_by(site, world, Posting::Admins).await;
    compare(&mut site, Place::Public, set, &changes).await;
    site.app.store.close().await;
}

#[apply(on_both_engines)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_members_only_reply_they_start_nothing(database: Database) {
    let mut site = Site::open(&database).await;
    let row = [
        LOG_IN,
        "not_found",
        "replies_only",
        "not_found",
        "ok",
        "not_found",
        LOG_IN,
    ];
    let set = async |site: &Site, world: &World| post_by(site, world, Posting::Replies).await;
    compare(&mut site, Place::Private, set, &[("post_message", row)]).await;
    let world = site.world(Place::Private).await;
    set(&site, &world).await;
    let member = site.user(Caller::Member);
    let answer = post(
        &site,
        member,
        world.thread,
        ClientId::now(),
        Some(world.message),
    )
    .await;
    assert!(answer.is_ok(), "{answer:?}");
    site.app.store.close().await;
}

#[apply(on_both_engines)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_slow_mode_is_on_members_wait_and_admins_do_not(database: Database) {
    let mut site = Site::open(&database).await;
    let row = [
        LOG_IN,
        "not_member",
        "slow_mode",
        "banned",
        "ok",
        "not_member",
        LOG_IN,
    ];
    let set = async |site: &Site, world: &World| slow_down(site, world.thread, 3_600).await;
    compare(&mut site, Place::Public, set, &[("post_message", row)]).await;
    site.app.store.close().await;
}

#[apply(on_both_engines)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn inviting_members_gain_no_other_rights(database: Database) {
    let mut site = Site::open(&database).await;
    let row = [LOG_IN, "not_found", "ok", "not_found", "ok", "ok", LOG_IN];
    let changes = ["make_invite", "invites", "revoke_invite"].map(|name| (name, row));
    let set = async |site: &Site, world: &World| {
        let admin = site.user(Caller::RoomAdmin);
        let members = Inviting::Members;
        let set = site.app.chat.set_inviting(admin, world.thread, members);
        set.await.unwrap();
    };
    compare(&mut site, Place::Private, set, &changes).await;
    site.app.store.close().await;
}

#[apply(on_both_engines)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_site_lets_its_members_do_holds_for_them_and_not_for_its_admins(
    database: Database,
) {
    let mut site = Site::open(&database).await;
    let nothing = async |_: &Site, _: &World| {};
    let all_but_admins = |code| [LOG_IN, code, code, code, code, "ok", LOG_IN];
    let admin = site.user(Caller::SiteAdmin);
    for setting in [
        SiteSetting::Rooms(RoomMaking::Admins),
        SiteSetting::Writing(WritingFirst::Admins),
    ] {
        site.app.chat.set_site(admin, setting).await.unwrap();
    }
    let changes = [
        ("make_room", all_but_admins("forbidden")),
        ("open_direct", all_but_admins("cant_message")),
        ("start_chat", all_but_admins("cant_message")),
    ];
    compare(&mut site, Place::Direct, nothing, &changes).await;
    for setting in [
        SiteSetting::Rooms(RoomMaking::Everyone),
        SiteSetting::Writing(WritingFirst::Roommates),
    ] {
        site.app.chat.set_site(admin, setting).await.unwrap();
    }
    // The victim shares the room with the member and its admin.
    let no = "cant_message";
    // The second of the group is in no room.
    let changes = [
        ("open_direct", [LOG_IN, no, "ok", no, "ok", "ok", LOG_IN]),
        ("start_chat", all_but_admins(no)),
    ];
    compare(&mut site, Place::Public, nothing, &changes).await;
    site.app.store.close().await;
}

async fn slow_down(site: &Site, thread: ThreadId, seconds: u32) {
    let admin = site.user(Caller::RoomAdmin);
    let set = site.app.chat.set_slow_mode(admin, thread, seconds);
    set.await.unwrap();
}

async fn post(
    site: &Site,
    user: UserId,
    thread: ThreadId,
    id: ClientId,
    reply_to: Option<Seq>,
) -> Result<Seq, Refusal> {
    let (sender, receiver) = tokio::sync::oneshot::channel();
    let done = |posted| drop(sender.send(posted));
    let chat = &site.app.chat;
    chat.post(user, thread, id, "hello", reply_to, done);
    Ok(receiver.await.unwrap()?.seq)
}

#[apply(on_both_engines)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn slow_mode_admits_one_message_per_interval_even_after_rejoining(database: Database) {
    let mut site = Site::open(&database).await;
    let world = site.world(Place::Public).await;
    let (member, thread) = (world.victim, world.thread);
    // As if they had joined long ago.
    slow_down(&site, thread, 1).await;
    while let Err(refusal) = post(&site, member, thread, ClientId::now(), None).await {
        let Refusal::SlowMode { retry_after_ms } = refusal else {
            panic!("{refusal:?}");
        };
        assert!((1..=1_000).contains(&retry_after_ms), "{retry_after_ms}");
        tokio::time::sleep(std::time::Duration::from_millis(retry_after_ms)).await;
    }
    slow_down(&site, thread, 0).await;
    let first = ClientId::now();
    let posted = post(&site, member, thread, first, None).await.unwrap();
    slow_down(&site, thread, 3_600).await;
    // Ten at once: none is accepted.
    let at_once = (0..10).map(|_| post(&site, member, thread, ClientId::now(), None));
    for refused in futures_util::future::join_all(at_once).await {
        assert!(
            matches!(refused, Err(Refusal::SlowMode { .. })),
            "{refused:?}"
        );
    }
    // Resending what is in the log already is harmless.
    assert_eq!(post(&site, member, thread, first, None).await, Ok(posted));
    site.app.chat.leave(member, thread).await.unwrap();
    site.app.chat.join(member, thread).await.unwrap();
    let refused = post(&site, member, thread, ClientId::now(), None).await;
    assert!(
        matches!(refused, Err(Refusal::SlowMode { .. })),
        "{refused:?}"
    );
    // An existing message can be edited.
    let edited = site.app.chat.edit_message(member, thread, posted, "hullo");
    edited.await.unwrap();
    site.app.store.close().await;
}

#[apply(on_both_engines)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn slow_mode_admits_the_first_of_several_messages_in_one_commit(database: Database) {
    let mut site = Site::open(&database).await;
    let world = site.world(Place::Public).await;
    let (member, thread) = (world.victim, world.thread);
    slow_down(&site, thread, 1).await;
    tokio::time::sleep(std::time::Duration::from_millis(1_001)).await;
    let at_once = (0..20).map(|_| post(&site, member, thread, ClientId::now(), None));
    let all = futures_util::future::join_all(at_once).await;
    let posted = all.iter().filter(|posted| posted.is_ok()).count();
    assert_eq!(posted, 1, "{all:?}");
    site.app.store.close().await;
}

#[apply(on_both_engines)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_set_of_a_room_stands_once_in_its_log_and_in_the_heads_of_all(database: Database) {
    let mut site = Site::open(&database).await;
    let world = site.world(Place::Private).await;
    let (admin, member) = (site.user(Caller::RoomAdmin), site.user(Caller::Member));
    let (chat, thread) = (&site.app.chat, world.thread);
    for _ in 0..2 {
        post_by(&site, &world, Posting::Replies).await;
        slow_down(&site, thread, 30).await;
        let inviting = Inviting::Members;
        chat.set_inviting(admin, thread, inviting).await.unwrap();
    }
    let refused = chat.set_slow_mode(admin, thread, 6 * 3_600 + 1).await;
    assert!(
        matches!(refused, Err(Refusal::Malformed { .. })),
        "{refused:?}"
    );
    let head = chat.head(member, thread).await.unwrap();
    let room = head.room().unwrap();
    assert_eq!(
        (room.posting, room.slow_seconds, room.inviting),
        (Posting::Replies, 30, Inviting::Members)
    );
    assert!(room.posted_at > 0);
    let events = site.app.store.events_after(thread, 0, 1_000).await.unwrap();
    let set: Vec<_> = events
        .into_iter()
        .map(|event| event.body)
        .filter(|body| {
            matches!(
                body,
                EventBody::PostingSet { .. }
                    | EventBody::SlowModeSet { .. }
                    | EventBody::InvitingSet { .. }
            )
        })
        .collect();
    assert_eq!(
        set,
        [
            EventBody::PostingSet {
                posting: Posting::Replies
            },
            EventBody::SlowModeSet { seconds: 30 },
            EventBody::InvitingSet {
                inviting: Inviting::Members
            },
        ]
    );
    site.app.store.close().await;
}

#[apply(on_both_engines)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn members_have_only_their_own_links_few_of_them_and_none_when_it_is_for_admins_again(
    database: Database,
) {
    let mut site = Site::open(&database).await;
    let world = site.world(Place::Private).await;
    let (admin, member) = (site.user(Caller::RoomAdmin), site.user(Caller::Member));
    let (chat, thread) = (&site.app.chat, world.thread);
    let target = InviteTarget::Room(thread);
    let members = Inviting::Members;
    chat.set_inviting(admin, thread, members).await.unwrap();
    let of_admin = chat.invites(admin, target).await.unwrap();
    let mut tokens = Vec::new();
    for _ in 0..5 {
        tokens.push(chat.make_invite(member, target, None, None).await.unwrap());
    }
    let sixth = chat.make_invite(member, target, None, None).await;
    assert_eq!(sixth, Err(Refusal::TooMany { max: 5 }));
    assert_eq!(chat.invites(member, target).await.unwrap().len(), 5);
    assert_eq!(chat.invites(admin, target).await.unwrap().len(), 6);
    // Not theirs: nothing happens.
    let revoked = chat.revoke_invite(member, target, of_admin[0].id);
    revoked.await.unwrap();
    assert_eq!(chat.invites(admin, target).await.unwrap().len(), 6);
    let admins = Inviting::Admins;
    chat.set_inviting(admin, thread, admins).await.unwrap();
    assert_eq!(chat.invites(admin, target).await.unwrap(), of_admin);
    let stranger = site.user(Caller::Stranger);
    let refused = chat
        .accept_invite(stranger, &tokens[0], Ipv4Addr::LOCALHOST.into())
        .await
        .map(drop);
    assert_eq!(refused, Err(Refusal::InviteInvalid));
    site.app.store.close().await;
}

#[apply(on_both_engines)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_members_room_link_allows_sign_up_only_if_the_site_does(database: Database) {
    let mut site = Site::open(&database).await;
    let world = site.world(Place::Private).await;
    let (chat, thread) = (&site.app.chat, world.thread);
    let (site_admin, room_admin) = (site.user(Caller::SiteAdmin), site.user(Caller::RoomAdmin));
    let room = InviteTarget::Room(thread);
    let invited = SiteSetting::SignUp(SignUp::Invited);
    chat.set_site(site_admin, invited).await.unwrap();
    let by_room_admin = chat
        .make_invite(room_admin, room, None, None)
        .await
        .unwrap();
    let by_site_admin = chat
        .make_invite(site_admin, room, None, None)
        .await
        .unwrap();
    let to_site = chat
        .make_invite(site_admin, InviteTarget::Site, None, None)
        .await
        .unwrap();
    let mut number = 0;
    let mut sign_up = async |token: &str| {
        number += 1;
        let name = format!("invited{number}");
        let user = NewUser {
            username: name.clone(),
            skeleton: name.clone(),
            display_name: name,
            password_hash: String::new(),
        };
        let admission = Admission {
            invite: Some(token_hash(token).unwrap()),
            ..Admission::default()
        };
        let checked = chat.check_sign_up_link(token).await;
        let done = site.app.store.add_user(user, admission).await;
        let done = done.map(drop).map_err(Refusal::from);
        assert_eq!(checked, done, "the form's check matches the result");
        done
    };
    let closed = Err(Refusal::SignUpClosed);
    assert_eq!(sign_up(&by_room_admin).await, closed);
    assert_eq!(sign_up(&by_site_admin).await, Ok(()));
    assert_eq!(sign_up(&to_site).await, Ok(()));
    let by_all = SiteSetting::Inviting(Inviting::Members);
    chat.set_site(site_admin, by_all).await.unwrap();
    assert_eq!(sign_up(&by_room_admin).await, Ok(()));
    let nobody = SiteSetting::SignUp(SignUp::Nobody);
    chat.set_site(site_admin, nobody).await.unwrap();
    assert_eq!(sign_up(&to_site).await, closed);
    site.app.store.close().await;
}

#[apply(on_both_engines)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_lobby_does_not_count_as_a_shared_room(database: Database) {
    let mut site = Site::open(&database).await;
    let world = site.world(Place::Public).await;
    let (chat, store) = (&site.app.chat, &site.app.store);
    let (site_admin, member) = (site.user(Caller::SiteAdmin), site.user(Caller::Member));
    let before = chat.open_direct(member, world.victim).await.unwrap();
    let roommates = SiteSetting::Writing(WritingFirst::Roommates);
    chat.set_site(site_admin, roommates).await.unwrap();
    let stranger = site.user(Caller::Stranger);
    let lobby = crate::server::store::NewRoom {
        name: "Lobby".into(),
        name_key: "lobby".into(),
        topic: String::new(),
        key_hash: None,
    };
    store.ensure_lobby(lobby).await.unwrap();
    let refused = chat.open_direct(stranger, member).await.map(drop);
    assert_eq!(refused, Err(Refusal::CantMessage));
    let (thread, rule) = (world.thread, policy::may_join_invited);
    store.act(stranger, thread, rule, Act::Join).await.unwrap();
    chat.open_direct(stranger, member).await.unwrap();
    let nobody = SiteSetting::Writing(WritingFirst::Admins);
    chat.set_site(site_admin, nobody).await.unwrap();
    let again = chat.open_direct(member, world.victim).await.unwrap();
    assert_eq!(again.id, before.id);
    assert!(site.post(world.victim, before.id).await.is_ok());
    site.app.store.close().await;
}

#[apply(on_both_engines)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_block_stops_direct_messages_and_nothing_else(database: Database) {
    let mut site = Site::open(&database).await;
    let set = async |site: &Site, _: &World| {
        let (member, admin) = (site.user(Caller::Member), site.user(Caller::RoomAdmin));
        site.app.chat.block(member, admin, true).await.unwrap();
    };
    let row = |member, admin| {
        let no = "not_found";
        [LOG_IN, no, member, no, admin, no, LOG_IN]
    };
    let neither = row("you_blocked", "cant_message");
    let changes = ["post_message", "edit_message", "react", "pin"].map(|name| (name, neither));
    compare(&mut site, Place::Direct, set, &changes).await;
    // In a room both continue.
    let world = site.world(Place::Public).await;
    for caller in [Caller::Member, Caller::RoomAdmin] {
        let posted = site.post(site.user(caller), world.thread).await;
        assert!(posted.is_ok(), "{caller:?}: {posted:?}");
    }
    site.app.store.close().await;
}

#[apply(on_both_engines)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_blocked_user_cannot_open_a_thread_or_learn_why(database: Database) {
    let mut site = Site::open(&database).await;
    let world = site.world(Place::Public).await;
    let (chat, victim) = (&site.app.chat, world.victim);
    let member = site.user(Caller::Member);
    chat.block(victim, member, true).await.unwrap();
    chat.block(victim, member, true).await.unwrap();
    let blocked = chat.blocked(victim).await.unwrap();
    assert_eq!(blocked.iter().map(|it| it.id).collect::<Vec<_>>(), [member]);
    assert_eq!(chat.blocked(member).await.unwrap(), []);
    let open = async |me, with| chat.open_direct(me, with).await.map(|head| head.id);
    assert_eq!(open(member, victim).await, Err(Refusal::CantMessage));
    assert_eq!(open(victim, member).await, Err(Refusal::YouBlocked));
    let not_found = Err(Refusal::NotFound);
    assert_eq!(chat.block(victim, victim, true).await, not_found);
    assert_eq!(chat.block(victim, UserId(i64::MAX), true).await, not_found);
    chat.block(victim, member, false).await.unwrap();
    assert_eq!(chat.blocked(victim).await.unwrap(), []);
    let thread = open(member, victim).await.unwrap();
    // Now the thread exists, and messages are refused in it from the next one on.
    assert!(site.post(member, thread).await.is_ok());
    chat.block(victim, member, true).await.unwrap();
    assert_eq!(site.post(member, thread).await, Err(Refusal::CantMessage));
    assert_eq!(open(member, victim).await, Ok(thread));
    site.app.store.close().await;
}

#[apply(on_both_engines)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn mentions_by_a_blocked_user_are_hidden_until_the_block_is_lifted(database: Database) {
    let mut site = Site::open(&database).await;
    let world = site.world(Place::Public).await;
    let (chat, thread) = (&site.app.chat, world.thread);
    let (member, admin) = (site.user(Caller::Member), site.user(Caller::RoomAdmin));
    let say = async |text: &str| {
        let (sender, receiver) = tokio::sync::oneshot::channel();
        let done = |posted| drop(sender.send(posted));
        chat.post(admin, thread, ClientId::now(), text, None, done);
        receiver.await.unwrap().unwrap().seq
    };
    let mentions_of = async || chat.head(member, thread).await.unwrap().mentions;
    let by_name = say("@member look").await;
    let by_room = say("@room look").await;
    assert_eq!(mentions_of().await, [by_name, by_room]);
    chat.block(member, admin, true).await.unwrap();
    assert!(mentions_of().await.is_empty());
    say("@member again").await;
    assert!(mentions_of().await.is_empty());
    chat.block(member, admin, false).await.unwrap();
    assert_eq!(mentions_of().await.len(), 3);
    site.app.store.close().await;
}

#[apply(on_both_engines)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_blocked_person_says_in_a_room_is_not_counted_as_unread(database: Database) {
    let mut site = Site::open(&database).await;
    let world = site.world(Place::Public).await;
    let (store, thread) = (&site.app.store, world.thread);
    let (member, admin) = (site.user(Caller::Member), site.user(Caller::RoomAdmin));
    let head = async || site.app.chat.head(member, thread).await.unwrap();
    store.mark_read(member, thread, i64::MAX, 0).await.unwrap();
    let say = async |user| site.post(user, thread).await.unwrap();
    for user in [admin, world.victim, admin] {
        say(user).await;
    }
    assert_eq!(head().await.unread(), 3);
    site.app.chat.block(member, admin, true).await.unwrap();
    let before = head().await;
    assert_eq!(before.unread(), 1);
    let listed = site.app.chat.threads(member, None).await.unwrap().threads;
    assert!(listed.contains(&before), "the list shows the same");
    // Live events are counted by the same rule; only messages count.
    let read_up_to = before.last_seq;
    site.app.chat.set_topic(admin, thread, "tea").await.unwrap();
    for user in [admin, world.victim] {
        say(user).await;
    }
    let (position, mut live) = (Position::After(read_up_to), before);
    let page = site
        .app
        .chat
        .history(member, thread, position)
        .await
        .unwrap();
    for event in &page.events {
        match event.actor == admin {
            true => live.apply_hushed(event, member),
            false => live.apply(event, member),
        }
    }
    assert_eq!((live.unread(), &live), (2, &head().await));
    // Reading up to the first of their messages leaves the rest unread.
    store
        .mark_read(member, thread, read_up_to - 2, 0)
        .await
        .unwrap();
    live.mark_read(head().await.read);
    assert_eq!((live.unread(), &live), (2, &head().await));
    store
        .mark_read(member, thread, read_up_to, 0)
        .await
        .unwrap();
    live.mark_read(head().await.read);
    assert_eq!((live.unread(), &live), (1, &head().await));
    site.app.chat.block(member, admin, false).await.unwrap();
    assert_eq!(head().await.unread(), 2);
    site.app.store.close().await;
}
