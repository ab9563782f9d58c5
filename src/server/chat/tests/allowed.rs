//! The authorization matrix: every server function and every client frame, tried by every kind of caller in every kind
//! of thread. A new endpoint without a row fails here.

use std::collections::BTreeSet;
use std::net::{Ipv4Addr, SocketAddr};

use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{Request, header};
use axum::{Router, body};
use leptos::server_fn::axum::server_fn_paths;
use macro_rules_attribute::apply;
use serde_json::Value;
use tower::ServiceExt;

use crate::model::report::{Reason, Report, Reported};
use crate::model::{ClientId, InviteTarget, Refusal, Role, Seq, SessionId, ThreadId, UserId};
use crate::protocol::ClientFrame;
use crate::server::auth::SecretToken;
use crate::server::chat::policy;
use crate::server::http::router::router;
use crate::server::rate_limit::{Rate, Rates};
use crate::server::state::AppState;
use crate::server::store::tests::database::{Database, on_both_engines};
use crate::server::store::{Act, Admission, Authority, NewRoom, NewUser};

/// The caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Caller {
    Nobody,
    Stranger,
    Member,
    Banned,
    RoomAdmin,
    SiteAdmin,
    Suspended,
}

pub(super) const CALLERS: [Caller; 7] = [
    Caller::Nobody,
    Caller::Stranger,
    Caller::Member,
    Caller::Banned,
    Caller::RoomAdmin,
    Caller::SiteAdmin,
    Caller::Suspended,
];

/// The kind of thread. In a direct thread `Member` and `RoomAdmin` are its two users, and all others are strangers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Direct,
    Public,
    Private,
}

pub(super) const PLACES: [Place; 3] = [Place::Direct, Place::Public, Place::Private];

