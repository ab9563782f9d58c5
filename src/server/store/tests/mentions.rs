//! Mentions, and which of them are unread.

use super::*;
use crate::model::{Mentions, Role};

/// A text that mentions these people by name (all readings of a name, the best first), and the room.
fn candidates(names: &[&[&str]], room: bool) -> Option<Box<Candidates>> {
    let name = |name: &&str| Name {
        written: name.to_uppercase(),
        key: (*name).to_owned(),
    };
    let people = names.iter().map(|names| names.iter().map(name).collect());
    Some(Box::new(Candidates {
        people: people.collect(),
        room: room.then_some(policy::may_mention_room),
    }))
}

struct Room {
    opened: Opened,
    ana: Person,
    bob: Person,
    thread: ThreadId,
}

impl Room {
    /// Ana's room, with Bob in it; Eve is not a member.
    async fn open(database: &Database) -> Self {
        let opened = database.open().await;
        let (ana, bob) = (opened.add("ana").await, opened.add("bob").await);
        opened.add("eve").await;
        let room = NewRoom {
            name: "Hall".into(),
            name_key: "hall".into(),
            topic: String::new(),
            key_hash: None,
        };
        let thread = opened.store.make_room(ana.id, room).await.unwrap();
        let join = Act::Join;
        let joined = opened.store.act(bob.id, thread, policy::may_join, join);
        joined.await.unwrap();
        Self {
            opened,
            ana,
            bob,
            thread,
        }
    }

    async fn say(&self, actor: &Person, candidates: Option<Box<Candidates>>) -> Seq {
        self.say_in(self.thread, actor, candidates).await
    }

    async fn say_in(
        &self,
        thread: ThreadId,
        actor: &Person,
        candidates: Option<Box<Candidates>>,
    ) -> Seq {
        let (sender, receiver) = oneshot::channel();
        self.opened.store.append(Append {
            thread,
            actor: actor.id,
            client_id: None,
            body: EventBody::message("a text"),
            candidates,
            may: policy::may_post,
            done: Box::new(|result| drop(sender.send(result))),
        });
        receiver.await.unwrap().unwrap().seq
    }

    async fn edit(
        &self,
        actor: &Person,
        seq: Seq,
        text: &str,
        candidates: Option<Box<Candidates>>,
    ) {
        let text = text.into();
        self.amend(actor, seq, Amend::Edit { text, candidates })
            .await;
    }

    async fn amend(&self, actor: &Person, seq: Seq, amend: Amend) {
        let rule = policy::may_delete;
        let store = &self.opened.store;
        store
            .amend(actor.id, self.thread, seq, rule, amend)
            .await
            .unwrap();
    }

    async fn unread(&self, viewer: &Person) -> Vec<Seq> {
        self.opened.head(viewer, self.thread).await.mentions
    }

    /// The mentions of the message at `seq`, as stored in the log.
    async fn called(&self, thread: ThreadId, seq: Seq) -> Mentions {
        let log = self.opened.log(thread).await;
        let found = log.into_iter().find(|event| event.seq == seq);
        match found.map(|event| event.body) {
            Some(EventBody::Message(message)) => message.mentions,
            other => panic!("{other:?}"),
        }
    }
}

#[apply(on_both_engines)]
#[tokio::test]
async fn a_mention_resolves_to_the_best_existing_name(database: Database) {
    let room = Room::open(&database).await;
    let text = candidates(&[&["bob.x", "bob"], &["nobody"], &["eve"]], false);
    let seq = room.say(&room.ana, text).await;
    let called = room.called(room.thread, seq).await;
    let names: Vec<_> = called
        .people
        .iter()
        .map(|it| (it.user, &*it.name))
        .collect();
    assert_eq!(names, [(room.bob.id, "BOB"), (UserId(3), "EVE")]);
    let reported = room.opened.recorded.events().pop().unwrap();
    assert_eq!(
        vec![reported],
        room.opened
            .log(room.thread)
            .await
            .split_off(seq as usize - 1)
    );
    assert_eq!(room.unread(&room.bob).await, [seq]);
    assert_eq!(room.unread(&room.ana).await, [] as [Seq; 0]);
}

#[apply(on_both_engines)]
#[tokio::test]
async fn only_moderators_mention_a_room(database: Database) {
    let room = Room::open(&database).await;
    let plain = room.say(&room.bob, candidates(&[], true)).await;
    assert!(!room.called(room.thread, plain).await.room);
    assert_eq!(room.unread(&room.ana).await, [] as [Seq; 0]);
    let seq = room.say(&room.ana, candidates(&[&["bob"]], true)).await;
    assert!(room.called(room.thread, seq).await.room);
    assert_eq!(
        room.unread(&room.bob).await,
        [seq],
        "once, though mentioned twice"
    );
    let direct = room.opened.store.open_direct(room.ana.id, room.bob.id);
    let direct = direct.await.unwrap();
    let seq = room
        .say_in(direct, &room.ana, candidates(&[&["bob"]], true))
        .await;
    let called = room.called(direct, seq).await;
    assert!(!called.room && called.includes(room.bob.id));
    let head = room.opened.head(&room.bob, direct).await;
    assert_eq!(
        head.mentions,
        [] as [Seq; 0],
        "every message there is addressed to him"
    );
}

