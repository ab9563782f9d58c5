//! Invalid input of any kind gets a typed answer, and the connection stays usable.

use chapp::model::{ClientId, ThreadId, limits};
use chapp::protocol::{ClientFrame, ServerFrame, close};
use tokio_tungstenite::tungstenite::Message;

use crate::support::{ANY_PACE, Socket, TestServer};

/// Checks that a message can still be sent.
async fn is_usable(tab: &mut Socket, thread: ThreadId) {
    tab.send(thread, "still here").await;
}

#[tokio::test]
async fn what_is_no_frame_is_refused_and_the_connection_goes_on() {
    let server = TestServer::start().await;
    let (ana, bob) = (server.sign_up("ana").await, server.sign_up("bob").await);
    let thread = ana.open_direct(&bob).await;
    let mut tab = ana.tab().await;
    for text in [
        "",
        "not JSON",
        "[]",
        "{}",
        r#"{"type":"dance"}"#,
        r#"{"type":"send","thread":1}"#,
        r#"{"type":"read","thread":"one","seq":1}"#,
        r#"{"type":"send","client_id":"1","thread":1,"text":"x"}"#,
    ] {
        tab.say_text(text).await;
        assert_eq!(tab.refusal().await, (None, "malformed".into()), "{text}");
    }
    tab.say_raw(Message::binary(vec![1, 2, 3])).await;
    assert_eq!(tab.refusal().await, (None, "malformed".into()));
    tab.say(&ClientFrame::Hello {
        version: chapp::protocol::VERSION,
        resume: vec![],
    })
    .await;
    assert_eq!(tab.refusal().await, (None, "malformed".into()));
    is_usable(&mut tab, thread).await;
}

#[tokio::test]
async fn a_text_that_breaks_a_rule_is_refused_with_the_id_of_its_send() {
    let server = TestServer::start().await;
    let (ana, bob) = (server.sign_up("ana").await, server.sign_up("bob").await);
    let thread = ana.open_direct(&bob).await;
    let mut tab = ana.tab().await;
    for text in ["", " \n ", &"é".repeat(limits::MESSAGE_MAX + 1)] {
        let id = tab.post(thread, text).await;
        assert_eq!(tab.refusal().await, (Some(id), "invalid".into()));
    }
    // The longest message is accepted, in the characters with the longest encoding on the wire.
    tab.send(thread, &"\u{1}".repeat(limits::MESSAGE_MAX)).await;
    is_usable(&mut tab, thread).await;
}

#[tokio::test]
async fn a_foreign_thread_and_a_missing_one_are_refused_alike() {
    let server = TestServer::start().await;
    let (ana, bob) = (server.sign_up("ana").await, server.sign_up("bob").await);
    let eve = server.sign_up("eve").await;
    let thread = ana.open_direct(&bob).await;
    let own = eve.open_direct(&bob).await;
    let mut tab = eve.tab().await;
    for foreign in [thread, ThreadId(999_999), ThreadId(-1), ThreadId(i64::MAX)] {
        let id = tab.post(foreign, "let me in").await;
        assert_eq!(tab.refusal().await, (Some(id), "not_found".into()));
        let seq = 1;
        let thread = foreign;
        tab.read_up_to(thread, seq).await;
    }
    is_usable(&mut tab, own).await;
    assert!(ana.texts(thread).await.is_empty());
}

#[tokio::test]
async fn too_many_frames_that_are_none_end_the_connection() {
    let server = TestServer::start().await;
    let mut tab = server.sign_up("ana").await.tab().await;
    for _ in 0..21 {
        tab.say_text("not a frame").await;
    }
    let (code, frames) = tab.closed_after().await;
    assert_eq!(code, Some(close::PROTOCOL));
    let is_refusal = |frame: &&ServerFrame| matches!(frame, ServerFrame::Refused { .. });
    assert!(frames.iter().filter(is_refusal).count() <= 20);
}

