//! Deleted content does not survive in the files: not in a free page, not in the search index, not in the WAL.

use std::path::Path;
use std::time::Duration;

use macro_rules_attribute::apply;
use tokio::time::sleep;

use super::*;

/// A word that is part of no other. FTS5 omits the prefix that a word shares with the one before it.
const MARKER: &str = "qzxwvmarkofthedeletedone";
const REST: &str = "markofthedeletedone";

/// The files of the database that contain the marker.
fn with_marker(database: &Database) -> Vec<String> {
    let file = database.file();
    let folder = std::fs::read_dir(file.parent().unwrap()).unwrap();
    let files = folder.map(|entry| entry.unwrap().path());
    let found = files.filter(|path| has_marker(path));
    found.map(|path| path.display().to_string()).collect()
}

fn has_marker(path: &Path) -> bool {
    let bytes = std::fs::read(path).unwrap();
    let mut windows = bytes.windows(REST.len());
    windows.any(|window| window.eq_ignore_ascii_case(REST.as_bytes()))
}

/// Waits until no file contains it.
async fn is_gone(database: &Database, what: &str) {
    for _ in 0..300 {
        if with_marker(database).is_empty() {
            return;
        }
        sleep(Duration::from_millis(100)).await;
    }
    panic!("{what}: still in {:?}", with_marker(database));
}

/// Waits until this many messages are in the search index.
async fn are_indexed(database: &Database, messages: i64) {
    let mut outsider = database.outsider().await;
    for _ in 0..300 {
        let query = sqlx::query_scalar("SELECT COUNT(*) FROM search_docs");
        let count: i64 = query.fetch_one(&mut outsider).await.unwrap();
        if count == messages {
            return;
        }
        sleep(Duration::from_millis(20)).await;
    }
    panic!("not indexed");
}

/// Ana, in a room with some messages; those at the returned positions contain the marker.
async fn said(opened: &Opened, name: &str) -> (Person, ThreadId, Vec<Seq>) {
    let ana = opened.add(&format!("ana.{name}")).await;
    let room = NewRoom {
        name: name.into(),
        name_key: name.into(),
        topic: String::new(),
        key_hash: None,
    };
    let thread = opened.store.make_room(ana.id, room).await.unwrap();
    let mut marked = Vec::new();
    for number in 0..40 {
        opened
            .send(
                &ana,
                thread,
                &format!("before {number} {}", "x".repeat(700)),
            )
            .await;
        let text = format!(
            "{number} {MARKER} and more of it {}",
            "y".repeat(number * 100)
        );
        marked.push(opened.send(&ana, thread, &text).await);
    }
    (ana, thread, marked)
}

#[tokio::test]
async fn no_file_contains_edited_and_deleted_text() {
    let database = Database::sqlite();
    let opened = database.open().await;
    let (ana, thread, marked) = said(&opened, "hall").await;
    are_indexed(&database, 80).await;
    assert!(!with_marker(&database).is_empty());
    for &seq in &marked {
        let edited = Amend::Edit {
            text: format!("another {MARKER} text"),
            candidates: None,
        };
        for amend in [edited, Amend::Delete] {
            let done = opened
                .store
                .amend(ana.id, thread, seq, policy::may_delete, amend);
            done.await.unwrap();
        }
    }
    is_gone(&database, "messages were deleted").await;
    opened.store.close().await;
    assert_eq!(with_marker(&database), Vec::<String>::new());
}

#[tokio::test]
async fn no_file_contains_text_of_a_deleted_room() {
    let database = Database::sqlite();
    let opened = database.open().await;
    let (ana, thread, _) = said(&opened, "hall").await;
    let (bob, kept, _) = said(&opened, "attic").await;
    are_indexed(&database, 160).await;
    for (who, thread) in [(&ana, thread), (&bob, kept)] {
        let done = opened
            .store
            .act(who.id, thread, policy::may_manage, Act::Delete);
        done.await.unwrap();
    }
    is_gone(&database, "rooms were deleted").await;
    opened.store.close().await;
}

#[tokio::test]
async fn what_was_not_scrubbed_before_a_stop_is_scrubbed_after_the_start() {
    let database = Database::sqlite();
    let opened = database.open().await;
    let (ana, thread, _) = said(&opened, "hall").await;
    are_indexed(&database, 80).await;
    let done = opened
        .store
        .act(ana.id, thread, policy::may_manage, Act::Delete);
    done.await.unwrap();
    opened.store.close().await;
    let opened = database.open().await;
    is_gone(&database, "the server was started again").await;
    opened.store.close().await;
}

#[apply(on_both_engines)]
#[tokio::test]
async fn no_row_contains_deleted_text(database: Database) {
    let opened = database.open().await;
    let (ana, thread, marked) = said(&opened, "hall").await;
    are_indexed(&database, 80).await;
    let done = opened
        .store
        .amend(ana.id, thread, marked[0], policy::may_delete, Amend::Delete);
    done.await.unwrap();
    let done = opened
        .store
        .act(ana.id, thread, policy::may_manage, Act::Delete);
    done.await.unwrap();
    let mut outsider = database.outsider().await;
    for table in ["events", "versions", "mentions", "search_docs"] {
        let text = format!("SELECT COUNT(*) FROM {table}");
        let query = sqlx::query_scalar(sqlx::AssertSqlSafe(text));
        let rows: i64 = query.fetch_one(&mut outsider).await.unwrap();
        assert_eq!(rows, 0, "{table}");
    }
    opened.store.close().await;
}
