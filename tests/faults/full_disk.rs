//! A disk that is full, one thing at a time: what the test of everything at once would not tell apart.

use chapp::model::ClientId;
use chapp::protocol::ServerFrame;

use crate::disk::Disk;
use crate::support::{Socket, TestServer};

/// The answer to this send: its position, or the code of the refusal.
async fn answer(tab: &mut Socket, id: ClientId) -> Result<i64, String> {
    tab.expect("an answer", |frame| match frame {
        ServerFrame::Sent { client_id, seq, .. } if *client_id == id => Some(Ok(*seq)),
        ServerFrame::Refused {
            client_id, refusal, ..
        } if *client_id == Some(id) => {
            let refusal = serde_json::to_value(refusal).expect("JSON");
            Some(Err(refusal["code"].as_str().expect("a code").to_owned()))
        }
        _ => None,
    })
    .await
}

#[tokio::test]
async fn on_a_full_disk_sends_are_refused_reading_goes_on_and_with_room_again_all_goes_on() {
    let disk = Disk::mount(512);
    let url = format!("sqlite:{}/chapp.db", disk.path().display());
    let settings = [
        ("CHAPP_STORE__URL", &*url),
        // One person fills what is left.
        ("CHAPP_LIMITS__PER_PERSON__ENABLED", "false"),
    ];
    let server = TestServer::start_with(&settings).await;
    let (ana, bob) = (server.sign_up("ana").await, server.sign_up("bob").await);
    let thread = ana.open_direct(&bob).await;
    let (mut tab, mut watcher) = (ana.tab().await, bob.tab().await);
    disk.fill();
    // What the database has left in its files takes a few more; by then it is over.
    let (mut sent, mut refused) = (0, None);
    while refused.is_none() {
        let id = tab.post(thread, &"x".repeat(5_000)).await;
        match answer(&mut tab, id).await {
            Ok(seq) => sent = seq,
            Err(code) => refused = Some((id, code)),
        }
    }
    let (id, code) = refused.expect("refused");
    assert_eq!(code, "unavailable");
    assert_eq!(
        ana.texts(thread).await.len(),
        sent as usize,
        "it can be read"
    );
    assert_eq!(
        watcher.events_so_far().await.len(),
        sent as usize,
        "nobody heard of it"
    );
    disk.free();
    tab.post_as(id, thread, "with room again").await;
    assert_eq!(answer(&mut tab, id).await, Ok(sent + 1));
    assert_eq!(watcher.event().await.seq, sent + 1);
}
