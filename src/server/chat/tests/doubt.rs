//! When the answer to a COMMIT is lost, connected clients miss nothing, whether or not it was carried out.

use std::time::Duration;

use macro_rules_attribute::apply;
use sqlx::Executor;
use tokio::time::{sleep, timeout};

use super::allowed::add_user;
use super::keys::open;
use crate::model::{ClientId, Refusal};
use crate::protocol::{ServerFrame, close};
use crate::server::hub::Frame;
use crate::server::store::tests::database::{Database, on_both_engines};

#[apply(on_both_engines)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_a_commit_in_doubt_who_is_connected_hears_of_it_or_begins_anew(database: Database) {
    let app = open(&database).await;
    app.bus.start(&app.store).await.unwrap();
    let ana = add_user(&app, "ana").await;
    let room = app.chat.make_room(ana, "Hall", "", None).await.unwrap();
    app.store.add_session(ana, [7; 32]).await.unwrap();
    let session = app.store.session([7; 32]).await.unwrap().unwrap();
    let connection = app.hub.connect(ana, session.id).unwrap();
    app.chat.resume(ana, connection.id, &[]).await.unwrap();
    let seq = room.last_seq + 1;
    // A committed transaction that the store does not know of, and one that fails at COMMIT.
    let mut outsider = database.outsider().await;
    for text in [
        "INSERT INTO events (thread_id, seq, count, at, actor, client_id, body) \
         SELECT thread_id, seq + 1, 1, at, actor, NULL, '{\"kind\":\"message\",\"text\":\"perhaps\"}' \
         FROM events ORDER BY seq DESC LIMIT 1",
        "UPDATE threads SET last_seq = last_seq + 1, count = 1, last_message = last_seq + 1",
        database.break_commit()[0],
    ] {
        outsider.execute(text).await.unwrap();
    }
    let (sender, receiver) = tokio::sync::oneshot::channel();
    let id = ClientId::now();
    app.chat.post(ana, room.id, id, "hello", None, |posted| {
        drop(sender.send(posted));
    });
    assert_eq!(receiver.await.unwrap().map(drop), Err(Refusal::Unavailable));
    let is_told = |frame: &Frame| match frame.decoded() {
        tungstenite::Message::Text(text) => match serde_json::from_str(&text) {
            Ok(ServerFrame::Event(event)) => {
                event.seq == seq && event.body.text() == Some("perhaps")
            }
            _ => false,
        },
        _ => *frame == Frame::close(close::RESYNC),
    };
    let waiting = async {
        while !connection.outbox.take_all().iter().any(is_told) {
            sleep(Duration::from_millis(10)).await;
        }
    };
    // Sooner than the next regular comparison.
    assert!(timeout(Duration::from_secs(6), waiting).await.is_ok());
    app.store.close().await;
}
