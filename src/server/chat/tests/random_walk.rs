//! A random walk of room operations: the store and the hub must agree with a small model.
//!
//! The model restates the rules in the plainest way. The walk is deterministic for a seed.

use std::collections::{BTreeMap, BTreeSet};

use macro_rules_attribute::apply;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use uuid::Uuid;

use crate::model::{
    ClientId, EventBody, InviteTarget, Posting, Refusal, Role, Seq, SessionId, ThreadId, UserId,
};
use crate::protocol::ServerFrame;
use crate::server::auth::tokens::token_hash;
use crate::server::chat::policy;
use crate::server::hub::LiveConnection;
use crate::server::state::AppState;
use crate::server::store::tests::database::{Database, on_both_engines};
use crate::server::store::{Act, Admission, NewRoom, NewUser};

const STEPS: usize = 10_000;
const PEOPLE: usize = 6;
/// Rooms at a time; a new one replaces a deleted one.
const ROOMS: usize = 4;

/// A room in the model.
#[derive(Default)]
struct Room {
    is_private: bool,
    key: u32,
    posting: Posting,
    members: BTreeMap<UserId, Role>,
    banned: BTreeSet<UserId>,
    invites: Vec<Link>,
    /// The positions of messages, and whether they are deleted.
    messages: BTreeMap<Seq, bool>,
    authors: BTreeMap<Seq, UserId>,
}

struct Link {
    token: String,
    /// The remaining uses.
    uses: u32,
    maker: UserId,
    /// The current members who joined by it.
    by: BTreeSet<UserId>,
}

impl Room {
    /// Links end with the right to create them.
    fn revoke_links_of(&mut self, user: UserId) {
        for link in self.invites.iter_mut().filter(|link| link.maker == user) {
            link.uses = 0;
        }
    }

    /// Removes a member, and forgets by which link they joined.
    fn remove_member(&mut self, user: UserId) {
        self.revoke_links_of(user);
        for link in &mut self.invites {
            link.by.remove(&user);
        }
        self.members.remove(&user);
    }

    fn admins(&self) -> usize {
        let roles = self.members.values();
        roles.filter(|role| **role == Role::Admin).count()
    }

    /// The refusal for a user who may not see the room.
    fn hidden_from(&self, user: UserId) -> &'static str {
        match (self.is_private, self.banned.contains(&user)) {
            (true, _) => "not_found",
            (false, true) => "banned",
            (false, false) => "not_member",
        }
    }

    fn may_manage(&self, user: UserId, site_admin: UserId) -> Result<(), &'static str> {
        match self.members.get(&user) {
            _ if user == site_admin => Ok(()),
            Some(Role::Admin) => Ok(()),
            Some(Role::Member) => Err("forbidden"),
            None => Err(self.hidden_from(user)),
        }
    }

    fn may_remove(
        &self,
        user: UserId,
        other: UserId,
        site_admin: UserId,
    ) -> Result<(), &'static str> {
        self.may_manage(user, site_admin)?;
        let is_admin = self.members.get(&other) == Some(&Role::Admin);
        if other == site_admin || (is_admin && user != site_admin) {
            return Err("forbidden");
        }
        Ok(())
    }
}

/// The real application, its model, and the random source.
struct Walk {
    app: AppState,
    people: Vec<UserId>,
    tabs: Vec<LiveConnection>,
    rooms: BTreeMap<ThreadId, Room>,
    chance: StdRng,
    step: usize,
}

type Verdict = Result<(), &'static str>;

#[apply(on_both_engines)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_random_walk_agrees_with_the_model_and_reaches_members_only(database: Database) {
    let seed =
        std::env::var("CHAPP_SEED").map_or_else(|_| rand::random(), |seed| seed.parse().unwrap());
    println!("CHAPP_SEED={seed} replays this walk");
    let mut walk = Walk::begin(&database, seed).await;
    for step in 0..STEPS {
        walk.step = step;
        walk.go().await;
    }
    assert!(
        walk.rooms.values().any(|room| room.messages.len() > 20),
        "many messages were posted"
    );
    walk.app.store.close().await;
}

fn code(refusal: &Refusal) -> String {
    serde_json::to_value(refusal).unwrap()["code"]
        .as_str()
        .unwrap()
        .to_owned()
}

