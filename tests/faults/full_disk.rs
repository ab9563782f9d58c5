//! Separate tests of a full disk, which the combined fault test would not distinguish.

use chapp::model::ClientId;
use chapp::protocol::ServerFrame;

use crate::disk::Disk;
use crate::support::{PASSWORD, Socket, TestServer, UNPACED, patiently};

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
async fn full_disk_refuses_sends_but_not_reads_and_recovers() {
    let disk = Disk::mount(512);
    let url = format!("sqlite:{}/chapp.db", disk.path().display());
    let settings = [
        ("CHAPP_STORE__URL", &*url),
        // One person fills the remaining space.
        UNPACED,
    ];
    let mut server = TestServer::start_with(&settings).await;
    let (mut ana, bob) = (server.sign_up("ana").await, server.sign_up("bob").await);
    let thread = ana.open_direct(&bob).await;
    let (mut tab, mut watcher) = (ana.tab().await, bob.tab().await);
    disk.fill();
    // The free pages in the database's files take a few more messages; by then they are used up.
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
        "nothing was delivered"
    );
    disk.free();
    tab.post_as(id, thread, "with room again").await;
    assert_eq!(answer(&mut tab, id).await, Ok(sent + 1));
    assert_eq!(watcher.event().await.seq, sent + 1);
    // A server that is killed on a full disk starts on it.
    disk.fill();
    for _ in 0..5 {
        server.kill();
        server.start_again().await;
        ana.move_to(server.address());
        assert_eq!(ana.texts(thread).await.len(), sent as usize + 1);
    }
}

/// Waits until `/readyz` reports this.
async fn ready_reports(server: &TestServer, what: &str) {
    patiently(what, async {
        loop {
            let answer = reqwest::get(server.url("/readyz")).await.expect("/readyz");
            assert_eq!(answer.status(), 200);
            if answer.text().await.expect("a text") == what {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
    })
    .await;
}

#[tokio::test]
async fn almost_full_disk_is_read_only_until_space_is_freed() {
    let disk = Disk::mount(512);
    let url = format!("sqlite:{}/chapp.db", disk.path().display());
    let settings = [
        ("CHAPP_STORE__URL", &*url),
        ("CHAPP_STORE__MIN_FREE_PERCENT", "5"),
    ];
    let server = TestServer::start_with(&settings).await;
    // The first account is the site's admin.
    let (ana, bob) = (server.sign_up("ana").await, server.sign_up("bob").await);
    let thread = ana.open_direct(&bob).await;
    let mut tab = ana.tab().await;
    tab.send(thread, "while there is room").await;
    let status = async |path: &str, fields: &[(&str, &str)]| {
        let answer = ana.call(path, fields).send().await.expect("an answer");
        let status = answer.status().as_u16();
        let refusal: serde_json::Value = answer.json().await.unwrap_or_default();
        (
            status,
            refusal["code"].as_str().unwrap_or_default().to_owned(),
        )
    };

    // 5 % are 26 MB: the server warns below twice that, and is read-only below it.
    disk.leave(40_000_000);
    ready_reports(&server, "ready, but free disk space is low").await;
    tab.send(thread, "there is still some").await;
    disk.free();
    disk.leave(20_000_000);
    ready_reports(
        &server,
        "ready, but the disk is almost full: nothing new is stored",
    )
    .await;
    server.log_with("nothing new is stored until").await;
    let storage: serde_json::Value = ana.read("/api/storage").await;
    assert_eq!(storage["space"], "full");

    let id = tab.post(thread, "too late").await;
    assert_eq!(answer(&mut tab, id).await, Err("read_only".to_owned()));
    let thread_id = thread.to_string();
    let read_only = (503, "read_only".to_owned());
    let room = [("name", "Room"), ("topic", ""), ("key", "")];
    assert_eq!(status("/api/make_room", &room).await, read_only);
    let newcomer = [
        ("username", "eve"),
        ("display_name", ""),
        ("password", PASSWORD),
    ];
    assert_eq!(status("/api/sign_up", &newcomer).await, read_only);
    // Reading, deleting, logging in and logging out still work.
    assert_eq!(ana.texts(thread).await.len(), 2);
    let first = [("thread", &*thread_id), ("seq", "1")];
    assert_eq!(status("/api/delete_message", &first).await.0, 200);
    bob.log_out().await;
    let answered = server.browser().try_log_in("bob", PASSWORD).await;
    assert!(answered.status().is_success() || answered.status().is_redirection());

    disk.free();
    ready_reports(&server, "ready").await;
    // The refused message is sent with the same id, and stored once.
    tab.post_as(id, thread, "too late").await;
    let seq = answer(&mut tab, id).await.expect("sent");
    tab.post_as(id, thread, "too late").await;
    assert_eq!(answer(&mut tab, id).await, Ok(seq));
}
