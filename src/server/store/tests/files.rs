//! Database files are accessible to their owner only.
#![cfg(unix)]

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use super::*;

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[tokio::test]
async fn the_folder_and_every_file_in_it_are_their_owners_alone_from_the_start() {
    let database = Database::sqlite();
    let opened = database.open().await;
    let file = database.file();
    let folder = file.parent().unwrap();
    assert_eq!(mode(folder), 0o700);
    let (ana, _, thread) = opened.two().await;
    opened.send(&ana, thread, "hello").await;
    let files: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|it| it.unwrap().path())
        .collect();
    assert_eq!(files.len(), 3, "the database, -wal and -shm: {files:?}");
    for path in files {
        assert_eq!(mode(&path), 0o600, "{}", path.display());
    }
    opened.store.close().await;
}

#[tokio::test]
async fn a_mode_that_an_operator_has_set_stays() {
    let database = Database::sqlite();
    database.open().await.store.close().await;
    let file = database.file();
    fs::set_permissions(&file, Permissions::from_mode(0o640)).unwrap();
    database.open().await.store.close().await;
    assert_eq!(mode(&file), 0o640);
}

#[tokio::test]
async fn a_copy_is_its_owners_alone_too() {
    let from = Database::sqlite();
    let to = Database::sqlite();
    from.open().await.store.close().await;
    let mut copy = Copy::begin(&from.url(), &to.url()).await.unwrap();
    copy.run(|_| {}).await.unwrap();
    copy.finish().await.unwrap();
    assert_eq!(mode(&to.file()), 0o600);
    assert_eq!(mode(to.file().parent().unwrap()), 0o700);
}
