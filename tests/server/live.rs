//! Live messages: a message sent in one tab reaches all others, in one order.

use std::time::{Duration, Instant};

use chapp::model::{ClientId, EventBody, ThreadKind, limits};
use chapp::protocol::{ClientFrame, ServerFrame, close};

use crate::support::{ANY_PACE, Socket, TestServer, UNPACED};

#[tokio::test]
async fn ready_contains_the_user_and_their_threads() {
    let server = TestServer::start().await;
    let (ana, bob) = (server.sign_up("ana").await, server.sign_up("bob").await);
    let thread = ana.open_direct(&bob).await;
    let ready = ana.silent_tab().await.hello(&[]).await;
    let ServerFrame::Ready {
        me,
        threads,
        more_threads,
        missed,
        online,
        ..
    } = ready
    else {
        panic!("{ready:?}");
    };
    assert_eq!((me, more_threads), (ana.me().id, false));
    assert_eq!((threads.len(), missed.len()), (1, 0));
    assert_eq!(threads[0].id, thread);
    let other = bob.me().clone();
    assert_eq!(threads[0].kind, ThreadKind::Direct { other });
    assert_eq!(online, [ana.me().id]);
}

#[tokio::test]
async fn a_message_reaches_every_tab_and_is_acknowledged() {
    let server = TestServer::start().await;
    let (ana, bob) = (server.sign_up("ana").await, server.sign_up("bob").await);
    let thread = ana.open_direct(&bob).await;
    let (mut sender, mut second) = (ana.tab().await, ana.tab().await);
    let mut other = bob.tab().await;
    let id = sender.post(thread, "hello\nthere  ").await;
    assert_eq!(sender.sent(id).await, 1);
    for tab in [&mut sender, &mut second, &mut other] {
        let event = tab.event().await;
        assert_eq!((event.thread, event.seq, event.count), (thread, 1, 1));
        assert_eq!((event.actor, event.client_id), (ana.me().id, Some(id)));
        let text = "hello\nthere".to_owned();
        assert_eq!(event.body, EventBody::message(text));
    }
}

#[tokio::test]
async fn a_repeated_client_id_gets_the_first_position_and_is_delivered_once() {
    let server = TestServer::start().await;
    let (ana, bob) = (server.sign_up("ana").await, server.sign_up("bob").await);
    let thread = ana.open_direct(&bob).await;
    let (mut one, mut other, mut bobs) = (ana.tab().await, ana.tab().await, bob.tab().await);
    let id = ClientId::now();
    one.post_as(id, thread, "once").await;
    other.post_as(id, thread, "once").await;
    one.post_as(id, thread, "not even with another text").await;
    let seqs = [one.sent(id).await, one.sent(id).await, other.sent(id).await];
    assert_eq!(seqs, [1, 1, 1]);
    // Another user's id is independent.
    bobs.post_as(id, thread, "twice").await;
    assert_eq!(bobs.sent(id).await, 2);
    let events = bobs.events_so_far().await;
    assert_eq!(events.len(), 2, "{events:?}");
    let expected = [(1, "once".to_owned()), (2, "twice".to_owned())];
    assert_eq!(ana.texts(thread).await, expected);
}

#[tokio::test]
async fn concurrent_senders_see_the_same_order_without_a_gap() {
    const EACH: usize = 200;
    let server = TestServer::start_with(&[ANY_PACE, UNPACED]).await;
    let (ana, bob) = (server.sign_up("ana").await, server.sign_up("bob").await);
    let thread = ana.open_direct(&bob).await;
    let talk = async |mut tab: Socket| {
        for number in 0..EACH {
            tab.send(thread, &format!("message {number}")).await;
        }
        let mut heard = Vec::new();
        while heard.len() < 2 * EACH {
            heard.push(tab.event().await);
        }
        assert!(tab.events_so_far().await.is_empty(), "nothing twice");
        heard
    };
    let (anas, bobs, mut watcher) = (ana.tab().await, bob.tab().await, ana.tab().await);
    let (of_ana, of_bob) = tokio::join!(talk(anas), talk(bobs));
    let seqs: Vec<i64> = of_ana.iter().map(|event| event.seq).collect();
    assert_eq!(seqs, (1..=2 * EACH as i64).collect::<Vec<_>>());
    assert_eq!(of_ana, of_bob);
    assert_eq!(watcher.events_so_far().await, of_ana);
}

