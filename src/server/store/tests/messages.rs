//! Changes to messages in the log.

use super::*;
use crate::model::{Message, Quote, limits};

impl Opened {
    pub(super) async fn amend(
        &self,
        actor: &Person,
        thread: ThreadId,
        seq: Seq,
        amend: Amend,
    ) -> Result<(), Refusal> {
        let rule = match amend {
            Amend::Edit { .. } => policy::may_edit,
            Amend::Delete => policy::may_delete,
            Amend::React { .. } => policy::may_react,
            Amend::Pin { .. } => policy::may_pin,
        };
        let done = self.store.amend(actor.id, thread, seq, rule, amend).await;
        Ok(done?)
    }

    async fn edit(&self, actor: &Person, thread: ThreadId, seq: Seq, text: &str) {
        let edited = self.amend(actor, thread, seq, edit(text)).await;
        edited.unwrap();
    }

    /// Replies to a message; returns the reply's position.
    async fn answer(&self, actor: &Person, thread: ThreadId, to: Seq) -> Result<Seq, Refusal> {
        let (sender, receiver) = oneshot::channel();
        self.store.append(Append {
            thread,
            actor: actor.id,
            client_id: None,
            body: EventBody::Message(Message {
                reply: Some(Quote::to(to)),
                ..Message::new("an answer")
            }),
            candidates: None,
            may: policy::may_post,
            done: Box::new(|result| drop(sender.send(result))),
        });
        Ok(receiver.await.unwrap()?.seq)
    }
}

fn edit(text: &str) -> Amend {
    let text = text.into();
    Amend::Edit {
        text,
        candidates: None,
    }
}

fn react(emoji: &str, on: bool) -> Amend {
    let emoji = emoji.into();
    Amend::React { emoji, on }
}

#[apply(on_both_engines)]
#[tokio::test]
async fn a_page_with_later_events_equals_a_fresh_page(database: Database) {
    let opened = database.open().await;
    let (ana, bob, thread) = opened.two().await;
    let first = opened.send(&ana, thread, "tea?").await;
    let answer = opened.answer(&bob, thread, first).await.unwrap();
    let mut held = opened.log(thread).await;
    let recorded = opened.recorded.events().len();
    assert_eq!(
        held,
        opened.recorded.events(),
        "the reported events are those that are read"
    );

    opened.edit(&ana, thread, first, "coffee?").await;
    for (who, seq, amend) in [
        (&bob, first, react("👍", true)),
        (&ana, first, react("👍", true)),
        (&bob, first, react("👍", false)),
        (&ana, answer, react("🎉", true)),
        (&bob, answer, edit("yes")),
    ] {
        opened.amend(who, thread, seq, amend).await.unwrap();
    }
    let later = opened.answer(&ana, thread, answer).await.unwrap();
    opened
        .amend(&bob, thread, answer, Amend::Delete)
        .await
        .unwrap();
    opened.edit(&ana, thread, later, "well").await;

    for event in opened.recorded.events().split_off(recorded) {
        held.iter_mut().for_each(|held| held.amend(&event));
        held.push(event);
    }
    let is_message = |event: &Event| event.body.is_message();
    held.retain(is_message);
    let mut fresh = opened.log(thread).await;
    fresh.retain(is_message);
    assert_eq!(held, fresh);
    assert_eq!(fresh.len(), 3);
}

#[apply(on_both_engines)]
#[tokio::test]
async fn what_is_so_already_writes_no_event(database: Database) {
    let opened = database.open().await;
    let (ana, bob, thread) = opened.two().await;
    let seq = opened.send(&ana, thread, "tea").await;
    opened.edit(&ana, thread, seq, "tea").await;
    opened
        .amend(&bob, thread, seq, react("👍", false))
        .await
        .unwrap();
    assert_eq!(opened.log(thread).await.len(), 1);
    for _ in 0..2 {
        opened.edit(&ana, thread, seq, "coffee").await;
        opened
            .amend(&bob, thread, seq, react("👍", true))
            .await
            .unwrap();
    }
    assert_eq!(opened.log(thread).await.len(), 3);
    for _ in 0..2 {
        opened
            .amend(&ana, thread, seq, Amend::Delete)
            .await
            .unwrap();
    }
    let last = opened.log(thread).await.pop().expect("an event");
    assert_eq!((last.seq, last.count), (4, 1), "they are not messages");
}

