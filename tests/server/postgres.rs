//! The program on PostgreSQL: the same chat, which survives a restart of the database.

use std::time::Duration;

use chapp::model::ClientId;
use chapp::protocol::ServerFrame;

use crate::support::{PASSWORD, Postgres, Socket, TestServer, patiently};

/// Posts as a client does: a failed send is repeated with the same id.
async fn send_until_sent(tab: &mut Socket, thread: chapp::model::ThreadId, text: &str) -> i64 {
    let id = ClientId::now();
    loop {
        tab.post_as(id, thread, text).await;
        let answer = tab.expect("an answer", |frame| match frame {
            ServerFrame::Sent { client_id, seq, .. } if *client_id == id => Some(Some(*seq)),
            ServerFrame::Refused { client_id, .. } if *client_id == Some(id) => Some(None),
            _ => None,
        });
        if let Some(seq) = answer.await {
            return seq;
        }
    }
}

async fn until_ready(server: &TestServer, status: u16) {
    patiently("a change of /readyz", async {
        while reqwest::get(server.url("/readyz"))
            .await
            .expect("/readyz")
            .status()
            != status
        {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await;
}

#[tokio::test]
async fn a_database_restart_loses_no_message_and_no_connection() {
    let postgres = Postgres::start();
    let server = TestServer::start_with(&[("DATABASE_URL", postgres.url())]).await;
    let (ana, bob) = (server.sign_up("ana").await, server.sign_up("bob").await);
    let thread = ana.open_direct(&bob).await;
    let (mut anas, mut bobs) = (ana.tab().await, bob.tab().await);
    assert_eq!(anas.send(thread, "before").await, 1);
    postgres.stop();
    until_ready(&server, 503).await;
    let meanwhile = async {
        tokio::task::spawn_blocking(move || {
            postgres.start_again();
            postgres
        })
        .await
        .expect("started")
    };
    // Sent while the database is down.
    let (seq, _postgres) = tokio::join!(send_until_sent(&mut anas, thread, "meanwhile"), meanwhile);
    assert_eq!(seq, 2);
    until_ready(&server, 200).await;
    assert_eq!(send_until_sent(&mut bobs, thread, "after").await, 3);
    for tab in [&mut anas, &mut bobs] {
        for expected in 1..=3 {
            assert_eq!(tab.event().await.seq, expected);
        }
    }
    let texts = bob.texts(thread).await;
    let expected = [(1, "before"), (2, "meanwhile"), (3, "after")];
    assert_eq!(texts, expected.map(|(seq, text)| (seq, text.to_owned())));
}

#[tokio::test]
async fn an_installation_moves_from_a_file_to_postgresql() {
    let postgres = Postgres::start();
    let file = TestServer::start().await;
    let (ana, bob) = (file.sign_up("ana").await, file.sign_up("bob").await);
    let thread = ana.open_direct(&bob).await;
    assert_eq!(ana.tab().await.send(thread, "from the file").await, 1);
    let moved = file.migrate(postgres.url(), &[]);
    assert!(moved.status.success(), "{moved:?}");
    let said = String::from_utf8_lossy(&moved.stdout).into_owned();
    assert!(
        said.contains("the logs of 1 threads are the same"),
        "{said}"
    );
    let server = TestServer::start_with(&[("CHAPP_STORE__URL", postgres.url())]).await;
    let mut browser = server.browser();
    browser.log_in("bob").await;
    assert_eq!(
        browser.texts(thread).await,
        [(1, "from the file".to_owned())]
    );
    let again = file.migrate(postgres.url(), &[]);
    let error = String::from_utf8_lossy(&again.stderr).into_owned();
    assert!(
        !again.status.success() && error.contains("installation"),
        "{error}"
    );
}

#[tokio::test]
async fn the_commands_work_on_it_as_on_a_file() {
    let postgres = Postgres::start();
    let mut server = TestServer::start_with(&[("CHAPP_STORE__URL", postgres.url())]).await;
    let run = |server: &TestServer, words: &[&str], input: &str| {
        let output = server.command(words, input);
        assert!(output.status.success(), "{words:?}: {output:?}");
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    let added = run(&server, &["user", "add", "ana", "--admin"], PASSWORD);
    assert!(added.contains("added ana"), "{added}");
    let words = ["seed", "--people", "5", "--messages", "60"];
    run(
        &server,
        &[&words[..], &["--password", PASSWORD]].concat(),
        "",
    );
    assert_eq!(run(&server, &["user", "list"], "").lines().count(), 5);
    server.kill();
    server.start_again().await;
    let mut browser = server.browser();
    browser.log_in("ana").await;
    let threads = browser.boot().await.expect("logged in").threads.threads;
    let messages: i64 = threads.iter().map(|thread| thread.count).sum();
    assert_eq!((threads.len(), messages), (4, 60));
    assert!(
        !server.folder().join("data/chapp.db").exists(),
        "no file beside the database"
    );
}
