//! Files with other services: complete ones in a bucket, and a virus scanner.

use std::path::Path;
use std::time::Duration;

use chapp::model::{Refusal, ThreadId};
use image::ImageFormat;
use reqwest::Method;
use reqwest::header::RANGE;

use crate::hostile_files::picture;
use crate::services::{Bucket, Clamd, S3_KEY};
use crate::support::{Browser, TestServer, bytes, code, created, files_in, patiently, send_files};
use crate::uploads::two;

/// The settings for a bucket.
pub fn in_bucket(bucket: &Bucket) -> [(&'static str, String); 5] {
    [
        ("CHAPP_FILES__S3_BUCKET", Bucket::NAME.into()),
        (
            "CHAPP_FILES__S3_ENDPOINT",
            format!("http://{}", bucket.address),
        ),
        ("CHAPP_FILES__S3_ACCESS_KEY", S3_KEY.0.into()),
        ("CHAPP_FILES__S3_SECRET_KEY", S3_KEY.1.into()),
        ("CHAPP_FILES__UNUSED_HOURS", "0".into()),
    ]
}

pub async fn start(settings: &[(&'static str, String)]) -> TestServer {
    let settings: Vec<_> = settings
        .iter()
        .map(|(name, value)| (*name, &**value))
        .collect();
    TestServer::start_with(&settings).await
}

#[tokio::test]
async fn complete_files_are_in_the_bucket_and_leave_it_with_their_message() {
    let bucket = Bucket::start().await;
    let mut server = start(&in_bucket(&bucket)).await;
    let (ana, mut bob, thread) = two(&server).await;
    let mut tab = ana.tab().await;
    // More than one part of S3.
    let large = bytes(9_000_000);
    let shot = picture(ImageFormat::Png);
    let (plan, photo) = (
        ana.upload(thread, "plan.bin", &large).await,
        ana.upload(thread, "shot.png", &shot).await,
    );
    let seq = send_files(&mut tab, thread, "", &[plan, photo])
        .await
        .expect("sent");
    assert_eq!(bob.download(plan).await, Ok(large.clone()));
    let part = bob.request(Method::GET, &format!("/files/{plan}"));
    let part = part
        .header(RANGE, "bytes=8999990-")
        .send()
        .await
        .expect("an answer");
    assert_eq!(part.status(), 206);
    assert_eq!(part.bytes().await.expect("a body"), &large[8_999_990..]);
    assert_eq!(
        bob.get(&format!("/files/{photo}/small")).await.status(),
        200
    );
    // Two contents and two thumbnails, and nothing of them here.
    assert_eq!(objects(&bucket.folder()), 4);
    assert_eq!(files_in(&server.folder().join("data/files")), 0);

    let form = [("thread", &*thread.to_string()), ("seq", &seq.to_string())];
    let deleted = ana.call("/api/delete_message", &form).send().await;
    assert!(deleted.expect("an answer").status().is_success());
    server.kill();
    server.start_again().await;
    let swept = async {
        while objects(&bucket.folder()) > 0 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    patiently("the sweep", swept).await;
    bob.move_to(server.address());
    assert_eq!(bob.download(plan).await, Err(404));
}

/// The objects in the folder of a bucket. The server of the bucket has files of its own beside them.
fn objects(folder: &Path) -> usize {
    ["contents", "thumbnails"]
        .map(|kind| files_in(&folder.join(kind)))
        .iter()
        .sum()
}

#[tokio::test]
async fn an_upload_waits_for_a_bucket_that_is_away() {
    let mut bucket = Bucket::start().await;
    let server = start(&in_bucket(&bucket)).await;
    let (ana, bob, thread) = two(&server).await;
    let content = bytes(100_000);
    let id = created(ana.begin_upload(thread, "plan.bin", content.len()).await).await;
    bucket.stop().await;
    let refused = ana.part(id, 0, &content).send().await.expect("an answer");
    assert_eq!(code(refused).await, (503, "unavailable".into()));
    bucket.start_again().await;
    // Nothing is uploaded again.
    assert_eq!(ana.offset(id).await, content.len());
    send_files(&mut ana.tab().await, thread, "", &[id])
        .await
        .expect("sent");
    assert_eq!(bob.download(id).await, Ok(content));
}

/// Uploads a whole file; returns the code of the refusal of its last part, if there is one.
async fn refusal_of(ana: &Browser, thread: ThreadId, content: &[u8]) -> Option<String> {
    let id = created(ana.begin_upload(thread, "x.bin", content.len()).await).await;
    let answer = ana.part(id, 0, content).send().await.expect("an answer");
    match answer.status().is_success() {
        true => None,
        false => Some(code(answer).await.1),
    }
}

#[tokio::test]
async fn what_the_virus_scanner_finds_is_discarded_and_without_it_no_file_passes() {
    let virus = bytes(70_000);
    let mut clamd = Clamd::that_finds(&virus);
    let socket = clamd.socket().display().to_string();
    let server = TestServer::start_with(&[("CHAPP_FILES__CLAMD", &*socket)]).await;
    let (ana, bob, thread) = two(&server).await;
    let harmless = bytes(70_001);
    let id = created(ana.begin_upload(thread, "plan.bin", harmless.len()).await).await;
    let answer = ana.part(id, 0, &harmless).send().await.expect("an answer");
    assert!(Refusal::ScannerAway.is_transient());
    assert_eq!(code(answer).await, (503, "scanner_away".into()));

    clamd.start().await;
    assert_eq!(ana.offset(id).await, harmless.len());
    send_files(&mut ana.tab().await, thread, "", &[id])
        .await
        .expect("sent");
    assert_eq!(bob.download(id).await, Ok(harmless));

    let refused = refusal_of(&ana, thread, &virus).await;
    assert_eq!(refused.as_deref(), Some("infected_file"));
    assert_eq!(files_in(&server.folder().join("data/files/contents")), 1);
    assert_eq!(files_in(&server.folder().join("data/files/staging")), 0);
    let left = ana.read::<Vec<chapp::model::Upload>>("/uploads").await;
    assert!(left.is_empty(), "{left:?}");
}
