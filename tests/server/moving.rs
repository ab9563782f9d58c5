//! Files when an installation moves to another database.

use std::path::PathBuf;

use image::ImageFormat;

use crate::hostile_files::picture;
use crate::outside::{in_bucket, start};
use crate::services::Bucket;
use crate::support::{Postgres, TestServer, bytes, files_in, send_files};
use crate::uploads::two;

#[tokio::test]
async fn the_copy_of_an_installation_takes_its_files_along_unless_one_is_damaged() {
    let postgres = Postgres::start();
    let mut from = TestServer::start().await;
    let (ana, _, thread) = two(&from).await;
    let (plan, shot) = (bytes(100_000), picture(ImageFormat::Png));
    let files = [
        ana.upload(thread, "plan.bin", &plan).await,
        ana.upload(thread, "shot.png", &shot).await,
    ];
    send_files(&mut ana.tab().await, thread, "", &files)
        .await
        .expect("sent");
    from.kill();
    let to = tempfile::tempdir().expect("a folder");
    let folder = to.path().display().to_string();
    let copy = || from.migrate(postgres.url(), &["--files-to", &folder]);
    let content = a_content(&from);
    let whole = std::fs::read(&content).expect("a file");
    let mut damaged = whole.clone();
    damaged[10] ^= 1;
    std::fs::write(&content, damaged).expect("written");
    let refused = copy();
    let error = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(
        !refused.status.success() && error.contains("is damaged"),
        "{error}"
    );
    std::fs::write(&content, whole).expect("written");
    let moved = copy();
    let said = String::from_utf8_lossy(&moved.stdout).into_owned();
    assert!(said.contains("2 files are whole"), "{moved:?}");

    let settings = [
        ("CHAPP_STORE__URL", postgres.url()),
        ("CHAPP_FILES__FOLDER", &*folder),
    ];
    let server = TestServer::start_with(&settings).await;
    let mut bob = server.browser();
    bob.log_in("bob").await;
    assert_eq!(bob.download(files[0]).await, Ok(plan));
    let thumbnail = bob.get(&format!("/files/{}/small", files[1])).await;
    assert_eq!(thumbnail.status(), 200);
}

/// The path of one of the contents in the folder of a server.
fn a_content(server: &TestServer) -> PathBuf {
    let folder = server.folder().join("data/files/contents");
    let inner = std::fs::read_dir(folder).expect("a folder").next();
    let inner = inner.expect("a folder").expect("a folder").path();
    let file = std::fs::read_dir(inner).expect("a folder").next();
    file.expect("a file").expect("a file").path()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_in_a_bucket_are_checked_and_stay_there() {
    let (postgres, bucket) = (Postgres::start(), Bucket::start().await);
    let mut from = start(&in_bucket(&bucket)).await;
    let (ana, _, thread) = two(&from).await;
    let plan = bytes(100_000);
    let file = ana.upload(thread, "plan.bin", &plan).await;
    send_files(&mut ana.tab().await, thread, "", &[file])
        .await
        .expect("sent");
    from.kill();
    // The bucket is served meanwhile.
    let moved = tokio::task::block_in_place(|| from.migrate(postgres.url(), &[]));
    let said = String::from_utf8_lossy(&moved.stdout).into_owned();
    assert!(said.contains("1 files are whole"), "{moved:?}");
    assert_eq!(files_in(&bucket.folder().join("contents")), 1);
    let mut settings = in_bucket(&bucket).to_vec();
    settings.push(("CHAPP_STORE__URL", postgres.url().to_owned()));
    let server = start(&settings).await;
    let mut bob = server.browser();
    bob.log_in("bob").await;
    assert_eq!(bob.download(file).await, Ok(plan));
}