#[tokio::test]
async fn a_thread_is_announced_before_its_first_message() {
    let server = TestServer::start().await;
    let (ana, bob) = (server.sign_up("ana").await, server.sign_up("bob").await);
    let mut bobs = bob.tab().await;
    let thread = ana.open_direct(&bob).await;
    ana.tab().await.send(thread, "hello").await;
    let frames = bobs.frames_so_far().await;
    let at = |wanted: fn(&ServerFrame) -> bool| frames.iter().position(wanted);
    let head = at(|frame| matches!(frame, ServerFrame::Thread(_)));
    let event = at(|frame| matches!(frame, ServerFrame::Event(_)));
    assert!(head.is_some() && head < event, "{frames:?}");
}

#[tokio::test]
async fn a_read_mark_moves_in_the_users_other_tabs_and_never_down() {
    let server = TestServer::start().await;
    let (ana, bob) = (server.sign_up("ana").await, server.sign_up("bob").await);
    let thread = ana.open_direct(&bob).await;
    let mut sender = ana.tab().await;
    for text in ["one", "two", "three"] {
        sender.send(thread, text).await;
    }
    let (mut reading, mut other) = (bob.tab().await, bob.tab().await);
    for seq in [2, 1, 99] {
        reading.read_up_to(thread, seq).await;
        if seq == 1 {
            continue;
        }
        let mark = other
            .expect("a read mark", |frame| match frame {
                ServerFrame::Read { mark, .. } => Some(*mark),
                _ => None,
            })
            .await;
        let expected = seq.min(3);
        assert_eq!((mark.seq, mark.count), (expected, expected));
    }
    let threads = bob.boot().await.expect("logged in").threads.threads;
    assert_eq!(threads[0].unread(), 0);
    let heard = sender.frames_so_far().await;
    let is_read = |frame: &ServerFrame| matches!(frame, ServerFrame::Read { .. });
    assert!(!heard.iter().any(is_read), "no one else receives it");
}

#[tokio::test]
async fn sign_ups_and_presence_are_visible_to_all() {
    let server = TestServer::start().await;
    let mut anas = server.sign_up("ana").await.tab().await;
    let bob = server.sign_up("bob").await;
    let person = anas
        .expect("a person", |frame| match frame {
            ServerFrame::Person(person) => Some(person.clone()),
            _ => None,
        })
        .await;
    assert_eq!(&person, bob.me());
    let bobs = bob.tab().await;
    let mut presence = async |wanted: fn(&ServerFrame) -> Vec<chapp::model::UserId>| {
        anas.expect("presence", |frame| {
            wanted(frame).contains(&bob.me().id).then_some(())
        })
        .await;
    };
    presence(|frame| match frame {
        ServerFrame::Presence { online, .. } => online.clone(),
        _ => vec![],
    })
    .await;
    drop(bobs);
    presence(|frame| match frame {
        ServerFrame::Presence { offline, .. } => offline.clone(),
        _ => vec![],
    })
    .await;
}

#[tokio::test]
async fn a_silent_client_is_pinged_and_then_closed() {
    let server = TestServer::start().await;
    let (ana, bob) = (server.sign_up("ana").await, server.sign_up("bob").await);
    let thread = ana.open_direct(&bob).await;
    let (mut silent, mut talking) = (ana.tab().await, bob.tab().await);
    let begun = Instant::now();
    let is_ping = |frame: &ServerFrame| matches!(frame, ServerFrame::Ping).then_some(());
    talking
        .expect_slowly("a ping", limits::DEAD_AFTER, is_ping)
        .await;
    talking.say(&ClientFrame::Pong).await;
    silent.expect("a ping", is_ping).await;
    talking.send(thread, "are you there?").await;
    assert_eq!(silent.event().await.seq, 1);
    assert_eq!(silent.closed().await, Some(close::SILENT));
    assert!(begun.elapsed() < limits::DEAD_AFTER + Duration::from_secs(5));
    talking.frames_so_far().await;
}
