//! Files with several nodes, which share their folder.

use std::path::Path;

use chapp::model::{EventBody, FileId, ThreadId};
use reqwest::Method;

use crate::cluster::Cluster;
use crate::redis::Redis;
use crate::support::{
    Browser, Socket, bytes, code, created, files_in, number, patiently, send_files,
};

/// Two nodes with a folder that both see, and two people who talk.
struct Site {
    cluster: Cluster,
    folder: tempfile::TempDir,
    /// At the first node.
    ana: Browser,
    /// At the second node.
    bob: Browser,
    thread: ThreadId,
}

impl Site {
    async fn start() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().display().to_string();
        let settings = [
            ("CHAPP_FILES__FOLDER", &*path),
            ("CHAPP_FILES__UNUSED_HOURS", "0"),
        ];
        let cluster = Cluster::start_with(2, Some(Redis::start().await), &settings).await;
        let ana = cluster.nodes[0].sign_up("ana").await;
        let bob = cluster.nodes[1].sign_up("bob").await;
        let thread = ana.open_direct(&bob).await;
        Self {
            cluster,
            folder,
            ana,
            bob,
            thread,
        }
    }

    fn contents(&self) -> std::path::PathBuf {
        Path::join(self.folder.path(), "contents")
    }

    /// Kills a node and starts it again: it sweeps.
    async fn restart(&mut self, node: usize) {
        self.cluster.nodes[node].kill();
        self.cluster.nodes[node].start_again().await;
    }
}

/// The file of the next message that a tab receives.
async fn file_of_next(tab: &mut Socket) -> FileId {
    match tab.event().await.body {
        EventBody::Message(message) => message.files[0].id,
        other => panic!("{other:?}"),
    }
}

async fn delete(who: &Browser, thread: ThreadId, seq: i64) {
    let form = [("thread", &*thread.to_string()), ("seq", &seq.to_string())];
    let answer = who.call("/api/delete_message", &form).send().await;
    assert!(answer.expect("an answer").status().is_success());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn upload_goes_on_at_another_node_when_its_own_is_killed() {
    let mut site = Site::start().await;
    let content = bytes(700_000);
    let id = created(
        site.ana
            .begin_upload(site.thread, "plan", content.len())
            .await,
    )
    .await;
    let first = site.ana.part(id, 0, &content[..300_000]).send().await;
    assert_eq!(first.expect("an answer").status(), 204);
    site.cluster.nodes[0].kill();
    let elsewhere = site.cluster.at(1, &site.ana);
    assert_eq!(elsewhere.offset(id).await, 300_000);
    // What a client believes that it has sent is not there.
    let late = elsewhere.part(id, 400_000, &content[400_000..]);
    let late = late.send().await.expect("an answer");
    assert_eq!(
        (late.status().as_u16(), number(&late, "upload-offset")),
        (409, 300_000)
    );
    let rest = elsewhere.part(id, 300_000, &content[300_000..]);
    assert_eq!(rest.send().await.expect("an answer").status(), 204);
    let mut bobs = site.bob.tab().await;
    let mut tab = elsewhere.tab().await;
    let seq = send_files(&mut tab, site.thread, "here", &[id]).await;
    assert_eq!(file_of_next(&mut bobs).await, id);
    // The node that was killed serves it as well, and refuses it once it is deleted elsewhere.
    site.cluster.nodes[0].start_again().await;
    let bob = site.cluster.at(0, &site.bob);
    assert_eq!(bob.download(id).await, Ok(content));
    delete(&elsewhere, site.thread, seq.expect("sent")).await;
    for node in 0..2 {
        let bob = site.cluster.at(node, &site.bob);
        assert_eq!(bob.download(id).await, Err(404), "node {node}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_part_at_a_time_is_stored_whichever_node_it_reaches() {
    let site = Site::start().await;
    let content = bytes(6_000_000);
    let elsewhere = site.cluster.at(1, &site.ana);
    let begun = site
        .ana
        .begin_upload(site.thread, "plan", content.len())
        .await;
    let id = created(begun).await;
    let mut at = 0;
    while at < content.len() {
        let end = content.len().min(at + 1_000_000);
        // The same part at both nodes, as when a client gives up too early and repeats it elsewhere.
        let part = |who: &Browser| who.part(id, at, &content[at..end]).send();
        let (here, there) = tokio::join!(part(&site.ana), part(&elsewhere));
        let answers = [here, there].map(|answer| answer.expect("an answer").status().as_u16());
        assert!(answers.contains(&204), "{answers:?}");
        assert!(
            answers
                .iter()
                .all(|status| matches!(status, 204 | 409 | 423)),
            "{answers:?}"
        );
        at = end;
    }
    send_files(&mut elsewhere.tab().await, site.thread, "", &[id])
        .await
        .expect("sent");
    assert_eq!(site.bob.download(id).await, Ok(content));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn quota_and_ownership_hold_at_every_node() {
    let site = Site::start().await;
    let id = site.ana.upload(site.thread, "a", b"mine").await;
    let bob = site.cluster.at(0, &site.bob);
    for who in [&site.bob, &bob] {
        let seen = who.tus(Method::HEAD, &format!("/uploads/{id}"));
        assert_eq!(seen.send().await.expect("an answer").status(), 404);
        let part = who.part(id, 4, b"").send().await.expect("an answer");
        assert_eq!(code(part).await, (404, "unknown_upload".into()));
        assert_eq!(who.download(id).await, Err(404), "not sent yet");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn content_that_is_sent_anew_survives_the_sweep_of_another_node() {
    let mut site = Site::start().await;
    let content = bytes(50_000);
    let mut bobs = site.bob.tab().await;
    let mut kept = Vec::new();
    for round in 0..6 {
        // The last message with this content is deleted, and while a node sweeps, the other one receives it again.
        let first = site.bob.upload(site.thread, "a", &content).await;
        let seq = send_files(&mut bobs, site.thread, "", &[first]).await;
        delete(&site.bob, site.thread, seq.expect("sent")).await;
        let (bob, thread) = (site.bob.clone(), site.thread);
        let again = async {
            let id = bob.upload(thread, "b", &content).await;
            let seq = send_files(&mut bobs, thread, "", &[id]).await;
            (id, seq.expect("sent"))
        };
        let ((id, seq), ()) = tokio::join!(again, site.restart(0));
        let ana = site.cluster.at(0, &site.ana);
        assert_eq!(ana.download(id).await, Ok(content.clone()), "round {round}");
        delete(&site.bob, site.thread, seq).await;
        kept.push(id);
    }
    site.restart(0).await;
    let folder = site.contents();
    let swept = async {
        while files_in(&folder) > 0 {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    };
    patiently("the sweep", swept).await;
    for id in kept {
        assert_eq!(site.bob.download(id).await, Err(404));
    }
}