fn key_hash(key: u32) -> String {
    format!("key {key}")
}

impl Walk {
    async fn begin(database: &Database, seed: u64) -> Self {
        let app = AppState::start(database.config()).await.unwrap();
        let mut people = Vec::new();
        let mut tabs = Vec::new();
        for number in 0..PEOPLE {
            let user = NewUser {
                username: format!("person{number}"),
                skeleton: format!("person{number}"),
                display_name: format!("Person {number}"),
                password_hash: String::new(),
            };
            let person = app
                .store
                .add_user(user, Admission::default())
                .await
                .unwrap();
            let tab = app
                .hub
                .connect(person.id, SessionId(Uuid::now_v7()))
                .unwrap();
            app.hub.subscribe(tab.id, &[]);
            people.push(person.id);
            tabs.push(tab);
        }
        Self {
            app,
            people,
            tabs,
            rooms: BTreeMap::new(),
            chance: StdRng::seed_from_u64(seed),
            step: 0,
        }
    }

    fn site_admin(&self) -> UserId {
        self.people[0]
    }

    fn somebody(&mut self) -> UserId {
        self.people[self.chance.random_range(0..PEOPLE)]
    }

    async fn go(&mut self) {
        let me = self.somebody();
        let other = self.somebody();
        let Some(thread) = self.some_room(me).await else {
            return;
        };
        let what = self.chance.random_range(0..100);
        let (expected, actual) = match what {
            0..30 => self.send(me, thread).await,
            30..45 => self.join(me, thread).await,
            45..50 => self.join_by_key(me, thread).await,
            50..56 => self.invite(me, thread).await,
            56..64 => self.accept(me, thread).await,
            64..70 => self.leave(me, thread).await,
            70..75 => self.remove(me, other, thread).await,
            75..81 => self.ban(me, other, thread).await,
            81..85 => self.lift(me, other, thread).await,
            85..91 => self.set_role(me, other, thread).await,
            91..94 => self.set_key(me, thread).await,
            94..96 => self.make_public(me, thread).await,
            96..98 => self.delete_message(me, thread).await,
            98..99 => self.set_posting(me, thread).await,
            _ => self.delete(me, thread).await,
        };
        let actual = actual.as_ref().map_err(code).copied();
        let expected = expected.map_err(str::to_owned);
        assert_eq!(
            actual, expected,
            "step {}, act {what}, {me} in {thread}",
            self.step
        );
        self.check(thread).await;
    }

    /// An existing room; a new one as long as there are few.
    async fn some_room(&mut self, me: UserId) -> Option<ThreadId> {
        if self.rooms.len() < ROOMS {
            let key = self.chance.random_range(0..3);
            let is_private = self.chance.random_bool(0.5);
            let name = format!("Room {}", self.step);
            let room = NewRoom {
                name_key: name.to_lowercase(),
                name,
                topic: String::new(),
                key_hash: is_private.then(|| key_hash(key)),
            };
            let thread = self.app.store.make_room(me, room).await.unwrap();
            let room = Room {
                is_private,
                key,
                members: BTreeMap::from([(me, Role::Admin)]),
                ..Room::default()
            };
            self.rooms.insert(thread, room);
            self.drain();
            return None;
        }
        let nth = self.chance.random_range(0..self.rooms.len());
        self.rooms.keys().nth(nth).copied()
    }

    fn room(&mut self, thread: ThreadId) -> &mut Room {
        self.rooms.get_mut(&thread).unwrap()
    }

    async fn send(&mut self, me: UserId, thread: ThreadId) -> (Verdict, Result<(), Refusal>) {
        let (sender, receiver) = tokio::sync::oneshot::channel();
        let text = format!("step {}", self.step);
        self.app
            .chat
            .post(me, thread, ClientId::now(), &text, None, |posted| {
                let _ = sender.send(posted);
            });
        let posted = receiver.await.unwrap();
        let site_admin = self.site_admin();
        let room = self.room(thread);
        if let Ok(posted) = &posted {
            room.messages.insert(posted.seq, false);
            room.authors.insert(posted.seq, me);
        }
        let verdict = match (room.members.get(&me), room.posting) {
            (None, _) => Err(room.hidden_from(me)),
            (Some(Role::Admin), _) => Ok(()),
            _ if me == site_admin => Ok(()),
            (_, Posting::Everyone) => Ok(()),
            (_, Posting::Replies) => Err("replies_only"),
            (_, Posting::Admins) => Err("admins_post"),
        };
        (verdict, posted.map(drop))
    }

