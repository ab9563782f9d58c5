//! Blocks and the rules of rooms, across nodes.

use chapp::model::{ClientId, EventBody, Posting, Refusal, ThreadId};
use chapp::protocol::{ClientFrame, ServerFrame};

use crate::cluster::Cluster;
use crate::people::{act, room};
use crate::support::Socket;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn block_applies_on_all_nodes() {
    let cluster = Cluster::start(2).await;
    let ana = cluster.nodes[0].sign_up("ana").await;
    let bob = cluster.nodes[1].sign_up("bob").await;
    let thread = ana.open_direct(&bob).await;
    let (mut elsewhere, mut bobs) = (cluster.at(1, &ana).tab().await, bob.tab().await);
    let user = bob.me().id;
    for on in [true, false] {
        let fields = [("user", &*user.to_string()), ("on", &*on.to_string())];
        let answer = ana.call("/api/block", &fields).send().await;
        assert_eq!(answer.expect("an answer").status(), 200);
        let blocked = elsewhere
            .expect("the list", |frame| match frame {
                ServerFrame::Blocked { users } => Some(users.clone()),
                _ => None,
            })
            .await;
        assert_eq!(blocked, if on { vec![user] } else { vec![] });
        let refusal = refused(&mut bobs, thread).await;
        assert_eq!(refusal, on.then_some(Refusal::CantMessage));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn room_rules_apply_on_all_nodes() {
    let cluster = Cluster::start(2).await;
    let (ana, thread, eve) = room(&cluster).await;
    let mut eves = eve.tab().await;
    act(&ana, "set_posting", thread, &[("posting", "admins")]).await;
    eves.expect("the setting", |frame| match frame {
        ServerFrame::Event(event) => {
            let posting = Posting::Admins;
            (event.body == EventBody::PostingSet { posting }).then_some(())
        }
        _ => None,
    })
    .await;
    assert_eq!(refused(&mut eves, thread).await, Some(Refusal::AdminsPost));
}

/// Why a message is refused, if it is.
async fn refused(tab: &mut Socket, thread: ThreadId) -> Option<Refusal> {
    let client_id = ClientId::now();
    let frame = ClientFrame::Send {
        client_id,
        thread,
        text: "hello".into(),
        reply_to: None,
        files: Vec::new(),
    };
    tab.say(&frame).await;
    tab.expect("an answer", |frame| match frame {
        ServerFrame::Sent { client_id: id, .. } => (*id == client_id).then_some(None),
        ServerFrame::Refused {
            client_id: Some(id),
            refusal,
            ..
        } => (*id == client_id).then(|| Some(refusal.clone())),
        _ => None,
    })
    .await
}
