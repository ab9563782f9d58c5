//! Notifications of browsers, with several nodes.

use chapp::model::notify::{Cause, Silence};

use crate::cluster::Cluster;
use crate::redis::Redis;
use crate::support::{Keys, PushService, decided, subscribe};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_is_pushed_once_and_not_while_its_reader_looks_at_a_page_of_any_node() {
    let mut service = PushService::start().await;
    let services = format!("http://{}", service.address);
    let settings = [("CHAPP_PUSH__SERVICES", &*services)];
    let cluster = Cluster::start_with(2, Some(Redis::start().await), &settings).await;
    let ana = cluster.nodes[0].sign_up("ana").await;
    let bob = cluster.nodes[1].sign_up("bob").await;
    let cleo = cluster.nodes[0].sign_up("cleo").await;
    subscribe(&ana, &service.endpoint("ana"), &Keys::new(), true).await;
    subscribe(&cleo, &service.endpoint("cleo"), &Keys::new(), true).await;
    let (with_ana, with_cleo) = (bob.open_direct(&ana).await, bob.open_direct(&cleo).await);
    let mut anas = ana.tab().await;
    let mut bobs = bob.tab().await;

    anas.look(true).await;
    bobs.send(with_ana, "seen at the other node").await;
    // What the author's node decides is known to the reader's.
    assert_eq!(decided(&ana, 1).await, [Err(Silence::Looking).into()]);
    bobs.send(with_cleo, "one").await;
    assert_eq!(service.next().await.name, "cleo");
    anas.look(false).await;
    bobs.send(with_ana, "on the phone").await;
    assert_eq!(service.next().await.name, "ana");
    assert_eq!(decided(&ana, 2).await[0], Ok(Cause::Level).into());
    // Had another node pushed it too, that would have come before what follows.
    bobs.send(with_cleo, "two").await;
    assert_eq!(service.next().await.name, "cleo");
}
