//! Bans, and their ends.

use super::*;
use crate::model::{Millis, UserId};
use crate::server::clock;

struct Room {
    opened: Opened,
    ana: Person,
    bob: Person,
    thread: ThreadId,
    outsider: sqlx::AnyConnection,
}

impl Room {
    /// Ana's, with Bob in it.
    async fn open(database: &Database) -> Self {
        let opened = database.open().await;
        let (ana, bob) = (opened.add("ana").await, opened.add("bob").await);
        let room = NewRoom {
            name: "Hall".into(),
            name_key: "hall".into(),
            topic: String::new(),
            key_hash: None,
        };
        let thread = opened.store.make_room(ana.id, room).await.unwrap();
        let outsider = database.outsider().await;
        let room = Self {
            opened,
            ana,
            bob,
            thread,
            outsider,
        };
        room.join().await.unwrap();
        room
    }

    /// Bob joins.
    async fn join(&self) -> Result<(), Refusal> {
        let store = &self.opened.store;
        let joined = store.act(self.bob.id, self.thread, policy::may_join, Act::Join);
        joined.await.map_err(Refusal::from)
    }

    async fn ban(&self, until: Option<Millis>) {
        let ban = Act::Ban {
            user: self.bob.id,
            until,
            note: "spam".into(),
        };
        let store = &self.opened.store;
        let banned = store.act(self.ana.id, self.thread, policy::may_remove, ban);
        banned.await.unwrap();
    }

    async fn banned_until(&self) -> Option<Millis> {
        let standing = self.opened.store.standing(self.bob.id, self.thread).await;
        standing.unwrap().banned_until
    }

    async fn listed(&self) -> Vec<(UserId, Option<Millis>)> {
        let bans = self.opened.store.bans(self.thread, 10).await.unwrap();
        bans.into_iter()
            .map(|it| (it.person.id, it.until))
            .collect()
    }

    /// Moves the end of the ban to this far from now.
    async fn ends_in(&mut self, time: Millis) {
        sqlx::query("UPDATE bans SET until = $1")
            .bind(clock::now() + time)
            .execute(&mut self.outsider)
            .await
            .unwrap();
    }
}

#[apply(on_both_engines)]
#[tokio::test]
async fn a_ban_for_a_time_ends_by_itself_and_not_before(database: Database) {
    let mut room = Room::open(&database).await;
    let until = clock::now() + 60_000;
    room.ban(Some(until)).await;
    assert_eq!(room.banned_until().await, Some(until));
    assert_eq!(room.listed().await, [(room.bob.id, Some(until))]);
    let refused = Err(Refusal::Banned { until: Some(until) });
    assert_eq!(room.join().await, refused);
    room.ends_in(-1).await;
    assert_eq!(room.banned_until().await, None);
    assert_eq!(room.listed().await, []);
    assert_eq!(room.join().await, Ok(()));
    let thread = room.thread;
    assert_eq!(room.opened.head(&room.bob, thread).await.id, thread);
    // Banned again, for a moment that has not passed.
    let until = clock::now() + 60_000;
    room.ban(Some(until)).await;
    assert_eq!(room.banned_until().await, Some(until));
    room.opened.store.close().await;
}

#[apply(on_both_engines)]
#[tokio::test]
async fn a_ban_for_good_ends_when_it_is_lifted(database: Database) {
    let room = Room::open(&database).await;
    room.ban(None).await;
    assert_eq!(room.banned_until().await, Some(Millis::MAX));
    assert_eq!(room.listed().await, [(room.bob.id, None)]);
    assert_eq!(room.join().await, Err(Refusal::Banned { until: None }));
    let lift = Act::LiftBan { user: room.bob.id };
    let store = &room.opened.store;
    let lifted = store.act(room.ana.id, room.thread, policy::may_manage, lift);
    lifted.await.unwrap();
    assert_eq!(room.banned_until().await, None);
    assert_eq!(room.listed().await, []);
    assert_eq!(room.join().await, Ok(()));
    store.close().await;
}
