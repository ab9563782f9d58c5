//! Typing, delivery and read receipts across nodes.

use chapp::model::{Reader, ThreadId, UserId};
use chapp::protocol::{ClientFrame, ServerFrame};

use crate::cluster::Cluster;
use crate::people::{act, room};
use crate::support::Socket;

async fn next_typing(tab: &mut Socket) -> (ThreadId, UserId) {
    tab.expect("typing", |frame| match frame {
        ServerFrame::Typing { thread, user } => Some((*thread, *user)),
        _ => None,
    })
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn typing_crosses_nodes() {
    let cluster = Cluster::start(2).await;
    let ana = cluster.nodes[0].sign_up("ana").await;
    let bob = cluster.nodes[1].sign_up("bob").await;
    let thread = ana.open_direct(&bob).await;
    let (mut here, mut there) = (ana.tab().await, bob.tab().await);
    here.say(&ClientFrame::Typing { thread }).await;
    assert_eq!(next_typing(&mut there).await, (thread, ana.me().id));
    there.say(&ClientFrame::Typing { thread }).await;
    assert_eq!(next_typing(&mut here).await, (thread, bob.me().id));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn read_receipts_cross_nodes_unless_hidden() {
    let cluster = Cluster::start(2).await;
    let ana = cluster.nodes[0].sign_up("ana").await;
    let bob = cluster.nodes[1].sign_up("bob").await;
    let thread = ana.open_direct(&bob).await;
    let (mut here, mut there) = (ana.tab().await, bob.tab().await);
    let read = async |here: &mut Socket| {
        here.expect("receipts", |frame| match frame {
            ServerFrame::Receipts(receipts) => Some(receipts.read.clone()),
            _ => None,
        })
        .await
    };
    let user = bob.me().id;
    let seq = here.send(thread, "one").await;
    there.read_up_to(thread, seq).await;
    assert_eq!(read(&mut here).await, [Reader { user, seq }]);

    // Hidden on one node, it is hidden from the tab on the other.
    let mut elsewhere = cluster.at(0, &bob).tab().await;
    let fields = [("reading", "false"), ("online", "false")];
    let answer = bob.call("/api/set_privacy", &fields).send().await;
    assert_eq!(answer.expect("an answer").status(), 200);
    for tab in [&mut there, &mut elsewhere] {
        tab.expect("the setting", |frame| {
            matches!(frame, ServerFrame::Privacy(_)).then_some(())
        })
        .await;
    }
    here.expect("bob to be offline", |frame| match frame {
        ServerFrame::Presence { offline, .. } => offline.contains(&user).then_some(()),
        _ => None,
    })
    .await;
    let seq = here.send(thread, "two").await;
    there.read_up_to(thread, seq).await;
    elsewhere.say(&ClientFrame::Typing { thread }).await;
    // It is stored by the time his own tab elsewhere receives it.
    elsewhere
        .expect("the mark", |frame| match frame {
            ServerFrame::Read { mark, .. } => (mark.seq == seq).then_some(()),
            _ => None,
        })
        .await;
    let eve = cluster.nodes[1].sign_up("eve").await;
    let _eves = eve.tab().await;
    here.expect("eve", |frame| match frame {
        ServerFrame::Presence { online, .. } => online.contains(&eve.me().id).then_some(()),
        _ => None,
    })
    .await;
    let frames = here.frames_so_far().await;
    let is_told = |frame: &&ServerFrame| {
        matches!(frame, ServerFrame::Receipts(_) | ServerFrame::Typing { .. })
    };
    assert_eq!(frames.iter().find(is_told), None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn joining_advances_the_read_mark_on_all_nodes() {
    let cluster = Cluster::start(2).await;
    let (ana, thread, _eve) = room(&cluster).await;
    let mut here = ana.tab().await;
    let bob = cluster.nodes[1].sign_up("bob").await;
    act(&bob, "join_room", thread, &[]).await;
    let user = bob.me().id;
    let seq = here
        .expect("that bob joined", |frame| match frame {
            ServerFrame::Event(event) => (event.actor == user).then_some(event.seq),
            _ => None,
        })
        .await;
    let read = here
        .expect("receipts", |frame| match frame {
            ServerFrame::Receipts(receipts) => Some(receipts.read.clone()),
            _ => None,
        })
        .await;
    assert_eq!(read, [Reader { user, seq }]);
}
