//! Presence, and loss of access, on every node.

use std::time::{Duration, Instant};

use chapp::model::{Departure, ThreadHead, ThreadId, UserId};
use chapp::protocol::{ServerFrame, close};

use crate::cluster::Cluster;
use crate::support::{Browser, Socket};

/// Maximum delay with a bus; and without one.
const SOON: Duration = Duration::from_secs(1);
const WITHOUT_BUS: Duration = Duration::from_secs(4);

async fn waits_for(tab: &mut Socket, who: UserId, to_be_online: bool) {
    let what = format!("{who} to be online: {to_be_online}");
    tab.expect(&what, |frame| match frame {
        ServerFrame::Presence { online, offline } => {
            let moved = if to_be_online { online } else { offline };
            moved.contains(&who).then_some(())
        }
        _ => None,
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn presence_crosses_nodes_until_a_node_dies() {
    let mut cluster = Cluster::start(3).await;
    let ana = cluster.nodes[0].sign_up("ana").await;
    let bob = cluster.nodes[1].sign_up("bob").await;
    let eve = cluster.nodes[2].sign_up("eve").await;
    let mut here = ana.tab().await;
    let there = bob.tab().await;
    waits_for(&mut here, bob.me().id, true).await;
    let eves = eve.tab().await;
    waits_for(&mut here, eve.me().id, true).await;
    // A node that starts later learns who is already there.
    let ready = cluster.at(2, &ana).silent_tab().await.hello(&[]).await;
    let ServerFrame::Ready { online, .. } = ready else {
        panic!("not ready: {ready:?}");
    };
    assert!(online.contains(&bob.me().id), "{online:?}");
    drop(there);
    waits_for(&mut here, bob.me().id, false).await;
    cluster.nodes[2].kill();
    waits_for(&mut here, eve.me().id, false).await;
    drop(eves);
}

/// Ana, who owns a room, on the first node, and a member of it on the second.
pub async fn room(cluster: &Cluster) -> (Browser, ThreadId, Browser) {
    let ana = cluster.nodes[0].sign_up("ana").await;
    let eve = cluster.nodes[1].sign_up("eve").await;
    let fields = [("name", "Tea"), ("topic", "")];
    let made = ana.call("/api/make_room", &fields).send().await;
    let head: ThreadHead = made.expect("an answer").json().await.expect("a room");
    act(&eve, "join_room", head.id, &[]).await;
    (ana, head.id, eve)
}

/// Performs an action on a thread through the API.
pub async fn act(who: &Browser, what: &str, thread: ThreadId, more: &[(&str, &str)]) {
    let thread = thread.to_string();
    let mut fields = vec![("thread", &*thread)];
    fields.extend_from_slice(more);
    let answer = who.call(&format!("/api/{what}"), &fields).send().await;
    let answer = answer.expect("an answer");
    assert_eq!(answer.status(), 200, "{:?}", answer.text().await);
}

/// The ways to lose access to a room.
enum Out {
    Removed,
    Banned,
}

async fn removed_member_receives_nothing_on_other_nodes(
    out: Out,
    cluster: Cluster,
    within: Duration,
) {
    let (ana, thread, eve) = room(&cluster).await;
    let (mut here, mut there) = (ana.tab().await, eve.tab().await);
    let id = eve.me().id.to_string();
    let note = "enough".to_owned();
    let begun = Instant::now();
    let expected = match out {
        Out::Removed => {
            act(&ana, "remove_member", thread, &[("user", &id)]).await;
            Departure::Removed
        }
        Out::Banned => {
            act(&ana, "ban", thread, &[("user", &id), ("note", &note)]).await;
            Departure::Banned { until: None, note }
        }
    };
    here.send(thread, "what eve is not to hear").await;
    let why = there.expect("gone", |frame| match frame {
        ServerFrame::Gone { why, .. } => Some(why.clone()),
        _ => None,
    });
    assert_eq!(why.await, expected);
    assert!(begun.elapsed() < within, "{:?}", begun.elapsed());
    here.send(thread, "nor this").await;
    // Once her node has received a later event, it has received this one too.
    let direct = ana.open_direct(&eve).await;
    there
        .expect("a thread", |frame| match frame {
            ServerFrame::Thread(head) => (head.id == direct).then_some(()),
            _ => None,
        })
        .await;
    let events = there.events_so_far().await;
    assert_eq!(events, [], "received after that");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ban_takes_effect_on_other_nodes_at_once() {
    let cluster = Cluster::start(2).await;
    removed_member_receives_nothing_on_other_nodes(Out::Banned, cluster, SOON).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn removal_takes_effect_on_other_nodes_at_once() {
    let cluster = Cluster::start(2).await;
    removed_member_receives_nothing_on_other_nodes(Out::Removed, cluster, SOON).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ban_takes_effect_on_other_nodes_within_seconds_without_a_bus() {
    let cluster = Cluster::without_bus(2).await;
    let out = Out::Banned;
    removed_member_receives_nothing_on_other_nodes(out, cluster, WITHOUT_BUS).await;
}

async fn sessions_end_everywhere(cluster: Cluster, within: Duration) {
    let ana = cluster.nodes[0].sign_up("ana").await;
    let bob = cluster.nodes[0].sign_up("bob").await;
    let mut anas = cluster.at(1, &ana).tab().await;
    let mut bobs = cluster.at(1, &bob).tab().await;
    let begun = Instant::now();
    let fields = [
        ("user", bob.me().id.to_string()),
        ("suspended", "true".into()),
    ];
    let fields = fields.each_ref().map(|(name, value)| (*name, &**value));
    let answer = ana.call("/api/suspend", &fields).send().await;
    assert_eq!(answer.expect("an answer").status(), 200);
    assert_eq!(bobs.closed().await, Some(close::SESSION_ENDED));
    assert!(begun.elapsed() < within, "{:?}", begun.elapsed());
    let begun = Instant::now();
    ana.log_out().await;
    assert_eq!(anas.closed().await, Some(close::SESSION_ENDED));
    assert!(begun.elapsed() < within, "{:?}", begun.elapsed());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn log_out_and_suspension_close_sockets_on_every_node() {
    sessions_end_everywhere(Cluster::start(2).await, SOON).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sessions_end_on_every_node_within_seconds_without_a_bus() {
    sessions_end_everywhere(Cluster::without_bus(2).await, WITHOUT_BUS).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn operator_password_change_closes_sockets_on_every_node() {
    let cluster = Cluster::start(2).await;
    let ana = cluster.nodes[0].sign_up("ana").await;
    let (mut here, mut there) = (ana.tab().await, cluster.at(1, &ana).tab().await);
    let words = ["user", "passwd", "ana"];
    let changed = cluster.nodes[0].command(&words, "another good passphrase\n");
    assert!(changed.status.success(), "{changed:?}");
    assert_eq!(cluster.at(1, &ana).boot().await, None);
    // A command doesn't use the bus: each node polls every 15 seconds.
    assert_eq!(here.closed().await, Some(close::SESSION_ENDED));
    assert_eq!(there.closed().await, Some(close::SESSION_ENDED));
}

async fn personal_changes_reach_all_nodes(cluster: Cluster) {
    let (ana, thread, eve) = room(&cluster).await;
    let mut here = ana.tab().await;
    let mut there = cluster.at(1, &ana).tab().await;
    // A read mark, a muted thread, a new thread, a deleted one.
    let seq = eve.tab().await.send(thread, "read me").await;
    here.read_up_to(thread, seq).await;
    there
        .expect("the mark", |frame| match frame {
            ServerFrame::Read { mark, .. } => (mark.seq == seq).then_some(()),
            _ => None,
        })
        .await;
    act(&ana, "mute", thread, &[("muted", "true")]).await;
    there
        .expect("muted", |frame| {
            matches!(frame, ServerFrame::Thread(head) if head.notify.muted).then_some(())
        })
        .await;
    let direct = ana.open_direct(&eve).await;
    there
        .expect("a thread", |frame| match frame {
            ServerFrame::Thread(head) => (head.id == direct).then_some(()),
            _ => None,
        })
        .await;
    eve.tab().await.send(direct, "hello").await;
    assert_eq!(
        there
            .expect("an event", |frame| match frame {
                ServerFrame::Event(event) => (event.thread == direct).then_some(event.seq),
                _ => None,
            })
            .await,
        1
    );
    act(&ana, "delete_room", thread, &[("name", "Tea")]).await;
    let why = there.expect("gone", |frame| match frame {
        ServerFrame::Gone { thread: gone, why } => (*gone == thread).then(|| why.clone()),
        _ => None,
    });
    assert_eq!(why.await, Departure::Deleted);
    let bob = cluster.nodes[0].sign_up("bob").await;
    there
        .expect("a person", |frame| match frame {
            ServerFrame::Person(person) => (person.id == bob.me().id).then_some(()),
            _ => None,
        })
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn marks_and_threads_agree_across_nodes() {
    personal_changes_reach_all_nodes(Cluster::start(2).await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn marks_and_threads_agree_across_nodes_without_a_bus() {
    personal_changes_reach_all_nodes(Cluster::without_bus(2).await).await;
}
