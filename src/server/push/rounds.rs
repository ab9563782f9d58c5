//! Judges the messages that were posted, a round every few seconds.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::Push;
use super::judging::{About, Known, latest};
use crate::model::notify::{JudgedMessage, NotifyDecision};
use crate::model::{Seq, ThreadId, UserId};
use crate::server::store::{Recipient, StoreError};

/// How long a message waits before it is judged: somebody who reads it meanwhile is not notified.
const WAIT: Duration = Duration::from_secs(3);
/// The most messages of a thread that are judged at once, the latest ones. A notification shows only one of them.
const JUDGED_MAX: Seq = 100;
/// Decisions in a packet to other nodes.
const DECIDED_AT_ONCE: usize = 500;

impl Push {
    pub(super) async fn judge_posted(self: Arc<Self>) {
        loop {
            self.posted.wait().await;
            tokio::time::sleep(WAIT).await;
            let posted = self.posted.take();
            match self.store.has_push_subscriptions().await {
                Ok(true) => {}
                Ok(false) => continue,
                Err(error) => {
                    tracing::warn!(%error, "nobody was notified of some messages");
                    continue;
                }
            }
            for (thread, first, last) in posted {
                if let Err(error) = self.judge_thread(thread, first, last).await {
                    tracing::warn!(%error, "nobody was notified of some messages");
                }
            }
        }
    }

    /// Notifies the members of a thread of its messages between two positions.
    async fn judge_thread(
        &self,
        thread: ThreadId,
        first: Seq,
        last: Seq,
    ) -> Result<(), StoreError> {
        let recipients = self.store.push_recipients(thread).await?;
        if recipients.is_empty() {
            return Ok(());
        }
        let first = first.max(last - JUDGED_MAX + 1);
        let count = usize::try_from(last - first + 1).unwrap_or(0);
        let events = self.store.events_after(thread, first - 1, count).await?;
        let messages: Vec<_> = events.iter().filter_map(JudgedMessage::of).collect();
        let mut users: Vec<_> = recipients.iter().map(|it| it.user).collect();
        users.dedup();
        let blocked = self.store.blocked_by(&users).await?;
        let authors: Vec<_> = messages.iter().map(|it| it.event.actor).collect();
        let people = self.store.people_by_id(&authors).await?;
        let room = self.store.room_name(thread).await?;
        let about = About { people, room };
        let mut decided: Vec<(UserId, NotifyDecision)> = Vec::new();
        let mut pushes = Vec::new();
        for browsers in recipients.chunk_by(|one, next| one.user == next.user) {
            // In a large room with many keywords, this takes a while.
            tokio::task::yield_now().await;
            let user = browsers[0].user;
            let blocked = blocked.iter().find(|(of, _)| *of == user);
            let known = Known {
                blocked: blocked.map_or(&[][..], |(_, blocked)| blocked),
                is_looking: self.bus.looking.is_on(user, Instant::now()),
            };
            let mut decisions = Vec::new();
            let due = latest(&messages, &browsers[0], known, &about, &mut decisions);
            decided.extend(decisions.into_iter().rev().map(|decision| (user, decision)));
            pushes.extend(due.map(|due| (browsers, due)));
        }
        for part in decided.chunks(DECIDED_AT_ONCE) {
            self.bus.decided(part.to_vec());
        }
        for (browsers, due) in pushes {
            for Recipient {
                user, subscription, ..
            } in browsers
            {
                let notified = due.notified(subscription.shows_text);
                self.queue_up(*user, subscription.clone(), notified);
            }
        }
        Ok(())
    }
}