#[apply(on_both_engines)]
#[tokio::test]
async fn reading_editing_or_deleting_ends_a_mention(database: Database) {
    let room = Room::open(&database).await;
    let (ana, bob) = (&room.ana, &room.bob);
    let mut seqs = Vec::new();
    for _ in 0..4 {
        seqs.push(room.say(ana, candidates(&[&["bob"]], false)).await);
    }
    assert_eq!(room.unread(bob).await, seqs);
    room.amend(ana, seqs[1], Amend::Pin { on: true }).await;
    let emoji = "🎉".to_owned();
    let reaction = Amend::React { emoji, on: true };
    room.amend(ana, seqs[1], reaction).await;
    assert_eq!(room.unread(bob).await, seqs, "the text is unchanged");
    room.opened
        .store
        .mark_read(bob.id, room.thread, seqs[0], 0)
        .await
        .unwrap();
    assert_eq!(room.unread(bob).await, seqs[1..]);
    room.edit(ana, seqs[1], "to nobody", None).await;
    room.amend(ana, seqs[2], Amend::Delete).await;
    assert_eq!(room.unread(bob).await, seqs[3..]);
    room.edit(ana, seqs[1], "to bob again", candidates(&[&["bob"]], false))
        .await;
    assert_eq!(room.unread(bob).await, [seqs[1], seqs[3]]);
    // An edit of a message already read adds no unread mention.
    room.edit(ana, seqs[0], "to bob too", candidates(&[&["bob"]], false))
        .await;
    assert_eq!(room.unread(bob).await, [seqs[1], seqs[3]]);
}

#[apply(on_both_engines)]
#[tokio::test]
async fn the_list_with_the_events_since_is_the_list_afresh(database: Database) {
    let room = Room::open(&database).await;
    let (ana, bob) = (&room.ana, &room.bob);
    let role = Act::SetRole {
        user: bob.id,
        role: Role::Admin,
    };
    let acted = room
        .opened
        .store
        .act(ana.id, room.thread, policy::may_manage, role);
    acted.await.unwrap();
    let mut held = [
        (ana, room.opened.head(ana, room.thread).await),
        (bob, room.opened.head(bob, room.thread).await),
    ];
    let recorded = room.opened.recorded.events().len();
    let first = room.say(ana, candidates(&[&["bob"]], false)).await;
    let second = room.say(ana, candidates(&[], true)).await;
    room.edit(ana, first, "more", candidates(&[&["ana"]], false))
        .await;
    room.say(bob, candidates(&[&["ana"]], true)).await;
    let last = room.say(ana, candidates(&[&["bob"]], false)).await;
    room.edit(ana, second, "less", None).await;
    room.edit(ana, last, "again", candidates(&[&["bob"]], true))
        .await;
    room.say(ana, None).await;
    for event in room.opened.recorded.events().split_off(recorded) {
        for (viewer, head) in &mut held {
            head.apply(&event, viewer.id);
        }
    }
    for (viewer, head) in held {
        assert_eq!(head, room.opened.head(viewer, room.thread).await);
    }
}

#[apply(on_both_engines)]
#[tokio::test]
async fn mentions_are_deleted_with_their_room(database: Database) {
    let room = Room::open(&database).await;
    let mut outsider = database.outsider().await;
    let mut kept = async |table: &str| -> i64 {
        let text = format!("SELECT COUNT(*) FROM {table} WHERE thread_id = $1");
        let query = sqlx::query_scalar(sqlx::AssertSqlSafe(text));
        query
            .bind(room.thread.0)
            .fetch_one(&mut outsider)
            .await
            .unwrap()
    };
    room.say(&room.ana, candidates(&[&["bob"]], true)).await;
    assert!(kept("mentions").await > 0, "there is something to delete");
    let deleted = room
        .opened
        .store
        .act(room.ana.id, room.thread, policy::may_manage, Act::Delete);
    deleted.await.unwrap();
    for table in ["mentions", "events", "members", "rooms"] {
        assert_eq!(kept(table).await, 0, "{table}");
    }
    let heads = room.opened.store.heads(room.bob.id, &[room.thread]).await;
    assert_eq!(heads.unwrap(), []);
}
