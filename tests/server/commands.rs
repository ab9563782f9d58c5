//! The operator's command line, with and without a running server.

use std::process::Output;

use crate::support::{PASSWORD, TestServer};

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn succeeded(output: &Output) -> String {
    assert!(output.status.success(), "{output:?}");
    text(&output.stdout)
}

#[tokio::test]
async fn an_account_created_by_the_operator_can_log_in_and_is_listed() {
    let server = TestServer::start().await;
    let words = ["user", "add", "Ana", "--display-name", "Ana Ruiz"];
    let added = server.command(&words, &format!("{PASSWORD}\n"));
    assert!(succeeded(&added).contains("added ana"));
    let mut browser = server.browser();
    browser.log_in("ana").await;
    assert_eq!(browser.me().display_name, "Ana Ruiz");
    assert_eq!(
        succeeded(&server.command(&["user", "list"], "")),
        "ana\tAna Ruiz\tadmin\n"
    );
}

#[tokio::test]
async fn account_errors_have_a_message_and_an_exit_status() {
    let server = TestServer::start().await;
    server.sign_up("ana").await;
    for (words, input, said) in [
        (&["user", "add", "ana"][..], PASSWORD, "taken"),
        (&["user", "add", "bob"], "weak", "password: use at least 8"),
        (&["user", "add", "ana"], "weak", "username: "),
        (&["user", "add", "ana"], "weak", "password: "),
        (&["user", "add", "x"], PASSWORD, "name"),
        (&["user", "passwd", "nobody"], PASSWORD, "nobody"),
        (&["user", "add", "bob"], "", "no password"),
    ] {
        let output = server.command(words, input);
        assert_eq!(output.status.code(), Some(1), "{words:?} {output:?}");
        let error = text(&output.stderr).to_lowercase();
        assert!(error.contains(said), "{words:?}: {error}");
        assert!(!error.contains("panicked"), "{error}");
    }
    assert_eq!(
        succeeded(&server.command(&["user", "list"], "")),
        "ana\tana\tadmin\n"
    );
}

#[tokio::test]
async fn seeding_creates_users_with_conversations_who_can_log_in() {
    let server = TestServer::start().await;
    let words = ["seed", "--people", "5", "--messages", "60"];
    let words = [&words[..], &["--password", PASSWORD]].concat();
    succeeded(&server.command(&words, ""));
    let names = succeeded(&server.command(&["user", "list"], ""));
    assert_eq!(names.lines().count(), 5);
    let mut browser = server.browser();
    browser.log_in("ana").await;
    let threads = browser.boot().await.expect("logged in").threads.threads;
    assert_eq!(threads.len(), 4);
    let messages: i64 = threads.iter().map(|thread| thread.count).sum();
    assert_eq!(messages, 60);
}

#[tokio::test]
async fn a_password_generated_by_seeding_is_printed_and_works() {
    let server = TestServer::start().await;
    let words = ["seed", "--people", "2", "--messages", "1"];
    let printed = succeeded(&server.command(&words, ""));
    let password = printed.trim().rsplit(' ').next().expect("a password");
    let answer = server.browser().try_log_in("ana", password).await;
    assert!(answer.status().as_u16() < 400, "{printed}");
}

#[tokio::test]
async fn a_wrong_setting_stops_the_start_and_is_named() {
    let server = TestServer::start().await;
    let folder = server.folder();
    std::fs::write(
        folder.join("Leptos.toml"),
        "[chapp.server]\nbehind_prozy = true\n",
    )
    .expect("written");
    let output = server.command(&["user", "list"], "");
    assert!(!output.status.success());
    let error = text(&output.stderr);
    assert!(error.contains("behind_prozy"), "{error}");
}
