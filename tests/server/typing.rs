//! Typing notices are visible to the other members of a thread only.

use chapp::model::{ThreadId, UserId, limits};
use chapp::protocol::{ClientFrame, ServerFrame};

use crate::support::{ANY_PACE, Socket, TestServer};

async fn hears_who_types(tab: &mut Socket) -> (ThreadId, UserId) {
    tab.expect("typing", |frame| match frame {
        ServerFrame::Typing { thread, user } => Some((*thread, *user)),
        _ => None,
    })
    .await
}

async fn typed_so_far(tab: &mut Socket) -> usize {
    let frames = tab.frames_so_far().await;
    let is_typing = |frame: &&ServerFrame| matches!(frame, ServerFrame::Typing { .. });
    frames.iter().filter(is_typing).count()
}

#[tokio::test]
async fn typing_is_visible_to_other_members_only() {
    let server = TestServer::start().await;
    let (ana, bob) = (server.sign_up("ana").await, server.sign_up("bob").await);
    let eve = server.sign_up("eve").await;
    let thread = ana.open_direct(&bob).await;
    let (mut here, mut elsewhere) = (ana.tab().await, ana.tab().await);
    let (mut bobs, mut eves) = (bob.tab().await, eve.tab().await);
    here.say(&ClientFrame::Typing { thread }).await;
    assert_eq!(hears_who_types(&mut bobs).await, (thread, ana.me().id));
    for tab in [&mut here, &mut elsewhere, &mut eves] {
        assert_eq!(typed_so_far(tab).await, 0);
    }
    eves.say(&ClientFrame::Typing { thread }).await;
    assert_eq!(eves.refusal().await, (None, "not_found".to_owned()));
    assert_eq!(typed_so_far(&mut bobs).await, 0);
}

#[tokio::test]
async fn typing_notices_are_limited_to_one_per_second() {
    let server = TestServer::start_with(&[ANY_PACE]).await;
    let (ana, bob) = (server.sign_up("ana").await, server.sign_up("bob").await);
    let thread = ana.open_direct(&bob).await;
    let (mut here, mut bobs) = (ana.tab().await, bob.tab().await);
    let begun = std::time::Instant::now();
    for _ in 0..500 {
        here.say(&ClientFrame::Typing { thread }).await;
    }
    here.frames_so_far().await;
    let most = begun.elapsed().as_secs() / limits::TYPING_PACE.as_secs() + 1;
    let heard = typed_so_far(&mut bobs).await as u64;
    assert!((1..=most).contains(&heard), "{heard} of at most {most}");
}