    async fn set_posting(
        &mut self,
        me: UserId,
        thread: ThreadId,
    ) -> (Verdict, Result<(), Refusal>) {
        let posting = match self.chance.random_range(0..4) {
            0 => Posting::Admins,
            1 => Posting::Replies,
            _ => Posting::Everyone,
        };
        let actual = self.app.chat.set_posting(me, thread, posting).await;
        let site_admin = self.site_admin();
        let room = self.room(thread);
        let verdict = room.may_manage(me, site_admin);
        if verdict.is_ok() {
            room.posting = posting;
        }
        (verdict, actual)
    }

    async fn join(&mut self, me: UserId, thread: ThreadId) -> (Verdict, Result<(), Refusal>) {
        let actual = self.app.chat.join(me, thread).await.map(drop);
        let site_admin = self.site_admin();
        let room = self.room(thread);
        let verdict = if room.is_private && !room.members.contains_key(&me) && me != site_admin {
            Err("not_found")
        } else if room.banned.contains(&me) {
            Err("banned")
        } else {
            room.members.entry(me).or_insert(Role::Member);
            Ok(())
        };
        (verdict, actual)
    }

    /// With the right key: its hash identifies the room.
    async fn join_by_key(
        &mut self,
        me: UserId,
        thread: ThreadId,
    ) -> (Verdict, Result<(), Refusal>) {
        let card = self.app.store.room_card(me, thread).await.unwrap().unwrap();
        let hash = key_hash(self.room(thread).key);
        let name_key = Some(card.name.to_lowercase());
        let rooms = self.app.store.private_rooms(name_key, None, 4).await;
        let found = rooms.unwrap().into_iter().find(|room| room.1 == hash);
        let found = found.map(|room| room.0);
        let room = self.room(thread);
        assert_eq!(found, room.is_private.then_some(thread));
        if found.is_none() {
            return (Ok(()), Ok(()));
        }
        let verdict = match room.banned.contains(&me) {
            true => Err("banned"),
            false => {
                room.members.entry(me).or_insert(Role::Member);
                Ok(())
            }
        };
        let rule = policy::may_join_invited;
        let actual = self.app.store.act(me, thread, rule, Act::Join).await;
        (verdict, actual.map_err(Refusal::from))
    }

    async fn invite(&mut self, me: UserId, thread: ThreadId) -> (Verdict, Result<(), Refusal>) {
        let site_admin = self.site_admin();
        let uses = self.chance.random_range(1..3);
        let target = InviteTarget::Room(thread);
        let revoke = self.chance.random_bool(0.3);
        if revoke && let Some(oldest) = self.oldest_invite(thread).await {
            let actual = self.app.chat.revoke_invite(me, target, oldest).await;
            let room = self.room(thread);
            let verdict = room.may_manage(me, site_admin);
            if verdict.is_ok() {
                let first = room.invites.iter_mut().find(|link| link.uses > 0);
                first.unwrap().uses = 0;
            }
            return (verdict, actual);
        }
        let made = self
            .app
            .chat
            .make_invite(me, target, None, Some(uses))
            .await;
        let room = self.room(thread);
        let verdict = room.may_manage(me, site_admin);
        let link = |token| Link {
            token,
            uses,
            maker: me,
            by: BTreeSet::new(),
        };
        let actual = made.map(|token| room.invites.push(link(token)));
        (verdict, actual)
    }

    async fn oldest_invite(&self, thread: ThreadId) -> Option<i64> {
        let invites = self
            .app
            .store
            .invites(InviteTarget::Room(thread), None)
            .await;
        invites.unwrap().last().map(|invite| invite.id)
    }