/// The answer to each caller, in the order of [`CALLERS`], in each place, in the order of [`PLACES`]: `ok`, or the code
/// of the refusal.
pub(super) type Row = [[&'static str; 7]; 3];

pub(super) const LOG_IN: &str = "not_logged_in";

/// Actions of members only.
pub(super) const INSIDE: Row = [
    [
        LOG_IN,
        "not_found",
        "ok",
        "not_found",
        "ok",
        "not_found",
        LOG_IN,
    ],
    [
        LOG_IN,
        "not_member",
        "ok",
        "banned",
        "ok",
        "not_member",
        LOG_IN,
    ],
    [
        LOG_IN,
        "not_found",
        "ok",
        "not_found",
        "ok",
        "not_found",
        LOG_IN,
    ],
];

/// Leaving: a direct thread can't be left.
const LEAVING: Row = [
    [
        LOG_IN,
        "not_found",
        "forbidden",
        "not_found",
        "forbidden",
        "not_found",
        LOG_IN,
    ],
    INSIDE[1],
    INSIDE[2],
];

/// Moderating a room.
const ORDER: Row = [
    [
        LOG_IN,
        "not_found",
        "forbidden",
        "not_found",
        "forbidden",
        "not_found",
        LOG_IN,
    ],
    [
        LOG_IN,
        "not_member",
        "forbidden",
        "banned",
        "ok",
        "ok",
        LOG_IN,
    ],
    [
        LOG_IN,
        "not_found",
        "forbidden",
        "not_found",
        "ok",
        "ok",
        LOG_IN,
    ],
];

/// Actions of a message's author, who is the member.
const AUTHOR: Row = [
    [
        LOG_IN,
        "not_found",
        "ok",
        "not_found",
        "not_author",
        "not_found",
        LOG_IN,
    ],
    [
        LOG_IN,
        "not_member",
        "ok",
        "banned",
        "not_author",
        "not_member",
        LOG_IN,
    ],
    [
        LOG_IN,
        "not_found",
        "ok",
        "not_found",
        "not_author",
        "not_found",
        LOG_IN,
    ],
];

/// Deleting a message: its author, who is the member, and moderators.
const DELETING: Row = [
    AUTHOR[0],
    [LOG_IN, "not_member", "ok", "banned", "ok", "ok", LOG_IN],
    [LOG_IN, "not_found", "ok", "not_found", "ok", "ok", LOG_IN],
];

/// Pinning: both users of a direct thread, and a room's moderators who are members.
const PINNING: Row = [
    INSIDE[0],
    [
        LOG_IN,
        "not_member",
        "forbidden",
        "banned",
        "ok",
        "not_member",
        LOG_IN,
    ],
    [
        LOG_IN,
        "not_found",
        "forbidden",
        "not_found",
        "ok",
        "not_found",
        LOG_IN,
    ],
];

/// Joining uninvited.
const JOINING: Row = [
    [
        LOG_IN,
        "not_found",
        "not_found",
        "not_found",
        "not_found",
        "not_found",
        LOG_IN,
    ],
    [LOG_IN, "ok", "ok", "banned", "ok", "ok", LOG_IN],
    [LOG_IN, "not_found", "ok", "not_found", "ok", "ok", LOG_IN],
];

/// Viewing a room's card: as joining, but the banned may view that of a public room.
const CARD: Row = [
    JOINING[0],
    [LOG_IN, "ok", "ok", "ok", "ok", "ok", LOG_IN],
    JOINING[2],
];

/// Joining by name and key: only the private room has a key.
const BY_KEY: Row = [
    [
        LOG_IN,
        "wrong_key",
        "wrong_key",
        "wrong_key",
        "wrong_key",
        "wrong_key",
        LOG_IN,
    ],
    [
        LOG_IN,
        "wrong_key",
        "wrong_key",
        "wrong_key",
        "wrong_key",
        "wrong_key",
        LOG_IN,
    ],
    [LOG_IN, "ok", "ok", "banned", "ok", "ok", LOG_IN],
];

/// Joining by a link: there is none to a direct thread.
const BY_LINK: Row = [
    [
        LOG_IN,
        "invite_invalid",
        "invite_invalid",
        "invite_invalid",
        "invite_invalid",
        "invite_invalid",
        LOG_IN,
    ],
    [LOG_IN, "ok", "ok", "banned", "ok", "ok", LOG_IN],
    [LOG_IN, "ok", "ok", "banned", "ok", "ok", LOG_IN],
];

/// Viewing the target of a link.
const BEHIND_LINK: Row = [
    BY_LINK[0],
    [LOG_IN, "ok", "ok", "ok", "ok", "ok", LOG_IN],
    [LOG_IN, "ok", "ok", "ok", "ok", "ok", LOG_IN],
];

/// Reporting the member's message: all who may read it, except its author.
const REPORTING: Row = [[
    LOG_IN,
    "not_found",
    "not_found",
    "not_found",
    "ok",
    "not_found",
    LOG_IN,
]; 3];

/// Deciding a report of the member's message: site admins anywhere, a room's admins in their room.
const JUDGING: Row = {
    let no = "not_found";
    [
        [LOG_IN, no, no, no, no, "ok", LOG_IN],
        [LOG_IN, no, no, no, "ok", "ok", LOG_IN],
        [LOG_IN, no, no, no, "ok", "ok", LOG_IN],
    ]
};

/// Actions of any account on its own behalf.
const OWN: Row = [[LOG_IN, "ok", "ok", "ok", "ok", "ok", LOG_IN]; 3];

/// Changing the password without the right current one. (The accounts here have none that could be right.)
const WRONG_PASSWORD: Row = [[
    LOG_IN, "invalid", "invalid", "invalid", "invalid", "invalid", LOG_IN,
]; 3];

/// Objects that belong to somebody else, whatever the caller's role.
const NOT_MINE: Row = [[
    LOG_IN,
    "not_found",
    "not_found",
    "not_found",
    "not_found",
    "not_found",
    LOG_IN,
]; 3];

/// Site administration.
const SITE: Row = [[
    LOG_IN,
    "forbidden",
    "forbidden",
    "forbidden",
    "forbidden",
    "ok",
    LOG_IN,
]; 3];

/// Open to anyone.
const ALL: Row = [["ok"; 7]; 3];

/// A server function, its arguments in a world, and its row.
pub(super) struct Endpoint {
    pub(super) name: &'static str,
    pub(super) row: Row,
    arguments: fn(&World) -> String,
    is_get: bool,
}

fn get(name: &'static str, row: Row, arguments: fn(&World) -> String) -> Endpoint {
    Endpoint {
        name,
        row,
        arguments,
        is_get: true,
    }
}

fn post(name: &'static str, row: Row, arguments: fn(&World) -> String) -> Endpoint {
    Endpoint {
        is_get: false,
        ..get(name, row, arguments)
    }
}

fn thread(world: &World) -> String {
    format!("thread={}", world.thread)
}

pub(super) fn endpoints() -> Vec<Endpoint> {
    let nothing = |_: &World| String::new();
    vec![
        post("sign_up", ALL, |world| {
            let name = format!("newcomer{}", world.number);
            format!("username={name}&display_name=&password=violet-tram-sings-at-noon")
        }),
        post("log_in", [["wrong_credentials"; 7]; 3], |world| {
            // A different account for each call: the rate limit is not under test here.
            format!("username=unknown{}&password=x", world.number)
        }),
        post("log_out", ALL, nothing),
        get("sessions", OWN, nothing),
        post("change_password", WRONG_PASSWORD, |_| {
            "current=x&new=violet-tram-sings-at-noon".into()
        }),
        post("end_session", NOT_MINE, |world| {
            format!("id={}", world.session.0)
        }),
        post("end_other_sessions", OWN, nothing),
        get("push", OWN, nothing),
        // Before anybody is subscribed: nothing is sent from here.
        post("test_push", OWN, nothing),
        post("unsubscribe_push", OWN, nothing),
        post("subscribe_push", OWN, |world| {
            // The keys of RFC 8291, appendix A.
            format!(
                "endpoint=https://fcm.googleapis.com/fcm/send/{}&shows_text=true&auth=BTBZMqHH6r4Tts7J_aSIgg&public_key=\
                 BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
                world.number
            )
        }),
        get("boot", ALL, |world| format!("open={}", world.thread)),
        get("site", ALL, nothing),
        get("people", OWN, nothing),
        get("threads", OWN, nothing),
        get("search", OWN, |_| "q=hello".into()),
        post("open_direct", OWN, |world| format!("with={}", world.victim)),
        post("start_chat", OWN, |world| {
            format!("with[0]={}&with[1]={}", world.victim, world.banned)
        }),
        get("history", INSIDE, thread),
        post("post_message", INSIDE, |world| {
            format!("{}&client_id={}&text=hello", thread(world), ClientId::now())
        }),
        post("set_favourite", INSIDE, |world| {
            format!("{}&on=true", thread(world))
        }),
        post("mute", INSIDE, |world| {
            format!("{}&muted=true&seconds=60", thread(world))
        }),
        post("set_level", INSIDE, |world| {
            format!("{}&level=mentions", thread(world))
        }),
        post("set_display_name", OWN, |world| {
            format!("display_name=Name+{}", world.number)
        }),
        get("notify_settings", OWN, nothing),
        get("notify_decisions", OWN, nothing),
        post("set_notify_settings", OWN, |_| {
            "direct=everything&rooms=mentions&keywords=soup&quiet_from=22:00&quiet_to=07:00&zone=UTC".into()
        }),
        post("set_privacy", OWN, |_| "reading=true&online=false".into()),
        post("report", REPORTING, |world| {
            format!(
                "{}&seq={}&reason=spam&details=again",
                thread(world),
                world.message
            )
        }),
        get("reports", ORDER, thread),
        get("open_reports", ORDER, thread),
        post("decide_report", JUDGING, |world| {
            format!("id={}&decision=dismiss", world.report)
        }),
        get("reports", SITE, nothing),
        get("open_reports", SITE, nothing),
        post("block", OWN, |world| {
            format!("user={}&on=true", world.victim)
        }),
        get("blocked", OWN, nothing),
        get("members", INSIDE, thread),
        post("leave_room", LEAVING, thread),
        post("make_room", OWN, |world| {
            format!("name=New+{}&topic=&key=", world.number)
        }),
        get("rooms", OWN, |_| "part=".into()),
        get("room_card", CARD, thread),
        get("shared_rooms", OWN, |world| {
            format!("user={}", world.victim)
        }),
        post("join_room", JOINING, thread),
        post("join_private_room", BY_KEY, |world| {
            format!("name=Room+{}&key={KEY}", world.number)
        }),
        get("invite", BEHIND_LINK, |world| {
            format!("token={}", world.token)
        }),
        post("accept_invite", BY_LINK, |world| {
            format!("token={}", world.token)
        }),
        post("rename_room", ORDER, |world| {
            format!("{}&name=Other+{}", thread(world), world.number)
        }),
        post("set_topic", ORDER, |world| {
            format!("{}&topic=Soup", thread(world))
        }),
        post("make_public", ORDER, thread),
        post("set_key", ORDER, |world| {
            format!("{}&key=another+key+entirely", thread(world))
        }),
        post("set_role", ORDER, |world| {
            format!("{}&user={}&role=admin", thread(world), world.victim)
        }),
        post("remove_member", ORDER, |world| {
            format!("{}&user={}", thread(world), world.victim)
        }),
        post("ban", ORDER, |world| {
            format!("{}&user={}&note=spam", thread(world), world.victim)
        }),
        post("lift_ban", ORDER, |world| {
            format!("{}&user={}", thread(world), world.banned)
        }),
        get("bans", ORDER, thread),
        post("set_posting", ORDER, |world| {
            format!("{}&posting=admins", thread(world))
        }),
        post("set_slow_mode", ORDER, |world| {
            format!("{}&seconds=30", thread(world))
        }),
        post("set_inviting", ORDER, |world| {
            format!("{}&inviting=members", thread(world))
        }),
        post("delete_message", DELETING, |world| {
            format!("{}&seq={}", thread(world), world.message)
        }),
        post("edit_message", AUTHOR, |world| {
            format!("{}&seq={}&text=changed", thread(world), world.message)
        }),
        post("react", INSIDE, |world| {
            format!(
                "{}&seq={}&emoji=%F0%9F%91%8D&on=true",
                thread(world),
                world.message
            )
        }),
        post("pin", PINNING, |world| {
            format!("{}&seq={}&on=true", thread(world), world.message)
        }),
        get("pins", INSIDE, thread),
        post("mark_read", INSIDE, |world| {
            format!("{}&seq={}", thread(world), world.message)
        }),
        post("mark_unread", INSIDE, |world| {
            format!("{}&seq={}", thread(world), world.message)
        }),
        post("save", INSIDE, |world| {
            format!("{}&seq={}&on=true", thread(world), world.message)
        }),
        get("saved", OWN, nothing),
        get("files", INSIDE, |world| {
            format!("{}&pictures=true", thread(world))
        }),
        get("seq_at", INSIDE, |world| format!("{}&at=0", thread(world))),
        get("versions", INSIDE, |world| {
            format!("{}&seq={}", thread(world), world.message)
        }),
        post("delete_room", ORDER, |world| {
            format!("{}&name=Room+{}", thread(world), world.number)
        }),
        post("make_invite", ORDER, thread),
        get("invites", ORDER, thread),
        post("revoke_invite", ORDER, |world| {
            format!("{}&id=1", thread(world))
        }),
        get("audit", ORDER, thread),
        // Without a thread, the same four concern the site.
        post("make_invite", SITE, nothing),
        get("invites", SITE, nothing),
        post("revoke_invite", SITE, |_| "id=1".into()),
        get("audit", SITE, nothing),
        post("set_sign_up", SITE, |_| "sign_up=everyone".into()),
        post("set_room_making", SITE, |_| "rooms=everyone".into()),
        post("set_writing_first", SITE, |_| "writing=everyone".into()),
        post("set_site_inviting", SITE, |_| "inviting=admins".into()),
        post("suspend", SITE, |world| {
            format!("user={}&suspended=true", world.victim)
        }),
        post("set_site_admin", SITE, |world| {
            format!("user={}&is_admin=false", world.victim)
        }),
        get("accounts", SITE, nothing),
        get("storage", SITE, nothing),
    ]
}

const KEY: &str = "sesame-opens";

/// One thread with every caller in their role, created anew for each question.
pub(super) struct World {
    number: usize,
    pub(super) thread: ThreadId,
    /// An ordinary member, as the object of actions.
    pub(super) victim: UserId,
    banned: UserId,
    /// The position of a message.
    pub(super) message: Seq,
    /// Of an invite link to the room.
    token: String,
    /// A session of the victim's.
    session: SessionId,
    /// A report of the message.
    pub(super) report: i64,
}

/// The accounts, shared by all worlds.
pub(super) struct Site {
    pub(super) app: AppState,
    pub(super) router: Router,
    users: Vec<UserId>,
    /// The token of the session that ended when its account was suspended.
    ended: SecretToken,
    worlds: usize,
}

impl Site {
    pub(super) async fn open(database: &Database) -> Self {
        Self::open_with(database, Rates::default()).await
    }

    async fn open_with(database: &Database, rates: Rates) -> Self {
        let mut config = database.config();
        config.limits.per_person = rates;
        let app = AppState::start(config).await.unwrap();
        let mut users = Vec::new();
        // The first account is the site's admin.
        for name in [
            "siteadmin",
            "stranger",
            "member",
            "banned",
            "roomadmin",
            "suspended",
        ] {
            users.push(add_user(&app, name).await);
        }
        let ended = SecretToken::random();
        app.store.add_session(users[5], ended.hash()).await.unwrap();
        let by = Authority::Operator;
        app.store.suspend(by, users[5], true).await.unwrap();
        Self {
            router: router(app.clone()).unwrap(),
            app,
            users,
            ended,
            worlds: 0,
        }
    }

    pub(super) fn user(&self, caller: Caller) -> UserId {
        let index = match caller {
            Caller::SiteAdmin => 0,
            Caller::Nobody | Caller::Stranger => 1,
            Caller::Member => 2,
            Caller::Banned => 3,
            Caller::RoomAdmin => 4,
            Caller::Suspended => 5,
        };
        self.users[index]
    }

    pub(super) async fn world(&mut self, place: Place) -> World {
        self.worlds += 1;
        let number = self.worlds;
        let victim = add_user(&self.app, &format!("victim{number}")).await;
        let (admin, member) = (self.user(Caller::RoomAdmin), self.user(Caller::Member));
        let banned = self.user(Caller::Banned);
        let mut token = SecretToken::random().to_text();
        let thread = match place {
            Place::Direct => self.app.store.open_direct(admin, member).await.unwrap(),
            Place::Public | Place::Private => {
                let thread = self.make_room(place, number, victim).await;
                let target = InviteTarget::Room(thread);
                token = self
                    .app
                    .chat
                    .make_invite(admin, target, None, None)
                    .await
                    .unwrap();
                thread
            }
        };
        let message = self.post(member, thread).await.unwrap();
        let hash = SecretToken::random().hash();
        let session = self
            .app
            .store
            .start_session(victim, hash, String::new())
            .await
            .unwrap();
        World {
            number,
            session,
            thread,
            victim,
            banned,
            message,
            token,
            report: 0,
        }
    }

    /// A world with everything that an endpoint acts on.
    pub(super) async fn world_for(&mut self, endpoint: &Endpoint, place: Place) -> World {
        let mut world = self.world(place).await;
        if endpoint.name == "decide_report" {
            let reporter = match place {
                Place::Direct => self.user(Caller::RoomAdmin),
                Place::Public | Place::Private => world.victim,
            };
            world.report = self.report(reporter, world.thread, world.message).await;
        }
        world
    }

    /// Reports a message; returns the id of the report.
    async fn report(&self, reporter: UserId, thread: ThreadId, seq: Seq) -> i64 {
        let (what, reason) = (Reported::Message(thread, seq), Reason::Spam);
        let chat = &self.app.chat;
        chat.report(reporter, what, reason, "").await.unwrap();
        let admin = self.user(Caller::SiteAdmin);
        let reports = chat.reports(admin, None).await.unwrap();
        let of = |report: &&Report| report.thread == Some(thread) && report.seq == Some(seq);
        reports.iter().find(of).map_or(0, |report| report.id)
    }

    async fn make_room(&self, place: Place, number: usize, victim: UserId) -> ThreadId {
        let admin = self.user(Caller::RoomAdmin);
        let store = &self.app.store;
        let key_hash = match place {
            Place::Private => Some(self.app.chat.new_key(KEY).await),
            _ => None,
        };
        let name = format!("Room {number}");
        let room = NewRoom {
            name_key: name.to_lowercase(),
            name,
            topic: String::new(),
            key_hash,
        };
        let thread = store.make_room(admin, room).await.unwrap();
        let other_admin = add_user(&self.app, &format!("admin{number}")).await;
        for user in [self.user(Caller::Member), victim, other_admin] {
            let rule = policy::may_join_invited;
            store.act(user, thread, rule, Act::Join).await.unwrap();
        }
        let chat = &self.app.chat;
        let role = Role::Admin;
        chat.set_role(admin, thread, other_admin, role)
            .await
            .unwrap();
        chat.ban(admin, thread, self.user(Caller::Banned), None, "")
            .await
            .unwrap();
        thread
    }

    pub(super) async fn post(&self, user: UserId, thread: ThreadId) -> Result<Seq, Refusal> {
        let (sender, receiver) = tokio::sync::oneshot::channel();
        self.app
            .chat
            .post(user, thread, ClientId::now(), "hello", None, |posted| {
                let _ = sender.send(posted);
            });
        Ok(receiver.await.unwrap()?.seq)
    }

    /// A new session of the caller for one question; `None` for `Nobody`.
    pub(super) async fn cookie(&self, caller: Caller) -> Option<String> {
        let token = match caller {
            Caller::Nobody => return None,
            Caller::Suspended => self.ended.clone(),
            _ => {
                let token = SecretToken::random();
                let user = self.user(caller);
                self.app
                    .store
                    .add_session(user, token.hash())
                    .await
                    .unwrap();
                token
            }
        };
        Some(format!("chapp={}", token.to_text()))
    }

    pub(super) async fn ask(&self, endpoint: &Endpoint, world: &World, caller: Caller) -> String {
        let arguments = (endpoint.arguments)(world);
        let path = format!("/api/{}", endpoint.name);
        let request = match endpoint.is_get {
            true => Request::get(format!("{path}?{arguments}")).body(Body::empty()),
            false => Request::post(path)
                .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
                .body(Body::from(arguments)),
        };
        let mut request = request.unwrap();
        let headers = request.headers_mut();
        headers.insert(header::ACCEPT, "application/json".parse().unwrap());
        if let Some(cookie) = self.cookie(caller).await {
            headers.insert(header::COOKIE, cookie.parse().unwrap());
        }
        let from = SocketAddr::from((Ipv4Addr::from(world.number as u32), 1));
        request.extensions_mut().insert(ConnectInfo(from));
        let response = self.router.clone().oneshot(request).await.unwrap();
        let is_success = response.status().is_success() || response.status().is_redirection();
        let bytes = body::to_bytes(response.into_body(), usize::MAX)
            .await
            .unwrap();
        if is_success {
            return "ok".into();
        }
        let refusal: Value = serde_json::from_slice(&bytes).unwrap_or_default();
        refusal["code"].as_str().unwrap_or("?").to_owned()
    }
}

pub(super) async fn add_user(app: &AppState, name: &str) -> UserId {
    let user = NewUser {
        username: name.into(),
        skeleton: name.into(),
        display_name: name.into(),
        // Of no password.
        password_hash: format!(
            "$argon2id$v=19$m=64,t=1,p=1${}${}",
            "A".repeat(22),
            "A".repeat(43)
        ),
    };
    let admission = Admission {
        by_operator: true,
        ..Admission::default()
    };
    app.store.add_user(user, admission).await.unwrap().id
}

#[test]
fn every_server_function_has_its_row() {
    let with_row: BTreeSet<_> = endpoints()
        .iter()
        .map(|endpoint| format!("/api/{}", endpoint.name))
        .collect();
    let all: BTreeSet<_> = server_fn_paths().map(|(path, _)| path.to_owned()).collect();
    assert_eq!(with_row, all);
}

#[apply(on_both_engines)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_server_function_matches_its_row(database: Database) {
    let mut site = Site::open(&database).await;
    let mut wrong = Vec::new();
    for endpoint in endpoints() {
        for (place, answers) in PLACES.into_iter().zip(endpoint.row) {
            for (caller, expected) in CALLERS.into_iter().zip(answers) {
                let world = site.world_for(&endpoint, place).await;
                let actual = site.ask(&endpoint, &world, caller).await;
                if actual != expected {
                    let name = endpoint.name;
                    wrong.push(format!(
                        "{name}, {caller:?}, {place:?}: {actual}, not {expected}"
                    ));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    site.app.store.close().await;
}

#[apply(on_both_engines)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_server_function_that_needs_a_session_has_a_limit(database: Database) {
    let once = Rate::new(1, 24 * 60 * 60);
    let mut site = Site::open_with(&database, Rates::all(once)).await;
    let mut unlimited = Vec::new();
    for endpoint in endpoints() {
        // Refused attempts are limited too, so that they can't be repeated indefinitely.
        let world = site.world(Place::Public).await;
        site.ask(&endpoint, &world, Caller::Member).await;
        if site.ask(&endpoint, &world, Caller::Member).await != "too_fast" {
            unlimited.push(endpoint.name);
        }
    }
    // These are limited by address and account name, or cost nothing.
    assert_eq!(unlimited, ["sign_up", "log_in", "log_out", "site"]);
    site.app.store.close().await;
}

/// Performs the operation of a frame on `chat`; `None` when it has none. A new frame does not compile without a case.
async fn by_frame(
    site: &Site,
    frame: &ClientFrame,
    world: &World,
    user: UserId,
) -> Option<Result<(), Refusal>> {
    match frame {
        ClientFrame::Send { .. } => Some(site.post(user, world.thread).await.map(drop)),
        // There is no answer: a mark that is not allowed is ignored.
        ClientFrame::Read { seq, turn, .. } => {
            let chat = &site.app.chat;
            let marked = chat.mark_read(user, world.thread, *seq, *turn).await;
            let heads = site.app.store.heads(user, &[world.thread]).await.unwrap();
            let is_marked = heads.first().is_some_and(|head| head.read.seq >= *seq);
            marked.unwrap();
            Some(is_marked.then_some(()).ok_or(Refusal::NotFound))
        }
        ClientFrame::Typing { thread } => {
            let session = SessionId(uuid::Uuid::nil());
            let connection = site.app.hub.connect(user, session).unwrap();
            let chat = &site.app.chat;
            chat.resume(user, connection.id, &[]).await.unwrap();
            Some(chat.typing(user, connection.id, *thread).map(drop))
        }
        ClientFrame::Hello { .. }
        | ClientFrame::Looking { .. }
        | ClientFrame::Ping
        | ClientFrame::Pong => None,
    }
}

#[apply(on_both_engines)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_frame_of_a_client_can_do_no_more_than_its_user_may(database: Database) {
    let mut site = Site::open(&database).await;
    for place in PLACES {
        for caller in CALLERS
            .into_iter()
            .filter(|caller| *caller != Caller::Nobody)
        {
            let world = site.world(place).await;
            let (thread, seq) = (world.thread, world.message);
            let user = site.user(caller);
            let send = ClientFrame::Send {
                client_id: ClientId::now(),
                thread,
                text: "hello".into(),
                reply_to: None,
                files: Vec::new(),
            };
            let frames = [
                send,
                ClientFrame::Read {
                    thread,
                    seq,
                    turn: 0,
                },
                ClientFrame::Typing { thread },
                ClientFrame::Ping,
                ClientFrame::Pong,
            ];
            for frame in frames {
                let may = by_frame(&site, &frame, &world, user).await;
                let is_inside = matches!(caller, Caller::Member | Caller::RoomAdmin);
                let context = format!("{frame:?}, {caller:?}, {place:?}: {may:?}");
                assert!(may.is_none_or(|may| may.is_ok() == is_inside), "{context}");
            }
        }
    }
    site.app.store.close().await;
}
