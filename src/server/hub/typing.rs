//! Typing notices: sent to connected users, stored nowhere.

use super::{Hub, encode};
use crate::model::{ThreadId, UserId, limits};
use crate::protocol::ServerFrame;

impl Hub {
    /// Notifies the other users connected here and subscribed to the thread that `user` is typing. A busy connection is
    /// skipped, as is a user who hides their own activity; in a thread with a large audience no notice is sent.
    pub fn typing(&self, thread: ThreadId, user: UserId) {
        let state = self.lock();
        if state.registry.audience(thread) > limits::TYPING_CROWD {
            return;
        }
        let frame = encode(&ServerFrame::Typing { thread, user });
        for (other, outbox) in state.registry.of_thread_with_users(thread) {
            if other != user && state.shows(other).reading {
                outbox.offer(frame.clone());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use uuid::Uuid;

    use super::*;
    use crate::model::Privacy;
    use crate::model::SessionId;
    use crate::server::hub::{LiveConnection, SendQueueLimits};

    const TEA: ThreadId = ThreadId(1);

    fn hub(frames: usize) -> Arc<Hub> {
        let limits = SendQueueLimits {
            frames,
            bytes: 1_000_000,
            sends: 1,
        };
        Hub::new(limits, 10_000)
    }

    fn member(hub: &Arc<Hub>, user: i64) -> LiveConnection {
        let session = SessionId(Uuid::nil());
        let connection = hub.connect(UserId(user), session).expect("a place");
        hub.subscribe(connection.id, &[TEA]);
        hub.introduce(UserId(user), Privacy::default());
        connection
    }

    #[test]
    fn typing_reaches_every_subscriber_except_the_typing_users_tabs() {
        let hub = hub(100);
        let (here, elsewhere) = (member(&hub, 1), member(&hub, 1));
        let bob = member(&hub, 2);
        let eve = hub.connect(UserId(3), SessionId(Uuid::nil()));
        let eve = eve.expect("a place");
        hub.subscribe(eve.id, &[]);
        assert!(hub.is_subscribed(bob.id, TEA) && !hub.is_subscribed(eve.id, TEA));
        hub.typing(TEA, UserId(1));
        let received = [&here, &elsewhere, &bob, &eve].map(|it| it.outbox.len());
        assert_eq!(received, [0, 0, 1, 0]);
    }

    #[test]
    fn typing_is_not_broadcast_to_a_large_audience() {
        let hub = hub(100);
        let crowd: Vec<_> = (0..=limits::TYPING_CROWD as i64)
            .map(|user| member(&hub, user))
            .collect();
        hub.typing(TEA, UserId(1));
        assert!(crowd.iter().all(|it| it.outbox.len() == 0));
        let mut crowd = crowd;
        crowd.pop();
        hub.typing(TEA, UserId(1));
        assert_eq!(crowd[0].outbox.len(), 1);
    }

    #[test]
    fn typing_never_overflows_an_outbox() {
        let hub = hub(16);
        let bob = member(&hub, 2);
        for _ in 0..1_000 {
            hub.typing(TEA, UserId(1));
        }
        assert!(bob.outbox.len() <= 4 && !bob.outbox.is_closed());
    }
}