    async fn accept(&mut self, me: UserId, thread: ThreadId) -> (Verdict, Result<(), Refusal>) {
        let count = self.room(thread).invites.len();
        if count == 0 {
            return (Ok(()), Ok(()));
        }
        let nth = self.chance.random_range(0..count);
        let token = self.room(thread).invites[nth].token.clone();
        // Bypasses the rate limit on invalid links.
        let (hash, rule) = (token_hash(&token).unwrap(), policy::may_join_invited);
        let joined = self.app.store.join_by_invite(me, hash, rule).await;
        let actual = joined.map(drop).map_err(Refusal::from);
        let room = self.room(thread);
        let verdict = if room.invites[nth].uses == 0 {
            let is_back = room.invites[nth].by.contains(&me);
            is_back.then_some(()).ok_or("invite_invalid")
        } else if room.members.contains_key(&me) {
            Ok(())
        } else if room.banned.contains(&me) {
            Err("banned")
        } else {
            room.invites[nth].uses -= 1;
            room.invites[nth].by.insert(me);
            room.members.insert(me, Role::Member);
            Ok(())
        };
        (verdict, actual)
    }

    async fn leave(&mut self, me: UserId, thread: ThreadId) -> (Verdict, Result<(), Refusal>) {
        let actual = self.app.chat.leave(me, thread).await;
        let room = self.room(thread);
        let verdict = match room.members.get(&me) {
            None => Err(room.hidden_from(me)),
            Some(Role::Admin) if room.admins() == 1 => Err("last_admin"),
            Some(_) => {
                room.remove_member(me);
                Ok(())
            }
        };
        (verdict, actual)
    }

    async fn remove(
        &mut self,
        me: UserId,
        other: UserId,
        thread: ThreadId,
    ) -> (Verdict, Result<(), Refusal>) {
        let actual = self.app.chat.remove(me, thread, other).await;
        let site_admin = self.site_admin();
        let room = self.room(thread);
        let verdict = room.may_remove(me, other, site_admin).and_then(|()| {
            let is_in = room.members.contains_key(&other);
            is_in.then(|| room.remove_member(other)).ok_or("not_found")
        });
        (verdict, actual)
    }

    async fn ban(
        &mut self,
        me: UserId,
        other: UserId,
        thread: ThreadId,
    ) -> (Verdict, Result<(), Refusal>) {
        let actual = self.app.chat.ban(me, thread, other, None, "").await;
        let site_admin = self.site_admin();
        let room = self.room(thread);
        let verdict = match me == other {
            true => Err("invalid"),
            false => room.may_remove(me, other, site_admin),
        };
        if verdict.is_ok() {
            room.remove_member(other);
            room.banned.insert(other);
        }
        (verdict, actual)
    }

    async fn lift(
        &mut self,
        me: UserId,
        other: UserId,
        thread: ThreadId,
    ) -> (Verdict, Result<(), Refusal>) {
        let actual = self.app.chat.lift_ban(me, thread, other).await;
        let site_admin = self.site_admin();
        let room = self.room(thread);
        let verdict = room.may_manage(me, site_admin).and_then(|()| {
            let lifted = room.banned.remove(&other);
            lifted.then_some(()).ok_or("not_found")
        });
        (verdict, actual)
    }

    async fn set_role(
        &mut self,
        me: UserId,
        other: UserId,
        thread: ThreadId,
    ) -> (Verdict, Result<(), Refusal>) {
        let role = match self.chance.random_bool(0.6) {
            true => Role::Admin,
            false => Role::Member,
        };
        let actual = self.app.chat.set_role(me, thread, other, role).await;
        let site_admin = self.site_admin();
        let room = self.room(thread);
        let was = room.members.get(&other).copied();
        let verdict = room.may_manage(me, site_admin).and_then(|()| {
            let admins = room.admins();
            match room.members.get_mut(&other) {
                None => Err("not_found"),
                Some(now) if *now == role => Ok(()),
                Some(Role::Admin) if admins == 1 => Err("last_admin"),
                Some(now) => {
                    *now = role;
                    Ok(())
                }
            }
        });
        if verdict.is_ok() && was == Some(Role::Admin) && role == Role::Member {
            room.revoke_links_of(other);
        }
        (verdict, actual)
    }

