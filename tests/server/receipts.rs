//! Read receipts are visible to the other members of a thread, as far as users share them.

use chapp::model::{Page, Receipts, ThreadId};
use chapp::protocol::{ClientFrame, ServerFrame};

use crate::support::{Browser, Socket, TestServer};

async fn receipts(tab: &mut Socket) -> Receipts {
    tab.expect("receipts", |frame| match frame {
        ServerFrame::Receipts(receipts) => Some(receipts.clone()),
        _ => None,
    })
    .await
}

async fn page(who: &Browser, thread: ThreadId) -> Option<Receipts> {
    let path = format!("/api/history?thread={thread}");
    let page: Page = who.get(&path).await.json().await.expect("a page");
    page.receipts
}

async fn set_privacy(who: &Browser, tab: &mut Socket, reading: bool, online: bool) {
    let (one, other) = (reading.to_string(), online.to_string());
    let fields = [("reading", &*one), ("online", &*other)];
    let answer = who.call("/api/set_privacy", &fields).send().await;
    assert_eq!(answer.expect("an answer").status(), 200);
    tab.expect("the setting", |frame| match frame {
        ServerFrame::Privacy(set) => ((set.reading, set.online) == (reading, online)).then_some(()),
        _ => None,
    })
    .await;
}

#[tokio::test]
async fn read_marks_are_broadcast_and_included_in_pages_and_ready() {
    let server = TestServer::start().await;
    let (ana, bob) = (server.sign_up("ana").await, server.sign_up("bob").await);
    let thread = ana.open_direct(&bob).await;
    let (mut anas, mut bobs) = (ana.tab().await, bob.tab().await);
    let seq = anas.send(thread, "hello").await;
    bobs.read_up_to(thread, seq).await;
    let told = receipts(&mut anas).await;
    assert_eq!((told.thread, told.read.len()), (thread, 1));
    assert_eq!((told.read[0].user, told.read[0].seq), (bob.me().id, seq));
    let read = page(&ana, thread).await.expect("receipts").read;
    assert_eq!(read, told.read);
    let ready = ana.silent_tab().await.hello(&[(thread, seq)]).await;
    let ServerFrame::Ready { receipts, .. } = ready else {
        panic!("{ready:?}");
    };
    assert_eq!(receipts[0].read, told.read);
}

#[tokio::test]
async fn hiding_receipts_and_presence_hides_those_of_others_too() {
    let server = TestServer::start().await;
    let (ana, bob) = (server.sign_up("ana").await, server.sign_up("bob").await);
    let thread = ana.open_direct(&bob).await;
    let (mut anas, mut bobs) = (ana.tab().await, bob.tab().await);
    set_privacy(&bob, &mut bobs, false, false).await;
    anas.expect("bob to be offline", |frame| match frame {
        ServerFrame::Presence { offline, .. } => offline.contains(&bob.me().id).then_some(()),
        _ => None,
    })
    .await;
    // Skips what he received before he hid it.
    bobs.frames_so_far().await;
    let seq = anas.send(thread, "hello").await;
    bobs.read_up_to(thread, seq).await;
    bobs.say(&ClientFrame::Typing { thread }).await;
    anas.read_up_to(thread, 0).await;
    anas.say(&ClientFrame::Typing { thread }).await;
    // A new tab of Bob neither makes him visible nor shows him who is online.
    let ready = bob.silent_tab().await.hello(&[(thread, seq)]).await;
    let ServerFrame::Ready {
        online,
        receipts,
        privacy,
        ..
    } = ready
    else {
        panic!("{ready:?}");
    };
    assert_eq!((online, receipts, privacy.reading), (vec![], vec![], false));
    assert_eq!(page(&bob, thread).await, None);
    assert_eq!(page(&ana, thread).await.expect("receipts").read, []);
    // Anything about Bob would have arrived before the presence of the next user.
    let eve = server.sign_up("eve").await;
    let _eves = eve.tab().await;
    anas.expect("eve", |frame| match frame {
        ServerFrame::Presence { online, .. } => online.contains(&eve.me().id).then_some(()),
        _ => None,
    })
    .await;
    let bob = bob.me().id;
    for (tab, is_bobs) in [(&mut anas, false), (&mut bobs, true)] {
        let frames = tab.frames_so_far().await;
        let is_told = |frame: &&ServerFrame| match frame {
            ServerFrame::Receipts(_) | ServerFrame::Typing { .. } => true,
            // Bob receives no presence at all, and Ana none of Bob.
            ServerFrame::Presence { online, offline } => {
                is_bobs || online.contains(&bob) || offline.contains(&bob)
            }
            _ => false,
        };
        assert_eq!(frames.iter().find(is_told), None);
    }
}