#[tokio::test]
async fn what_is_said_after_a_close_is_not_done() {
    let server = TestServer::start().await;
    let (ana, bob) = (server.sign_up("ana").await, server.sign_up("bob").await);
    let thread = ana.open_direct(&bob).await;
    let send = || {
        let frame = ClientFrame::Send {
            client_id: ClientId::now(),
            thread,
            text: "after the end".into(),
            reply_to: None,
            files: Vec::new(),
        };
        serde_json::to_string(&frame).expect("JSON")
    };
    // Behind a frame that ends the connection, in one write.
    let mut tab = ana.tab().await;
    let mut texts = vec!["not a frame".to_owned(); 21];
    texts.extend([send(), send()]);
    tab.say_at_once(&texts).await;
    assert_eq!(tab.closed().await, Some(close::PROTOCOL));
    // Before hello.
    let mut tab = ana.silent_tab().await;
    tab.say_at_once(&["what?".to_owned(), send()]).await;
    assert_eq!(tab.closed().await, Some(close::PROTOCOL));
    // After the server has closed it, from a client that goes on sending.
    let mut tab = ana.tab().await;
    ana.log_out().await;
    assert_eq!(tab.closed_raw().await, close::SESSION_ENDED);
    tab.say_at_once(&[send(), send()]).await;
    tab.gone_raw().await;
    assert_eq!(bob.history(thread).await.last_seq, 0);
    assert!(bob.texts(thread).await.is_empty());
}

#[tokio::test]
async fn another_version_is_told_to_reload() {
    let server = TestServer::start().await;
    let mut tab = server.sign_up("ana").await.silent_tab().await;
    let version = chapp::protocol::VERSION + 1;
    let resume = vec![];
    tab.say(&ClientFrame::Hello { version, resume }).await;
    assert_eq!(tab.closed().await, Some(close::VERSION));
}

#[tokio::test]
async fn who_does_not_begin_with_hello_is_cut_off() {
    let server = TestServer::start().await;
    let ana = server.sign_up("ana").await;
    for first in [r#"{"type":"ping"}"#, "what?", ""] {
        let mut tab = ana.silent_tab().await;
        tab.say_text(first).await;
        assert_eq!(tab.closed().await, Some(close::PROTOCOL), "{first}");
    }
}

#[tokio::test]
async fn a_frame_larger_than_any_message_ends_that_connection_only() {
    let server = TestServer::start().await;
    let (ana, bob) = (server.sign_up("ana").await, server.sign_up("bob").await);
    let thread = ana.open_direct(&bob).await;
    let (mut tab, mut bobs) = (ana.tab().await, bob.tab().await);
    tab.say_text(&"x".repeat(limits::CLIENT_FRAME_MAX + 1))
        .await;
    tab.closed().await;
    is_usable(&mut bobs, thread).await;
}

#[tokio::test]
async fn a_flood_of_sends_is_answered_one_by_one() {
    // No client reads meanwhile, so a send queue must hold all the answers and the events.
    const FLOOD: usize = 500;
    let server = TestServer::start_with(&[ANY_PACE]).await;
    let (ana, bob) = (server.sign_up("ana").await, server.sign_up("bob").await);
    let thread = ana.open_direct(&bob).await;
    let mut tab = ana.tab().await;
    let mut ids: Vec<ClientId> = Vec::new();
    for number in 0..FLOOD {
        ids.push(tab.post(thread, &format!("message {number}")).await);
    }
    let mut sent = 0;
    for id in ids {
        sent += tab
            .expect("an answer", |frame| match frame {
                ServerFrame::Sent { client_id, .. } if *client_id == id => Some(1),
                ServerFrame::Refused { client_id, .. } if *client_id == Some(id) => Some(0),
                _ => None,
            })
            .await;
    }
    assert!(sent > 0);
    assert_eq!(ana.history(thread).await.last_seq, sent);
}