    async fn set_key(&mut self, me: UserId, thread: ThreadId) -> (Verdict, Result<(), Refusal>) {
        let key = self.chance.random_range(0..3);
        let act = Act::MakePrivate {
            key_hash: key_hash(key),
        };
        let rule = policy::may_manage;
        let actual = self.app.store.act(me, thread, rule, act).await;
        let site_admin = self.site_admin();
        let room = self.room(thread);
        let verdict = room.may_manage(me, site_admin);
        if verdict.is_ok() {
            (room.is_private, room.key) = (true, key);
        }
        (verdict, actual.map_err(Refusal::from))
    }

    async fn make_public(
        &mut self,
        me: UserId,
        thread: ThreadId,
    ) -> (Verdict, Result<(), Refusal>) {
        let actual = self.app.chat.make_public(me, thread).await;
        let site_admin = self.site_admin();
        let room = self.room(thread);
        let verdict = room.may_manage(me, site_admin);
        if verdict.is_ok() {
            room.is_private = false;
        }
        (verdict, actual)
    }

    async fn delete_message(
        &mut self,
        me: UserId,
        thread: ThreadId,
    ) -> (Verdict, Result<(), Refusal>) {
        let Some(&seq) = self.room(thread).messages.keys().next_back() else {
            return (Ok(()), Ok(()));
        };
        let actual = self.app.chat.delete_message(me, thread, seq).await;
        let site_admin = self.site_admin();
        let room = self.room(thread);
        let is_own = room.authors.get(&seq) == Some(&me) && room.members.contains_key(&me);
        let verdict = match is_own {
            true => Ok(()),
            false => room.may_manage(me, site_admin),
        };
        if verdict.is_ok() {
            room.messages.insert(seq, true);
        }
        (verdict, actual)
    }

    async fn delete(&mut self, me: UserId, thread: ThreadId) -> (Verdict, Result<(), Refusal>) {
        let rule = policy::may_manage;
        let actual = self.app.store.act(me, thread, rule, Act::Delete).await;
        let site_admin = self.site_admin();
        let verdict = self.room(thread).may_manage(me, site_admin);
        if verdict.is_ok() {
            self.rooms.remove(&thread);
        }
        (verdict, actual.map_err(Refusal::from))
    }

    /// The store agrees with the model, and each open tab is subscribed to exactly its user's rooms.
    async fn check(&mut self, thread: ThreadId) {
        self.drain();
        let members = self.app.store.members(thread, "", 100).await.unwrap();
        let members: BTreeMap<UserId, Role> = members
            .members
            .iter()
            .map(|member| (member.person.id, member.role))
            .collect();
        let Some(room) = self.rooms.get(&thread) else {
            assert!(members.is_empty(), "a deleted room has no members");
            return;
        };
        assert_eq!(members, room.members, "step {}", self.step);
        if self.step.is_multiple_of(50) {
            self.check_log(thread).await;
        }
    }

    /// The log is dense, its messages are those sent, and the deleted ones have no text.
    async fn check_log(&self, thread: ThreadId) {
        let room = &self.rooms[&thread];
        let events = self
            .app
            .store
            .events_after(thread, 0, usize::MAX / 2)
            .await
            .unwrap();
        let mut messages = BTreeMap::new();
        for (place, event) in events.iter().enumerate() {
            assert_eq!(event.seq, place as Seq + 1);
            match event.body {
                EventBody::Message(_) => drop(messages.insert(event.seq, false)),
                EventBody::Deleted => drop(messages.insert(event.seq, true)),
                _ => {}
            }
        }
        assert_eq!(messages, room.messages);
        let last = events.last().unwrap();
        assert_eq!(last.count, messages.len() as i64);
    }

    /// Reads what every tab received since the last call: an event of a room goes only to its members after the one act
    /// that was done. (A user who has just left does not receive the event that records it.)
    fn drain(&mut self) {
        for (&user, tab) in self.people.iter().zip(&self.tabs) {
            for frame in tab.outbox.take_all() {
                let text = frame.decoded().into_text().unwrap();
                let frame: ServerFrame = serde_json::from_str(&text).unwrap();
                let ServerFrame::Event(event) = frame else {
                    continue;
                };
                let room = &self.rooms[&event.thread];
                assert!(
                    room.members.contains_key(&user),
                    "step {}: {user} heard of {event:?}",
                    self.step
                );
            }
        }
    }
}