#[apply(on_both_engines)]
#[tokio::test]
async fn every_version_is_stored_with_its_time_until_deletion(database: Database) {
    let opened = database.open().await;
    let (ana, bob, thread) = opened.two().await;
    let seq = opened.send(&ana, thread, "first secret").await;
    opened.answer(&bob, thread, seq).await.unwrap();
    opened.edit(&ana, thread, seq, "second secret").await;
    opened.edit(&ana, thread, seq, "third secret").await;
    let versions = opened.store.versions(thread, seq).await.unwrap();
    let texts: Vec<_> = versions.iter().map(|version| &*version.text).collect();
    assert_eq!(texts, ["first secret", "second secret", "third secret"]);
    let log = opened.log(thread).await;
    assert_eq!(versions[1].at, log[2].at, "since it was edited");

    opened
        .amend(&ana, thread, seq, Amend::Delete)
        .await
        .unwrap();
    assert_eq!(opened.store.versions(thread, seq).await.unwrap(), []);
    let left: i64 = sqlx::query_scalar(
        "SELECT (SELECT COUNT(*) FROM events WHERE body LIKE '%secret%') + COUNT(*) FROM versions",
    )
    .fetch_one(&opened.store.readers)
    .await
    .unwrap();
    assert_eq!(left, 0, "none of its texts is left");
    let head = opened.head(&bob, thread).await;
    assert_eq!(head.last.expect("a message").text, "an answer");
}

#[apply(on_both_engines)]
#[tokio::test]
async fn what_is_no_message_of_the_thread_is_neither_answered_nor_changed(database: Database) {
    let opened = database.open().await;
    let (ana, bob, thread) = opened.two().await;
    let eve = opened.add("eve").await;
    let elsewhere = opened.store.open_direct(ana.id, eve.id).await.unwrap();
    let seq = opened.send(&ana, thread, "tea").await;
    let refused = Err(Refusal::NotFound);
    assert_eq!(
        opened.answer(&ana, elsewhere, seq).await,
        refused.clone().map(|()| 0)
    );
    assert_eq!(
        opened.answer(&ana, thread, 99).await,
        refused.clone().map(|()| 0)
    );
    opened
        .amend(&bob, thread, seq, react("👍", true))
        .await
        .unwrap();
    for (who, place, at) in [(&ana, thread, 2), (&ana, thread, 99), (&eve, thread, seq)] {
        let tried = opened.amend(who, place, at, react("👍", true)).await;
        assert_eq!(tried, refused, "{at}");
    }
    opened
        .amend(&ana, thread, seq, Amend::Delete)
        .await
        .unwrap();
    let tried = opened.amend(&bob, thread, seq, react("👍", true)).await;
    assert_eq!(tried, refused, "it was deleted");
}

#[apply(on_both_engines)]
#[tokio::test]
async fn a_message_has_so_many_versions_and_so_many_emoji_at_the_most(database: Database) {
    let opened = database.open().await;
    let (ana, bob, thread) = opened.two().await;
    let seq = opened.send(&ana, thread, "tea").await;
    for n in 0..limits::VERSIONS_MAX {
        opened.edit(&ana, thread, seq, &format!("tea {n}")).await;
    }
    let max = limits::VERSIONS_MAX;
    let tried = opened.amend(&ana, thread, seq, edit("once more")).await;
    assert_eq!(tried, Err(Refusal::TooMany { max }));
    for emoji in emojis::iter().take(limits::REACTIONS_MAX) {
        let given = opened
            .amend(&ana, thread, seq, react(emoji.as_str(), true))
            .await;
        given.unwrap();
    }
    let max = limits::REACTIONS_MAX;
    let tried = opened.amend(&bob, thread, seq, react("🧵", true)).await;
    assert_eq!(tried, Err(Refusal::TooMany { max }));
    let first = emojis::iter().next().expect("one").as_str();
    opened
        .amend(&bob, thread, seq, react(first, true))
        .await
        .unwrap();
}
