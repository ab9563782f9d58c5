//! Who types, has got and has read what is said, from node to node.

use chapp::model::{ThreadId, UserId};
use chapp::protocol::{ClientFrame, ServerFrame};

use crate::cluster::Cluster;
use crate::support::Socket;

async fn hears_who_types(tab: &mut Socket) -> (ThreadId, UserId) {
    tab.expect("typing", |frame| match frame {
        ServerFrame::Typing { thread, user } => Some((*thread, *user)),
        _ => None,
    })
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_types_on_one_node_is_seen_on_the_other() {
    let cluster = Cluster::start(2).await;
    let ana = cluster.nodes[0].sign_up("ana").await;
    let bob = cluster.nodes[1].sign_up("bob").await;
    let thread = ana.open_direct(&bob).await;
    let (mut here, mut there) = (ana.tab().await, bob.tab().await);
    here.say(&ClientFrame::Typing { thread }).await;
    assert_eq!(hears_who_types(&mut there).await, (thread, ana.me().id));
    there.say(&ClientFrame::Typing { thread }).await;
    assert_eq!(hears_who_types(&mut here).await, (thread, bob.me().id));
}
